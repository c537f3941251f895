"""Warnings that point to the user's line."""

import inspect
import warnings
from types import FrameType

from nnlayers.core.origin import is_own_module


def notice(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something that is not an error; the warning points to the first line outside nnlayers."""
    warnings.warn(text, category, stacklevel=1 + _users_frame()[0])


def users_line() -> tuple[str, int]:
    """The file and the number of the first line outside nnlayers that led here."""
    frame = _users_frame()[1]
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


def _users_frame() -> tuple[int, FrameType | None]:
    """The first frame outside nnlayers, and how far it is from the one that calls this function."""
    level, frame = 0, inspect.currentframe()
    while frame and is_own_module(frame.f_globals.get("__name__")):
        level, frame = level + 1, frame.f_back
    return level - 1, frame
