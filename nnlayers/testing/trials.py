"""Trials: a layer or a loss at one point, as a scalar function of its blocks."""

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, describe
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, each
from nnlayers.losses.base import Loss
from nnlayers.testing.plan import Case, Values, draw, mixed_signs
from nnlayers.testing.snapshots import Snapshot, perturb_parameters, reseed

INPUT = "input"
Gradients = dict[str, Array | None]


class Trial:
    """A subject at a point: a scalar function of blocks (each input and each parameter).

    The function is ``<upstream, forward(x)>``. All passes run on copies of the subject, so that a
    dropout mask or a running statistic is the same each time.
    """

    kind = ""
    """``"layer"``, ``"loss"``, ``"function"`` or ``"network"``."""
    holds_layers = False
    values_given = False
    absolute_sum = 0.0
    """A bound of the sum of the absolute values of its terms; 0 if unknown."""
    largest_output = 0.0
    directions = 2
    """How many directions are tried for each block in the first case."""
    name: str
    paths: list[str]
    """The paths of the parameters of the subject itself, which copies must have too."""
    case: Case | None = None
    fresh: Callable[[], Any]
    """Makes copies of the subject as it was at first."""
    output: Any
    inputs: dict[str, Array]
    """The arrays of the input, by their names."""
    blocks: dict[str, Array]
    """The arrays whose gradients are checked: floating inputs, and parameters that are trained."""
    _x: Any
    _upstream: Any

    # What a subject of another kind does in another way

    def forward(self, thing: Any, x: Any) -> Any:
        """The output of a forward pass of a copy."""
        return thing.forward(x)

    def backward(self, thing: Any, upstream: Any) -> Any:
        """The gradient of the input, in the form of the input."""
        return thing.backward(upstream)

    def predict(self, thing: Any, x: Any) -> Any:
        """The output of an inference pass; None if there is none, which another check reports."""
        return None

    # The point

    @property
    def x(self) -> Any:
        """A copy of the input, since the subject may write into it."""
        return copied(self._x)

    @property
    def upstream(self) -> Any:
        """A copy of the upstream gradient: an array or a number, or a tuple in the output's form."""
        return copied(self._upstream)

    def input_names(self) -> list[str]:
        """The names of the inputs: ``input``, or ``input[0]``, ``input[1]``."""
        return [name for name, _ in arrays_in(self._x, INPUT)]

    def set(self, thing: Component, x: Any, rng: np.random.Generator) -> None:
        """Use this subject and this input unchanged, and draw an upstream gradient for the output."""
        self.fresh = Snapshot(thing)
        self._x = x
        self.output = copied(self.forward(self.fresh(), self.x))
        self._upstream = each(
            lambda y: mixed_signs(rng, np.shape(y)) if np.asarray(y).dtype.kind == "f" else None,
            self.output,
        )
        self.blocks = {path: p.value for path, p in thing.named_parameters() if p.trainable}
        self.move_to(x)

    def move_to(self, x: Any) -> None:
        """Take another input of the same form."""
        self._x = x
        self.inputs = dict(zip(self.input_names(), (array for _, array in arrays_in(x)), strict=True))
        floating = {name: array for name, array in self.inputs.items() if array.dtype.kind == "f"}
        parameters = {name: z for name, z in self.blocks.items() if name not in self.inputs}
        self.blocks = floating | parameters

    # Passes

    def passes(self, thing: Any = None, x: Any = None, upstream: Any = None) -> tuple[Any, Gradients]:
        """Run forward and backward, by default of a fresh copy at the point of the trial."""
        thing = self.fresh() if thing is None else thing
        y = self.forward(thing, self.x if x is None else x)
        return y, self.take_gradients(thing, self.upstream if upstream is None else upstream)

    def take_gradients(self, thing: Any, upstream: Any) -> Gradients:
        """Run backward: the gradients of all inputs and parameters, by name."""
        found = self.named(self.backward(thing, upstream))
        return found | {path: p.grad for path, p in thing.named_parameters()}

    def named(self, gradient: Any) -> Gradients:
        """The gradients of the inputs by name, from what backward returned.

        Raises
        ------
        TypeError
            It does not have the form of the input.
        """
        return dict(zip(self.input_names(), _in_form_of(self._x, gradient), strict=True))

    def run(self, block: str, z: Array | None) -> tuple[Any, Any]:
        """Run forward on a copy, with ``z`` in place of a block: the copy, and its output."""
        thing, x = self.fresh(), self.x
        if z is not None and block in self.inputs:
            x = self.with_input(x, block, z.copy())
        elif z is not None and block:
            dict(thing.named_parameters())[block].value[...] = z
        return thing, self.forward(thing, x)

    def with_input(self, x: Any, block: str, z: Array) -> Any:
        """The input with another array in one place."""
        names = iter(self.input_names())
        return each(lambda array: z if next(names) == block else array, x)

    def value(self, block: str, z: Array) -> tuple[float, float]:
        """The value with ``z`` in place of a block, and the sum of the absolute values of its terms."""
        return self.weigh(self.run(block, z)[1])

    def weigh(self, y: Any) -> tuple[float, float]:
        """``<upstream, y>``, and the sum of the absolute values of its terms."""
        total, absolute = 0.0, 0.0
        for (_, u), (_, array) in zip(arrays_in(self._upstream), arrays_in(y), strict=True):
            if u is not None:
                products = np.multiply(u, array)
                total += float(products.sum())
                absolute += float(np.abs(products).sum())
        return total, absolute

    def gradients(self, block: str = "", z: Array | None = None) -> Gradients:
        """The gradients of all blocks, with ``z`` in place of one."""
        return self.take_gradients(self.run(block, z)[0], self.upstream)


