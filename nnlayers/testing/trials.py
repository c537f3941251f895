"""Trials of layers and of losses."""

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, each
from nnlayers.losses.base import Loss
from nnlayers.testing.forms import wrong_loss, wrong_output
from nnlayers.testing.plan import Case, Values, draw, mixed_signs
from nnlayers.testing.snapshots import perturb_parameters, reseed
from nnlayers.testing.trial import INPUT, Gradients, Trial, copied

__all__ = [
    "INPUT",
    "Gradients",
    "LayerTrial",
    "LossTrial",
    "Trial",
    "copied",
    "draw_input",
    "largest",
]


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
        pairs = zip(self.input_names(), values, strict=False)
        self.drawn = [name for name, function in pairs if function is None]

    def predict(self, thing: Layer, x: Any) -> Any:
        try:
            return thing.predict(x)
        except NotImplementedError:
            return None

    def wrong_output(self, y: Any) -> str:
        return wrong_output(y) if self.kind == "layer" else ""

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
    arrays = [np.asarray(array) for _, array in arrays_in(y) if array is not None]
    return max((float(np.abs(a[np.isfinite(a)]).max(initial=0)) for a in arrays), default=0.0)


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

    def wrong_output(self, y: Any) -> str:
        return wrong_loss(y)

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
