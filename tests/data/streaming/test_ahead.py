"""Reading ahead: one thing ahead, and no thread that stays."""

import gc
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.data.streaming.ahead import read_ahead


def assert_no_thread_stays(before, seconds=5):
    end = time.monotonic() + seconds
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


@pytest.fixture(autouse=True)
def no_thread_stays():
    """Each test ends with as many threads as it began with."""
    before = threading.active_count()
    yield
    assert_no_thread_stays(before)


class Slow:
    """Rows that take a while to read, and take down where they are read."""

    shape, dtype = (100, 2), np.dtype(np.float32)

    def __init__(self, bad=None, seconds=0.0):
        self.bad, self.seconds, self.read, self.threads = bad, seconds, 0, set()

    def __getitem__(self, rows):
        self.threads.add(threading.current_thread())
        self.read += rows.stop - rows.start
        time.sleep(self.seconds)
        if self.bad is not None and rows.start <= self.bad < rows.stop:
            raise OSError(5, "Input/output error")
        return np.zeros((rows.stop - rows.start, 2), np.float32)


def stream(array, **options):
    return nn.stream(array, batch_size=10, buffer_bytes=80, shuffle=False, **options)


def test_results_come_in_order_one_ahead():
    begun = []

    def read(job, stopped):
        begun.append(job)
        return job * job

    results = read_ahead(range(5), read)
    assert begun == []
    for job, found in enumerate(results):
        assert found == job * job
        time.sleep(0.02)
        assert begun == list(range(min(job + 2, 5)))


def test_nothing_to_read_gives_nothing():
    assert list(read_ahead([], lambda job, stopped: job)) == []


def test_rows_are_read_in_another_thread_while_the_last_ones_are_used(monkeypatch):
    monkeypatch.setattr("nnlayers.data.streaming.reader.BLOCK_BYTES", 80)
    rows = Slow()
    for number, _ in enumerate(stream(rows), 1):
        time.sleep(0.02)
        assert rows.read == min(100, 10 * (number + 1))
    assert threading.main_thread() not in rows.threads


def test_an_error_names_the_array_and_the_rows_and_keeps_its_cause(monkeypatch):
    monkeypatch.setattr("nnlayers.data.streaming.reader.BLOCK_BYTES", 80)
    batches = iter(stream(Slow(bad=25)))
    assert [len(next(batches)) for _ in range(2)] == [10, 10]
    with pytest.raises(
        OSError, match=r"an array of shape \(100, 2\)\): cannot read rows 20 to 29: "
    ) as info:
        next(batches)
    assert info.value.__cause__.errno == 5
    assert list(batches) == []


@pytest.mark.parametrize("way", ["close", "forget", "cycle", "error"])
def test_no_thread_stays_when_an_iteration_is_left(way, monkeypatch):
    monkeypatch.setattr("nnlayers.data.streaming.reader.BLOCK_BYTES", 8)
    before = threading.active_count()
    rows = Slow(seconds=0.002)
    batches = iter(stream(rows))
    next(batches)
    if way == "close":
        batches.close()
        assert threading.active_count() == before
    elif way == "cycle":
        cycle = [batches]
        cycle.append(cycle)
        del cycle, batches
        gc.collect()
    elif way == "error":
        with pytest.raises(RuntimeError, match="stop"):
            batches.throw(RuntimeError("stop"))
    else:
        del batches
    assert_no_thread_stays(before)
    assert rows.read < 30  # the thread ended between two blocks


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_was_forked_reads_for_itself():
    batches = iter(nn.stream(np.arange(100), batch_size=10, buffer_bytes=80, rng=0))
    found = [next(batches)]
    child = os.fork()
    if child == 0:
        rows = np.concatenate([*found, *batches])
        os._exit(0 if sorted(rows) == list(range(100)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sorted(np.concatenate([*found, *batches])) == list(range(100))


PROGRAM = """
import sys
import numpy as np
import nnlayers as nn
x = np.zeros((20_000, 10))
batches = iter(nn.stream(x, batch_size=10, buffer_bytes=80_000, rng=0))
next(batches)
{end}
"""


@pytest.mark.parametrize(
    "end",
    [
        "keep = [batches]; keep.append(keep); del batches; sys.exit()",
        "import atexit; atexit.register(lambda: print(sum(map(len, batches))))",
    ],
)
def test_the_interpreter_ends_while_rows_are_read(end):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(end=end)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("19990\n" if "atexit" in end else "")


def test_two_iterations_at_once_do_not_disturb_each_other():
    data = nn.stream(np.arange(100), batch_size=10, buffer_bytes=80, shuffle=False)
    for one, other in zip(data, data, strict=True):
        np.testing.assert_array_equal(one, other)


def test_threads_may_iterate_the_same_stream():
    data, found = nn.stream(np.arange(1000), batch_size=10, buffer_bytes=800, rng=0), []
    threads = [
        threading.Thread(target=lambda: found.append(np.concatenate(list(data)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sorted(rows) for rows in found] == [list(range(1000))] * 4


def test_an_iteration_that_is_collected_does_not_wait_for_a_lock_that_its_thread_needs(monkeypatch):
    monkeypatch.setattr("nnlayers.data.streaming.ahead.PATIENCE", 0.05)
    before, lock = threading.active_count(), threading.Lock()  # a lock as that of h5py

    class Locked(Slow):
        def __getitem__(self, rows):
            with lock:
                return super().__getitem__(rows)

    batches = iter(stream(Locked(seconds=0.002)))
    next(batches)
    with lock:
        del batches
    assert_no_thread_stays(before)
