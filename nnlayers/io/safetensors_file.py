"""Files of the safetensors format: a header in JSON, then the bytes of all arrays."""

import json
import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.files import FilePath, file_name, read_regular

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
    "BOOL": "?",
}


def read_safetensors(path: FilePath) -> dict[str, Array]:
    """The arrays of a file by name, which are read-only; those of bfloat16 in float32.

    Raises
    ------
    OSError
        There is no such file, or it cannot be read.
    ValueError
        It is not a whole file of this format, or holds numbers of a type that NumPy lacks.
    """
    who = file_name(path)
    with read_regular(path) as file:
        content = file.read()
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > len(content) - 8:
        raise ValueError(f"{who}: not a complete safetensors file")
    try:
        header = json.loads(content[8 : 8 + size].decode(), object_pairs_hook=_unique)
        header.pop("__metadata__", None)
        entries = [(name, *_entry(entry)) for name, entry in header.items()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{who}: not a safetensors file (its header: {error})") from error
    end = 0
    for name, _, _, first, last in sorted(entries, key=lambda entry: entry[3:]):
        if first != end:
            raise ValueError(
                f"{who}: not a safetensors file (the bytes of {name!r:.99} overlap, or leave a gap)"
            )
        end = last
    if 8 + size + end != len(content):
        raise ValueError(
            f"{who}: not a complete safetensors file (it should have {8 + size + end} bytes)"
        )
    arrays = {}
    for name, kind, shape, first, _ in entries:
        array = np.frombuffer(content, DTYPES[kind], math.prod(shape), 8 + size + first)
        if kind == "BF16":  # the upper half of a float32
            array = (array.astype(np.uint32) << 16).view(np.float32)
        if kind == "BOOL" and (array.view(np.uint8) > 1).any():
            raise ValueError(f"{who}: {name!r:.99} holds other bytes than 0 and 1 as booleans")
        arrays[name] = array.reshape(shape)
    return arrays


def _entry(entry: dict[str, Any]) -> tuple[str, tuple[int, ...], int, int]:
    """Type, shape, first and last byte of an array."""
    kind, shape, (first, last) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    if kind not in DTYPES:
        raise ValueError(f"numbers of type {kind!r:.20}, which are not supported")
    if (
        any(type(number) is not int or number < 0 for number in (*shape, first, last))
        or len(shape) > 32
    ):
        raise ValueError(f"a shape {entry['shape']!r:.60}")
    if last - first != math.prod(shape) * np.dtype(DTYPES[kind]).itemsize:
        raise ValueError(f"{last - first} bytes for an array of shape {shape!r:.60}")
    return kind, shape, first, last


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict of the pairs, whose names all differ."""
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("two values of one name")
    return found
