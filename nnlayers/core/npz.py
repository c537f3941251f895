"""Arrays in npz files, without pickles: written whole or not at all, checked before they are used."""

import io
import math
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.files import FilePath, file_name, read_regular, write_whole

Header: TypeAlias = tuple[tuple[int, ...], bool, np.dtype[Any]]

LONGEST_NAME = 2**16 - 1 - len(".npy")  # a zip archive has 16 bits for the length


LONGEST_NOTE = 2**16 - 1  # and so many for that of a comment


def write_arrays(path: FilePath, arrays: Mapping[str, Array], note: str = "") -> None:
    """Write named arrays to an uncompressed npz file, which `numpy.load` reads too.

    It replaces an older file when it is complete; see `write_whole`. The note is written too, unless
    it is too long.

    Raises
    ------
    OSError
        The path cannot be written.
    ValueError
        A zip archive cannot hold an array of this name.
    """
    for name in arrays:
        _check_name(name, file_name(path))
    # Not numpy.savez: there an array cannot be called "file", and ".npz" is added to the path.
    with write_whole(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        if (comment := note.encode()) and len(comment) <= LONGEST_NOTE and archive.filelist:
            archive.filelist[0].comment = comment  # that of the archive could be cut off unnoticed


def _check_name(name: str, who: str) -> None:
    size = len(name.encode(errors="surrogatepass"))
    if size > LONGEST_NAME or "\0" in name or any(0xD800 <= ord(letter) < 0xE000 for letter in name):
        raise ValueError(
            f"{who}: expected names of at most {LONGEST_NAME} bytes in UTF-8, without NUL, got one of "
            f"{size} bytes, {name[:40]!r}...: rename it, or the key of the dict that it comes from"
        )


def read_arrays(
    path: FilePath, shapes: Mapping[str, tuple[int, ...]] | None
) -> tuple[dict[str, Array], str]:
    """Read an npz file that holds arrays of exactly these names and shapes, or any, and its note.

    Raises
    ------
    OSError
        There is no such file, or it is not a regular file that can be read.
    ValueError
        The file is not an npz file, is damaged, or holds other names or shapes, compressed members,
        or pickled objects. Nothing is allocated for what a header merely claims.
    """
    who = file_name(path)
    with read_regular(path) as file:
        if not file.peek(1):
            raise ValueError(f"{who}: not a complete npz file (it is empty)")
        try:
            return _read_archive(file, who, shapes)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise ValueError(f"{who}: not a complete npz file ({error})") from error


def read_all_arrays(path: FilePath) -> dict[str, Array]:
    """Read an npz file with arrays of any names and shapes.

    Raises
    ------
    OSError, ValueError
        As for `read_arrays`.
    """
    return read_arrays(path, None)[0]


def _read_archive(
    file: BinaryIO, who: str, shapes: Mapping[str, tuple[int, ...]] | None
) -> tuple[dict[str, Array], str]:
    with zipfile.ZipFile(file) as archive:
        size = file.seek(0, io.SEEK_END)
        if any(info.compress_size > size for info in archive.infolist()):
            raise ValueError(f"{who}: not a complete npz file (an array would be longer than the file)")
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        if len(members) != len(archive.infolist()):
            raise ValueError(f"{who}: it holds two arrays of one name")
        if shapes is not None and members.keys() != shapes.keys():
            missing, unknown = shapes.keys() - members.keys(), members.keys() - shapes.keys()
            raise ValueError(
                f"{who}: it holds other arrays than expected (missing: {sorted(missing)}, "
                f"unknown: {sorted(unknown)})"
            )
        arrays = {
            name: _read_member(archive, info, f"{who}: {name}", shapes[name] if shapes else None)
            for name, info in members.items()
        }
        note = archive.filelist[0].comment if archive.filelist else b""
        return arrays, note.decode(errors="replace")


def _read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, who: str, expected: tuple[int, ...] | None
) -> Array:
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{who}: expected an uncompressed array, as save_weights writes them")
    content = io.BytesIO(archive.read(info))  # no longer than the file; its checksum is verified
    shape, fortran, dtype = _read_header(content, who)
    if dtype.hasobject:
        raise ValueError(f"{who}: expected plain numbers, got pickled objects (they could run code)")
    if dtype.kind not in "fiub":
        raise ValueError(f"{who}: expected real numbers, got {dtype}")
    if expected is not None and shape != expected:
        raise ValueError(f"{who}: expected shape {expected}, got {shape}")
    data = content.read()
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{who}: {len(data)} bytes are not {shape} values of {dtype}")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def _read_header(content: io.BytesIO, who: str) -> Header:
    try:
        version = np.lib.format.read_magic(content)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(content)
        return np.lib.format.read_array_header_2_0(content)
    except Exception as error:  # the header is parsed as Python: anything may be in it
        raise ValueError(f"{who}: not an array in NumPy's format ({error})") from error
