"""Lines of code in messages; and the line of a pass that writes into an array, found by a trial."""

import linecache
import textwrap
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.structures import each

LONGEST = 70  # line that is shown whole


def line_in_words(number: int, function: str, text: str) -> str:
    """A line, and the function that it stands in; the text may be unknown."""
    shown = f", `{textwrap.shorten(text, LONGEST, placeholder=' ...')}`" if text.strip() else ""
    return f"line {number} ({function.rpartition('<locals>.')[2]}){shown}"


def line_that_writes(call: Callable[[], object]) -> str:
    """The line at which a call fails because an array is read-only, in words; empty if it does not."""
    try:
        call()
    except ValueError as error:
        if "read-only" in str(error):
            return last_line(error)
    except Exception:  # for another reason
        return ""
    return ""


def last_line(error: Exception) -> str:
    """The line at which an error was raised, in words, NumPy's own code left out."""
    frames = [
        (frame.f_code, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] != "numpy"
    ]
    code, number = frames[-1]
    return line_in_words(number, code.co_qualname, linecache.getline(code.co_filename, number))


def frozen(x: Any) -> Any:
    """An array, or a tuple of them, made read-only, with those that they are views of.

    A larger base is left alone, since a pass may write into the rest of it.
    """

    def freeze(array: Any) -> Any:
        base = array
        while isinstance(base, np.ndarray):
            if base.size <= array.size:
                base.flags.writeable = False
            base = base.base
        return array

    return each(freeze, x)
