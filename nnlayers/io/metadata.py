"""What goes with a network in its file, beside the arguments of its layers and their values."""

from collections.abc import Iterable, Mapping
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.core.notices import notice
from nnlayers.core.packing import pack
from nnlayers.core.state import State
from nnlayers.core.structures import as_shape

SETTINGS = "trainable", "decay", "lr_factor"
SHAPES = "input_shape", "last_axis"


def metadata(model: Layer, twin: Layer) -> dict[str, Any]:
    """What has to be set again in a network that was made again from its text, as the twin was.

    Raises
    ------
    TypeError
        The names of the classes are neither texts nor numbers.
    """
    parts = [("", model), *model.named_parts()]
    twins = dict([("", twin), *twin.named_parts()])
    return {
        "settings": _differences(parts, twins, State, SETTINGS),
        "shapes": _differences(parts, twins, Layer, SHAPES),
        "columns": _columns(parts),
        "class_names": _class_names(model, parts),
    }


def restore(model: Layer, note: Mapping[str, Any]) -> None:
    """Set in a network what `metadata` found."""
    parts = dict([("", model), *model.named_parts()])
    for path, settings in note["settings"].items():
        for name in settings.keys() & set(SETTINGS):
            setattr(parts[path], name, settings[name])
    for path, shapes in note["shapes"].items():
        for name in shapes.keys() & set(SHAPES):
            shape = shapes[name]
            setattr(parts[path], name, as_shape(shape, name) if isinstance(shape, tuple) else shape)
    for path, names in note["columns"].items():
        parts[path].column_names = names
    if note["class_names"] is not None:
        model.class_names = note["class_names"]


def _differences(
    parts: Iterable[tuple[str, Any]], twins: Mapping[str, Any], kind: type, names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """The attributes of these names in which parts of a kind differ from their twins."""
    found: dict[str, dict[str, Any]] = {}
    for path, part in parts:
        for name in names if isinstance(part, kind) else ():
            value = getattr(part, name, None)
            if value != getattr(twins[path], name, None):
                found.setdefault(path, {})[name] = value
    return found


def _columns(parts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The names of columns that layers know, as far as a file can hold them."""
    found = {path: part.column_names for path, part in parts if isinstance(part, Layer)}
    columns = {path: names for path, names in found.items() if names is not None}
    for path, names in list(columns.items()):
        try:
            _check_names(names)
        except TypeError:
            place = f"{path}.column_names" if path else "column_names"
            notice(f"save: {place}: a file has no names like {names!r:.80}, so they are left out")
            del columns[path]
    return columns


def _class_names(model: Layer, parts: Iterable[tuple[str, Any]]) -> tuple[Any, ...] | None:
    """The names of the classes of a network; it says which ones, of layers in it, are left out."""
    for path, part in parts:
        if part is not model and getattr(part, "class_names", None) is not None:
            notice(f"save: {path}.class_names are left out: a file has those of the whole network")
    if (names := model.class_names) is None:
        return None
    if isinstance(names, Mapping) or not hasattr(names, "__getitem__"):
        raise TypeError(
            f"save: class_names: expected a list, in the order of outputs, got {names!r:.80}"
        )
    try:
        _check_names(tuple(names))
    except TypeError as error:
        raise TypeError(f"save: class_names: expected texts or numbers: {error}") from error
    outputs = _outputs(model)
    if outputs > 1 and outputs != len(names):  # a single output may stand for two classes
        notice(f"save: there are {len(names)} class_names, and {outputs} outputs")
    return tuple(names)


def _outputs(model: Layer) -> int:
    """The size of the last axis of the output, if it was seen when the network was built; or 0."""
    trial: Any = getattr(model, "trial", None)
    shape: tuple[int, ...] = getattr(trial[2], "shape", ()) if trial else ()
    return int(shape[-1]) if len(shape) > 1 else 0


def _check_names(names: Any) -> None:
    """Refuse names that a text cannot hold.

    Raises
    ------
    TypeError
        They are neither texts nor numbers, nor tuples and lists of these.
    """
    if pack(names)[1]:
        raise TypeError(f"got arrays in {names!r:.80}")