def _in_form_of(x: Any, gradient: Any) -> Iterator[Any]:
    """The gradients of all arrays of an input, in a flat list."""
    if not isinstance(x, tuple):
        yield gradient
    elif isinstance(gradient, tuple) and len(gradient) == len(x):
        for item, found in zip(x, gradient, strict=True):
            yield from _in_form_of(item, found)
    else:
        many = isinstance(gradient, (tuple, list))
        form = f"a {type(gradient).__name__} of {len(gradient)}" if many else describe(gradient)
        raise TypeError(f"backward returned {form}, expected a tuple of {len(x)} gradients")


def copied(x: Any) -> Any:
    """A copy of an array, or of a tuple of arrays; numbers and None are returned as they are."""
    return each(lambda item: item.copy() if isinstance(item, np.ndarray) else item, x)


def block_in_words(block: str) -> str:
    """A block as messages name it: "the input", "input[0]", or a parameter in quotation marks."""
    return "the input" if block == INPUT else repr(block)


class LayerTrial(Trial):
    """A layer at an input, with an upstream gradient."""

    kind = "layer"

    def __init__(
        self,
        layer: Layer,
        case: Case,
        values: Sequence[Values | None] = (),
        *,
        redraw: Collection[str] = (),
    ) -> None:
        rng = np.random.default_rng([case.seed, 1])
        self.case, self.name = case, type(layer).__name__
        self.paths = [path for path, _ in layer.named_parameters()]
        layer = layer.astype(np.float64)
        reseed(layer, case.seed)
        perturb_parameters(layer, rng, redraw)
        self.values_given = any(function is not None for function in values)
        self.set(layer, draw_input(rng, case, values), rng)

    def predict(self, thing: Layer, x: Any) -> Any:
        try:
            return thing.predict(x)
        except NotImplementedError:
            return None

    def set(self, thing: Component, x: Any, rng: np.random.Generator) -> None:
        super().set(thing, x, rng)
        # A saturated output may carry the rounding errors of the larger values it comes from.
        outputs = [self.output]
        if not self.values_given:
            outputs.append(self.forward(self.fresh(), each(lambda array: 0 * array, x)))
        self.largest_output = max(largest(output) for output in outputs)
        terms = sum(float(np.abs(u).sum()) for _, u in arrays_in(self._upstream) if u is not None)
        self.absolute_sum = self.largest_output * terms
        self.holds_layers = any(isinstance(part, Layer) for _, part in thing.named_parts())


def draw_input(rng: np.random.Generator, case: Case, values: Sequence[Values | None]) -> Any:
    """The input of a case, or its inputs; floating ones in float64."""
    functions = iter(values)

    def one(shape: Any) -> Any:
        if any(isinstance(item, tuple) for item in shape):
            return tuple(map(one, shape))
        x = draw(next(functions, None), rng, case, shape)
        return x.astype(np.float64) if x.dtype.kind == "f" else x

    return one(case.shape)


def largest(y: Any) -> float:
    """The largest absolute value in an array, or in a tuple of them, that is finite."""
    arrays = [np.asarray(array) for _, array in arrays_in(y)]
    return max(float(np.abs(a[np.isfinite(a)]).max(initial=0)) for a in arrays)


class LossTrial(Trial):
    """A loss at a prediction, a target and perhaps weights, times an upstream factor."""

    kind = "loss"
    weights: Array | None = None

    def __init__(
        self, loss: Loss, case: Case, values: Sequence[Values | None], target: Callable[..., Any]
    ) -> None:
        rng = np.random.default_rng([case.seed, 1])
        self.name, self.case = type(loss).__name__, case
        self.paths = [path for path, _ in loss.named_parameters()]
        loss = loss.astype(np.float64)
        perturb_parameters(loss, rng, ())
        self.values_given = any(function is not None for function in values)
        prediction = draw_input(rng, case, values)
        self._target = target(rng)
        self.set(loss, prediction, rng)

    @property
    def target(self) -> Any:
        """A copy of the target."""
        return copy.deepcopy(self._target)

    def forward(self, thing: Loss, x: Any) -> float:
        options = {} if self.weights is None else {"weights": self.weights}
        return thing.forward(x, self.target, **options)

    def predict(self, thing: Loss, x: Any) -> float:
        options = {} if self.weights is None else {"weights": self.weights}
        return thing.evaluate(x, self.target, **options)

    def set(self, thing: Component, x: Any, rng: np.random.Generator) -> None:
        super().set(thing, x, rng)
        self._upstream = float(mixed_signs(rng, ()))

    def weighted(self, weights: Array, x: Any = None) -> "LossTrial":
        """The same trial with weights, and perhaps with another prediction."""
        trial = copy.copy(self)
        trial.weights = weights
        if x is not None:
            trial.move_to(x)
        return trial
