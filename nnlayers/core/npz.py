"""Arrays in npz files, without pickles: written whole or not at all, checked before they are used."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.file_kinds import NNLAYERS, kind_of_archive, kind_of_file
from nnlayers.core.files import FilePath, file_name, read_regular, write_whole

Header: TypeAlias = tuple[tuple[int, ...], bool, np.dtype[Any]]

LONGEST_NAME = 2**16 - 1 - len(".npy")  # a zip archive has 16 bits for the length
LONGEST_HEADER = 2**14  # of an array; NumPy reads none of more than 10,000 bytes
BROKEN = zipfile.BadZipFile, struct.error, EOFError, OSError, OverflowError, UnicodeDecodeError
LONGEST_COMMENT = 2**16 - 1
TEXT = "nnlayers.json"
"""The member that is a text and not an array: no array can have its name, which lacks .npy."""


def write_arrays(
    path: FilePath, arrays: Mapping[str, Array], text: str = "", *, needs_text: bool = False
) -> None:
    """Write named arrays, and a text, to an uncompressed npz file, which `numpy.load` reads too.

    It replaces an older file when it is complete; see `write_whole`. With ``needs_text``, it is a
    member of its own, with a checksum. Otherwise it is a comment, which `numpy.load` does not
    show, and is left out if it is too long for one.

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
        if needs_text:
            archive.writestr(zipfile.ZipInfo(TEXT), text)
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        if not needs_text and archive.filelist and len(comment := text.encode()) <= LONGEST_COMMENT:
            archive.filelist[0].comment = comment  # that of the archive could be cut off unnoticed


def _check_name(name: str, who: str) -> None:
    size = len(name.encode(errors="surrogatepass"))
    if size > LONGEST_NAME or "\0" in name or any(0xD800 <= ord(letter) < 0xE000 for letter in name):
        raise ValueError(
            f"{who}: expected names of at most {LONGEST_NAME} bytes in UTF-8, without NUL, got one of "
            f"{size} bytes, {name[:40]!r}...: rename it, or the key of the dict that it comes from"
        )


def read_arrays(path: FilePath) -> tuple[dict[str, Array], str]:
    """Read the arrays of an npz file, and its text.

    Raises
    ------
    OSError
        There is no such file, or it is not a regular file that can be read.
    ValueError
        The file is not an npz file, is damaged, or holds compressed members, or anything but real
        numbers. Nothing is allocated for what a header merely claims.
    """
    who = file_name(path)
    with read_regular(path) as file:
        begin = file.peek(512)[:512]
        try:
            return _read_archive(file, who)
        except BROKEN as error:
            kind = "" if begin.startswith(b"PK") else kind_of_file(begin)
            words = f"it is {kind}" if kind else error
            raise ValueError(f"{who}: not a complete npz file ({words})") from error
        except (NotImplementedError, RuntimeError) as error:
            raise ValueError(f"{who}: not an npz file of nnlayers ({error})") from error


def _read_archive(file: BinaryIO, who: str) -> tuple[dict[str, Array], str]:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    if (kind := kind_of_archive(info.filename for info in members)) not in ("", NNLAYERS):
        raise ValueError(f"{who}: not an npz file (it is {kind})")
    size = file.seek(0, io.SEEK_END)
    if sum(info.compress_size for info in members) > size:
        raise ValueError(f"{who}: not a complete npz file (its arrays would be longer than the file)")
    is_text = [info.filename == TEXT for info in members]
    names = [info.filename.removesuffix(".npy") for info in members]
    if len(set(zip(names, is_text, strict=True))) != len(members):
        raise ValueError(f"{who}: it holds two arrays of one name")
    arrays, text = {}, members[0].comment if members else b""
    for info, name in zip(members, names, strict=True):
        place = f"{who}: {'array ' * name.isdigit()}{name}"  # those of a run have numbers
        content = _content(file, info, place)
        if info.filename == TEXT:
            text = content.tobytes()
        else:
            arrays[name] = _array(content, place)
    return arrays, text.decode(errors="replace")


def _content(file: BinaryIO, info: zipfile.ZipInfo, who: str) -> Array:
    """The bytes of a member. `zipfile` would copy them twice, in small pieces."""
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise ValueError(f"{who}: expected an uncompressed array, as save_weights writes them")
    seek_member(file, info, who)
    content: Any = np.empty(info.file_size, np.uint8)
    if file.readinto(content) != info.file_size or zlib.crc32(content) != info.CRC:  # type: ignore[attr-defined]
        raise ValueError(f"{who}: it is damaged (its checksum differs)")
    return content


def seek_member(file: BinaryIO, info: zipfile.ZipInfo, who: str) -> None:
    """Go to where the bytes of an uncompressed member begin.

    Raises
    ------
    ValueError
        It is not there.
    """
    file.seek(info.header_offset)
    magic, flags, name_size, extra_size = struct.unpack("<4s2xH18xHH", file.read(30))
    encoding = "utf-8" if flags & 0x800 else "cp437"
    name = file.read(name_size).decode(encoding, errors="replace")
    if magic != b"PK\x03\x04" or flags & 0x1 or name != info.orig_filename:
        raise ValueError(f"{who}: it is damaged (its place in the archive)")
    file.seek(extra_size, io.SEEK_CUR)


def _array(content: Array, who: str) -> Array:
    shape, fortran, dtype, start = array_header(content[:LONGEST_HEADER].tobytes(), who)
    size = len(content) - start
    if size != math.prod(shape) * dtype.itemsize or min(shape, default=0) < 0:
        raise ValueError(f"{who}: {size} bytes are not {shape} values of {dtype}")
    try:
        return content[start:].view(dtype).reshape(shape, order="F" if fortran else "C")
    except (ValueError, TypeError) as error:  # of axes that NumPy does not have
        raise ValueError(f"{who}: not an array in NumPy's format ({error})") from error


def array_header(begin: bytes, who: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, order and dtype of an array in NumPy's format, and where its numbers begin.

    Raises
    ------
    ValueError
        It is something else, or an array of anything but real numbers.
    """
    content = io.BytesIO(begin)
    try:
        version = np.lib.format.read_magic(content)
        old = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if old else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(content)
    except Exception as error:  # the header is parsed as Python: anything may be in it
        raise ValueError(f"{who}: not an array in NumPy's format ({error})") from error
    if dtype.hasobject:
        raise ValueError(f"{who}: expected plain numbers, got pickled objects (they could run code)")
    if dtype.kind not in "fiub":
        raise ValueError(f"{who}: expected real numbers, got {dtype}")
    return shape, fortran, dtype, content.tell()
