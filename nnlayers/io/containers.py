"""The walk through containers, the same for all formats that write what a network computes."""

import functools
from typing import Any

from nnlayers.io.onnx.wiring import Wired
from nnlayers.layers.branches import Fork, Parallel, Residual
from nnlayers.layers.dropout import Dropout
from nnlayers.layers.joining import Add, Identity
from nnlayers.layers.noise import GaussianNoise, SpatialDropout
from nnlayers.layers.sequential import Sequential


def register_containers(functions: Any) -> None:
    """Register functions for containers, and for layers that change nothing when they predict.

    Parameters
    ----------
    functions : function of `functools.singledispatch`
        It takes a layer, a writer and an input; ``writer.run(layer, x)`` is the output of a layer.
    """
    for kind, function in WALKS.items():
        functions.register(kind, function)


def _chain(layer: Sequential, writer: Any, x: Any) -> Any:
    return functools.reduce(lambda y, part: writer.run(part, y), layer.unfolded(), x)


def _residual(layer: Residual, writer: Any, x: Any) -> Any:
    return writer.run(Add(), (x, _chain(layer, writer, x)))


def _fork(layer: Fork, writer: Any, x: Any) -> Any:
    return tuple([writer.run(part, x) for part in layer.layers])


def _parallel(layer: Parallel, writer: Any, x: Any) -> Any:
    return tuple([writer.run(part, item) for part, item in zip(layer.layers, x, strict=True)])


def _wired(layer: Wired, writer: Any, x: Any) -> Any:
    values = [*x] if layer.inputs > 1 else [x]

    def taken(numbers: tuple[int, ...]) -> Any:
        found = tuple([values[number] for number in numbers])
        return found if len(found) > 1 else found[0]

    for part, wires in zip(layer.layers, layer.wires, strict=True):
        values.append(writer.run(part, taken(wires)))
    return taken(layer.outputs)


def _same(layer: Any, writer: Any, x: Any) -> Any:
    return x


WALKS = {
    Sequential: _chain,
    Residual: _residual,
    Fork: _fork,
    Parallel: _parallel,
    Wired: _wired,
    **dict.fromkeys([Identity, Dropout, SpatialDropout, GaussianNoise], _same),
}
