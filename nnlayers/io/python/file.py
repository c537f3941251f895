"""A network as one Python file, which needs nothing but NumPy."""

import base64
import textwrap
from collections.abc import Sequence
from string import Template
from typing import Any

import numpy as np

from nnlayers.core.files import FilePath, check_writable, file_name, write_whole
from nnlayers.core.layer import Layer
from nnlayers.core.placement import on_host
from nnlayers.core.structures import each
from nnlayers.io.python import functions
from nnlayers.io.python.layers import numpy_code
from nnlayers.io.python.writer import NumpyWriter
from nnlayers.io.samples import check_agreement, predicted, sample_inputs, sample_shape_of
from nnlayers.io.standalone import described, plain_names

__all__ = ["to_numpy"]

FILE = Template('''\
# $network
# A network in one file, which needs NumPy alone: predict(x).

from __future__ import annotations

import base64

import numpy as np
$names

def predict($argument):
    """The outputs for inputs of shape $shape."""
    with np.errstate(over="ignore"):  # of exponentials
$body


$functions


def constant(shape, text):
    """An array from the text of its bytes."""
    return np.frombuffer(base64.b64decode(text), "$dtype").reshape(shape)


$weights''')


def to_numpy(model: Layer, path: FilePath, *, input_shape: int | Sequence[Any] | None = None) -> None:
    """Write a network as one Python file that imports NumPy alone: weights, and ``predict(x)``.

    Formulas come first, to be read; then the functions that they call, then the weights as text.
    The file runs with NumPy 1.24 and Python 3.10, and with later ones.

    Parameters
    ----------
    model : Layer
        A network in float32 or float64.
    path : path of a file
        Usually ends in ``.py``.
    input_shape : tuple of int, optional
        The shape of one sample, if the model does not know it; a tuple of shapes for several inputs.
        Sequences may be of another length later, and images of another size, if the layers allow it.

    Raises
    ------
    TypeError
        A layer has no function in `numpy_code`; the message says how to register one. Or the model is
        not in one dtype.
    ValueError
        The shape is missing, or the file fails, or gives something else than ``predict``. Nothing was
        written.
    OSError
        The file cannot be written.

    Notes
    -----
    The weights are exact. Sums may be in another order than in nnlayers: outputs agree to rounding. If
    the model knows the names of its columns, so does the file, which puts a DataFrame in their order;
    ``column_names`` are in ``COLUMNS``, and ``class_names`` in ``CLASSES``.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    >>> nn.io.to_numpy(model, "net.py")
    >>> with open("net.py") as file:
    ...     names = {}
    ...     exec(file.read(), names)
    >>> x = np.ones((2, 4), np.float32)
    >>> bool(np.allclose(names["predict"](x), model.predict(x)))
    True
    """
    who = "to_numpy"
    check_writable(path)
    model = on_host(model)
    p = NumpyWriter(numpy_code, model)
    p.check_layers(model)
    shape = sample_shape_of(model, input_shape, who)
    rows = sample_inputs(model, shape)
    expected = predicted(model, rows, who)
    text = _text(p, rows)
    names: dict[str, Any] = {"__name__": "network"}
    try:
        with np.errstate(all="ignore"):
            exec(compile(text, file_name(path), "exec"), names)
            found = names["predict"](rows)
    except Exception as error:
        raise ValueError(
            f"{who}: the file fails, and is not written: {type(error).__name__}: {error}"
        ) from error
    check_agreement(found, expected, who)
    with write_whole(path) as file:
        file.write(text.encode("utf-8"))


def _text(p: NumpyWriter, rows: Any) -> str:
    """The text of the file."""
    model, argument = p.model, "inputs" if isinstance(rows, tuple) else "x"

    def checked(array: Any, name: str) -> str:
        if array.dtype.kind in "iu":
            return p.assign(f"np.asarray({name})", note="")
        size = array.shape[-1] if array.ndim > 1 else 1
        dtype = f"np.{p.dtype.name}"
        return p.assign(p.call(functions.numbers, name, dtype, array.ndim, size), note="")

    y = p.run(model, each(checked, rows, _places(rows, argument)))
    names = None if isinstance(rows, tuple) else model.known_column_names()
    words = {"COLUMNS": plain_names(names), "CLASSES": plain_names(model.class_names)}
    lists = "".join(f"\n{word} = {found!r}\n" for word, found in words.items() if found)
    body = p.body(y)
    if names:
        body = f'if hasattr(x, "columns"):  # a DataFrame\n    x = x[COLUMNS]\n{body}'
    return FILE.substitute(
        network="\n# ".join(textwrap.wrap(described(model), 100)),
        names=lists, argument=argument, shape=_shape(rows),
        body=textwrap.indent(body, " " * 8), functions="\n\n".join(p.texts.values()).rstrip(),
        dtype=p.dtype.newbyteorder("<").str,
        weights="\n".join(_constant(name, *key) for key, name in p.arrays.items()),
    )  # fmt: skip


def _places(rows: Any, name: str) -> Any:
    """The expression for each array of the input."""
    if not isinstance(rows, tuple):
        return name
    return tuple(_places(item, f"{name}[{index}]") for index, item in enumerate(rows))


def _shape(rows: Any) -> str:
    """The shapes of the input, in words."""
    if isinstance(rows, tuple):
        return f"({', '.join(map(_shape, rows))})"
    return f"({', '.join(['N', *map(str, rows.shape[1:])])}{',' * (rows.ndim == 1)})"


def _constant(name: str, shape: tuple[int, ...], content: bytes) -> str:
    text = base64.encodebytes(content).decode("ascii")
    if text.count("\n") <= 1:
        return f'{name} = constant({shape}, "{text.strip()}")'
    return f'{name} = constant({shape}, """\n{text}""")'
