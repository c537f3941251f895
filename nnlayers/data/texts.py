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

KINDS = {  # what a text that is not a number seems to be: the first pattern that matches all of it
    "gap": r"(?i)|[-.?*_\u2013\u2014]+|n/?a|n\.a\.|#n/?a|<na>|-?nan|null|none|nil|missing|unknown",
    "truth": r"(?i)true|false|yes|no|[tfyn]",
    "date": r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(\D.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(\D.*)?",
    "thousands": r"[-+]?[1-9]\d{0,2}(?P<mark>[,._' \xa0\u202f])\d{3}((?P=mark)\d{3})*([.,]\d+)?",
    "comma": r"[-+]?\d*,\d+([eE][-+]?\d+)?",
    "unit": r"[-+]?[$€£¥]?\s*[-+]?[\d.,]*\d[\d.,]*\s*([%$€£¥]|[A-Za-z°²³/]{1,4})?",
}


def plain_number(text: str) -> float | None:
    """The number that a text is, if float32 has one of its size; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    # 1_000 and digits of other scripts are numbers in Python only; NaN fails every comparison.
    return number if abs(number) <= LARGEST and "_" not in text and text.strip().isascii() else None


def kind_of(text: str) -> str:
    """The likely kind of a text that is not a number.

    It is a name of ``KINDS``, "infinite", "word" for what begins with a letter, or "other".
    """
    if re.fullmatch(r"(?i)[-+]?(inf|infinity|[\d.]+e[-+]?\d+)", text):
        return "infinite"
    rest = "word" if text[:1].isalpha() else "other"
    return next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, text)), rest)


def number_value(text: str) -> Any:
    """The number, exactly, or None."""
    from decimal import Decimal  # takes long to import, and few need it

    return None if plain_number(text) is None else Decimal(text.strip())


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


def short(text: str, most: int = 40) -> str:
    """A text as it is printed, cut if it is long."""
    if len(text) <= most:
        return repr(text)
    return f"{text[:most]!r}... ({len(text):,} characters)"


def listed(names: Sequence[str], most: int = 10) -> str:
    """A list as it is printed, shortened if it is long."""
    more = f", ... ({len(names)} of them)" if len(names) > most else ""
    return f"[{', '.join(map(short, names[:most]))}{more}]"


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
