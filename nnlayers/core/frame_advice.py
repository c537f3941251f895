"""What to do with columns, and other things, that are not arrays of numbers, for messages."""

from collections.abc import Iterable, KeysView, ValuesView
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlayers.core.conversion import labels_of_words
from nnlayers.core.protocols import OF_NUMPY

MOST_NAMED = 5  # columns listed in a message


def advice_for_column(column: Any, table: Any) -> str:
    """How a column of other things is turned into numbers."""
    values, polars = array_of(column), is_polars(table)
    if values is None:
        return "Other numbers become floats with column.cast(float)."
    kind = str(getattr(column, "dtype", "")).lower()
    if values.dtype.kind in "mM" or kind.startswith(("date", "duration")):
        if values.dtype.kind == "m":
            return "Durations become numbers with column.dt.total_seconds()."
        return (
            "Dates become numbers with (column - first).dt.total_seconds(), where first is one date "
            "for all tables, such as the earliest of the training rows."
        )
    filled = [value for value in values.flat if isinstance(value, str)]
    if (
        filled
        and all(map(_is_number, filled))
        and not kind.startswith(("categorical", "category", "enum"))
    ):
        return f"Texts of numbers become numbers with column.{'cast' if polars else 'astype'}(float)."
    if filled and table is not column:
        dummies = "frame.to_dummies(...)" if polars else "pandas.get_dummies(frame)"
        return f"Leave words out, or turn them into columns of 0 and 1 with {dummies}."
    if kind == "category":
        y = "y.cat" if hasattr(column, "cat") else "y"
        return (
            f"Categories, the same for all data, become labels with {y}.codes; {y}.categories names "
            "them."
        )
    if filled:
        words = labels_of_words(values)
        return f"{words[0].upper()}{words[1:]}."
    if values.size and np.ndim(values.flat[0]) == 1:
        return "A column of rows becomes an array with np.stack(column)."
    return "Leave it out, or turn it into numbers before."


def advice_for_columns(
    table: Any, names: tuple[Any, ...], columns: tuple[Any, ...], known_as: str
) -> str:
    """How the columns of a table differ from those that a network was trained on, and the way out."""
    selection = f"list({known_as})" if known_as else f"{list(columns)}"
    missing = [name for name in columns if name not in set(names)]
    other = [name for name in names if name not in set(columns)]
    places = "; or frame.to_numpy(), to take its columns by their places"
    places *= len(names) == len(columns)
    if twice := _twice(columns):
        as_then = "give frame.to_numpy(), with its columns in the order of training"
        return f"cannot be put in that order, which has {listed(twice)} twice: {as_then}"
    if twice := _twice(names):
        return f"has {listed(twice)} twice: give frame.loc[:, ~frame.columns.duplicated()]{places}"
    if not missing:
        return f"also has {listed(other)}: give frame[{selection}], which leaves out the rest"
    polars = is_polars(table)
    found = f"lacks {listed(missing)}"
    if other:
        found += f", and has {listed(other)}, unknown to the network"
    if not known_as:
        return f"{found}{places.replace('; or', ': give')}"
    if raw := [name for name in other if _is_raw(name, table[name], missing)]:
        call = f"frame.to_dummies({raw})" if polars else f"pandas.get_dummies(frame, columns={raw})"
        out = "or leave it out" if len(raw) == 1 else "or leave them out"
        return f"{found}: encode {listed(raw)} as for training, such as with {call}, {out}"
    zeros = f"frame.reindex(columns={selection}, fill_value=0)"
    if polars:
        zeros = f"frame.with_columns(**dict.fromkeys(set({selection}) - set(frame.columns), 0))"
    if other and not _are_categories(table, missing, other, names, columns):
        if len(missing) != len(other):
            return f"{found}: give the columns of training"
        call = "frame.rename({...})" if polars else "frame.rename(columns={...})"
        return f"{found}: if only the names differ, rename them with {call}{places}"
    if other:
        zeros += f"[{selection}]" * polars
        return (
            f"{found}: {zeros} fills the former with zeros and drops the latter, so a row of a new "
            "category would look like one of none"
        )
    return f"{found}: if all zeros are right, as for categories that do not occur, give {zeros}"


def _twice(names: tuple[Any, ...]) -> list[Any]:
    """The names that occur more than once."""
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def _are_categories(
    table: Any, missing: list[Any], other: list[Any], names: tuple[Any, ...], columns: tuple[Any, ...]
) -> bool:
    """True if the columns that differ look like those of categories, ``town_Bern``."""
    return (
        _prefixes(missing) <= _prefixes(names)
        and _prefixes(other) <= _prefixes(columns)
        and all(np.isin(table[name], (0, 1)).all() for name in other)
    )


def _prefixes(names: Iterable[Any]) -> set[str]:
    """Each name up to its first ``_``, and the whole name if it has none."""
    return {text[: text.find("_") + 1] or text for text in map(str, names)}


def _is_raw(name: Any, column: Any, missing: list[Any]) -> bool:
    """True for a column of words, or one whose columns of 0 and 1 are missing."""
    if any(str(other).startswith(f"{name}_") for other in missing):
        return True
    values = array_of(column)
    kind = getattr(getattr(column, "dtype", None), "kind", "")  # of pandas' nullable numbers
    return values is None or (kind or values.dtype.kind) not in "fiub"


def listed(names: list[Any], most: int = MOST_NAMED, note: Any = lambda name: "") -> str:
    """Columns in words, at most so many of them."""
    if names == [None]:
        return f"a column{note(None)}"
    shown = ", ".join(f"{name!r}{note(name)}" for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"


def advice_for_others(x: Any) -> str:
    """What to do with something that NumPy would take for a single object; empty for other things."""
    if isinstance(x, dict):
        if any(getattr(value, "ndim", 1) > 1 for value in x.values()):
            return "several inputs are a tuple of arrays, (x_1, x_2)"
        is_row = all(isinstance(value, str) or not hasattr(value, "__len__") for value in x.values())
        return f"make a table of it with pandas.DataFrame({'[x]' if is_row else 'x'})"
    if hasattr(x, "__next__") or isinstance(x, set | frozenset | KeysView | ValuesView):
        return "make a list of it with list(...), or an array"
    if is_in_file(x):
        return (
            "it is in a file and would be read whole: give a Trainer nn.stream(x, y), or take x[:] to "
            "read it all"
        )
    if hasattr(x, "in_order") and type(x).__module__.startswith("nnlayers."):
        return "a stream has its own targets: give it alone, to fit, evaluate or predict"
    if any(hasattr(x, name) for name in (*OF_NUMPY, "__dlpack__")):
        return ""
    methods = ("toarray", "todense", "collect", "asnumpy")  # sparse matrices, lazy tables, tensors
    known = [name for name in methods if hasattr(x, name)]
    return f"give x.{known[0]}()" if known else ""


def is_in_file(x: object) -> bool:
    """True for an array of h5py, Zarr or netCDF4, which is read by slices, and for a tuple of them."""
    if isinstance(x, tuple):
        return any(map(is_in_file, x))
    return type(x).__module__.partition(".")[0] in ("h5py", "zarr", "netCDF4") and hasattr(
        type(x), "shape"
    )


def array_of(column: Any) -> NDArray[Any] | None:
    """The column as an array; None if it has none, as polars' integers of 128 bits."""
    try:
        return np.asarray(column)
    except Exception:  # of a kind that only its library knows
        return None


def is_polars(x: object) -> bool:
    """True for what polars made."""
    return type(x).__module__.split(".")[0] == "polars"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
