"""A look at the first rows of a table: each function adds a reason, and how pandas reads it."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlayers.data.texts import KINDS, kind_of, listed, plain_number

KNOWN_GAPS = {"", "#N/A", "N/A", "NA", "n/a", "<NA>", "nan", "NaN", "NULL", "null", "None"}  # to pandas
SPACES = r"\s+"


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

    def see(self, reason: str, repair: str = "", **options: Any) -> None:
        """Add something."""
        self.reasons.append(reason)
        self.options |= options
        self.repairs += [repair] if repair else []


def split(line: str, delimiter: str) -> list[str]:
    """The values of a line, without spaces around them."""
    if delimiter == SPACES:
        return line.split()
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [value.strip() for value in row]


def without_comments(look: TableLook, lines: list[str], row: Sequence[str]) -> list[str]:
    """The lines that are not comments, if there seem to be some."""
    first = next((line for line in lines if line.strip()), "")
    if not (row and row[0].startswith("#")) and not re.match(r"#\s|#+$", first):
        return lines
    look.see("lines that begin with # seem to be comments", comment="#")
    return [line for line in lines if not line.startswith("#")]


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
        look.see(f"the names seem to stand in line {first + 1}", skiprows=first)
        return rows[first:]
    return [row for row in rows if row]


def has_no_names(rows: list[list[str]], column: str | None) -> bool:
    """True if the first row looks like the second: numbers in the same places, or the same word."""
    if len(rows) < 2:
        return False
    first, second = ([plain_number(text) is not None for text in row] for row in rows[:2])
    years = all(re.fullmatch(r"[12]\d{3}", text) for text in rows[0] if plain_number(text) is not None)
    return first == second and any(first) and (not years or column in rows[1])


def see_length(look: TableLook, row: Sequence[str], names: Sequence[str]) -> None:
    """Add the likely fault of a row of another length than the names."""
    if len(row) == len(names) + 1 and not row[-1].strip():
        look.see("a delimiter stands at the end of the line", index_col=False)
    elif len(row) == 2 * len(names):
        look.see(
            "decimal commas cannot be told from delimiters: write the table with another delimiter, or "
            "leave such lines out",
            on_bad_lines="skip",
        )
    elif len(row) > len(names):
        look.see(
            "put values that hold a delimiter into quotes, or leave such lines out", on_bad_lines="skip"
        )
    else:
        look.see("values are missing at the end of the line", "frame = frame.dropna()")


def see_texts(
    look: TableLook,
    texts: Mapping[str, set[str]],
    delimiter: str,
    label: str | None,
    target: str | None,
) -> None:
    """Add the likely meaning of texts in columns of numbers."""
    found: dict[str, dict[str, set[str]]] = {}
    for name, values in texts.items():
        for text in values:
            if plain_number(text) is None:
                comma = delimiter != "," and re.fullmatch(KINDS["comma"], text)
                kind = "comma" if comma else kind_of(text)
                found.setdefault(kind, {}).setdefault(name, set()).add(text)
    words = look.words = list(found.pop("word", ()))
    kinds = {  # what stands among words is one of them
        kind: {name: some for name, some in columns.items() if name not in words}
        for kind, columns in found.items()
    }
    for kind, columns in kinds.items():
        if columns:
            marks = set().union(*columns.values())
            SEERS[kind](look, list(columns), marks)
    if target in kinds.get("gap", ()):
        look.repairs[-1] = "frame = frame.dropna()"
    if words:
        numbers = [name for name in texts if name not in [*words, target]]
        hint = f", leave them out with columns={listed(numbers)}" if numbers else ""
        if label is None and target is None and len(words) == 1:
            hint += f", read the labels with label={words[0]!r}"
        look.see(f"there are words in {listed(words)}{hint}, or turn them into columns of 0 and 1")


def _see_gaps(look: TableLook, columns: list[str], texts: set[str]) -> None:
    marks = sorted(texts - KNOWN_GAPS)
    options: dict[str, Any] = {"na_values": marks} if marks else {}
    look.see("a value is missing", "frame = frame.fillna(frame.median(numeric_only=True))", **options)


def _see_truths(look: TableLook, columns: list[str], texts: set[str]) -> None:
    yes = sorted(text for text in texts if text.lower() in ("yes", "y", "t"))
    no = sorted(text for text in texts if text.lower() in ("no", "n", "f"))
    options: dict[str, Any] = {"true_values": yes, "false_values": no} if yes or no else {}
    look.see(f"there are truth values in {listed(columns)}", **options)


def _see_dates(look: TableLook, columns: list[str], texts: set[str]) -> None:
    look.see(
        f"there are dates in {listed(columns)}",
        f"frame[{columns}] = frame[{columns}].apply(lambda day: (day - day.min()).dt.total_seconds())",
        parse_dates=columns,
    )


def _see_thousands(look: TableLook, columns: list[str], texts: set[str]) -> None:
    marks = {found["mark"] for text in texts if (found := re.fullmatch(KINDS["thousands"], text))}
    mark = sorted(marks)[0]
    options: dict[str, Any] = {"decimal": ","} if mark == "." else {}
    look.see(f"thousands seem to be separated by {mark!r}", thousands=mark, **options)


def _see_commas(look: TableLook, columns: list[str], texts: set[str]) -> None:
    look.see("numbers seem to have decimal commas", decimal=",")


def _see_units(look: TableLook, columns: list[str], texts: set[str]) -> None:
    look.see(
        f"numbers have a unit in {listed(columns)}",
        f"frame[{columns}] = frame[{columns}].replace(r'[^-+.\\d]', '', regex=True).astype(float)",
    )


def _see_infinities(look: TableLook, columns: list[str], texts: set[str]) -> None:
    look.see(
        f"there are infinite values in {listed(columns)}, or too large ones: leave out their rows",
        f"frame = frame[(frame[{columns}].abs() < 3e38).all(axis=1)]",
    )


SEERS = {
    "gap": _see_gaps,
    "truth": _see_truths,
    "date": _see_dates,
    "thousands": _see_thousands,
    "comma": _see_commas,
    "unit": _see_units,
    "infinite": _see_infinities,
}
