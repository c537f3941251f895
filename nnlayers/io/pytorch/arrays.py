"""State dicts of PyTorch as they come: mappings, modules, and files of tensors."""

import os
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from nnlayers.core.checks import Array, describe
from nnlayers.core.extras import needed
from nnlayers.core.file_kinds import TORCH, kind_of_archive, kind_of_file
from nnlayers.core.files import file_name, read_regular
from nnlayers.core.layer import Layer
from nnlayers.core.safetensors_file import is_safetensors, read_safetensors
from nnlayers.io.pytorch.names import are_sorted


def state_dict_of(source: Any, who: str) -> tuple[dict[str, Any], bool]:
    """The tensors or arrays by name, and whether they may be sorted by it: as in files of safetensors.

    Raises
    ------
    TypeError, ValueError
        It is something else; a file is damaged, or of another format.
    OSError
        There is no such file, or it cannot be read.
    ImportError
        The file is PyTorch's own, and torch is not installed.
    """
    sorted_by_name = False
    if isinstance(source, Layer):
        raise TypeError(f"{who}: expected weights of PyTorch, got {type(source).__name__}, a layer")
    if not isinstance(source, Mapping) and callable(getattr(source, "state_dict", None)):
        source = source.state_dict()
    if not isinstance(source, Mapping):
        if not isinstance(source, (str, bytes, os.PathLike)):
            raise TypeError(
                f"{who}: expected a state_dict, a module, or the path of a file, got {describe(source)}"
            )
        name = file_name(source)
        sorted_by_name = is_safetensors(name)
        source = read_safetensors(name)[0] if sorted_by_name else _read_torch(name, who)
        who = f"{who}: {name}"
    if inner := [name for name, value in source.items() if isinstance(value, Mapping)]:
        name = "state_dict" if "state_dict" in inner else inner[0]
        raise ValueError(
            f"{who}: expected a state_dict, got a dict of dicts: give its item {name!r:.99}"
        )
    for name, value in source.items():
        try:
            shape = getattr(value, "shape", None)
        except RuntimeError as error:
            raise ValueError(f"{who}: {name!r:.99} has no shape yet: run its network once") from error
        if not isinstance(name, str) or not isinstance(shape, tuple):
            raise ValueError(f"{who}: expected names and tensors, got {name!r:.99}: {describe(value)}")
    return dict(source), sorted_by_name or are_sorted(source)


def array_of(value: Any, who: str) -> Array:
    """An array of a tensor, on whatever device, or of an array.

    Raises
    ------
    TypeError
        It does not consist of real numbers that NumPy knows, or is not stored element by element.
    """
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            if value.is_floating_point() and str(value.dtype) not in ("torch.float64", "torch.float16"):
                value = value.float()  # NumPy has neither bfloat16 nor the floats of 8 bits
            value = value.resolve_neg().numpy()
        array = np.asarray(value)
        if array.dtype.name == "bfloat16":
            array = array.astype(np.float32)
    except (TypeError, RuntimeError, NotImplementedError, AttributeError) as error:
        raise TypeError(f"{who}: expected a plain tensor ({_first_line(error)})") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{who}: expected real numbers, got {array.dtype}")
    return array


def _read_torch(name: str, who: str) -> Mapping[Any, Any]:
    """What is in a file of `torch.save`, if it is a dict of tensors."""
    with read_regular(name) as file:
        _check_members(file, name)
        torch = needed("torch", "torch", f"{who}: {name}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = torch.load(file, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise ValueError(
                f"{name}: holds more than tensors, such as a whole module, or is damaged: save "
                "model.state_dict()"
            ) from error
        except Exception as error:  # altered files raise errors of many kinds
            raise ValueError(
                f"{name}: not a file of tensors that torch.load(weights_only=True) reads "
                f"({type(error).__name__}: {_first_line(error)}): save model.state_dict()"
            ) from error
    if not isinstance(found, Mapping):
        raise ValueError(f"{name}: expected a state_dict, got {describe(found)}")
    return found


def _check_members(file: BinaryIO, name: str) -> None:
    """Refuse an archive that would take more memory than the file has bytes."""
    try:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            kind = kind_of_file(file.read(512))
            if kind and not kind.startswith(("a pickle", "a zip")):  # as older ones
                raise ValueError(f"it is {kind}")
            return
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ValueError(f"{name}: not a complete file of PyTorch ({error})") from error
    finally:
        size = file.seek(0, 2)
        file.seek(0)
    if sum(info.file_size for info in members) > size:
        raise ValueError(f"{name}: its members would be longer than the file")
    if (kind := kind_of_archive(info.filename for info in members)) not in ("", TORCH):
        raise ValueError(f"{name}: not a file of PyTorch (it is {kind})")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200]
