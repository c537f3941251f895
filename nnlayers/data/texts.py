"""Texts in a table: the number that one is, or what it seems to be if it is not a number."""

import csv
import math
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

LARGEST = float(np.finfo(np.float32).max)
LOCK = threading.Lock()
EXACT = 2**24  # float32 holds all whole numbers up to this one

GAP = r"(?i)|[-.?*_]+|n/?a|#n/?a|<na>|-?nan|null|none|nil|missing|unknown"
THOUSANDS = r"[-+]?\d{1,3}([,._' \xa0\u202f])\d{3}(\1\d{3})*([.,]\d+)?"
DECIMAL_COMMA = r"[-+]?\d*,\d+([eE][-+]?\d+)?"


def plain_number(text: str) -> float | None:
    """The number that a text is, if float32 has one of its size; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    # 1_000 and digits of other scripts are numbers in Python only; NaN fails every comparison.
    return number if abs(number) <= LARGEST and "_" not in text and text.strip().isascii() else None


def kind_of(text: str, delimiter: str = ",") -> str:
    """The likely kind of a text that is not a number: a gap, thousands, comma, word, or other."""
    if re.fullmatch(GAP, text):
        return "gap"
    kinds = {"thousands": THOUSANDS, "comma": DECIMAL_COMMA}
    for kind in kinds if delimiter == "," else reversed(kinds):
        if re.fullmatch(kinds[kind], text):
            return kind
    return "word" if re.match(r"(?i)(?![-+]?inf)[^\W\d_]", text) else "other"


def number_value(text: str) -> Any:
    """The number, exactly, or None."""
    number = plain_number(text)
    return int(text) if number is not None and text.lstrip("+-").isdigit() else number


def number_order(text: str) -> tuple[float, str]:
    """Sorts numbers by their value, and words after them."""
    number = plain_number(text)
    return (math.inf if number is None else number, text)


def rounded(text: str, number: float) -> str:
    """The number that float32 makes of one beyond 2^24; empty if no digits are lost.

    With an exponent, only the digits that are written count: 1e30 loses none.
    """
    from decimal import Decimal  # takes long to import, and few need it

    kept, exact = float(np.float32(number)), Decimal(text.strip())
    digits = len(exact.normalize().as_tuple().digits)
    written = Decimal(f"{kept:.{digits - 1}e}") if "e" in text.lower() else Decimal(kept)
    return "" if exact in (written, Decimal(kept)) else f"{Decimal(kept):f}"


def listed(names: Sequence[str], most: int = 10) -> str:
    """A list as it is printed, shortened if it is long."""
    if len(names) <= most:
        return repr(list(names))
    return f"[{', '.join(map(repr, names[:most]))}, ... ({len(names)} of them)]"


@contextmanager
def long_texts() -> Iterator[None]:
    """Let csv read texts of any length.

    Its limit is one for the whole process: tables are read one after another, and it is put back.
    """
    with LOCK:
        limit = csv.field_size_limit(2**31 - 1)
        try:
            yield
        finally:
            csv.field_size_limit(limit)
