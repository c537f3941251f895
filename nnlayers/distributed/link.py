"""The link of this process with the others: MPI, with waits that end if another process does."""

import atexit
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from nnlayers.core.checks import Array
from nnlayers.core.extras import needed
from nnlayers.training.ranks import LAUNCHERS, processes_started

WHO = "DataParallel"
TAG = 31_416
"""Of notices: the last words of a process, and the first ones of a failure."""
SIZES = *LAUNCHERS, "SLURM_STEP_NUM_TASKS"
"""What launchers call the number of processes that they start."""
GRACE = 0.25  # seconds after a notice for what the others have begun together
LAST_WORDS = 4.0  # seconds that a process waits for those of the others after a failure
UNKNOWN = 0.5  # the same for others that perhaps do not use nnlayers
PRINTED = 0.2  # seconds for what was printed to reach the screen
BUSY, PAUSE = 0.01, 0.0005  # seconds of waiting before it leaves the core to others, and for how long
LONGEST = 2_000  # letters of an error that the others are told

give_way: Callable[[], Any] = getattr(os, "sched_yield", lambda: time.sleep(0))


class Link:
    """The link with the other processes of this program: there is one, `the_link`.

    Nothing in it waits for a process that has failed or ended. Each tells all others when it does, and
    whoever waits listens.
    """

    def __init__(self, mpi: Any) -> None:
        self.mpi = mpi
        self.world = mpi.COMM_WORLD
        self.rank, self.count = self.world.rank, self.world.size
        self.comm: Any = None
        """For reductions; the world is for notices."""
        self.settle: Callable[[], Any] = lambda: None
        """Called while it waits: raises KeyboardInterrupt after a second Ctrl-C."""
        self.broken = ""
        """What has failed; then the processes are no longer at the same place."""
        self.ended: dict[int, tuple[int, str]] = {}
        """Of others that have ended: how often they had waited for all, and their last words."""
        self.waits = 0
        """How often it has waited for all, which is the same everywhere at the same place."""
        self.failure = "", ""
        """The kind of the error that another process had, and its words."""
        self.notices: list[Any] = []

    def meet(self) -> None:
        """Wait until all are there."""
        if self.broken:
            raise RuntimeError(
                f"{WHO}: the processes are no longer together, since {self.broken}: end the program, "
                "and start it again; with checkpoint=, it goes on where it was"
            )
        self._wait(self.world.Ibarrier())
        if self.comm is None:
            self.comm = self.world.Dup()

    def add(self, values: Array) -> Array:
        """The sums of some numbers over all processes."""
        self._wait(self.comm.Iallreduce(self.mpi.IN_PLACE, values))
        return values

    def add_many(self, arrays: Iterable[Array]) -> None:
        """The same for arrays of many numbers, in place, right after `add`: it does not listen."""
        for values in arrays:
            self.comm.Allreduce(self.mpi.IN_PLACE, values)

    def share(self, thing: Any) -> Any:
        """What rank 0 gives, on all."""
        self._wait(self.comm.Ibarrier())
        return self.comm.bcast(thing, 0)

    def gather(self, thing: Any) -> list[Any]:
        """What each gives, on all."""
        self._wait(self.comm.Ibarrier())
        things: list[Any] = self.comm.allgather(thing)
        return things

    def gather_to_first(self, thing: Any) -> list[Any] | None:
        """What each gives, on rank 0."""
        self._wait(self.comm.Ibarrier())
        things: list[Any] | None = self.comm.gather(thing, 0)
        return things

    def processes_here(self) -> int:
        """How many of them are on this machine."""
        self._wait(self.comm.Ibarrier())
        local = self.comm.Split_type(self.mpi.COMM_TYPE_SHARED)
        size: int = local.size
        local.Free()
        return size

    def _wait(self, request: Any) -> None:
        """Wait for what all have to begin; raise if one of them does not come any more."""
        self.waits += 1
        begin, heard = time.perf_counter(), 0.0
        while not request.Test():
            now = time.perf_counter()
            if self.listen():
                heard = heard or now
            if heard and now - heard > GRACE:
                raise self._error()
            self.settle()
            if now - begin < BUSY:
                give_way()
            else:
                time.sleep(PAUSE)

    def listen(self) -> bool:
        """True if another process has failed, or has ended and is waited for."""
        any_source = self.mpi.ANY_SOURCE
        while self.world.iprobe(any_source, TAG):
            source, kind, text, waits, has_ended = self.world.recv(None, any_source, TAG)
            if kind:
                self.failure = kind, f"rank {source} of {self.count} has failed: {text}"
                self.broken = self.broken or self.failure[1]
            elif not text.startswith("rank "):
                text = f"rank {source} of {self.count} has ended, and no longer takes part"
            if has_ended:
                self.ended[source] = waits, text
        return bool(self.broken or self._missing())

    def _missing(self) -> list[str]:
        """The last words of those that have ended before what this process waits for."""
        return [text for waits, text in self.ended.values() if waits < self.waits]

    def _error(self) -> BaseException:
        """The error that says why it cannot wait any longer."""
        kind, text = self.failure
        self.broken = self.broken or self._missing()[0]
        error = FloatingPointError if kind == "FloatingPointError" else RuntimeError
        return error(f"{WHO}: {text or self.broken}")

    def fail(self, error: BaseException) -> None:
        """Tell the others of an error of this process, unless it is one that they told of."""
        if self.listen() and self.broken:
            return
        text = _words(error)
        self.broken = f"rank {self.rank} of {self.count} has failed: {text}"
        self._tell(type(error).__name__, text)

    def _tell(self, kind: str, text: str, has_ended: bool = False) -> None:
        """Send a notice to all other processes."""
        for other in range(self.count):
            if other != self.rank and (self.comm is not None or other not in self.ended):
                notice = self.rank, kind, text[:LONGEST], self.waits, has_ended
                self.notices.append(self.world.isend(notice, other, TAG))

    def end(self) -> None:
        """The last words: when the program ends.

        It waits for those of the others, as MPI's own end does, which fails if it finds a message that
        no process has read. After a failure, MPI is aborted instead, once the others have had the time
        to say why they end.
        """
        if self.mpi.Is_finalized():
            return
        uncaught = getattr(sys, "last_value", None)
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # it is closed, its disk is full, its reader is gone: or None
                stream.flush()
        if uncaught is not None and not self.broken:
            self.fail(uncaught)
        self.listen()
        self._tell("", self.broken, has_ended=True)
        is_broken, has_met = bool(self.broken), self.comm is not None
        patience = LAST_WORDS if is_broken or has_met else UNKNOWN
        while len(self.ended) < self.count - 1 and patience > 0:
            self.listen()
            time.sleep(0.01)
            if is_broken or not has_met:  # else all will say goodbye, however late
                patience -= 0.01
        if is_broken:
            time.sleep(PRINTED)
            self.world.Abort(1)


def _words(error: BaseException) -> str:
    """An error in words, with its notes."""
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "\n".join([words, *getattr(error, "__notes__", ())])


class _One:
    """The one link of the program."""

    link: Link | None = None


def the_link() -> Link:
    """The link of this process.

    Raises
    ------
    ImportError
        mpi4py is not installed.
    RuntimeError
        This is one of several processes, but not for the MPI that mpi4py has.
    """
    if _One.link is None:
        link = Link(needed("mpi4py.MPI", "mpi", WHO))
        expected = processes_started(SIZES)
        if link.count == 1 and expected > 1:
            library = " ".join(link.mpi.Get_library_version().splitlines()[0].split())
            raise RuntimeError(
                f"{WHO}: this is one of {expected} processes, but mpi4py sees only itself, and each "
                "would train alone: they were started by the mpiexec of another MPI than its own, "
                f"{library}: start them with the mpiexec that pip has installed beside Python"
            )
        if link.count > 1:
            atexit.register(link.end)
        _One.link = link
    return _One.link


def say_goodbye() -> None:
    """Let the others know that this process ends, if it has not used the link so far."""
    if _One.link is None:
        with suppress(Exception):  # no mpi4py, or another MPI: then there is no other process to tell
            the_link().end()
