"""Files that are written whole or not at all, and errors that name the path the user gave."""

import errno
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from typing import BinaryIO, TypeAlias

from nnlayers.core.similar import closest

if sys.platform != "win32":
    import fcntl

FilePath: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]

KINDS = (
    (stat.S_ISDIR, "a folder", errno.EISDIR),
    (stat.S_ISFIFO, "a named pipe", errno.EINVAL),
    (stat.S_ISSOCK, "a socket", errno.EINVAL),
    (stat.S_ISCHR, "a device", errno.EINVAL),
    (stat.S_ISBLK, "a device", errno.EINVAL),
)


@contextmanager
def write_whole(path: FilePath) -> Iterator[BinaryIO]:
    """A binary file to write, which takes the place of an older one when the with-block ends.

    It is written beside its place, under a name that ends in ``.partial``, and moved there when it is
    on the disk. Symbolic links are followed. Permissions and owner of an older file are kept, as far as
    the system allows; other names of it (hard links) keep the old content. Partial files of this path
    that killed processes have left behind are removed.

    Raises
    ------
    OSError
        The path cannot be written, or is not that of a regular file. The error names ``path``, and an
        older file is as it was.
    TypeError, ValueError
        It is not a path.
    """
    given = file_name(path)
    old, target = check_writable(given), _target(given)
    try:
        _remove_leftovers(target)
        with _partial_file(target, old) as (partial, file):
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform == "win32":
                file.close()  # an open file cannot be moved there
            os.replace(partial, target)
        _sync(_folder(target))
    except OSError as error:
        if error.errno is None:
            raise
        # From None: the error behind it names the partial file, or no file at all.
        raise OSError(error.errno, error.strerror, given) from None


def check_writable(path: FilePath) -> os.stat_result | None:
    """The status of an older file, or None; raise the errors of `write_whole` for a wrong path."""
    given = file_name(path)
    old, target = _look(given), _target(given)
    if old is not None and not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, "this file may not be written", given)
    if not os.access(_folder(target), os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, f"no file may be created in {_folder(target)!r}", given)
    return old


@contextmanager
def read_regular(path: FilePath) -> Iterator[BufferedReader]:
    """A regular file, open to be read; anything else, such as a pipe, is refused at once.

    Raises
    ------
    OSError
        There is no such file (the error then names a similar one), or it cannot be read.
    TypeError, ValueError
        It is not a path.
    """
    given = file_name(path)
    if _look(given) is None:
        raise OSError(errno.ENOENT, f"no such file{_similar(given)}", given)
    with open(given, "rb") as file:
        yield file


def file_exists(path: FilePath) -> bool:
    """True if there is such a file.

    Raises
    ------
    OSError
        It is not a regular file, or its folder does not exist.
    TypeError, ValueError
        It is not a path.
    """
    return _look(file_name(path)) is not None


def file_name(path: FilePath, who: str = "") -> str:
    """The path as text; ``who`` asks for it.

    Raises
    ------
    TypeError, ValueError
        It is not a path.
    """
    expected = f"{who}: expected the path of a file" if who else "expected the path of a file"
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise TypeError(f"{expected}, got {path!r}") from None
    if "\0" in name:
        raise ValueError(f"{expected}, got {name!r} with a NUL character")
    return name


def _look(given: str) -> os.stat_result | None:
    """The status of a path; None if there is nothing yet, but its folder exists.

    Raises
    ------
    OSError
        It is not a regular file, or its folder does not exist.
    """
    if not os.path.basename(given):
        raise OSError(errno.EISDIR if given else errno.ENOENT, "expected the path of a file", given)
    try:
        found = os.stat(given)
    except FileNotFoundError:
        folder = _folder(_target(given))
        if not os.path.isdir(folder):
            hint = "; ~ is not expanded, use os.path.expanduser" if given.startswith("~") else ""
            raise OSError(errno.ENOENT, f"the folder {folder!r} does not exist{hint}", given) from None
        return None
    for is_kind, words, number in KINDS:
        if is_kind(found.st_mode):
            raise OSError(number, f"expected a regular file, but this is {words}", given)
    return found


def _target(given: str) -> str:
    """The path of the file itself, behind symbolic links."""
    return os.path.realpath(given) if os.path.islink(given) else given


def _folder(path: str) -> str:
    return os.path.dirname(path) or os.curdir


def _similar(given: str) -> str:
    """The most similar name in the folder, as a question; empty if there is none."""
    folder, name = os.path.split(given)
    with suppress(OSError):
        names = os.listdir(_folder(given))
        found = f"{name}.npz" if f"{name}.npz" in names else closest(name, names)
        if found:
            return f" (did you mean {os.path.join(folder, found)!r}?)"
    return ""


@contextmanager
def _partial_file(target: str, old: os.stat_result | None) -> Iterator[tuple[str, BinaryIO]]:
    """A new file beside the target, locked while it is open, and removed unless it was moved."""
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        partial = f"{_start(target)}{os.urandom(4).hex()}.partial"
        try:
            with open(partial, "wb", opener=lambda name, _: os.open(name, flags, mode)) as file:
                if not _try_lock(file) or os.fstat(file.fileno()).st_nlink == 0:
                    continue  # before it was locked, another writer took it for a leftover
                if old is not None:
                    _keep_permissions(file, old)
                yield partial, file
            return
        finally:
            with suppress(OSError):
                os.unlink(partial)


def _keep_permissions(file: BinaryIO, old: os.stat_result) -> None:
    if sys.platform != "win32":
        with suppress(OSError):
            os.fchown(file.fileno(), old.st_uid, old.st_gid)
        with suppress(OSError):
            os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))


def _start(target: str) -> str:
    """How the paths of a target's partial files start; no name gets too long by it."""
    folder, name = os.path.split(target)
    return os.path.join(folder, f"{name[:40]}.{zlib.crc32(os.fsencode(name)):08x}")


def _remove_leftovers(target: str) -> None:
    """Remove the partial files of a target that no process is writing."""
    start = os.path.basename(_start(target))
    leftover = re.compile(re.escape(start) + r"[0-9a-f]{8}\.partial")
    with suppress(OSError):
        for name in filter(leftover.fullmatch, os.listdir(_folder(target))):
            with suppress(OSError):  # another process is writing it
                _remove_unless_open(os.path.join(os.path.dirname(target), name))


def _remove_unless_open(path: str) -> None:
    if sys.platform == "win32":
        os.unlink(path)  # which fails if any process has it open
    else:
        with open(path, "r+b") as file:
            _lock(file)
            os.unlink(path)


def _try_lock(file: BinaryIO) -> bool:
    """False if another writer has locked the file; True without a lock if there are none."""
    try:
        _lock(file)
    except BlockingIOError:
        return False
    except OSError:  # not every file system has locks
        return True
    return True


def _lock(file: BinaryIO) -> None:
    """Lock a file for as long as it is open, or raise OSError."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync(folder: str) -> None:
    """Bring the entries of a folder to the disk, where the system can."""
    if sys.platform != "win32":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
