"""No state of stderr ends training, slows it, or gets into its way."""

import io
import os
import subprocess
import sys
import time
import types

import pytest

from nnlayers.training.stream import Stream
from tests.training.test_progress import Terminal, fit


class Bare:
    """An object that cannot do anything."""


class Mute(Bare):
    def write(self, text):
        pass


class Failing(io.StringIO):
    """Fails in one method."""

    def __init__(self, method, error):
        super().__init__()
        self.calls = 0
        if method != "isatty":
            self.isatty = lambda: True
        setattr(self, method, self.fail)
        self.error = error

    def fail(self, *args):
        self.calls += 1
        raise self.error


class Ascii(io.TextIOWrapper):
    def __init__(self):
        super().__init__(io.BytesIO(), "ascii", write_through=True)

    def isatty(self):
        return True


def closed(kind):
    stream = kind()
    stream.close()
    return stream


STATES = {
    "None": lambda: None,
    "closed": lambda: closed(io.StringIO),
    "closed terminal": lambda: closed(Terminal),
    "an object without methods": Bare,
    "an object with write only": Mute,
    "a stream of bytes": io.BytesIO,
    "ascii": Ascii,
} | {
    f"{method} fails with {type(error).__name__}": lambda method=method, error=error: Failing(
        method, error
    )
    for method in ("write", "flush", "isatty")
    for error in (OSError(28, "No space left"), BrokenPipeError(), ValueError("closed"), RuntimeError())
}


@pytest.fixture(params=["with tqdm", "without tqdm"])
def _tqdm(request, monkeypatch):
    if request.param == "without tqdm":
        monkeypatch.setitem(sys.modules, "tqdm", None)


@pytest.mark.usefixtures("_tqdm")
@pytest.mark.parametrize("stderr", STATES.values(), ids=STATES)
@pytest.mark.parametrize("stdout", [sys.__stdout__, None])
def test_training_ends_well_with_any_stderr(stderr, stdout, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stderr())
    monkeypatch.setattr(sys, "stdout", stdout)
    assert fit().epochs == 3


@pytest.mark.usefixtures("_tqdm")
def test_after_a_failure_nothing_more_is_tried(monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream := Failing("write", OSError(28, "No space left")))
    fit()
    assert stream.calls == 1


@pytest.mark.usefixtures("_tqdm")
def test_stderr_may_be_replaced_during_fit(monkeypatch):
    first, second, calls = Terminal(), io.StringIO(), []

    def replace(prediction, target):
        calls.append(1)
        if len(calls) == 5:
            sys.stderr = second
            first.close()
        return 0.0

    monkeypatch.setattr(sys, "stderr", first)
    assert fit(metrics=[replace]).epochs == 3
    assert second.getvalue() == ""


