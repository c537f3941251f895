"""Shards: npy and npz files, each of which has some of the rows."""

import math
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, BinaryIO

import numpy as np

from nnlayers.core.file_kinds import kind_of_file
from nnlayers.core.npz import BROKEN, LONGEST_HEADER, array_header, seek_member
from nnlayers.core.structures import arrays_in, each
from nnlayers.data.streaming.files import Version, kind_of, naming, version
from nnlayers.data.streaming.reader import Read, Reader, row_layout


class Stored:
    """An array in a file: where it is, and what it consists of.

    Parameters
    ----------
    file : Version
        The file.
    member : str
        Its name in an npz file; empty for an npy file.

    Raises
    ------
    OSError, ValueError
        It is not there, or is not an array of numbers, or is not complete.
    """

    def __init__(self, file: Version, member: str = "") -> None:
        self.file, self.member = file, member
        self.who = f"{file.path}: {member}" if member else file.path
        with naming(file.path), file.open() as opened:
            info = _member(opened, member, file.path) if member else None
            size = info.file_size if info else file.size
            is_packed = info is not None and info.compress_type != zipfile.ZIP_STORED
            if info and is_packed:
                with zipfile.ZipFile(opened).open(info) as unpacked:
                    self.begin, head = 0, unpacked.read(LONGEST_HEADER)
            else:
                if info:
                    seek_member(opened, info, self.who)
                self.begin, head = opened.tell(), opened.read(LONGEST_HEADER)
        if not member and head and not head.startswith(b"\x93NUMPY") and kind_of_file(head):
            raise ValueError(f"{self.who}: expected an array of NumPy, but it is {kind_of_file(head)}")
        self.shape, fortran, dtype, offset = array_header(head, self.who)
        self.layout = row_layout(self.shape, dtype, self.who)
        self.begin += offset
        self.is_whole = is_packed or (fortran and sum(n > 1 for n in self.shape) > 1)
        """Whether all rows have to be read at once."""
        if size - offset < math.prod(self.shape) * dtype.itemsize:
            raise ValueError(
                f"{self.who}: it is not complete: {size} bytes are too few for {self.shape}"
            )

    def read(self, file: BinaryIO, start: int, stop: int, into: Any) -> None:
        """Read some rows from the open file."""
        if self.is_whole:
            into[...] = self._all(file)[start:stop]
            return
        file.seek(self.begin + start * self.layout.itemsize)
        if file.readinto(into.reshape(-1).view(np.uint8)) != into.nbytes:  # type: ignore[attr-defined]
            raise EOFError("the file ends within them")

    def _all(self, file: BinaryIO) -> Any:
        file.seek(0)
        if not self.member:
            return np.lib.format.read_array(file, allow_pickle=False)
        with zipfile.ZipFile(file).open(f"{self.member}.npy") as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
            member.read()  # at its end, the checksum is looked at
        return array


