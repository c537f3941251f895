"""Tables: numbers, labels and targets from a CSV file with a line of names."""

import array
import csv
import math
import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.other_words import answers_other_arguments

__all__ = ["Table", "read_csv"]

LARGEST = float(np.finfo(np.float32).max)


class Table(NamedTuple):
    """What `read_csv` returns."""

    x: Array
    """The columns of numbers: float32, of shape ``(N, features)``."""
    y: Array | None
    """Labels, int64, ``(N,)``; or targets, float32, ``(N, 1)``; None where neither was asked for."""
    columns: list[str]
    """The names of the columns of ``x``."""
    classes: list[str]
    """What the labels stand for: ``classes[y[i]]`` is the text in the table; empty without labels."""


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
    classes: Sequence[str] | None = None,
    delimiter: str = ",",
) -> Table:
    r"""Read a table of numbers, with a column of labels or of targets, from a CSV file.

    Parameters
    ----------
    path : str or Path
        A text file in UTF-8. Its first line has the names of the columns; values may be quoted.
    label : str, optional
        The column of classes, words or numbers, which become integer labels.
    target : str, optional
        The column of numbers to predict, for a regression.
    columns : sequence of str, optional
        The columns of ``x``, in this order; by default all but the label or target.
    classes : sequence of str, optional
        The classes in the order of their labels: those of the table that a network was trained on,
        when this is another one. By default those found, sorted.
    delimiter : str
        What stands between two values: one character.

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
        A value is missing or is not a finite number: the error says in which line (the names are in
        line 1) and column. Or a column or class is unknown, or the file is not such a table.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cats.csv"
    >>> written = path.write_text("weight,kind\n4.5,cat\n180,lion\n")
    >>> table = nn.read_csv(path, label="kind")
    >>> table.x.ravel(), table.y, table.columns, table.classes
    (array([  4.5, 180. ], dtype=float32), array([0, 1]), ['weight'], ['cat', 'lion'])
    """
    if label is not None and target is not None:
        raise ValueError(f"read_csv: expected label or target, got both: {label!r} and {target!r}")
    if isinstance(columns, str) or isinstance(classes, str):
        raise TypeError("read_csv: expected columns and classes to be lists of names, got a str")
    if classes is not None and len(set(classes)) < len(classes):
        raise ValueError(f"read_csv: expected classes that differ, got {list(classes)}")
    values, texts, lines = array.array("f"), [], []
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            features = [name for name in names if name not in (label, target)]
            features = features if columns is None else list(columns)
            numeric = features if target is None else [*features, target]
            _check_names(f"{path}, line 1", names, numeric if label is None else [*numeric, label])
            if not features:
                raise ValueError(f"{path}, line 1: expected a column of numbers for x, got {names}")
            places = [names.index(name) for name in numeric]
            for row in filter(None, reader):
                where = f"{path}, line {reader.line_num}"
                if len(row) != len(names):
                    raise ValueError(f"{where}: expected {len(names)} values, got {len(row)}")
                values.extend(_number(row[i], f"{where}, column {names[i]!r}") for i in places)
                lines.append(reader.line_num)
                if label is not None:
                    texts.append(row[names.index(label)].strip())
        except csv.Error as error:
            raise ValueError(f"{path}, after line {reader.line_num}: {error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: expected text in UTF-8: {error}") from error
    if not lines:
        raise ValueError(f"{path}: expected rows below the names, got none")
    x = np.array(values, np.float32).reshape(len(lines), len(numeric))
    if target is not None:
        return Table(x[:, :-1].copy(), x[:, -1:].copy(), features, [])
    if label is None:
        return Table(x, None, features, [])
    y, known = _labels(f"{path}", label, lines, texts, classes)
    return Table(x, y, features, known)


def _labels(
    path: str, label: str, lines: list[int], texts: list[str], classes: Sequence[str] | None
) -> tuple[Array, list[str]]:
    """The labels, and what they stand for."""
    known = sorted(set(texts), key=_order) if classes is None else list(classes)
    numbers = {text: number for number, text in enumerate(known)}
    for line, text in zip(lines, texts, strict=True):
        if not text or text not in numbers:
            expected = "a class" if classes is None else f"one of the classes {known}"
            raise ValueError(
                f"{path}, line {line}, column {label!r}: expected {expected}, got {text!r}"
            )
    return np.array([numbers[text] for text in texts], np.int64), known


def _check_names(where: str, names: list[str], wanted: list[str]) -> None:
    """Refuse a line that holds no names, and columns that are not there, nameless or used twice."""
    if names and all(map(_is_number, names)):
        raise ValueError(f"{where}: expected the names of the columns, got numbers: {names}")
    for name in wanted:
        if name not in names:
            raise ValueError(f"{where}: expected a column {name!r}, got {names}")
        if not name or names.count(name) > 1 or wanted.count(name) > 1:
            raise ValueError(
                f"{where}: expected columns with names of their own, each used once, got {name!r}; "
                f"columns=[...] chooses among {names}"
            )


def _number(text: str, where: str) -> float:
    """The number; float32 must be able to hold it."""
    if not _is_number(text) or not abs(float(text)) <= LARGEST:
        raise ValueError(f"{where}: expected a finite number, got {text!r}")
    return float(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # 1_000 is a number in Python only


def _order(text: str) -> tuple[float, str]:
    """Sorts numbers by their value, and words after them."""
    return (float(text) if _is_number(text) and text.lower() != "nan" else math.inf, text)
