"""The table that ``model.summary()`` returns."""

from collections.abc import Iterable, Iterator

import numpy as np

from nnlayers.arrays import Array
from nnlayers.layer import Layer
from nnlayers.parameter import Parameter, State
from nnlayers.sequential import leaves

Row = tuple[str, str, str, str, str]
HEAD: Row = ("place", "layer", "output", "parameters", "decaying")


def summarize(model: Layer, input_shape: int | tuple[int, ...] | None = None) -> str:
    """The table of `Layer.summary`, as a string."""
    shape = model.input_shape if input_shape is None else input_shape
    if isinstance(shape, int):
        shape = (shape,)
    dtype = np.intp if model.takes_integers else model._dtype()
    x = None if shape is None else np.zeros((1, *shape), dtype)
    rows = [HEAD, *_rows(model, x)]

    states = [part for _, part in model.named_parts() if isinstance(part, State)]
    parameters = [state for state in states if isinstance(state, Parameter)]
    rows.append(("total", "", "", *_counts(parameters)))
    frozen = _size(parameter for parameter in parameters if not parameter.trainable)
    memory = sum(state.value.nbytes for state in states) / 1000

    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    rule = "-" * max(map(len, lines))
    return "\n".join(
        [
            f"{type(model).__name__}: input {_shape(x)}, {model._dtype() or 'no parameters'}",
            lines[0], rule, *lines[1:-1], rule, lines[-1],
            f"{memory:,.1f} kB; {frozen:,} parameters frozen; "
            f"{_size(states) - _size(parameters):,} values of state",
        ]
    )  # fmt: skip


def _rows(model: Layer, x: Array | None) -> Iterator[Row]:
    first_place: dict[int, str] = {}
    for path, layer in leaves(model):
        place, name = path.replace("layers.", ""), repr(layer)
        with np.errstate(all="ignore"):
            try:
                x = None if x is None else layer.predict(x)
            except NotImplementedError:  # a layer that cannot predict: from here on nobody knows
                x = None
        if id(layer) in first_place:
            yield place, f"{name}, the same as {first_place[id(layer)]}", _shape(x), "", ""
        else:
            first_place[id(layer)] = place
            parts = [part for _, part in layer.named_parts() if isinstance(part, Parameter)]
            yield place, name, _shape(x), *_counts(parts)


def _counts(parameters: list[Parameter]) -> tuple[str, str]:
    decaying = (parameter for parameter in parameters if parameter.decay)
    return f"{_size(parameters):,}", f"{_size(decaying):,}"


def _size(states: Iterable[State]) -> int:
    return sum(state.value.size for state in states)


def _shape(x: Array | None) -> str:
    return "?" if x is None else str(("N", *x.shape[1:])).replace("'", "")


def _line(row: Row, widths: list[int]) -> str:
    texts = [cell.ljust(width) for cell, width in zip(row[:3], widths[:3], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
    return "  ".join(texts + numbers)
