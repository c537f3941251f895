"""The table that ``model.summary()`` returns."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from nnlayers.core import tree
from nnlayers.core.component import Component
from nnlayers.core.costs import Cost, costs
from nnlayers.core.markup import html_table
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.structures import as_shape

Row = tuple[str, str, str, str, str, str]
HEAD: Row = ("place", "layer", "output", "parameters", "saved bytes", "multiplications")
WIDTH = 120
EACH = "For each sample: bytes that forward saves for backward, multiplications of matrix products."
UNKNOWN = "The input's shape is not known: give that of one sample, as in summary((28, 28, 1))."


class Summary(str):
    """The table as a text, which a notebook shows without quotes and escapes."""

    __slots__ = ()
    __repr__ = str.__str__


def summarize(model: Any, input_shape: int | Sequence[Any] | None = None) -> str:
    """The table of `Layer.summary`, as a string."""
    title, rows, foot = _table(model, input_shape)
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    others = sum(widths) - widths[1] + 2 * len(widths[1:])
    widths[1] = min(widths[1], max(WIDTH - others, 20))
    lines = [_line(row, widths) for row in (HEAD, *rows)]
    rule = "-" * max(map(len, lines))
    return Summary("\n".join([title, lines[0], rule, *lines[1:-1], rule, lines[-1], *foot]))


def summary_in_html(model: Any) -> str:
    """The same table as a notebook shows it; the repr of a model that has no summary."""
    try:
        title, rows, foot = _table(model)
    except Exception:  # a layer of a user that cannot take zeros, say
        return f"<pre>{escape(repr(model))}</pre>"
    return html_table(title, HEAD, rows, " ".join(foot))


def _table(
    model: Any, input_shape: int | Sequence[Any] | None = None
) -> tuple[str, list[Row], list[str]]:
    """The line above the table, its rows, the total as the last one, and the lines below."""
    shape = model.input_shape if input_shape is None else input_shape
    if shape is not None:
        shape = as_shape(shape, f"{type(model).__name__}.summary")
    rows = list(_rows(model, shape))
    states = [state for _, state in model.named_states()]
    parameters = [state for state in states if isinstance(state, Parameter)]
    decaying = [parameter for parameter in parameters if parameter.decay and parameter.trainable]
    frozen = [parameter for parameter in parameters if not parameter.trainable]
    memory, gradients = _bytes(states), _bytes(parameters) - _bytes(frozen)
    return (
        f"{type(model).__name__}: input {_shape(shape)}, {model.dtype or 'no parameters'}",
        rows,
        [
            UNKNOWN if shape is None else EACH,
            f"Model: {memory / 1000:,.1f} kB, {(memory + gradients) / 1000:,.1f} kB with gradients; "
            f"{_size(decaying):,} parameters decay, {_size(frozen):,} are frozen; "
            f"{_size(states) - _size(parameters):,} values of state",
        ],
    )


def _rows(model: Any, shape: Any) -> Iterator[Row]:
    listed = list(_listed(model))
    paths = {id(layer): path for path, layer in [*tree.parts(model), ("", model)]}
    rows = {paths[id(layer)] for _, layer in listed}
    found = {} if shape is None else costs(model, shape, rows)
    occurrences = Counter(id(layer) for _, layer in listed)
    places: dict[int, list[str]] = defaultdict(list)
    counted: set[int] = set()
    for path, layer in listed:
        place, before = path.replace("layers.", ""), places[id(layer)]
        here = found.get(paths[id(layer)], [])[len(before) :: occurrences[id(layer)]]
        words, own = repr(layer), layer.parameters()
        if layer.in_summary == "both":  # those of its layers are in their rows
            words = type(layer).__name__
            own = [part for _, part in tree.own_parts(layer) if isinstance(part, Parameter)]
        parameters = f"{_size(part for part in own if id(part) not in counted):,}"
        counted.update(map(id, own))
        if before:
            words, parameters = f"the same as {before[0]}: {words}", ""
        output = _shape(here[0].output if here else None)
        yield place, words, output, parameters, *_numbers(here, known=shape is not None)
        before.append(place)
    everywhere = [cost for forwards in found.values() for cost in forwards]
    total = f"{_size(model.parameters()):,}"
    yield "total", "", "", total, *_numbers(everywhere, known=shape is not None)


def _numbers(costs: list[Cost], *, known: bool) -> tuple[str, str]:
    """The saved bytes and the multiplications of some forwards; ``known`` if there was one at all."""
    if not known:
        return "?", "?"
    unknown = " + ?" if any(cost.unknown for cost in costs) else ""
    multiplications = f"{sum(cost.multiplications for cost in costs):,}{unknown}"
    return f"{sum(cost.saved for cost in costs):,}", multiplications.removeprefix("0 + ")


def _listed(model: Component) -> Iterator[tuple[str, Component]]:
    """The layers that have a row, in the order of definition, each at every place."""

    def items(thing: Any) -> tree.Items:
        hidden = isinstance(thing, Component) and thing.in_summary == "itself"
        return () if hidden else tree.held_items(thing)

    if model.in_summary != "its layers":
        yield "", model
    for path, part in tree.walk(model, items, repeats=True):
        if isinstance(part, Component) and part.in_summary != "its layers":
            yield path, part


def _size(states: Iterable[State]) -> int:
    return sum(state.value.size for state in states)


def _bytes(states: Iterable[State]) -> int:
    return sum(state.value.nbytes for state in states)


def _shape(shape: tuple[Any, ...] | None) -> str:
    """The shape of a sample, or a tuple of shapes, with N for the samples."""

    def with_samples(shape: tuple[Any, ...]) -> tuple[Any, ...]:
        if any(isinstance(item, tuple) for item in shape):
            return tuple(map(with_samples, shape))
        return ("N", *shape)

    return "?" if shape is None else str(with_samples(shape)).replace("'", "")


def _line(row: Row, widths: list[int]) -> str:
    place, layer, output, *numbers = row
    if len(layer) > widths[1]:
        layer = layer[: widths[1] - 3] + "..."
    texts = zip([place, layer, output], widths[:3], strict=True)
    cells = [cell.ljust(width) for cell, width in texts]
    cells += [cell.rjust(width) for cell, width in zip(numbers, widths[3:], strict=True)]
    return "  ".join(cells)
