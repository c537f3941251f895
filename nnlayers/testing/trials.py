"""Trials: a layer, a loss or a network at one point, as a scalar function of its blocks."""

import copy
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.losses.base import Loss
from nnlayers.testing.plan import REGIMES, Case, Values, mixed_signs
from nnlayers.testing.snapshots import Snapshot, perturb_parameters, reseed

INPUT = "input"


def block_in_words(block: str) -> str:
    """A block as messages name it: "the input", or the path of a parameter in quotation marks."""
    return "the input" if block == INPUT else repr(block)


class Trial:
    """A scalar function of blocks (the input and each parameter), with the gradients to be checked.

    ``value(block, z)`` returns the value with ``z`` in place of a block, and the sum of the absolute
    values of its terms. ``gradients(block, z)`` returns the gradients of all blocks at that point.
    """

    name: str
    case: Case | None
    blocks: dict[str, Array]
    holds_layers = False
    absolute_sum = 0.0
    """A bound of the sum of absolute values that ``value`` returns; 0 if unknown."""

    def value(self, block: str, z: Array) -> tuple[float, float]:
        raise NotImplementedError

    def gradients(self, block: str = "", z: Array | None = None) -> dict[str, Array | None]:
        raise NotImplementedError


class LayerTrial(Trial):
    """A layer at an input, with an upstream gradient: ``<upstream, forward(x)>``."""

    def __init__(
        self, layer: Layer, case: Case, values: Values | None, *, redraw: Collection[str] = ()
    ) -> None:
        rng = np.random.default_rng([case.seed, 1])
        self.case = case
        self.size_arguments: set[str] = set()  # of the function that makes the layer
        self.name = type(layer).__name__
        self.paths = [path for path, _ in layer.named_parameters()]
        layer = layer.astype(np.float64)
        reseed(layer, case.seed)
        perturb_parameters(layer, rng, redraw)
        draw = values or REGIMES[case.regime]
        self.values_given = values is not None
        x = np.asarray(draw(rng, case.shape))
        self.set(layer, x.astype(np.float64) if x.dtype.kind == "f" else x, rng)

    def set(self, layer: Layer, x: Array, rng: np.random.Generator) -> None:
        """Use this layer and this input unchanged, and draw an upstream gradient for the output."""
        self.fresh = Snapshot(layer)
        self._x = x
        self.output = np.array(self.fresh().forward(self.x))
        self._upstream = mixed_signs(rng, self.output.shape)
        # A saturated output may carry the rounding errors of the larger values it comes from.
        elsewhere = self.output if self.values_given else np.asarray(self.fresh().forward(0 * x))
        finite = [np.abs(y[np.isfinite(y)]).max(initial=0) for y in (self.output, elsewhere)]
        self.largest_output = float(max(finite))
        self.absolute_sum = self.largest_output * float(np.abs(self._upstream).sum())
        self.blocks = {path: p.value for path, p in layer.named_parameters() if p.trainable}
        if x.dtype.kind == "f":
            self.blocks = {INPUT: x} | self.blocks
        self.holds_layers = any(isinstance(part, Layer) for _, part in layer.named_parts())

    @property
    def x(self) -> Array:
        """A copy of the input, since the layer under test may write into it."""
        return self._x.copy()

    @property
    def upstream(self) -> Array:
        """A copy of the upstream gradient."""
        return self._upstream.copy()

    def run(self, block: str, z: Array | None) -> tuple[Layer, Array]:
        """Run forward on a copy of the layer, with ``z`` in place of a block."""
        layer, x = self.fresh(), self.x
        if block == INPUT and z is not None:
            x = z.copy()
        elif block:
            dict(layer.named_parameters())[block].value[...] = z
        return layer, layer.forward(x)

    def value(self, block: str, z: Array) -> tuple[float, float]:
        products = self.upstream * self.run(block, z)[1]
        return float(products.sum()), float(np.abs(products).sum())

    def gradients(self, block: str = "", z: Array | None = None) -> dict[str, Array | None]:
        layer, _ = self.run(block, z)
        found: dict[str, Array | None] = {INPUT: layer.backward(self.upstream)}
        return found | {path: p.grad for path, p in layer.named_parameters()}


