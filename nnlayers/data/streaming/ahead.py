"""Reading ahead: the next thing is read in a thread while the last one is used."""

import threading
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Stopped = Callable[[], bool]

PATIENCE = 5.0  # seconds to wait for the end of a thread that was told to end


class Reading(Generic[Result]):
    """One call of a function in a thread of its own, which ends with it.

    So no thread waits for anything, and one whose result is not wanted any more ends by itself.
    """

    def __init__(self, read: Callable[[Stopped], Result]) -> None:
        self._read = read
        self._stop = threading.Event()
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = threading.Thread(target=self._run, name="nn.stream")
        try:
            self._thread.start()
        except RuntimeError:  # the interpreter ends, or has too many threads: read without one
            self._thread = None

    def _run(self) -> None:
        try:
            self._results.append(self._read(self._stop.is_set))
        except BaseException as error:
            self._error = error

    def result(self) -> Result:
        """What the function returns, or raises, when it has ended."""
        if self._thread is not None:
            self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error
        if not self._results:  # the thread did not start, or stayed behind when the process was forked
            self._results.append(self._read(self._stop.is_set))
        return self._results.pop()

    def stop(self) -> None:
        """End the thread, which ends by itself if that takes long."""
        self._stop.set()
        # The garbage collector may call this in any thread, also in one that holds a lock, such as that
        # of h5py, for which the thread waits: without a limit, both would wait forever.
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)


def read_ahead(
    jobs: Iterable[Job], read: Callable[[Job, Stopped], Result]
) -> Generator[Result, None, None]:
    """What ``read`` returns for each job; the next one is read while the last one is used.

    ``read`` gets a function, too, that says whether to end early. Closing the iterator ends its thread.
    """
    reading: Reading[Result] | None = None
    try:
        for job in jobs:
            found = [] if reading is None else [reading.result()]
            reading = Reading(partial(read, job))
            while found:
                yield found.pop()
        if reading is not None:
            yield reading.result()
    finally:
        if reading is not None:
            reading.stop()
