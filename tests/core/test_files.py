"""Files are written whole or not at all, and errors name the path that the user gave."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn

POSIX = pytest.mark.skipif(os.name == "nt", reason="pipes, devices, permissions of POSIX")
NOT_ROOT = pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")


def save_weights(path, value=0.0):
    Value(value).save_weights(path)


def to_csv(path, value=0.0):
    history = nn.History()
    history.append({"loss": value})
    history.to_csv(path)


class Value(nn.Layer):
    def __init__(self, value=0.0, size=1):
        self.value = nn.Parameter(np.full(size, value))


WRITERS = pytest.mark.parametrize("write", [save_weights, to_csv])


def load(path):
    layer = Value()
    layer.load_weights(path)
    return layer.value.value[0]


@POSIX
@WRITERS
@pytest.mark.parametrize("links", [1, 3])
def test_saving_goes_through_symbolic_links(write, links, tmp_path):
    (tmp_path / "folder").mkdir()
    path = real = tmp_path / "folder" / "real"
    write(real, 1.0)
    old = real.read_bytes()
    for number in range(links):
        link = tmp_path / f"link {number}"
        link.symlink_to(os.path.relpath(path, tmp_path))
        path = link
    write(path, 2.0)
    assert path.is_symlink()
    assert real.read_bytes() != old
    assert os.listdir(tmp_path / "folder") == ["real"]


@POSIX
@WRITERS
def test_saving_through_a_dangling_link_creates_its_target(write, tmp_path):
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").stat().st_size


@POSIX
@WRITERS
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660, 0o666, 0o755, 0o604])
def test_the_permissions_of_an_older_file_are_kept(write, mode, tmp_path):
    path = tmp_path / "file"
    write(path)
    path.chmod(mode)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
@WRITERS
def test_a_new_file_has_the_permissions_that_the_system_gives(write, tmp_path):
    old = os.umask(0o027)
    try:
        write(tmp_path / "file")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@POSIX
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)
@WRITERS
def test_root_leaves_a_file_to_its_owner(write, tmp_path):
    path = tmp_path / "file"
    write(path)
    os.chown(path, 1234, 4321)
    write(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


def folder(path):
    path.mkdir()


def link_to_a_folder(path):
    path.symlink_to(path.parent)


def pipe(path):
    os.mkfifo(path)


def link_to_a_pipe(path):
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def device(path):
    path.symlink_to("/dev/null")


def bound_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(path.name)
    finally:
        os.chdir(here)


@POSIX
@pytest.mark.parametrize("use", [save_weights, to_csv, load])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (folder, "a folder"),
        (link_to_a_folder, "a folder"),
        (pipe, "a named pipe"),
        (link_to_a_pipe, "a named pipe"),
        (device, "a device"),
        (bound_socket, "a socket"),
    ],
)
def test_what_is_not_a_regular_file_is_refused_and_left_alone(use, make, words, tmp_path):
    path = tmp_path / "path"
    make(path)
    before = os.lstat(path), sorted(os.listdir(tmp_path))
    with pytest.raises(OSError, match=f"expected a regular file, but this is {words}: '.*path'"):
        use(path)
    after = os.lstat(path), sorted(os.listdir(tmp_path))
    assert (after[0].st_ino, after[0].st_mode, after[1]) == (
        before[0].st_ino,
        before[0].st_mode,
        before[1],
    )


@pytest.mark.parametrize("use", [save_weights, to_csv, load])
@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("nofolder/w.npz", FileNotFoundError, "the folder 'nofolder' does not exist: 'nofolder/w.npz'"),
        ("no/folder/w.npz", FileNotFoundError, "the folder 'no/folder' does not exist"),
        ("~/w.npz", FileNotFoundError, "the folder '~' does not exist; ~ is not expanded"),
        ("", FileNotFoundError, "expected the path of a file: ''"),
        ("w.npz/", IsADirectoryError, "expected the path of a file: 'w.npz/'"),
        (".", OSError, "this is a folder: '.'"),
        ("a\0b", ValueError, r"expected the path of a file, got 'a\\x00b' with a NUL"),
        (3, TypeError, "expected the path of a file, got 3"),
        (None, TypeError, "expected the path of a file, got None"),
        ("n" * 300, OSError, "File name too long: 'nnn"),
        ("file/w.npz", NotADirectoryError, "'file/w.npz'"),
    ],
)
def test_a_path_that_cannot_be_is_named_as_it_was_given(use, path, kind, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(kind, match=words) as caught:
        use(path)
    assert "partial" not in str(caught.value)
    assert os.listdir() == ["file"]


@WRITERS
@pytest.mark.parametrize(
    "name",
    [
        "n" * 255,
        "ä" * 127,
        "with spaces.npz",
        ".hidden",
        "w.npz.partial",
        "w.npz.01234567.partial",
        "two\nlines",
        "[w]*?.npz",
        "-",
        "...",
        b"bytes",
        b"not utf-8 \xff",
    ],
)
def test_every_legal_name_can_be_written(write, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        write(name)
        assert os.listdir(os.fsencode(tmp_path)) == [os.fsencode(name)]
    if write is save_weights:
        assert load(name) == 0


@POSIX
@WRITERS
def test_a_relative_path_works_in_a_folder_whose_own_path_is_too_long(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    write("file")
    assert os.listdir() == ["file"]


@WRITERS
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_names_the_path_and_leaves_the_old_file(write, number, call, tmp_path, monkeypatch):
    path = tmp_path / "file"
    write(path, 1.0)
    old = path.read_bytes()

    def fail(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match=r"'.*file'") as caught:
        write(path, 2.0)
    assert (caught.value.errno, caught.value.filename) == (number, str(path))
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no file that is always full")
def test_a_full_disk_names_the_path(tmp_path, monkeypatch):
    opened = os.open
    monkeypatch.setattr(os, "open", lambda name, flags, mode=0o777: opened("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match=r"No space left on device: '.*w\.npz'"):
        save_weights(tmp_path / "w.npz")


@WRITERS
@NOT_ROOT
def test_without_permission_nothing_is_written(write, tmp_path):
    path = tmp_path / "file"
    write(path)
    path.chmod(0o400)
    with pytest.raises(PermissionError, match=r"this file may not be written: '.*file'"):
        write(path)
    path.chmod(0o600)
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"no file may be created in '.*': '.*file'"):
        write(path)
    tmp_path.chmod(0o700)
    assert os.listdir(tmp_path) == ["file"]


@WRITERS
def test_ctrl_c_while_saving_leaves_the_old_file(write, tmp_path, monkeypatch):
    path = tmp_path / "file"
    write(path, 1.0)
    old = path.read_bytes()

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(path, 2.0)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["file"]


@WRITERS
def test_a_file_is_on_the_disk_before_it_takes_its_place(write, tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        function = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *args, name=name, function=function: (calls.append(name), function(*args))
        )
    write(tmp_path / "file")
    assert calls == ["fsync", "replace", "fsync"][: 2 if os.name == "nt" else 3]


KILLED = """
import os, signal, sys
import nnlayers as nn
os.replace = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
nn.Dense(2, 2, rng=0).save_weights(sys.argv[1])
"""


@POSIX
def test_the_next_save_removes_what_a_killed_one_left_behind(tmp_path):
    path, other = tmp_path / "w.npz", tmp_path / "other.npz"
    for target in (path, path, other):  # the second one cleans up after the first
        killed = subprocess.run([sys.executable, "-c", KILLED, target], check=False)
        assert killed.returncode == -signal.SIGKILL
    users = [tmp_path / name for name in ("w.npz.partial", "w.npz.01234567.partial", "w.npz.old")]
    for file in users:
        file.write_text("a file of the user's")
    assert len(os.listdir(tmp_path)) == 2 + len(users)
    save_weights(path)
    left = {file for file in tmp_path.iterdir() if file not in users}
    assert len(left) == 2
    assert path in left
    assert all(file.read_text() == "a file of the user's" for file in users)
    save_weights(other)
    assert set(tmp_path.iterdir()) == {path, other, *users}


WRITING = """
import os, sys
import nnlayers as nn
replace = os.replace
def wait(*args):
    print("writing", flush=True)
    sys.stdin.readline()
    replace(*args)