class ShardReader(Reader):
    """Rows of shards.

    Parameters
    ----------
    paths : list of str
        Files, npz or npy.
    names : tuple
        The names of the arrays of a batch: members of npz files, or how the names of npy files begin.
    who : str
        Who asks, for errors.

    Raises
    ------
    OSError, ValueError
        A file is not complete, lacks an array, or does not go with the others.
    """

    def __init__(self, paths: Sequence[str], names: tuple[Any, ...], who: str) -> None:
        if kind_of(paths[0]) == "npz":
            self.shards = [each(partial(Stored, version(path)), names) for path in paths]
        else:
            pairs = npy_files(paths, names, who)
            self.shards = [each(lambda path: Stored(version(path)), files) for files in pairs]
        self.units = [_rows(shard) for shard in self.shards]
        filled = [shard for shard, rows in zip(self.shards, self.units, strict=True) if rows]
        for shard in filled:
            for (_, stored), (_, other) in zip(arrays_in(shard), arrays_in(filled[0]), strict=True):
                if stored.layout != other.layout:
                    raise ValueError(
                        f"{stored.who}: expected rows as in {other.who}, {_words(other.layout)}, got "
                        f"{_words(stored.layout)}"
                    )
        self.layout = each(lambda stored: stored.layout, (filled or self.shards)[0])

    def block_rows(self, unit: int) -> int | None:
        """The rows to read in one go; None for compressed arrays, and those in Fortran order."""
        is_whole = any(stored.is_whole for _, stored in arrays_in(self.shards[unit]))
        return None if is_whole else super().block_rows(unit)

    @contextmanager
    def reading(self, unit: int) -> Iterator[Read]:
        """A with-block that gives the function that reads some rows of a shard."""
        with ExitStack() as stack:
            files = each(lambda stored: stack.enter_context(stored.file.open()), self.shards[unit])
            yield lambda start, stop, into: each(
                lambda stored, file, rows: stored.read(file, start, stop, rows),
                self.shards[unit],
                files,
                into,
            )

    def name(self, unit: int) -> str:
        """The path of its first file."""
        return next(stored for _, stored in arrays_in(self.shards[unit])).file.path


def npy_files(paths: Sequence[str], names: tuple[Any, ...], who: str) -> list[tuple[Any, ...]]:
    """The npy files of each shard: ``x-0001.npy`` goes with ``y-0001.npy``.

    The name of a file begins with that of its array; what follows is the same for all of a shard, and
    does not begin with a letter or a digit. Arrays of other names are left out.

    Raises
    ------
    ValueError
        A shard lacks an array, or has it twice.
    """
    wanted = sorted((name for _, name in arrays_in(names)), key=len, reverse=True)
    shards: dict[str, dict[str, str]] = {}
    for path in paths:
        stem = os.path.basename(path)[: -len(".npy")]
        for name in wanted:
            rest = stem.removeprefix(name)
            if stem.startswith(name) and not rest[:1].isalnum():
                shard = shards.setdefault(rest, {})
                if name in shard:
                    raise ValueError(
                        f"{who}: expected one file {name}{rest}.npy, got {shard[name]} and {path}: "
                        "rename one, with another number, as names say what goes together"
                    )
                shard[name] = path
                break
    for rest, found in shards.items():
        if missing := [name for name in wanted if name not in found]:
            raise ValueError(f"{next(iter(found.values()))}: expected {missing[0]}{rest}.npy beside it")
    if not shards:
        raise ValueError(
            f"{who}: expected files such as {wanted[-1]}-0001.npy, got {os.path.basename(paths[0])}: "
            "give a list of files, and say which are what, nn.stream([...], inputs=..., targets=...)"
        )
    return [each(found.__getitem__, names) for found in shards.values()]


def _member(file: BinaryIO, name: str, path: str) -> zipfile.ZipInfo:
    """The entry of an array in an npz file."""
    try:
        members = {info.filename: info for info in zipfile.ZipFile(file).infolist()}
    except BROKEN as error:
        file.seek(0)
        kind = kind_of_file(file.read(512))
        words = str(error) if kind.startswith("a zip archive") else f"it is {kind}" if kind else error
        raise ValueError(f"{path}: not a complete npz file ({words})") from error
    if f"{name}.npy" not in members:
        there = [member.removesuffix(".npy") for member in members]
        raise ValueError(
            f"{path}: expected an array {name!r}, found {there}: say which are the inputs and targets, "
            "nn.stream(path, inputs=..., targets=...)"
        )
    return members[f"{name}.npy"]


def _rows(shard: tuple[Any, ...]) -> int:
    """The number of rows of all arrays of a shard."""
    found = {stored.who: stored.shape[0] for _, stored in arrays_in(shard)}
    if len(set(found.values())) > 1:
        raise ValueError(f"expected as many rows in each array of a shard, got {found}")
    return next(iter(found.values()))


def _words(layout: np.dtype[Any]) -> str:
    return f"{layout.base} of shape {layout.shape}"
