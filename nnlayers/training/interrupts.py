"""Ctrl-C at the right moment."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self


class DeferredInterrupts:
    """While it is entered, Ctrl-C is held back until a call that is protected by `protect` returns.

    Elsewhere Ctrl-C raises KeyboardInterrupt at once, as usual. If the program has a handler of its own
    for it, and outside the main thread, nothing is changed.
    """

    def __init__(self) -> None:
        self._old: Any = None
        self._inside = False
        self._asked = False

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._old = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._inside:
            raise KeyboardInterrupt
        self._asked = True

    def protect(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function, and hold a Ctrl-C back until it returns."""
        self._inside = True
        try:
            function(*arguments)
        finally:
            self._inside = False
        if self._asked:
            self._asked = False
            raise KeyboardInterrupt
