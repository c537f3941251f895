"""Warnings that point to the user's line."""

import inspect
import warnings


def notice(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something that is not an error; the warning points to the first line outside nnlayers."""
    level, frame = 1, inspect.currentframe()
    while frame and frame.f_globals.get("__name__", "").startswith("nnlayers."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)
