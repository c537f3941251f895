"""Arrays in safetensors files, by the extra ``nnlayers[safetensors]``."""

import json
import os
from collections.abc import Mapping

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.extras import needed
from nnlayers.core.files import FilePath, file_name, read_regular, write_whole
from nnlayers.core.foreign import kind_of_file

SUFFIX = ".safetensors"
NOTE = "nnlayers"
"""The entry of the metadata that has the text."""
KINDS = ("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16")
DTYPES = {np.dtype(name) for name in (*KINDS, "float32", "float64")}


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
        if array.dtype.newbyteorder("=") not in DTYPES:
            raise ValueError(f"{who}: {name}: safetensors has no {array.dtype}: use an npz file")
        if name == "__metadata__" or name != name.encode(errors="replace").decode():
            raise ValueError(f"{who}: safetensors has no array of the name {name!r}: rename it")
    # It writes the memory of an array as it is, whatever its strides and byte order are.
    plain = {k: np.array(v, v.dtype.newbyteorder("<"), order="C") for k, v in arrays.items()}
    content = save(plain, {NOTE: note} if note else None)
    with write_whole(path) as file:
        file.write(content)


def read_safetensors(path: FilePath) -> tuple[dict[str, Array], str]:
    """Read the arrays of a safetensors file, and its text.

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
    package = needed("safetensors.numpy", "safetensors", who)
    with read_regular(path) as file:
        content = file.read()
    try:
        arrays = package.load(content)
        end = 8 + int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8:end]).get("__metadata__") or {}
    except KeyError as error:
        raise ValueError(f"{who}: NumPy has no numbers of the kind {error}: convert them") from error
    except Exception as error:  # of the library's own class
        kind = kind_of_file(content[:512], is_zip=False)
        raise ValueError(f"{who}: not a complete safetensors file (it is {kind or error})") from error
    return arrays, str(metadata.get(NOTE, ""))
