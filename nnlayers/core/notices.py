"""Warnings that point to the user's line."""

import inspect
import warnings

from nnlayers.core.origin import is_own_module


def notice(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something that is not an error; the warning points to the first line outside nnlayers."""
    level, frame = 1, inspect.currentframe()
    while frame and is_own_module(frame.f_globals.get("__name__")):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)