@pytest.mark.usefixtures("_tqdm")
@pytest.mark.parametrize("columns", ["0", "1", "2", "-5", "x"])
def test_a_terminal_may_have_any_width(columns, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", columns)
    assert fit().epochs == 3


def largest(prediction, target):
    return 1.0


largest.__name__ = "größte"


@pytest.mark.usefixtures("_tqdm")
def test_what_the_encoding_lacks_is_escaped(monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream := Ascii())
    fit(metrics=[largest])
    assert b"gr\\xf6\\xdfte 1.0000" in stream.buffer.getvalue()


@pytest.mark.parametrize("name", ["__init__", "update", "close", "set_postfix_str"])
def test_what_fails_in_tqdm_does_not_end_training(name, monkeypatch):
    import tqdm

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(tqdm.tqdm, name, fail)
    assert fit().epochs == 3


def notebook_stream():
    """A stream whose class is in ipykernel, as in notebooks."""
    kind = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    return kind()


@pytest.mark.usefixtures("_tqdm")
def test_a_notebook_without_widgets_gets_a_line_an_epoch_on_stdout(monkeypatch):
    monkeypatch.setattr(sys, "stderr", stderr := notebook_stream())
    monkeypatch.setattr(sys, "stdout", stdout := notebook_stream())
    monkeypatch.setitem(sys.modules, "ipykernel.zmqshell", types.ModuleType("ipykernel.zmqshell"))
    fit()  # no TqdmWarning: warnings are errors
    assert [line.split()[1] for line in stdout.getvalue().splitlines()] == ["1/3", "2/3", "3/3"]
    assert stderr.getvalue() == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows does not say whether a write would wait")
def test_a_full_pipe_is_not_waited_for():
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as file:
        stream = Stream(file)
        for _ in range(10_000):  # nobody reads
            stream.write("a line of forty characters, more or less\n")
        assert os.read(reading, 6) == b"a line"
    os.close(reading)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
def test_a_stopped_terminal_is_not_waited_for():
    import termios

    reading, writing = os.openpty()
    with open(writing, "w", encoding="utf-8") as file:
        stream = Stream(file)
        assert stream.is_terminal
        stream.write("before")
        termios.tcflow(writing, termios.TCOOFF)  # Ctrl-S
        stream.write("stopped")
        termios.tcflow(writing, termios.TCOON)
        stream.write("after")
        found = b""
        while not found.endswith(b"after"):  # it may come in parts
            found += os.read(reading, 100)
        assert found == b"beforeafter"
    os.close(reading)


def test_slow_writes_take_a_small_share_of_the_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    class Slow(io.StringIO):
        def write(self, text):
            now[0] += 0.2
            return super().write(text)

    stream = Stream(slow := Slow())
    for _ in range(1000):
        stream.write("x")
        now[0] += 0.1
    assert now[0] < 107
    assert len(slow.getvalue()) > 10


CODE = """
import numpy as np, nnlayers as nn, sys
model = nn.Dense(2, 2, rng=0)
trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
x = np.linspace(-1, 1, 128).reshape(64, 2) * (sys.argv[2] == "healthy")
trainer.fit(x, (np.arange(64) > 31).astype(int), epochs=int(sys.argv[1]), rng=0)
print(trainer.history.epochs)
"""


def run(epochs, health="healthy", *, shell=(), **options):
    return subprocess.run(
        [*shell, sys.executable, "-c", CODE, str(epochs), health],
        stdout=subprocess.PIPE,
        check=False,
        **options,
    )


def broken_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def full_pipe():
    _, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing, True)
    return writing


def full_disk():
    return os.open("/dev/full", os.O_WRONLY)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no file that is always full")
@pytest.mark.parametrize("make", [broken_pipe, full_pipe, full_disk])
@pytest.mark.parametrize("health", ["healthy", "it warns of its inputs"])
def test_a_program_ends_well_with_any_file_as_stderr(make, health):
    stderr = make()
    result = run(5, health, stderr=stderr, timeout=60)
    os.close(stderr)
    assert (result.returncode, result.stdout) == (0, b"5\n")


@pytest.mark.parametrize("health", ["healthy", "it warns of its inputs"])
def test_a_program_without_stderr_ends_well(health):
    result = run(5, health, shell=() if os.name == "nt" else ("sh", "-c", 'exec "$@" 2>&-', "sh"))
    assert (result.returncode, result.stdout) == (0, b"5\n")


def test_a_log_of_many_short_epochs_stays_short():
    lines = run(1000, stderr=subprocess.PIPE).stderr.decode().splitlines()
    assert 100 < len(lines) < 200
    assert lines[99].startswith("epoch 100/1000 ")
    assert lines[-1].startswith("epoch 1000/1000 ")


def test_a_log_has_a_line_an_epoch_and_nothing_that_is_written_over(monkeypatch):
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    monkeypatch.setattr("nnlayers.training.progress.SECONDS_BETWEEN", 0)
    fit()
    assert "\r" not in log.getvalue()
    assert len(log.getvalue().splitlines()) == 3
