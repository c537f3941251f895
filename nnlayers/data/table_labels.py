"""A column of texts as labels: numbers are compared by their value, words as texts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.data.table_texts import KNOWN_GAPS
from nnlayers.data.texts import kind_of, listed, number_order, number_value, short


def read_labels(
    path: str, label: str, lines: list[int], texts: list[str], classes: Sequence[Any] | None
) -> tuple[Array, list[str]]:
    """The labels, and the names of the classes, which are those given, or those found.

    Texts that pandas takes for missing values are no classes, unless they are given as such.
    ``lines`` are the numbers of their lines in the file.

    Raises
    ------
    ValueError
        A label is missing, or not one of the classes; or two classes are the same.
    """
    found, given = set(texts), None if classes is None else [str(name).strip() for name in classes]
    numbers = {text: number_value(text) for text in found.union(given or ())}
    values = {text: text if number is None else number for text, number in numbers.items()}
    gaps = {text for text in found if numbers[text] is None and kind_of(text) == "gap"}
    if any(numbers[text] is None for text in found - gaps):  # words, such as "unknown"
        gaps &= KNOWN_GAPS
    gaps -= {*(given or ())} - {""}
    if given is None:
        shortest = sorted(found - gaps, key=lambda text: (len(text), text))
        given = sorted({values[text]: text for text in reversed(shortest)}.values(), key=number_order)
    places = {values[text]: place for place, text in enumerate(given)}
    if len(places) < len(given):
        raise ValueError(f"read_csv: expected classes that differ, got {listed(given)}")
    for line, text in zip(lines, texts, strict=True):
        if text in gaps or values[text] not in places:
            expected = "a class" if classes is None else f"one of the classes {listed(given)}"
            hint = ": if that is a class, name them all in classes=[...]" if text in gaps - {""} else ""
            raise ValueError(
                f"{path}, line {line}, column {label!r}: expected {expected}, got {short(text)}{hint}"
            )
    return np.array([places[values[text]] for text in texts], np.int64), given
