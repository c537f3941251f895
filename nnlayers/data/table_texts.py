"""The likely meaning of texts in columns of numbers, and how pandas reads them, if that is certain."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nnlayers.data.table_looks import DROP, TableLook
from nnlayers.data.texts import KINDS, kind_of, listed, plain_number

KNOWN_GAPS = {"", "#N/A", "N/A", "NA", "n/a", "<NA>", "nan", "NaN", "NULL", "null", "None"}  # to pandas
DOTTED = r"[-+]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?"  # where a dot separates thousands
EITHER = r"[-+]?[1-9]\d{0,2},\d{3}"  # thousands, or three decimals
ISO_DATE = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?"


def see_texts(
    look: TableLook,
    texts: Mapping[str, Sequence[str]],
    delimiter: str,
    label: str | None,
    target: str | None,
) -> None:
    """Add the likely meaning of texts in columns of numbers.

    Nothing is added if one of them is a column of numbers, most of it, with something else among them.
    """
    kinds = {name: [_kind(text, delimiter) for text in column] for name, column in texts.items()}
    if any(_is_strange(column) for column in kinds.values()):
        return
    look.words = words = [name for name, column in kinds.items() if "word" in column]
    found: dict[str, dict[str, set[str]]] = {}
    for name, column in kinds.items():
        if name not in words:  # what stands among words is one of them
            for kind, text in zip(column, texts[name], strict=True):
                found.setdefault(kind, {}).setdefault(name, set()).add(text)
            look.certain &= _go_together(set(column))
    for kind, columns in sorted(found.items(), key=lambda item: item[0] == "gap"):
        if kind != "number":  # gaps come last, when dates have become numbers
            SEERS[kind](look, list(columns), set().union(*columns.values()))
    if target in found.get("gap", ()):
        look.repairs = [DROP if ".fillna(" in repair else repair for repair in look.repairs]
    _check_marks(look, [text for name in texts if name not in words for text in texts[name]])
    if words:
        numbers = [name for name in texts if name not in [*words, target]]
        ways = []
        if numbers and found.keys() == {"number"}:
            ways += [f"leave them out with columns={listed(numbers)}"]
        if label is None and len(words) == 1 and target in (None, words[0]):
            ways += [f"read the labels with label={words[0]!r}"]
        ways += ["turn them into columns of 0 and 1"]
        look.see(
            f"there are words in {listed(words)}: {', '.join(ways[:-1])}{', or ' * (len(ways) > 1)}"
            f"{ways[-1]}",
            certain=target not in words,
        )


def _kind(text: str, delimiter: str) -> str:
    if plain_number(text) is not None:
        return "number"
    return "comma" if delimiter != "," and re.fullmatch(KINDS["comma"], text) else kind_of(text)


def _is_strange(kinds: list[str]) -> bool:
    """True for a column of numbers with a few words in it, or with texts of no known kind."""
    words = kinds.count("word")
    numbers = sum(kind in ("number", "thousands", "comma", "unit") for kind in kinds)
    return "other" in kinds or 0 < words <= numbers


def _go_together(kinds: set[str]) -> bool:
    """True if pandas reads texts of these kinds in one column."""
    if kinds == {"gap"}:  # an empty column has no median
        return False
    with_gaps = ({"number", "gap", "comma", "thousands"}, {"date", "gap"})
    return len(kinds) == 1 or any(map(kinds.__le__, with_gaps)) or kinds == {"number", "infinite"}


def _check_marks(look: TableLook, texts: list[str]) -> None:
    """Doubt commas and dots that may stand for decimals or for thousands."""
    thousands = look.options.get("thousands")
    if look.options.get("decimal") != ",":
        return
    commas = [text for text in texts if "," in text]
    dots = [text for text in texts if "." in text]
    if commas and all(re.fullmatch(EITHER, text) for text in commas):
        look.certain = False
    if dots and (thousands != "." or not all(re.fullmatch(DOTTED, text) for text in dots)):
        look.certain = False


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
    # Of other dates, pandas may take the day for the month.
    certain = all(re.fullmatch(ISO_DATE, text) for text in texts) and len(set(map(len, texts))) == 1
    days = "first = frame[{0}].min()\nframe[{0}] = (frame[{0}] - first) / pandas.Timedelta(days=1)"
    note = ", which become days since the first one (keep it for other tables)" if certain else ""
    look.see(
        f"there are dates in {listed(columns)}{note}",
        days.format(columns),
        certain=certain,
        parse_dates=columns,
    )


def _see_thousands(look: TableLook, columns: list[str], texts: set[str]) -> None:
    marks = {found["mark"] for text in texts if (found := re.fullmatch(KINDS["thousands"], text))}
    mark = sorted(marks)[0]
    is_decimal = mark == "," and look.options.get("decimal") == ","
    certain = len(marks) == 1 and mark.isascii() and not is_decimal
    has_commas = mark != "," and any("," in text for text in texts)
    options: dict[str, Any] = {"decimal": ","} if mark == "." or has_commas else {}
    look.see(f"thousands seem to be separated by {mark!r}", certain=certain, thousands=mark, **options)


def _see_commas(look: TableLook, columns: list[str], texts: set[str]) -> None:
    certain = look.options.get("thousands") != ","
    look.see("numbers seem to have decimal commas", certain=certain, decimal=",")


def _see_units(look: TableLook, columns: list[str], texts: set[str]) -> None:
    look.see(f"numbers have a unit in {listed(columns)}: leave it out in the file", certain=False)


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
