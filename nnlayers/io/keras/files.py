"""Files of Keras 3: the arrays of each layer, and what the configuration says of it."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.extras import needed
from nnlayers.core.file_kinds import kind_of_archive, kind_of_file
from nnlayers.core.files import FilePath, file_name, read_regular
from nnlayers.io.matching import some_of

WEIGHTS, CONFIG = "model.weights.h5", "config.json"
DEEPEST = 32  # of groups in groups
SMALL = 2**24  # bytes, which an archive may take in any case
IGNORED = "optimizer", "seed_generator"
PARTS = ("query_dense", "key_dense", "value_dense", "output_dense")  # of attention


@dataclass
class KerasLayer:
    """The arrays of a layer, in the order of ``get_weights``, and its configuration if it is known.

    It is numbered if its name counts the layers of its kind in the order of the network.
    """

    arrays: list[Array] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    numbered: bool = False


def read_keras(path: FilePath, who: str, values: int) -> tuple[dict[str, KerasLayer], bool]:
    """The layers with weights of a file, and whether they are in the order of the network.

    Parameters
    ----------
    path : path
        A ``.keras`` or ``.weights.h5`` file.
    who : str
        Who asks for it.
    values : int
        How many numbers the model has: a compressed file may take some bytes for each.

    Raises
    ------
    OSError
        There is no such file, or it cannot be read.
    ValueError
        It is damaged, or of another format, or holds more than plain arrays.
    ImportError
        h5py is not installed.
    """
    name = file_name(path)
    with read_regular(path) as file:
        h5py = needed("h5py", "keras", f"{who}: {name}")
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        archived = file.peek(4)[:4] == b"PK\3\4"
        _check_kind(file, archived, name)
        try:
            if not archived:
                return _layers(_arrays(h5py, file, size)), False
            content, config = _members(file, max(size, SMALL + 64 * values))
            layers = _layers(_arrays(h5py, io.BytesIO(content), len(content)))
            if not _has_order(config["config"]):
                for layer in layers.values():  # the list of its layers has them in no order of use
                    layer.numbered = False
                return layers, False
            return _in_order(layers, config), True
        except Exception as error:  # altered files raise errors of many kinds in h5py, zlib and json
            raise ValueError(
                f"{name}: cannot be read as weights of Keras 3 ({error!s:.300})"
            ) from error


def _check_kind(file: BinaryIO, archived: bool, name: str) -> None:
    """Refuse a file of another kind, if it is known."""
    kind = kind_of_file(file.peek(512)[:512])  # type: ignore[attr-defined]
    if archived:
        with suppress(Exception), zipfile.ZipFile(file) as archive:  # damaged: read_keras says it
            kind = kind_of_archive(archive.namelist())
        file.seek(0)
    if kind and "of Keras" not in kind and not (archived and kind.startswith("a zip")):
        raise ValueError(f"{name}: not a file of Keras (it is {kind})")


def _members(file: BinaryIO, limit: int) -> tuple[bytes, Any]:
    """The weights and the configuration of an archive that takes no more than some bytes."""
    with zipfile.ZipFile(file) as archive:
        sizes = [archive.getinfo(name).file_size for name in (WEIGHTS, CONFIG)]
        if sum(sizes) > limit:
            raise ValueError(f"its members would take {sum(sizes):,} bytes")
        content, config = archive.read(WEIGHTS), json.loads(archive.read(CONFIG))
    return content, config


def _arrays(h5py: Any, file: BinaryIO, size: int) -> dict[str, list[Array]]:
    """The arrays of each group that has some, in their order."""
    groups: dict[str, list[Array]] = {}
    with h5py.File(file, "r") as root:
        found: dict[str, dict[int, Any]] = {}
        for path, dataset in _datasets(h5py, root, "", set()):
            group, _, number = path.rpartition("/vars/")
            if not re.fullmatch(r"\d{1,4}", number):
                raise ValueError(f"{path!r} is not the path of a variable: save a .keras file")
            _check_plain(h5py, path, dataset)
            size -= dataset.nbytes
            if size < 0:
                raise ValueError("the arrays would take more bytes than there are")
            found.setdefault(group, {})[int(number)] = dataset
        for group, datasets in found.items():
            if sorted(datasets) != list(range(len(datasets))):
                raise ValueError(f"{group!r} lacks some of its variables")
            groups[group] = [_array(datasets[number]) for number in range(len(datasets))]
    return groups


def _datasets(h5py: Any, group: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """The datasets in a group and in those below it, with their paths."""
    if path.count("/") > DEEPEST:
        raise ValueError(f"groups are nested more than {DEEPEST} deep")
    for name in group:
        if name in IGNORED:
            continue
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{path}/{name} is a link")
        item = group[name]
        place = h5py.h5o.get_info(item.id).addr
        if place in seen:
            raise ValueError(f"{path}/{name} stands at two places")
        seen.add(place)
        if isinstance(item, h5py.Group):
            yield from _datasets(h5py, item, f"{path}/{name}", seen)
        else:
            yield f"{path}/{name}", item


def _check_plain(h5py: Any, path: str, dataset: Any) -> None:
    """Refuse what is compressed, computed, or elsewhere: Keras writes plain arrays."""
    layout = dataset.id.get_create_plist().get_layout()
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) or dataset.external:
        raise ValueError(f"{path!r} is not a plain array")
    if dataset.dtype.kind not in "fiub" and not _is_bfloat16(dataset):
        raise ValueError(f"{path!r} does not consist of real numbers, but of {dataset.dtype}")
    if dataset.nbytes != dataset.id.get_storage_size():
        raise ValueError(f"{path!r} has another size than its shape says")


def _is_bfloat16(dataset: Any) -> bool:
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and "dtype" in dataset.attrs


def _array(dataset: Any) -> Array:
    array: Array = np.asarray(dataset[()])
    if array.dtype.kind == "V":  # bfloat16: the upper half of a float32
        array = (array.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return array


def _layers(groups: dict[str, list[Array]]) -> dict[str, KerasLayer]:
    """Layers by their path: the arrays of attention put together, those of a cell its layer's."""
    layers: dict[str, KerasLayer] = {}
    for path in sorted(groups, key=_attention_order):
        names = [name for name in path.split("/") if name not in ("layers", "")]
        if len(names) > 1 and names[-1] in (*PARTS, "cell"):
            del names[-1]
        layer = layers.setdefault("/".join(names), KerasLayer(numbered=path.startswith("/layers/")))
        layer.arrays.extend(groups[path])
    return layers


