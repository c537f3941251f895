"""The second half of an error of `read_csv`: what the table seems to be, and what reads it."""

import codecs
import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from nnlayers.core.similar import closest
from nnlayers.data.table_looks import (
    TableLook,
    has_no_names,
    other_delimiter,
    rows_from_names,
    see_length,
    split,
    without_comments,
    without_sep_line,
)
from nnlayers.data.table_texts import see_texts

HEAD = 1 << 16  # bytes that are looked at
MOST_ROWS = 1000
OTHER_FILES = (  # how they begin, what they are, what reads them
    (b"\x1f\x8b", "a gzip file", "pandas.read_csv({}, compression='gzip')"),
    (b"BZh91AY", "a bzip2 file", "pandas.read_csv({}, compression='bz2')"),
    (b"\xfd7zXZ", "an xz file", "pandas.read_csv({}, compression='xz')"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "pandas.read_csv({}, compression='zstd')"),
    (b"PK\x03\x04", "a zip file", "pandas.read_csv({}, compression='zip')"),
    (b"\xd0\xcf\x11\xe0", "an Excel file", "pandas.read_excel({})"),
    (b"PAR1\x15", "a Parquet file", "pandas.read_parquet({})"),
    (b"ARROW1\0", "a Feather file", "pandas.read_feather({})"),
    (b"\x89HDF", "an HDF5 file", "pandas.read_hdf({})"),
    (b"\x93NUMPY", "an array of NumPy", "numpy.load({})"),
    (b"%PDF", "a PDF file", ""),
    (b"<?xml", "an XML file", "pandas.read_xml({})"),
    (b"<!", "a page of HTML", ""),
    (b"<html", "a page of HTML", ""),
    (b'{"', "JSON", "pandas.read_json({})"),
    (b"[{", "JSON", "pandas.read_json({})"),
)
UNICODE = (  # byte order marks; that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Asked(NamedTuple):
    """The arguments of `read_csv`."""

    path: str
    delimiter: str
    label: str | None
    target: str | None
    columns: Sequence[str] | None

    def pandas(self, look: TableLook) -> str:
        """The lines of pandas that read the table."""
        options = [f"{name}={value!r}" for name, value in look.options.items()]
        needed = [*self.columns, *filter(None, [self.label, self.target])] if self.columns else ""
        drop = f".dropna(subset={needed})" if needed else ".dropna()"
        repairs = [line.replace(".dropna()", drop) for line in look.repairs]
        lines = [f"frame = pandas.read_csv({', '.join([repr(self.path), *options])})", *repairs]
        if "header" not in look.options:
            lines += self._choice(look.words)
        return "".join(f"\n    {line}" for line in lines)

    def _choice(self, words: list[str]) -> list[str]:
        """The lines that make x, and y, of the table."""
        x = "frame"
        if self.columns is not None:
            x = f"frame[{list(self.columns)}]" if len(self.columns) <= 10 else "frame[columns]"
        elif self.target is not None:
            x = f"frame.drop(columns={self.target!r})"
        if words:
            x = f"pandas.get_dummies({x}, columns={words})"
        if self.target is not None:
            return [f"x, y = {x}, frame[[{self.target!r}]]"]
        y = f"y, classes = pandas.factorize(frame.pop({self.label!r}), sort=True)"
        return [y] * (self.label is not None) + [f"x = {x}"]


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
    if other := _other_file(head, asked.path):
        return other
    look = TableLook()
    if encoding := _unicode(head) or encoding:
        look.see(f"the text seems to be in {encoding}", encoding=encoding)
    lines = re.split(r"\r\n|\r|\n", head.decode(encoding or "utf-8", "replace").lstrip("\ufeff"))
    lines = without_comments(look, lines[:-1] if len(head) == HEAD else lines, row)
    lines = without_sep_line(look, lines)
    if '\\"' in "".join(lines):
        look.see("a backslash stands before quotes", escapechar="\\")
    mark = other_delimiter(look, lines, asked.delimiter)
    delimiter = mark or asked.delimiter
    if delimiter != ",":
        look.options["sep"] = delimiter
    rows = rows_from_names(look, [split(line, delimiter) for line in lines[:MOST_ROWS]])
    names = rows[0] if rows else []
    if unknown is not None and not look.reasons and (close := closest(unknown, names)):
        return f": did you mean {close!r}?"
    if not mark and has_no_names(rows, column):
        certain = "skiprows" not in look.options  # or other lines would stand above the names
        look.see("line 1 seems to hold values, not names", certain=certain, header=None)
    elif rows and (column is not None or mark):
        look.certain &= all(len(row) == len(names) for row in rows if row)
        see_texts(look, _texts(asked, rows, column, text), delimiter, asked.label, asked.target)
    if row and not look.reasons:
        see_length(look, row, rows)
    if look.reasons == [f"the values seem to be separated by {mark!r}"]:
        shown = repr(mark).replace("'", '"')
        return f": {look.reasons[0]}: give delimiter={shown}"
    if any(f"{delimiter} " in line for line in lines):
        look.options["skipinitialspace"] = True
    found = f": {', and '.join(look.reasons)}" if look.reasons else ""
    return f"{found}; pandas reads it:{asked.pandas(look)}" if found and look.certain else found


def undecodable(asked: Asked, error: UnicodeDecodeError) -> str:
    """The error for text that is not in UTF-8, with the line, the column and the likely encoding."""
    byte, where = error.object[error.start], asked.path
    names: list[str] = []
    if os.path.isfile(asked.path):
        with open(asked.path, "rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    first = line.partition(b"\r")[0].decode("utf-8-sig")
                    names = names or split(first, asked.delimiter)
                    line.decode("utf-8")
                except UnicodeDecodeError as bad:
                    byte, before = line[bad.start], line[: bad.start]
                    last = before.decode("utf-8").rpartition("\r")[2]
                    place = len(split(last + "x", asked.delimiter)) - 1
                    name = repr(names[place].strip()) if place < len(names) else str(place + 1)
                    where = f"{asked.path}, line {number + before.count(13)}, column {name}"
                    break
    undefined = byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return (
        f"{where}: expected text in UTF-8: cannot decode byte 0x{byte:02x}"
        f"{advice(asked, encoding='latin-1' if undefined else 'cp1252')}"
    )


def _other_file(head: bytes, path: str) -> str:
    """The kind of a file that is not a table of text, in words; empty for tables."""
    for start, what, call in OTHER_FILES:
        if head.startswith(start):
            if b"[Content_Types].xml" in head:
                what, call = "an Excel file", "pandas.read_excel({})"
            lines = f"; pandas reads it:\n    frame = {call.format(repr(path))}" if call else ""
            return f": the file is {what}{lines}"
    return ""


def _unicode(head: bytes) -> str:
    """UTF-16 or UTF-32, by its mark or by the zeros between letters; an empty string otherwise."""
    for mark, encoding in UNICODE:
        if head.startswith(mark):
            return encoding
    if head.count(0) <= len(head) // 4:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _texts(asked: Asked, rows: list[list[str]], column: str | None, text: str) -> dict[str, list[str]]:
    """The texts in each of the columns that should hold numbers."""
    wanted = dict.fromkeys(rows[0] if asked.columns is None else [*asked.columns, asked.target or ""])
    wanted.pop(asked.label or "", None)
    places = {name: place for place, name in enumerate(rows[0]) if name in wanted}
    full = [row for row in rows[1:] if len(row) == len(rows[0])]
    texts = {name: [row[place] for row in full] for name, place in places.items()}
    if column in texts:  # perhaps far below
        texts[column].append(text.strip())
    return texts
