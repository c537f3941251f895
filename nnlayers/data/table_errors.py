"""The second half of an error of `read_csv`: what the table seems to be, and what reads it."""

import codecs
import csv
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nnlayers.core.similar import closest
from nnlayers.data.texts import kind_of, listed, plain_number

HEAD = 1 << 16  # bytes that are looked at
MOST_ROWS = 1000
KNOWN_GAPS = {"", "#N/A", "N/A", "NA", "n/a", "<NA>", "nan", "NaN", "NULL", "null", "None"}  # to pandas
SPACES = r"\s+"
OTHER_FILES = (  # what they begin with or contain, what they are, what reads them
    (rb"(?s)PK\x03\x04.*\[Content_Types\]\.xml|\xd0\xcf\x11\xe0", "an Excel file", "read_excel({})"),
    (rb"PK\x03\x04", "a zip file", "read_csv({}, compression='zip')"),
    (rb"\x1f\x8b", "a gzip file", "read_csv({}, compression='gzip')"),
    (rb"PAR1\x15", "a Parquet file", "read_parquet({})"),
)


class Asked(NamedTuple):
    """The arguments of `read_csv`."""

    path: str
    delimiter: str
    label: str | None
    target: str | None
    columns: Sequence[str] | None


@dataclass
class TableLook:
    """The reasons why `read_csv` does not read a table, and how pandas reads it."""

    asked: Asked
    reasons: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of ``pandas.read_csv``."""
    repairs: list[str] = field(default_factory=list)
    """Lines that come after it."""
    words: list[str] = field(default_factory=list)
    """Columns of words, to be turned into columns of 0 and 1."""

    def see(self, reason: str, repair: str = "", **options: Any) -> None:
        """Add a reason."""
        self.reasons.append(reason)
        self.options |= options
        self.repairs += [repair] if repair else []

    def pandas(self) -> str:
        """The lines of pandas that read the table, and make x, and y, of it."""
        asked, x = self.asked, "frame"
        options = [f"{name}={value!r}" for name, value in self.options.items()]
        lines = [f"frame = pandas.read_csv({', '.join([repr(asked.path), *options])})", *self.repairs]
        if asked.columns is not None:
            x = f"frame[{list(asked.columns)}]" if len(asked.columns) <= 10 else "frame[columns]"
        elif asked.target is not None:
            x = f"frame.drop(columns={asked.target!r})"
        if self.words:
            x = f"pandas.get_dummies({x}, columns={self.words})"
        if "header" not in self.options:  # without names there are no columns to choose
            if asked.target is not None:
                lines.append(f"x, y = {x}, frame[[{asked.target!r}]]")
            if asked.label is not None:
                lines.append(f"y, classes = pandas.factorize(frame.pop({asked.label!r}), sort=True)")
            if asked.target is None and x != "frame":
                lines.append(f"x = {x}")
        return "; pandas reads it:" + "".join(f"\n    {line}" for line in lines)


def advice(
    asked: Asked,
    *,
    text: str = "",
    column: str | None = None,
    row: Sequence[str] = (),
    unknown: str | None = None,
    encoding: str = "",
) -> str:
    """A description of the table, by its beginning, and the argument or the pandas lines that read it.

    The other arguments are what is known of the fault: a text that is not a number, with its column; a
    row of a wrong length; a column that is not there; an encoding.
    """
    if not os.path.isfile(asked.path):  # a pipe cannot be read again
        return ""
    with open(asked.path, "rb") as file:
        head = file.read(HEAD)
    for start, what, call in OTHER_FILES:
        if re.match(start, head):
            reader = call.format(repr(asked.path))
            return f": the file is {what}; pandas reads it:\n    frame = pandas.{reader}"
    look = TableLook(asked)
    if encoding := _unicode(head) or encoding:
        look.see(f"the text seems to be in {encoding}", encoding=encoding)
    lines = re.split(r"\r\n|\r|\n", head.decode(encoding or "utf-8", "replace").lstrip("\ufeff"))
    lines = lines[: -1 if len(head) == HEAD else None]  # the last one is cut off
    mark = _other_delimiter(look, lines, asked.delimiter)
    delimiter = mark or asked.delimiter
    if delimiter != ",":
        look.options["sep"] = delimiter
    rows = _rows_from_names(look, [_split(line, delimiter) for line in lines[:MOST_ROWS]])
    names = rows[0] if rows else []
    if unknown is not None and not look.reasons and (close := closest(unknown, names)):
        return f": did you mean {close!r}?"
    if not mark and _has_no_names(rows, column):
        look.see("line 1 seems to hold values, not names", header=None)
    elif rows and (column is not None or mark):
        _see_texts(look, rows, delimiter, column, text)
    if row and not look.reasons:
        _see_length(look, row, names)
    if column is not None and not look.reasons:
        look.see("convert the column, or leave it out with columns=[...]")
    if mark not in ("", SPACES) and len(look.reasons) == 1:
        shown = repr(mark).replace("'", '"')
        return f": {look.reasons[0]}: give delimiter={shown}"
    return f": {', and '.join(look.reasons)}{look.pandas()}" if look.reasons else ""


def undecodable(asked: Asked, error: UnicodeDecodeError) -> str:
    """The error for text that is not in UTF-8, with the line, the column and the likely encoding."""
    byte, where = error.object[error.start], asked.path
    names: list[str] = []
    if os.path.isfile(asked.path):
        with open(asked.path, "rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    names = names or _split(line.decode("utf-8-sig"), asked.delimiter)
                    line.decode("utf-8")
                except UnicodeDecodeError as bad:
                    byte, before = line[bad.start], line[: bad.start]
                    place = len(_split(before.decode("utf-8") + "x", asked.delimiter)) - 1
                    name = repr(names[place].strip()) if place < len(names) else str(place + 1)
                    where = f"{asked.path}, line {number + before.count(13)}, column {name}"
                    break
    undefined = byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return (
        f"{where}: expected text in UTF-8: cannot decode byte 0x{byte:02x}"
        f"{advice(asked, encoding='latin-1' if undefined else 'cp1252')}"
    )


def _unicode(head: bytes) -> str:
    """UTF-16, by its mark or by the zeros between letters; an empty string otherwise."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.count(0) <= len(head) // 4:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _split(line: str, delimiter: str) -> list[str]:
    """The values of a line, without spaces around them."""
    if delimiter == SPACES:
        return line.split()
    row = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [value.strip() for value in row]