os.replace = wait
nn.Dense(2, 2, rng=0).save_weights(sys.argv[1])
"""


@POSIX
def test_a_file_that_another_process_is_writing_is_not_taken_for_a_leftover(tmp_path):
    path = tmp_path / "w.npz"
    command = [sys.executable, "-c", WRITING, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "writing\n"
        save_weights(path, 3.0)
        assert load(path) == 3
        writer.communicate("\n")
    assert writer.returncode == 0
    nn.Dense(2, 2).load_weights(path)
    assert os.listdir(tmp_path) == ["w.npz"]


def test_threads_that_save_to_one_path_leave_one_whole_file(tmp_path):
    path, errors = tmp_path / "w.npz", []

    def work(value):
        try:
            for _ in range(10):
                Value(value, size=10_000).save_weights(path)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(float(value),)) for value in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert os.listdir(tmp_path) == ["w.npz"]
    layer = Value(size=10_000)
    layer.load_weights(path)
    assert len(np.unique(layer.value.value)) == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("weights", r"no such file \(did you mean 'weights.npz'\?\): 'weights'"),
        ("weight.npz", r"did you mean 'weights.npz'\?"),
        ("folder/x", "no such file: 'folder/x'"),
    ],
)
def test_a_missing_file_is_named_with_the_most_similar_one(asked, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_weights("weights.npz")
    Path("folder").mkdir()
    with pytest.raises(FileNotFoundError, match=words):
        load(asked)


class Parts(nn.Layer):
    def __init__(self, name, value):
        self.parts = {name: nn.Parameter(value)}


@pytest.mark.parametrize("name", ["n" * 70_000, "a\0b", "\ud800", "ä" * 40_000])
def test_a_name_that_an_archive_cannot_hold_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"w\.npz: expected names of at most 65531 bytes"):
        Parts(name, 1.0).save_weights(tmp_path / "w.npz")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("name", ["", " ", "a/b", "../a", "a.npy", "file", "ä\n", "n" * 60_000])
def test_any_other_name_comes_back(name, tmp_path):
    Parts(name, 1.0).save_weights(tmp_path / "w.npz")
    layer = Parts(name, 0.0)
    layer.load_weights(tmp_path / "w.npz")
    assert layer.parts[name].value == 1
