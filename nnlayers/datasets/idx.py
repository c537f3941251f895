"""Reader of IDX files, the format of MNIST and of the data sets made in its image."""

import gzip
import math
import os
import zlib
from typing import BinaryIO

import numpy as np

from nnlayers.core.checks import Array

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"
MOST_DEFLATED = 1032  # no deflated byte holds more bytes than this
CHUNK = 1 << 20


def read_idx(path: str | os.PathLike[str]) -> Array:
    r"""Read an array from an IDX file, gzipped or not.

    Parameters
    ----------
    path : str or Path
        The file, such as ``train-images-idx3-ubyte.gz``.

    Returns
    -------
    array
        Of the shape and dtype that the header gives, in native byte order.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is not an IDX file, is truncated or damaged, or does not hold what its header claims.
        Nothing is allocated for what a header merely claims.

    Notes
    -----
    What is allowed: the array has the size that the header gives, if the file holds that much; and a
    gzip file may hold a thousand times its own size, in any number of members, all of which are read.
    Look at the sizes of files from strangers first.

    The format: two zero bytes, one for the type, one for the number of axes; the axes' lengths, and
    the values, all big-endian. Source: LeCun, Cortes, Burges, "The MNIST database of handwritten
    digits", section "File formats".

    Examples
    --------
    >>> import pathlib
    >>> written = pathlib.Path("three.idx").write_bytes(b"\0\0\x08\1" + b"\0\0\0\3" + b"\1\2\3")
    >>> nn.datasets.read_idx("three.idx")
    array([1, 2, 3], dtype=uint8)
    """
    path = os.fspath(path)
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if file.peek(2)[:2] != GZIP_MAGIC:
            return _read(file, path, size)
        try:
            with gzip.open(file) as unzipped:
                return _read(unzipped, path, size * MOST_DEFLATED)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path}: a truncated or damaged gzip file ({error})") from error


def _read(file: BinaryIO | gzip.GzipFile, path: str, most: int) -> Array:
    """Read from an open file that cannot hold more than ``most`` bytes."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES or not magic[3]:
        raise ValueError(
            f"{path}: expected an IDX file, which begins with 00 00 TYPE AXES, got {magic!r}"
        )
    dtype, axes = np.dtype(DTYPES[magic[2]]), magic[3]
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise ValueError(f"{path}: truncated: the header of {axes} axes is not complete")
    shape = tuple(np.frombuffer(lengths, ">u4").tolist())
    claimed = math.prod(shape) * dtype.itemsize
    data = bytearray()
    if claimed <= most:
        while len(data) <= claimed and (chunk := file.read(CHUNK)):
            data += chunk
    if len(data) != claimed:
        raise ValueError(
            f"{path}: truncated or damaged: its header claims {claimed:,} bytes, of shape {shape}, and "
            f"the file holds {'more' if len(data) > claimed else 'fewer'}"
        )
    try:
        return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))
    except ValueError as error:  # too many axes, or an empty array with a huge one
        raise ValueError(f"{path}: its header claims the shape {shape}: {error}") from error
