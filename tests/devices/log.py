"""What happens on the stand-in for a device: what waits for it, and what is copied to it."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nnlayers

ROOT = str(Path(nnlayers.__file__).parent)


class Log:
    """What happened on the device: each with what it was, and the line of nnlayers."""

    def __init__(self) -> None:
        self.waits: list[str] = []
        self.copies: list[str] = []
        """To the device."""
        self.calls = 0


LOGS: list[Log] = []


@contextlib.contextmanager
def watched() -> Iterator[Log]:
    """The log of what happens in a with-block."""
    log = Log()
    LOGS.append(log)
    try:
        yield log
    finally:
        LOGS.remove(log)


def place() -> str:
    """The file and line of nnlayers that runs."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith(ROOT):
            name = Path(frame.f_code.co_filename).relative_to(ROOT).as_posix()
            return f"{name}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "elsewhere"


def waits(what: str) -> None:
    """Note a wait for the device."""
    entry = f"{what} in {place()}"
    for log in LOGS:
        log.waits.append(entry)


def copies(what: str) -> None:
    """Note a copy to the device."""
    entry = f"{what} in {place()}"
    for log in LOGS:
        log.copies.append(entry)


def counts_call() -> None:
    """Note a call, which may start work on the device."""
    for log in LOGS:
        log.calls += 1
