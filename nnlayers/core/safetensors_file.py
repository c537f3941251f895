"""Arrays in safetensors files, by the extra ``nnlayers[safetensors]``."""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.extras import needed
from nnlayers.core.file_kinds import kind_of_file
from nnlayers.core.files import FilePath, file_name, read_regular, write_whole

SUFFIX = ".safetensors"
NOTE = "nnlayers"
"""The entry of the metadata that has the text."""
LETTERS = {"i": "I", "u": "U", "f": "F"}
KINDS: dict[str, np.dtype[Any]] = {"BOOL": np.dtype(bool), "I8": np.dtype("i1"), "U8": np.dtype("u1")}
KINDS |= {f"{LETTERS[k]}{8 * size}": np.dtype(f"<{k}{size}") for k in "iuf" for size in (2, 4, 8)}
"""The kinds of numbers that both the format and NumPy have."""


def is_safetensors(path: FilePath) -> bool:
    """True for a path with this suffix."""
    return os.path.splitext(file_name(path))[1].lower() == SUFFIX


def write_safetensors(path: FilePath, arrays: Mapping[str, Array], note: str = "") -> None:
    """Write named arrays, and a text, to a safetensors file; see `write_whole`.

    Raises
    ------
    ImportError
        The extra is not installed.
    OSError
        The path cannot be written.
    ValueError
        The format has no such dtype, or no array of this name.
    """
    who = file_name(path)
    save = needed("safetensors.numpy", "safetensors", who).save
    for name, array in arrays.items():
        if array.dtype.newbyteorder("<") not in KINDS.values():
            raise ValueError(f"{who}: {name}: safetensors has no {array.dtype}: use an npz file")
        if name == "__metadata__" or name != name.encode(errors="replace").decode():
            raise ValueError(f"{who}: safetensors has no array of the name {name!r}: rename it")
    # It writes the memory of an array as it is, whatever its strides and byte order are.
    plain = {k: np.array(v, v.dtype.newbyteorder("<"), order="C") for k, v in arrays.items()}
    content = save(plain, {NOTE: note} if note else None)
    with write_whole(path) as file:
        file.write(content)


def read_safetensors(path: FilePath) -> tuple[dict[str, Array], str]:
    """Read the arrays of a safetensors file, and its text; bfloat16 becomes float32.

    Raises
    ------
    ImportError
        The extra is not installed.
    OSError
        There is no such file, or it is not a regular file that can be read.
    ValueError
        The file is not a safetensors file, is damaged, or has numbers that NumPy does not have.
    """
    who = file_name(path)
    package = needed("safetensors", "safetensors", who)
    with read_regular(path) as file:
        content = file.read()
    try:
        items = dict(package.deserialize(content))
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        metadata = header.pop("__metadata__", None) or {}
        arrays = {name: _array(items[name], name) for name in header}  # the library loses the order
    except Exception as error:  # of the library's own class
        kind = kind_of_file(content[:512])
        raise ValueError(f"{who}: not a complete safetensors file (it is {kind or error})") from error
    return arrays, str(metadata.get(NOTE, ""))


def _array(item: Mapping[str, Any], name: str) -> Array:
    kind, data = item["dtype"], item["data"]
    if kind == "BF16":  # the upper half of a float32
        upper = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return upper.view(np.float32).reshape(item["shape"])
    if kind not in KINDS:
        raise ValueError(f"{name!r:.99}: NumPy has no numbers of the kind {kind}: convert them")
    if kind == "BOOL" and max(data, default=0) > 1:
        raise ValueError(f"{name!r:.99} has other bytes than 0 and 1 as booleans")
    return np.frombuffer(data, KINDS[kind]).reshape(item["shape"])
