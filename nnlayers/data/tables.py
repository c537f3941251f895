"""Tables: numbers, labels and targets from a CSV file with a line of names."""

import array
import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array
from nnlayers.data.table_errors import Asked, advice, undecodable
from nnlayers.data.table_labels import read_labels
from nnlayers.data.table_looks import TableLook
from nnlayers.data.texts import (
    EXACT,
    listed,
    long_texts,
    plain_number,
    rounded,
    short,
)

__all__ = ["Table", "read_csv"]


class Table(NamedTuple):
    r"""A table that `read_csv` has read: a named tuple of arrays and names.

    Examples
    --------
    >>> import pathlib
    >>> written = pathlib.Path("cats.csv").write_text("weight,length,kind\n4.5,46,cat\n180,200,lion\n")
    >>> x, y, columns, classes = nn.read_csv("cats.csv", label="kind")
    >>> [(columns[0], float(row[0]), classes[label]) for row, label in zip(x, y)]
    [('weight', 4.5, 'cat'), ('weight', 180.0, 'lion')]
    """

    x: Array
    """The columns of numbers: float32, of shape ``(N, features)``."""
    y: Array | None
    """Labels, int64, ``(N,)``; or targets, float32, ``(N, 1)``; None where neither was asked for."""
    columns: list[str]
    """The names of the columns of ``x``."""
    classes: list[str]
    """The names of the labels: ``classes[y[i]]`` is the text in the table; empty without labels."""


@answers_other_arguments(
    encoding="the file has to be in UTF-8; pandas reads others",
    header="the first line names the columns",
    names="the first line names the columns",
    index_col="leave a column out by naming the others, with columns=[...]",
)
def read_csv(
    path: str | os.PathLike[str],
    *,
    label: str | None = None,
    target: str | None = None,
    columns: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
    delimiter: str = ",",
) -> Table:
    r"""Read a table of numbers, with a column of labels or of targets, from a CSV file.

    It reads plain tables only. The error for any other says what the table seems to be and, if that is
    certain, gives the lines of pandas that read it; `Trainer` takes the tables of pandas as they are.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8. Its first line has the names of the columns; values may be quoted.
    label : str, optional
        The column of classes, words or numbers, which become integer labels. Numbers are compared as
        numbers: 1 and 1.0 are one class. A missing value, such as NA, is refused, unless ``classes``
        names it.
    target : str, optional
        The column of numbers to predict, for a regression.
    columns : sequence of str, optional
        The columns of ``x``, in this order; by default all but the label or target. Other columns may
        contain anything.
    classes : sequence of str or number, optional
        The classes in the order of their labels: those of the table that a network was trained on,
        when this is another one. By default those found, sorted.
    delimiter : str
        The character between two values.

    Returns
    -------
    Table
        ``x``, float32, ``(N, features)``; ``y``, labels ``(N,)``, or targets, float32, ``(N, 1)``, or
        None with neither (new rows: name their ``columns``); ``columns``, the names of those of ``x``;
        ``classes``, empty without a label.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError, TypeError
        A value is missing or is not a finite number, or is beyond 2^24 and float32 would round it: the
        error says in which line (the names are in line 1) and column. Or a column or class is unknown,
        or the file is not such a table.

    Examples
    --------
    >>> import pathlib
    >>> written = pathlib.Path("cats.csv").write_text("weight,kind\n4.5,cat\n180,lion\n")
    >>> table = nn.read_csv("cats.csv", label="kind")
    >>> table.x.ravel(), table.y, table.columns, table.classes
    (array([  4.5, 180. ], dtype=float32), array([0, 1]), ['weight'], ['cat', 'lion'])
    """
    _check_options(path, label, target, columns, classes, delimiter)
    asked = Asked(os.fsdecode(path), delimiter, label, target, columns)
    values, texts, lines, last = array.array("f"), [], [], 0
    with long_texts(), open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            names = [name.strip() for name in next(filter(None, reader), [])]
            last = reader.line_num
            where = f"{asked.path}, line {max(last, 1)}"
            features = [name for name in names if name not in (label, target)]
            features = features if columns is None else list(columns)
            numeric = features if target is None else [*features, target]
            _check_names(where, names, numeric if label is None else [*numeric, label], asked)
            if not features:
                hint = "" if names else ": the file is empty"
                raise ValueError(
                    f"{where}: expected a column of numbers for x, got {listed(names)}{hint}"
                )
            places = {name: place for place, name in enumerate(names)}
            chosen = [places[name] for name in numeric]
            for row in reader:
                last = reader.line_num
                if len(row) != len(names):
                    if not "".join(row).strip() and len(row) < 2:
                        continue  # a blank line
                    raise ValueError(
                        f"{asked.path}, line {last}: expected {len(names)} values, got {len(row)}"
                        f"{advice(asked, row=row)}"
                    )
                for place in chosen:
                    text = row[place]
                    number = plain_number(text)
                    if number is None or not -EXACT <= number <= EXACT:
                        _check_number(number, text, names[place], last, asked)
                    values.append(number)  # type: ignore[arg-type]
                lines.append(last)
                if label is not None:
                    texts.append(row[places[label]].strip())
        except csv.Error as error:
            if "end of data" in str(error):
                hint = f" (a quote opens in line {last + 1}, and nothing closes it)"
            else:
                hint = " (a quote within quotes is written twice)"
            raise ValueError(
                f"{asked.path}, after line {reader.line_num}: {error}{hint}{advice(asked)}"
            ) from error
        except UnicodeDecodeError as error:
            raise ValueError(undecodable(asked, error)) from error
    if not lines:
        raise ValueError(f"{asked.path}: expected rows below the names, got none{advice(asked)}")
    x = np.array(values, np.float32).reshape(len(lines), len(numeric))
    if target is not None:
        return Table(x[:, :-1].copy(), x[:, -1:].copy(), features, [])
    if label is None:
        return Table(x, None, features, [])
    y, known = read_labels(asked.path, label, lines, texts, classes)
    return Table(x, y, features, known)