def _other_delimiter(look: TableLook, lines: list[str], delimiter: str) -> str:
    """The delimiter that splits more of the lines into equally many values; empty if none does."""
    lines = [line for line in lines if line.strip()][:20]

    def steadiness(mark: str) -> tuple[int, int]:
        width, count = Counter(len(_split(line, mark)) for line in lines).most_common(1)[0]
        return (count if width > 1 else 0, width)

    for mark in (";", "\t", "|", ",") if lines else ():
        many = sum(line.count(mark) for line in lines) > len(lines) // 2
        if mark != delimiter and many and steadiness(mark) > steadiness(delimiter):
            look.see(f"the values seem to be separated by {mark!r}", sep=mark)
            return mark
    if len(lines) > 1 and steadiness(SPACES)[0] == len(lines) and delimiter not in "".join(lines):
        look.see("the values seem to be separated by spaces", sep=SPACES)
        return SPACES
    return ""


def _rows_from_names(look: TableLook, rows: list[list[str]]) -> list[list[str]]:
    """The rows from the line of names on, if there are lines of other text above it."""
    widths = Counter(len(row) for row in rows if row)
    width = max(widths, key=lambda width: (widths[width], width), default=0)
    first = next((place for place, row in enumerate(rows) if len(row) == width), 0)
    if width > 1 and any(len(row) == 1 for row in rows[:first]):
        look.see(f"the names seem to stand in line {first + 1}", skiprows=first)
        return rows[first:]
    return [row for row in rows if row]


def _has_no_names(rows: list[list[str]], column: str | None) -> bool:
    """True if the first row looks like the second: numbers in the same places, or the same word."""
    if len(rows) < 2:
        return False
    first, second = ([plain_number(text) is not None for text in row] for row in rows[:2])
    years = all(re.fullmatch(r"[12]\d{3}", text) for text in rows[0] if plain_number(text) is not None)
    return first == second and any(first) and (not years or column in rows[1])


def _see_length(look: TableLook, row: Sequence[str], names: Sequence[str]) -> None:
    """Add the likely fault of a row of another length than the names."""
    if len(row) == len(names) + 1 and not row[-1].strip():
        look.see("a delimiter stands at the end of the line", index_col=False)
    elif len(row) < len(names):
        look.see("values are missing at the end of the line", "frame = frame.dropna()")
    else:
        twice = "; decimal commas need another delimiter" if len(row) == 2 * len(names) else ""
        fault = f"put values that hold a delimiter into quotes, or leave such lines out{twice}"
        look.see(fault, on_bad_lines="skip")


def _see_texts(
    look: TableLook, rows: list[list[str]], delimiter: str, column: str | None, text: str
) -> None:
    """Add the likely meaning of texts in the columns that should hold numbers."""
    asked, names = look.asked, rows[0]
    wanted = names if asked.columns is None else [*asked.columns, asked.target]
    wanted = [name for name in names if name in wanted and name != asked.label]
    found: dict[str, dict[str, set[str]]] = {}
    for name in wanted:
        texts = {row[names.index(name)] for row in rows[1:] if len(row) == len(names)}
        texts |= {text.strip()} if name == column else set()  # perhaps far below
        for other in texts:
            if plain_number(other) is None:
                found.setdefault(kind_of(other, delimiter), {}).setdefault(name, set()).add(other)
    look.words = list(found.pop("word", ()))
    for columns in found.values():  # among words, each of the others is a word
        for name in look.words:
            columns.pop(name, None)
    if found.get("thousands"):
        mark = re.findall(r"[^-+\d]", min(set().union(*found["thousands"].values())))[0]
        look.see(f"thousands seem to be separated by {mark!r}", thousands=mark)
    if found.get("comma") or look.options.get("thousands") == ".":
        look.see("numbers seem to have decimal commas", decimal=",")
    if gaps := found.get("gap"):
        marks = set().union(*gaps.values()) - KNOWN_GAPS
        fill = "frame = frame.fillna(frame.median(numeric_only=True))"
        look.see("a value is missing", "frame = frame.dropna()" if asked.target in gaps else fill)
        look.options |= {"na_values": sorted(marks)} if marks else {}
    if look.words:
        numbers = [name for name in wanted if name not in [*look.words, asked.target]]
        hint = f", leave them out with columns={listed(numbers)}" if numbers else ""
        if asked.label is None and asked.target is None and len(look.words) == 1:
            hint += f", read the labels with label={look.words[0]!r}"
        look.see(f"there are words in {listed(look.words)}{hint}, or turn them into columns of 0 and 1")