def _attention_order(path: str) -> tuple[str, int]:
    outer, _, name = path.rpartition("/")
    return (outer, PARTS.index(name)) if name in PARTS else (path, 0)


def _in_order(layers: dict[str, KerasLayer], config: Any) -> dict[str, KerasLayer]:
    """The layers in the order of the configuration of the network."""
    ordered: dict[str, KerasLayer] = {}
    for path, settings in _configured(config["config"]["layers"], ""):
        inside = [name for name in layers if name == path or name.startswith(f"{path}/")]
        inside.sort(key=lambda name: name.endswith("/backward_layer"))
        directions = [f"{path}/forward_layer", f"{path}/backward_layer"]
        if len(inside) > 1 and inside != directions:
            raise ValueError(
                f"the order of {some_of(inside)} is not known: give keras_model.get_weights()"
            )
        if not inside:
            _check_without_weights(path, settings)
        for name in inside:
            ordered[name] = layers[name]
            ordered[name].config = settings
    if missing := layers.keys() - ordered.keys():
        raise ValueError(
            f"its configuration lacks {some_of(sorted(missing))}: give keras_model.get_weights()"
        )
    return ordered


def _has_order(config: Any) -> bool:
    """True if layers are told in it; one of the user's own may have other things by this name."""
    layers = config.get("layers")
    return isinstance(layers, list) and all(
        isinstance(layer, dict) and "class_name" in layer for layer in layers
    )


def _check_without_weights(path: str, settings: dict[str, Any]) -> None:
    if "mask_value" in settings:
        raise ValueError(f"{path!r} masks steps: give keras_model.get_weights() if there are none")
    if settings.get("data_format") == "channels_first":
        raise ValueError(f"{path!r} takes images with the channels first")


def _configured(layers: Any, outer: str, depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """The paths that layers have in a file, and what is said of each, in the order of the network."""
    if depth > DEEPEST:
        raise ValueError(f"networks are nested more than {DEEPEST} deep")
    counts: dict[str, int] = {}
    for layer in layers:
        kind, settings = snake_case(layer["class_name"]), dict(layer["config"])
        counts[kind] = counts.get(kind, -1) + 1
        path = f"{outer}{kind}" + f"_{counts[kind]}" * (counts[kind] > 0)
        if _has_order(settings):
            yield from _configured(settings["layers"], f"{path}/", depth + 1)
        else:
            settings["input_shape"] = layer.get("build_config", {}).get("input_shape")
            calls = [node["kwargs"] for node in layer.get("inbound_nodes", ())]
            settings["use_causal_mask"] = any(call.get("use_causal_mask", False) for call in calls)
            yield path, settings


def snake_case(name: str) -> str:
    """The name of a class as Keras writes it in files: ``multi_head_attention``."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
