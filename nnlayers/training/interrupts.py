"""Ctrl-C: the first one ends training between two steps, the second one at once."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, ClassVar, Self, TypeVar

from nnlayers.core.notices import users_line
from nnlayers.core.origin import is_own_module
from nnlayers.optimizers.base import Optimizer

T = TypeVar("T")

SOON = 60.0  # seconds


class Interrupts:
    """Counts presses of Ctrl-C while it is entered, in place of Python's handler.

    The first one ends the loop over `watched` batches when the running turn is done, and `first` ends
    without an error. So it is not raised in the middle of other code, which would be left half done.
    The second one raises KeyboardInterrupt: at once within a turn, while the next batch is awaited, and
    in a user's callbacks; but never within a step of an optimizer, otherwise when the next turn begins
    or ends. Those that are held back until then count as one.

    It is the second one if it follows another in the same fit; or, within a minute, one that ended an
    earlier fit: of the same trainer, or of any if it is called by the same line, and the program has
    not looked since whether that was interrupted. So the loops around ``fit`` end too.

    If the program has a handler of its own, and outside the main thread, nothing is changed; nor in a
    fit within another one, of which the outer one counts.
    """

    unknown: ClassVar[tuple[float, Any]] = (-math.inf, None)
    """When a Ctrl-C was pressed that the program does not know of, and the line that called fit."""

    def __init__(self, last: float = -math.inf) -> None:
        self.asked = False
        self.again = False
        self.at_once = False
        self.pending = False
        self.is_shared = False
        """True if other processes are told of the first one, so that all end after the same step."""
        self.is_heard = False
        """True if the first one was that of another process; the same press may come here as well."""
        self.last = last
        """When Ctrl-C was pressed last, in a fit of this trainer."""
        self._old: Any = None
        self._line: Any = None

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        if main and _listener() is signal.default_int_handler:
            self._line = users_line()
            self._old = signal.default_int_handler
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._old is not None and signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._old)
        self._old = None
        if kind is None:
            self.settle()
        elif self.pending:
            self._count()

    @contextmanager
    def first(self) -> Iterator[None]:
        """A with-block that the first Ctrl-C ends without an error."""
        try:
            yield
        except KeyboardInterrupt:
            self.at_once = False
            is_main = threading.current_thread() is threading.main_thread()
            if is_main and isinstance(outer := _listener(), Interrupts) and outer is not self:
                self.asked = True
                raise
            if self.pending or not self.asked:  # the latter: a metric raised it
                self._count()
            if self.again:
                raise
        finally:
            self.at_once = False  # a handler that raises would keep the old one from being put back

    def watched(self, batches: Iterable[T]) -> Iterator[T]:
        """The batches, up to a Ctrl-C; the second one is raised at once, also while one is awaited."""
        self.at_once = True
        for batch in batches:
            yield batch
            if self.asked or self.pending:
                self.settle()
                if not self.is_shared:
                    raise KeyboardInterrupt
            self.at_once = True
        self.at_once = False

    def call(self, function: Callable[..., None], *args: Any) -> None:
        """Call a hook; the second Ctrl-C is raised at once if it is a user's."""
        before, self.at_once = self.at_once, not is_own_module(getattr(function, "__module__", ""))
        try:
            function(*args)
        finally:
            self.at_once = before

    def hear(self) -> None:
        """Count a Ctrl-C that was pressed in another process."""
        is_own = self.pending
        self._count()
        self.is_heard = not is_own

    def settle(self) -> None:
        """Count what was held back, and raise KeyboardInterrupt if it was the second one."""
        if self.pending:
            self._count()
            if self.again:
                raise KeyboardInterrupt

    def acknowledge(self) -> bool:
        """True if Ctrl-C was pressed; the program knows of it from then on."""
        if self.asked:
            Interrupts.unknown = (-math.inf, None)
        return self.asked

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._old is None:  # the fit has ended, and the program has put this handler back
            signal.default_int_handler(number, frame)
        self.pending = True
        if self.at_once and not _is_in_step(frame):
            self.settle()

    def _count(self) -> None:
        if self.is_heard:
            self.is_heard = self.pending = False
            return
        now, (unknown, line) = time.monotonic(), Interrupts.unknown
        before = max(self.last, unknown) if line == self._line else self.last
        self.again = self.asked or now - before < SOON
        self.asked, self.pending = True, False
        self.last = -math.inf if self.again else now
        Interrupts.unknown = (self.last, self._line)


def _listener() -> Any:
    """What handles Ctrl-C: the `Interrupts` of a fit that runs, or a handler."""
    handler = signal.getsignal(signal.SIGINT)
    owner = getattr(handler, "__self__", None)
    if isinstance(owner, Interrupts):
        return signal.default_int_handler if owner._old is None else owner
    return handler


def _is_in_step(frame: FrameType | None) -> bool:
    """True if the code that runs was called by a step of an optimizer, of this fit or another."""
    while frame and frame.f_code is not Optimizer.step.__code__:
        frame = frame.f_back
    return frame is not None
