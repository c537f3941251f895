"""The table that ``model.summary()`` returns."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.component import Component
from nnlayers.core.markup import html_table
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.structures import as_shape, each, zeros
from nnlayers.core.watch import watch

Row = tuple[str, str, str, str, str]
HEAD: Row = ("place", "layer", "output", "parameters", "decaying")


class Summary(str):
    """The table as a text, which a notebook shows without quotes and escapes."""

    __slots__ = ()
    __repr__ = str.__str__


def summarize(model: Any, input_shape: int | Sequence[Any] | None = None) -> str:
    """The table of `Layer.summary`, as a string."""
    title, rows, foot = _table(model, input_shape)
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    lines = [_line(row, widths) for row in (HEAD, *rows)]
    rule = "-" * max(map(len, lines))
    return Summary("\n".join([title, lines[0], rule, *lines[1:-1], rule, lines[-1], foot]))


def summary_in_html(model: Any) -> str:
    """The same table as a notebook shows it; the repr of a model that has no summary."""
    try:
        title, rows, foot = _table(model)
    except Exception:  # a layer of a user that cannot predict zeros, say
        return f"<pre>{escape(repr(model))}</pre>"
    return html_table(title, HEAD, rows, foot)


def _table(model: Any, input_shape: int | Sequence[Any] | None = None) -> tuple[str, list[Row], str]:
    """The line above the table, its rows, the total as the last one, and the line below."""
    shape = model.input_shape if input_shape is None else input_shape
    x = None
    if shape is not None:
        shape = as_shape(shape, f"{type(model).__name__}.summary")
        x = zeros(shape, model.takes_integers, model.dtype)
    rows = list(_rows(model, x))

    states = [state for _, state in model.named_states()]
    parameters = [state for state in states if isinstance(state, Parameter)]
    rows.append(("total", "", "", *_counts(parameters)))
    frozen = _size(parameter for parameter in parameters if not parameter.trainable)
    memory = sum(state.value.nbytes for state in states) / 1000
    return (
        f"{type(model).__name__}: input {_shape(x)}, {model.dtype or 'no parameters'}",
        rows,
        f"{memory:,.1f} kB; {frozen:,} parameters frozen; "
        f"{_size(states) - _size(parameters):,} values of state",
    )


def _rows(model: Any, x: Any) -> Iterator[Row]:
    outputs: dict[str, list[Any]] = defaultdict(list)
    if x is not None:
        try:
            with np.errstate(all="ignore"):
                watch(model, "predict", x, lambda path, layer, y: outputs[path].append(y))
        except NotImplementedError:  # a layer that cannot predict: the shapes behind it are not known
            pass
    first_path = {id(layer): path for path, layer in [("", model), *tree.parts(model)]}
    first_place: dict[int, str] = {}
    for path, layer in _listed(model):
        place = path.replace("layers.", "")
        seen = outputs[first_path[id(layer)]]
        shape = _shape(seen.pop(0) if seen else None)
        if id(layer) in first_place:
            yield place, f"{layer!r}, the same as {first_place[id(layer)]}", shape, "", ""
            continue
        first_place[id(layer)] = place
        if layer.in_summary == "both":  # those of its layers are in their rows
            own = [part for _, part in tree.own_parts(layer) if isinstance(part, Parameter)]
            yield place, type(layer).__name__, shape, *_counts(own)
        else:
            yield place, repr(layer), shape, *_counts(layer.parameters())


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


def _counts(parameters: list[Parameter]) -> tuple[str, str]:
    decaying = (parameter for parameter in parameters if parameter.decay)
    return f"{_size(parameters):,}", f"{_size(decaying):,}"


def _size(states: Iterable[State]) -> int:
    return sum(state.value.size for state in states)


def _shape(x: Any) -> str:
    return "?" if x is None else str(each(lambda a: ("N", *a.shape[1:]), x)).replace("'", "")


def _line(row: Row, widths: list[int]) -> str:
    texts = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
    return "  ".join(texts + numbers)
