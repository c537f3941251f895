"""A stream to which writing never fails and never waits."""

import os
import select
import sys
import time
from typing import Any

ALLOWANCE, SHARE = 0.5, 0.05  # seconds, and the share of the time that writing may take


class Stream:
    """Writes to another stream if that is possible, whatever state it is in.

    After a failure (it is closed, its disk is full, its reader is gone) nothing more is written. Text
    is dropped while a write would wait (a terminal is stopped, a pipe is full), and where writing takes
    too much of the time.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._works = True
        self._started = time.perf_counter()
        self._spent = 0.0
        try:
            self.is_terminal = bool(stream.isatty())
        except Exception:  # whatever it is, it is not a terminal
            self.is_terminal = False

    @property
    def encoding(self) -> Any:
        """That of the other stream; None if it has none."""
        return getattr(self._stream, "encoding", None)

    def fileno(self) -> int:
        """The number of its file; an error if it has none."""
        return self._stream.fileno()

    def write(self, text: str) -> None:
        """Write text, and flush it."""
        begin = time.perf_counter()
        too_slow = self._spent > ALLOWANCE + SHARE * (begin - self._started)
        if not self._works or too_slow or not self._has_room():
            return
        try:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                self._stream.write(text.encode("ascii", "backslashreplace").decode())
            self._stream.flush()
        except Exception:  # any object may be in the place of sys.stderr
            self._works = False
        self._spent += time.perf_counter() - begin

    def flush(self) -> None:
        """Do nothing: `write` has done it."""

    def columns(self) -> int:
        """The width of the terminal."""
        import shutil  # takes long to import, and few need it

        try:
            return os.get_terminal_size(self.fileno()).columns or shutil.get_terminal_size().columns
        except Exception:  # it has no file
            return shutil.get_terminal_size().columns

    def _has_room(self) -> bool:
        """False if a write would wait; True if that cannot be told."""
        if sys.platform == "win32":
            return True
        try:
            poll = select.poll()
            poll.register(self.fileno(), select.POLLOUT)
            return bool(poll.poll(0))
        except Exception:  # it has no file, or the system no poll
            return True
