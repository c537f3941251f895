"""The files of a data set: found in folders, in the order of their numbers, and watched for changes."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from typing import Any, NamedTuple

from nnlayers.core.files import file_name, read_regular

KINDS = {
    ".npz": "npz",
    ".npy": "npy",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow",
    ".feather": "Arrow",
}
EXPECTED = f"files that end in {', '.join(KINDS)}"


class Version(NamedTuple):
    """A file as it was when it was looked at."""

    path: str
    size: int
    time: int

    @contextmanager
    def open(self) -> Iterator[BufferedReader]:
        """The file, open to be read; it must not have changed.

        Raises
        ------
        OSError
            It has, or it cannot be read.
        """
        with read_regular(self.path) as file:
            if _version(self.path, os.fstat(file.fileno())) != self:
                raise OSError("the file has changed since nn.stream looked at it: call nn.stream again")
            yield file


def version(path: str) -> Version:
    """What a file is now.

    Raises
    ------
    OSError
        It is not there, or is not a regular file: the error names it.
    """
    with read_regular(path) as file:
        return _version(path, os.fstat(file.fileno()))


def _version(path: str, status: os.stat_result) -> Version:
    return Version(path, status.st_size, status.st_mtime_ns)


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Errors name the file in which something is read: those of the libraries that read it do not.

    Raises
    ------
    ValueError
        It is damaged, in whatever way.
    """
    try:
        yield
    except Exception as error:
        if path in str(error) or isinstance(error, (MemoryError, ImportError)):
            raise
        words = str(error) or type(error).__name__
        raise ValueError(f"{path}: not a complete {kind_of(path)} file ({words})") from error


def paths_in(data: Sequence[Any]) -> list[Any]:
    """The paths in paths, and lists of them; empty if there is anything else."""
    flat = [part for item in data for part in (item if isinstance(item, (list, tuple)) else [item])]
    return flat if all(isinstance(part, (str, bytes, os.PathLike)) for part in flat) else []


def files_in(paths: Sequence[Any], who: str) -> tuple[list[str], str]:
    """The files in folders, sorted, and those that were named, as they come; and their kind.

    In a folder, files of other kinds are left out, and names that begin with a dot or an underscore.

    Raises
    ------
    OSError, ValueError, TypeError
        There are none, or there are several kinds, or a folder has folders itself.
    """
    found: list[str] = []
    for item in paths:
        path = file_name(item, who)
        if _is_pattern(path) and not os.path.exists(path):
            raise ValueError(f"{who}: expected a folder, or {EXPECTED}, got {path!r}{_hint(path)}")
        found += _files_in_folder(path, who) if os.path.isdir(path) else [path]
    kinds = {kind_of(path) for path in found}
    if "" in kinds:
        other = next(path for path in found if not kind_of(path))
        if not _hint(other) and not os.path.exists(other):
            version(other)  # which says that it is not there, and names a similar one
        raise ValueError(f"{who}: expected a folder, or {EXPECTED}, got {other!r}{_hint(other)}")
    if len(kinds) > 1:
        raise ValueError(f"{who}: expected files of one kind, got {' and '.join(sorted(kinds))}")
    return found, kinds.pop()


def _files_in_folder(folder: str, who: str) -> list[str]:
    """The files of known kinds in a folder, sorted by the numbers in their names."""
    with os.scandir(folder) as entries:
        seen = [entry for entry in entries if not entry.name.startswith((".", "_"))]
    folders = sorted(entry.name for entry in seen if entry.is_dir())
    names = sorted((entry.name for entry in seen if kind_of(entry.name)), key=by_number)
    if folders or not names:
        found = f"the folder {folders[0]!r}" if folders else "none"
        way = ": give a list of files" if folders else ""
        raise ValueError(
            f"{who}: expected {EXPECTED} in {folder!r}, found {found}{_hint(folder) or way}"
        )
    return [os.path.join(folder, name) for name in names]


def kind_of(path: str) -> str:
    """The kind of a file, by its name; empty if it is another one."""
    return KINDS.get(os.path.splitext(path)[1].lower(), "")


def by_number(name: str) -> list[Any]:
    """A key that sorts 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _hint(path: str) -> str:
    """How something else is read."""
    suffix = os.path.splitext(path)[1].lower()
    opened = {".h5": "h5py.File", ".hdf5": "h5py.File", ".zarr": "zarr.open"}.get(suffix, "")
    if os.path.exists(os.path.join(path, "zarr.json")) or os.path.exists(os.path.join(path, ".zgroup")):
        opened = "zarr.open"
    if opened:
        return f": open it, file = {opened}(path, 'r'), and give nn.stream(file['x'], file['y'])"
    if suffix == ".csv":
        return ": nn.read_csv(path) reads it"
    return ": patterns are not expanded, give sorted(glob.glob(path))" if _is_pattern(path) else ""


def _is_pattern(path: str) -> bool:
    return any(letter in path for letter in "*?[")
