"""A look at the first rows of a table: each function adds a reason, and how pandas reads it."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlayers.data.texts import plain_number

SPACES = r"\s+"
EXCEL_ERROR = r"#[A-Z/0]+[!?/]"
DROP = "frame = frame.dropna()"


@dataclass
class TableLook:
    """The findings of a look, and the pandas lines that follow from them."""

    reasons: list[str] = field(default_factory=list)
    """In words."""
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of ``pandas.read_csv``."""
    repairs: list[str] = field(default_factory=list)
    """Lines that come after it."""
    words: list[str] = field(default_factory=list)
    """Columns of words, to be turned into columns of 0 and 1."""
    certain: bool = True
    """False if such lines might read other numbers, so that none are given."""

    def see(self, reason: str, repair: str = "", *, certain: bool = True, **options: Any) -> None:
        """Add something."""
        self.reasons.append(reason)
        self.options |= options
        self.repairs += repair.splitlines()
        self.certain &= certain


def split(line: str, delimiter: str) -> list[str]:
    """The values of a line, without spaces around them."""
    if delimiter == SPACES:
        return line.split()
    try:
        row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a very long value, or bytes that are not text
        row = line.split(delimiter)
    return [value.strip() for value in row]


def without_comments(look: TableLook, lines: list[str], row: Sequence[str]) -> list[str]:
    """The lines that are not comments, if there seem to be some."""
    first = next((line for line in lines if line.strip()), "")
    is_comment = bool(row) and row[0].startswith("#") and not re.match(EXCEL_ERROR, row[0])
    if not is_comment and not re.match(r"#\s|#+$", first):
        return lines
    look.see("lines that begin with # seem to be comments", comment="#")
    return [line for line in lines if not line.startswith("#")]


def without_sep_line(look: TableLook, lines: list[str]) -> list[str]:
    """The lines without a first one in which Excel is told the delimiter."""
    if not lines or not re.match('"?sep=.', lines[0]):
        return lines
    look.see("line 1 is for Excel, and the names stand in line 2", skiprows=1)
    return lines[1:]


def other_delimiter(look: TableLook, lines: list[str], delimiter: str) -> str:
    """The delimiter that the lines seem to have, if it is not the one that was given."""
    some = [line for line in lines if line.strip()][:20]
    for mark in ";\t|,":
        counts = [line.count(mark) for line in some]
        if mark != delimiter and sum(counts) > len(some) // 2 and _is_steadier(mark, delimiter, some):
            look.see(f"the values seem to be separated by {mark!r}", sep=mark)
            return mark
    widths = {len(line.split()) for line in some}
    if len(some) > 1 and len(widths) == 1 and widths != {1} and delimiter not in "".join(some):
        look.see("the values seem to be separated by spaces", sep=SPACES)
        return SPACES
    return ""


def _is_steadier(mark: str, delimiter: str, lines: list[str]) -> bool:
    """True if splitting at the mark gives more rows of one length than splitting at the delimiter."""

    def steadiness(delimiter: str) -> tuple[int, int]:
        width, count = Counter(len(split(line, delimiter)) for line in lines).most_common(1)[0]
        return (count if width > 1 else 0, width)

    return steadiness(mark) > steadiness(delimiter)


def rows_from_names(look: TableLook, rows: list[list[str]]) -> list[list[str]]:
    """The rows from the line of names on, if there are lines of other text above it."""
    widths = Counter(len(row) for row in rows if row)
    width = max(widths, key=lambda width: (widths[width], width), default=0)
    first = next((place for place, row in enumerate(rows) if len(row) == width), 0)
    if width > 1 and any(len(row) == 1 for row in rows[:first]):
        certain = all(text[:1].isalpha() for text in rows[first])
        look.see(f"the names seem to stand in line {first + 1}", certain=certain, skiprows=first)
        return rows[first:]
    return [row for row in rows if row]


def has_no_names(rows: list[list[str]], column: str | None) -> bool:
    """True if the first row looks like the second: numbers in the same places, or the same word."""
    if len(rows) < 2:
        return False
    first, second = ([plain_number(text) is not None for text in row] for row in rows[:2])
    years = all(re.fullmatch(r"[12]\d{3}", text) for text in rows[0] if plain_number(text) is not None)
    return first == second and any(first) and (not years or column in rows[1])


def see_length(look: TableLook, row: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add the likely fault of a row of another length than the first one, the names."""
    width = len(rows[0])
    certain = len(rows) > 1 and len(rows[1]) == width > 1  # pandas would take longer rows for an index
    if len(row) == width + 1 and not row[-1].strip():
        look.see("a delimiter stands at the end of the line", index_col=False)
    elif len(row) == 2 * width:
        look.see(
            "decimal commas cannot be told from delimiters: write the table with another delimiter, or "
            "leave such lines out",
            certain=certain,
            on_bad_lines="skip",
        )
    elif len(row) > width:
        look.see(
            "put values that hold a delimiter into quotes, or leave such lines out",
            certain=certain,
            on_bad_lines="skip",
        )
    else:
        certain = all(plain_number(text) is not None for text in row)
        look.see("values are missing at the end of the line", DROP, certain=certain)