def _check_options(
    path: object, label: object, target: object, columns: Any, classes: Any, delimiter: object
) -> None:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"read_csv: expected the path of a file, got {type(path).__name__}")
    for name, value in (("label", label), ("target", target)):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"read_csv: expected {name} to be the name of a column, got {value!r}")
    if label is not None and target is not None:
        raise ValueError(f"read_csv: expected label or target, got both: {label!r} and {target!r}")
    if isinstance(columns, str) or isinstance(classes, str):
        raise TypeError("read_csv: expected columns and classes to be lists of names, got a str")
    for name, value in (("columns", columns), ("classes", classes)):
        if isinstance(value, (set, frozenset, Mapping)):
            raise TypeError(
                f"read_csv: expected {name} to be a list, in an order, got a {type(value).__name__}"
            )
    if wrong := [name for name in (() if columns is None else columns) if not isinstance(name, str)]:
        raise TypeError(
            f"read_csv: expected columns to be names, as in the first line, got {wrong[0]!r}"
        )
    if not isinstance(delimiter, str):
        raise TypeError(
            f'read_csv: expected delimiter to be one character, such as ";", got {delimiter!r}'
        )
    if len(delimiter) != 1 or delimiter in '\r\n"\0':
        raise ValueError(
            f"read_csv: expected delimiter to be one character that is not a quote or the end of a "
            f"line, got {delimiter!r}; pandas.read_csv(path, sep=...) also splits at longer ones"
        )


def _check_names(where: str, names: list[str], wanted: list[str], asked: Asked) -> None:
    """Refuse a line that holds no names, and columns that are not there, nameless or used twice."""
    if names and all(plain_number(name) is not None for name in names):
        raise ValueError(
            f"{where}: expected the names of the columns, got numbers: {listed(names)}{advice(asked)}"
        )
    found, used = Counter(names), Counter(wanted)
    for name in wanted:
        if name not in found:
            raise ValueError(
                f"{where}: expected a column {name!r}, got {listed(names)}{advice(asked, unknown=name)}"
            )
        if not name or found[name] > 1 or used[name] > 1:
            raise ValueError(
                f"{where}: expected columns with names of their own, each used once, got {name!r}; "
                f"columns=[...] chooses among {listed(names)}{advice(asked)}"
            )
    if any("\0" in name for name in names):
        raise ValueError(
            f"{where}: expected names, got some with a NUL character: {listed(names)}{advice(asked)}"
        )


def _check_number(number: float | None, text: str, name: str, line: int, asked: Asked) -> None:
    """Refuse what is not a finite number, and a large one that float32 would round."""
    where = f"{asked.path}, line {line}, column {name!r}"
    if number is None:
        raise ValueError(
            f"{where}: expected a finite number, got {short(text)}"
            f"{advice(asked, text=text, column=name)}"
        )
    if changed := rounded(text, number):
        look = TableLook(repairs=[f"frame[{name!r}] -= frame[{name!r}].min()"])
        raise ValueError(
            f"{where}: float32 would round {text.strip()[:40]} to {changed[:40]}: subtract the least "
            "number of the column before, or leave it out with columns=[...]; pandas reads it:"
            f"{asked.pandas(look)}"
        )
