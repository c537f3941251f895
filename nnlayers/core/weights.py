"""Weights in files: the values of a component, and a note of the layers that they belong to."""

import os
from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import Array
from nnlayers.core.files import FilePath, file_name
from nnlayers.core.notices import notice
from nnlayers.core.packing import pack, unpack
from nnlayers.core.state_dict import first_names
from nnlayers.core.tree import Holder

OTHER_SUFFIXES = {
    ".onnx": "use nn.io.to_onnx(model, path)",
    ".h": "use nn.io.to_c(model, path)",
    ".py": "use nn.io.to_numpy(model, path)",
    **dict.fromkeys((".pt", ".pth"), "nn.io.to_torch(model) has the weights for PyTorch"),
    **dict.fromkeys((".keras", ".h5"), "nn.io.to_keras(model) has the weights for Keras"),
    **dict.fromkeys((".pkl", ".pickle"), "use pickle.dump"),
}
LONGEST_TEXT = 2**22
"""What is read of it takes some thirty times as much memory."""


def write_file(
    path: FilePath, arrays: Mapping[str, Array], note: Mapping[str, Any], *, needs_note: bool = False
) -> None:
    """Write arrays, and a note, to a file: safetensors by the suffix of the path, npz otherwise.

    Raises
    ------
    OSError, ValueError
        The path cannot be written; or the file cannot hold the name, or the kind, of an array.
    ImportError
        An extra is not installed.
    """
    suffix = os.path.splitext(file_name(path))[1].lower()
    if suffix in OTHER_SUFFIXES:
        raise ValueError(
            f"{file_name(path)}: this would be an npz file; for {suffix}, {OTHER_SUFFIXES[suffix]}"
        )
    text, _ = pack(note)
    if len(text) > LONGEST_TEXT and not needs_note:
        text = ""
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"{file_name(path)}: the text of the network would have {len(text):,} characters, at most "
            f"{LONGEST_TEXT:,} are read: keep the code, and use save_weights(path)"
        )
    # Imported here: they take long, and few need them.
    from nnlayers.core.safetensors_file import is_safetensors, write_safetensors

    if is_safetensors(path):
        write_safetensors(path, arrays, text)
        return
    from nnlayers.core.npz import write_arrays

    write_arrays(path, arrays, text, needs_text=needs_note)


def read_file(path: FilePath) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read the arrays of a file, and its note; the note is empty if another program wrote it.

    Raises
    ------
    OSError, ValueError
        The path cannot be read, or the file is damaged or of another kind.
    ImportError
        An extra is not installed.
    """
    from nnlayers.core.safetensors_file import is_safetensors, read_safetensors

    if is_safetensors(path):
        arrays, text = read_safetensors(path)
    else:
        from nnlayers.core.npz import read_arrays

        arrays, text = read_arrays(path)
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{file_name(path)}: its text has {len(text):,} characters")
    try:
        note = unpack(text or "{}", {})
    except ValueError as error:
        raise ValueError(f"{file_name(path)}: {error}") from error
    if not isinstance(note, dict):
        raise ValueError(f"{file_name(path)}: its text is damaged (expected a dict, got {note!r:.40})")
    return arrays, note


def save(component: Any, path: FilePath) -> None:
    """Write the values of a component, with the list of its layers."""
    write_file(path, component.state_dict(), {"layers": list_of_layers(component)})


def load(component: Any, path: FilePath) -> None:
    """Load the values of a file, and warn if they were those of other layers."""
    arrays, note = read_file(path)
    if "text" in arrays.keys() - dict(component.named_states()).keys() and not note:
        raise ValueError(f"{file_name(path)}: it holds a training run: use trainer.load(path)")
    check_arrays(arrays, component, file_name(path))
    layers = str(note.get("layers", ""))
    if layers and (difference := first_difference(layers, list_of_layers(component))):
        notice(
            f"{type(component).__name__}.load_weights: {file_name(path)} was written by a network "
            f"with {difference}: its values fit, but the predictions may differ"
        )
    component.load_state_dict(arrays)


def check_arrays(arrays: Mapping[str, Array], component: Any, who: str) -> None:
    """Refuse arrays that do not have exactly the names and shapes of a component's states.

    Raises
    ------
    ValueError
        A name is missing or unknown, or a shape differs.
    """
    shapes = {path: state.value.shape for path, state in component.named_states()}
    if arrays.keys() != shapes.keys():
        missing, unknown = shapes.keys() - arrays.keys(), arrays.keys() - shapes.keys()
        raise ValueError(
            f"{who}: it holds other arrays than expected (missing: {first_names(missing)}, "
            f"unknown: {first_names(unknown)})"
        )
    for name, array in arrays.items():
        if array.shape != shapes[name]:
            raise ValueError(f"{who}: {name}: expected shape {shapes[name]}, got {array.shape}")


def list_of_layers(component: Any) -> str:
    """Each layer's path and class, one a line."""
    parts = component.named_parts()
    return "\n".join(f"{p} {type(part).__name__}" for p, part in parts if isinstance(part, Holder))


def first_difference(one: str, other: str) -> str:
    """The first difference of two lists of layers, in words; empty if there is none."""
    ones, others = _kinds(one), _kinds(other)
    for path in ones | others:
        if ones.get(path) != others.get(path):
            return f"{ones.get(path, 'nothing')} at {path}, not {others.get(path, 'nothing')}"
    return ""


def _kinds(layers: str) -> dict[str, str]:
    """The class at each path."""
    return {path: kind for path, _, kind in (line.rpartition(" ") for line in layers.splitlines())}