class LossTrial(Trial):
    """A loss at a prediction, a target and perhaps weights, times an upstream factor."""

    weights: Array | None = None

    def __init__(
        self, loss: Loss, case: Case, values: Values | None, target: Callable[..., Any]
    ) -> None:
        rng = np.random.default_rng([case.seed, 1])
        self.name = type(loss).__name__
        self.case = case
        loss = loss.astype(np.float64)
        perturb_parameters(loss, rng, ())
        self.fresh = Snapshot(loss)
        self.parameters = {path: p.value for path, p in loss.named_parameters() if p.trainable}
        prediction = np.asarray((values or REGIMES[case.regime])(rng, case.shape), np.float64)
        self.set(prediction, target(rng), float(mixed_signs(rng, ())))

    def set(self, prediction: Array, target: Any, upstream: float) -> None:
        """Use this prediction, this target and this upstream factor unchanged."""
        self._x, self._target, self.upstream = prediction, target, upstream
        self.blocks = {INPUT: prediction, **self.parameters}

    def weighted(self, weights: Array, x: Array | None = None) -> "LossTrial":
        """The same trial with weights, and perhaps with another prediction."""
        trial = copy.copy(self)
        trial.weights = weights
        if x is not None:
            trial.set(x, self._target, self.upstream)
        return trial

    @property
    def x(self) -> Array:
        """A copy of the prediction, since the loss under test may write into it."""
        return self._x.copy()

    @property
    def target(self) -> Any:
        """A copy of the target."""
        return copy.deepcopy(self._target)

    def run(self, block: str, z: Array | None) -> tuple[Loss, float]:
        """Run forward on a copy of the loss, with ``z`` in place of a block."""
        loss, x = self.fresh(), self.x
        if block == INPUT and z is not None:
            x = z.copy()
        elif block:
            dict(loss.named_parameters())[block].value[...] = z
        options = {} if self.weights is None else {"weights": self.weights}
        return loss, loss.forward(x, self.target, **options)

    def value(self, block: str, z: Array) -> tuple[float, float]:
        value = self.upstream * self.run(block, z)[1]
        return value, abs(value)

    def gradients(self, block: str = "", z: Array | None = None) -> dict[str, Array | None]:
        loss, _ = self.run(block, z)
        found: dict[str, Array | None] = {INPUT: loss.backward(self.upstream)}
        return found | {path: p.grad for path, p in loss.named_parameters()}


class NetworkTrial(Trial):
    """A whole objective: the loss of a model's output, plus the L2 penalty."""

    holds_layers = True
    case = None

    def __init__(self, model: Layer, loss: Loss, x: Array, y: Any, weight_decay: float) -> None:
        self.name = type(model).__name__
        self.weight_decay = weight_decay
        model, loss = model.astype(np.float64), loss.astype(np.float64)
        self.fresh, self.loss = Snapshot(model), Snapshot(loss)
        self.x, self.y = np.asarray(x), y
        if self.x.dtype.kind == "f":
            self.x = self.x.astype(np.float64)
        self.blocks = {path: p.value for path, p in _parameters(model, loss) if p.trainable}
        if self.x.dtype.kind == "f":
            self.blocks = {INPUT: self.x} | self.blocks

    def run(self, block: str, z: Array | None) -> tuple[Layer, Loss, float]:
        model, loss, x = self.fresh(), self.loss(), self.x
        if block == INPUT and z is not None:
            x = z
        elif block:
            dict(_parameters(model, loss))[block].value[...] = z
        value = loss.forward(model.forward(x), self.y)
        trained = [p for _, p in _parameters(model, loss) if p.decay and p.trainable]
        squares = sum(p.decay * float((p.value**2).sum()) for p in trained)
        return model, loss, value + self.weight_decay / 2 * squares

    def value(self, block: str, z: Array) -> tuple[float, float]:
        value = self.run(block, z)[2]
        return value, abs(value)

    def gradients(self, block: str = "", z: Array | None = None) -> dict[str, Array | None]:
        model, loss, _ = self.run(block, z)
        found: dict[str, Array | None] = {INPUT: model.backward(loss.backward())}
        for path, parameter in _parameters(model, loss):
            found[path] = parameter.grad
            if parameter.decay and parameter.trainable and self.weight_decay:
                decay = self.weight_decay * parameter.decay * parameter.value
                found[path] = decay if parameter.grad is None else parameter.grad + decay
        return found


def _parameters(model: Layer, loss: Loss) -> list[tuple[str, Parameter]]:
    """The parameters of a model and of a loss, with their paths."""
    of_loss = [(f"loss.{path}", parameter) for path, parameter in loss.named_parameters()]
    return [*model.named_parameters(), *of_loss]
