"""Which layer is which of another library's: in their order, or by a mapping."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from nnlayers.core.checks import describe
from nnlayers.io.rearranged import Unit

Thing = TypeVar("Thing")
ROWS = 12  # of a table, before and after the first that does not fit
WIDTH = 100  # of its columns


def matched_parts(
    who: str, units: Sequence[Unit], others: Mapping[str, Thing], mapping: Mapping[str, str] | None
) -> dict[str, tuple[list[Unit], dict[str, Thing]]]:
    """The layers, and what another library has by name, in parts by the names of a mapping.

    Raises
    ------
    TypeError, ValueError
        The mapping is not one of names, or leaves out something.
    """
    given: object = {"": ""} if mapping is None else mapping
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{who}: expected a mapping from names there to paths here, got {describe(given)}"
        )
    wrong = [item for pair in given.items() for item in pair if not isinstance(item, str)]
    if wrong or len(set(given.values())) < len(given):
        raise ValueError(f"{who}: expected a mapping of texts to different paths, got {given!r}")
    parts: dict[str, tuple[list[Unit], dict[str, Thing]]] = {name: ([], {}) for name in given}
    names = {path: name for name, path in given.items()}
    paths = [unit.path for unit in units]
    holders = Counter(id(state) for unit in units for state in unit.states)
    for unit in units:
        unit.shared = any(holders[id(state)] > 1 for state in unit.states)
        path = _holder(unit.path, names)
        if path is None:
            raise ValueError(
                f"{who}: the mapping has no name for {unit.path!r}: its layers are {some_of(paths)}"
            )
        parts[names[path]][0].append(unit)
    for other, thing in others.items():
        name = _holder(other, given)
        if name is None:
            raise ValueError(f"{who}: the mapping has no path for {other!r}, only for {some_of(given)}")
        parts[name][1][other] = thing
    for name, (some, things) in parts.items():
        if mapping is not None and not (some and things):
            lacking = f"the weights have no {name!r}" if some else f"the model has no {given[name]!r}"
            raise ValueError(
                f"{who}: {lacking}: there are {some_of(others)} and, here, {some_of(paths)}"
            )
    return parts


def _holder(name: str, names: Iterable[str]) -> str | None:
    """The longest of some names that is this one, or the beginning of its path."""
    fitting = [one for one in names if one in ("", name) or name.startswith((f"{one}.", f"{one}/"))]
    return max(fitting, key=len, default=None)


def check_fit(
    who: str, units: Sequence[Unit], others: Mapping[str, Mapping[str, tuple[int, ...]]]
) -> None:
    """Refuse layers and others that do not fit one another, with both lists side by side.

    Raises
    ------
    ValueError
        Numbers, names or shapes of arrays differ.
    """
    place = 0
    for unit, shapes in zip(units, others.values(), strict=False):
        expected = _by_name(unit)
        lacking = set() if unit.shared else expected.keys() - shapes.keys()
        if lacking or any(expected.get(name) != shape for name, shape in shapes.items()):
            break
        place += 1
    if place == len(units) == len(others):
        return
    here = [f"{unit.name}: {_listed({g: p.shape for g, p in unit.arrays.items()})}" for unit in units]
    there = [f"{name or 'the module'}: {_listed(shapes)}" for name, shapes in others.items()]
    ours = Counter(frozenset(_by_name(unit).items()) for unit in units)
    another_order = ours == Counter(frozenset(shapes.items()) for shapes in others.values())
    way_out = "They come in another order: give a mapping from names there to paths here."
    if not another_order:
        way_out = "Build the model from the same layers, of the same sizes, with and without a bias."
    raise ValueError(
        f"{who}: layers with weights do not fit, {len(here)} here and {len(there)} there; the first is "
        f"marked (shapes are those there):\n{_side_by_side(here, there, place)}\n{way_out}"
    )


def _by_name(unit: Unit) -> dict[str, tuple[int, ...]]:
    """The shape of each array that the other library has."""
    return {name: places.shape for group, places in unit.arrays.items() for name in group}


def _listed(shapes: Mapping[Any, tuple[int, ...]]) -> str:
    names = {
        " + ".join((name,) if isinstance(name, str) else name): shape for name, shape in shapes.items()
    }
    return ", ".join(f"{name} {shape}" for name, shape in names.items())


def some_of(names: Iterable[str]) -> str:
    """A list of names for errors, which is not too long."""
    few = [name if len(name) <= WIDTH else f"{name[:WIDTH]}..." for name in names]
    return f"{few[:ROWS]}" if len(few) <= ROWS else f"{few[:ROWS]} and {len(few) - ROWS} more"


def _side_by_side(here: Sequence[str], there: Sequence[str], wrong: int) -> str:
    """Two lists as the columns of a table, around the first row that does not fit."""
    count = max(len(here), len(there))
    rows = range(max(0, wrong - ROWS), min(count, wrong + ROWS + 1))
    pairs = [[each[row] if row < len(each) else "-" for each in (here, there)] for row in rows]
    pairs = [[one if len(one) <= WIDTH else f"{one[:WIDTH]}..." for one in pair] for pair in pairs]
    width = max(len(one) for one, _ in pairs)
    lines = [
        f"{'>' if row == wrong else ' '} {one:{width}}  {other}"
        for row, (one, other) in zip(rows, pairs, strict=True)
    ]
    return "\n".join(["  ..."] * (rows.start > 0) + lines + ["  ..."] * (rows.stop < count))
