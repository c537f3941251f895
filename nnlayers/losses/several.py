"""Several losses as one, for a network with several outputs."""

import math
import numbers
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import describe
from nnlayers.core.saving import BackwardPass, ForwardPass, Pass
from nnlayers.losses.base import Loss

__all__ = ["Losses"]


class Losses(Loss):
    """A sum of losses, one for each output of a network: ``L = sum_h f_h L_h(y_h, t_h)``.

    Parameters
    ----------
    losses : list of Loss
        One for each output, at least one.
    factors : list of float, optional
        How much each loss counts in the sum, ``f_h``; 1 by default.

    Notes
    -----
    The prediction and the target are tuples with one array for each loss, and so is the gradient:
    ``dL/dy_h = f_h dL_h/dy_h``. A network that ends in `Fork` returns such a tuple. If an output is
    a tuple itself, its loss is one that takes tuples, such as another ``Losses``.

    Weights of samples are one array, used by all losses, or a tuple with one array or None for each.
    Each loss is the weighted mean of its own samples, so weights do not change what the factors mean.

    By default, a Trainer reports the loss of each output as well: ``loss_0``, ``loss_1``, ..., each
    without its factor.

    Raises
    ------
    TypeError, ValueError
        Something is not a loss, there is none, or a factor is not a finite number; later, a
        prediction, target or tuple of weights that is not a tuple of as many. An error in one of the
        losses has a note with its path.

    Examples
    --------
    >>> loss = nn.Losses([nn.MeanSquaredError(), nn.MeanAbsoluteError()], factors=[1.0, 0.5])
    >>> y, t = (np.array([[3.0]]), np.array([[2.0]])), (np.array([[1.0]]), np.array([[0.0]]))
    >>> loss.forward(y, t)  # 4 + 0.5 * 2
    5.0
    >>> loss.backward()
    (array([[4.]]), array([[0.5]]))
    """

    def __init__(self, losses: Sequence[Loss], factors: Sequence[float] | None = None) -> None:
        given: Any = losses
        if not isinstance(given, (list, tuple)) or not given:
            hint = f": write Losses([{given!r}, ...])" if isinstance(given, Loss) else ""
            raise TypeError(f"Losses: expected a list of at least one loss, got {given!r}{hint}")
        for index, loss in enumerate(given):
            if not isinstance(loss, Loss):
                hint = f": make one, {loss.__name__}()" if isinstance(loss, type) else ""
                raise TypeError(f"Losses: expected a Loss at place {index}, got {loss!r}{hint}")
        self.losses = list(given)
        self.factors = _as_factors(factors, len(given))

    def forward(self, prediction: Any, target: Any, weights: Any = None) -> float:
        arguments = self._by_head(prediction, target, weights)
        total = 0.0
        with ForwardPass(self, self.losses) as heads:
            for loss in heads:
                y, t, options = arguments[heads.index]
                total += self.factors[heads.index] * loss.forward(y, t, **options)
        return total

    def backward(self, grad: float = 1.0) -> tuple[Any, ...]:
        with BackwardPass(self, self.losses) as heads:
            return tuple([loss.backward(grad * self.factors[heads.index]) for loss in heads])[::-1]

    def evaluate(self, prediction: Any, target: Any, weights: Any = None) -> float:
        """The loss of a batch, if no backward follows: nothing is saved or changed."""
        arguments = self._by_head(prediction, target, weights)
        total = 0.0
        with Pass(self, self.losses) as heads:
            for loss in heads:
                y, t, options = arguments[heads.index]
                total += self.factors[heads.index] * loss.evaluate(y, t, **options)
        return total

    def check_target(self, target: Any, shape: Any) -> tuple[Any, ...]:
        """Refuse a tuple of targets that does not go with predictions of these shapes."""
        if len(shape) != len(self.losses) or not all(isinstance(part, tuple) for part in shape):
            raise ValueError(
                f"Losses: expected a network with {len(self.losses)} outputs, one for each loss, got "
                f"predictions of shape {shape}: let it end in a Fork"
            )
        self._check_tuple(target, "the target")
        with Pass(self, self.losses) as heads:
            return tuple([loss.check_target(target[heads.index], shape[heads.index]) for loss in heads])

    @property
    def default_metrics(self) -> dict[str, Callable[..., float]]:  # type: ignore[override]
        """The loss of each output, without its factor, as a metric."""
        return {
            f"loss_{index}": partial(self._evaluate_one, index) for index in range(len(self.losses))
        }

    def place(self, index: int) -> str:
        """The path of a loss, for errors of a pass."""
        return f"losses.{index}"

    def _evaluate_one(self, index: int, prediction: Any, target: Any, weights: Any = None) -> float:
        y, t, options = self._by_head(prediction, target, weights)[index]
        return self.losses[index].evaluate(y, t, **options)

    def _by_head(self, prediction: Any, target: Any, weights: Any) -> list[tuple[Any, Any, Any]]:
        """The arguments of each loss: prediction, target, and its weights if there are any."""
        self._check_tuple(prediction, "the prediction")
        self._check_tuple(target, "the target")
        if not isinstance(weights, tuple):
            weights = (weights,) * len(self.losses)
        self._check_tuple(weights, "the weights")
        options = [{} if w is None else {"weights": w} for w in weights]
        return list(zip(prediction, target, options, strict=True))

    def _check_tuple(self, x: Any, name: str) -> None:
        """Refuse what is not a tuple with an item for each loss."""
        if not isinstance(x, tuple) or len(x) != len(self.losses):
            hint = ": write (a, b), not [a, b]" if isinstance(x, list) else ""
            raise (ValueError if isinstance(x, tuple) else TypeError)(
                f"Losses: expected {name} to be a tuple of {len(self.losses)}, one for each loss, got "
                f"{describe(x)}{hint}"
            )


def _as_factors(factors: Any, count: int) -> list[float]:
    """The factors as a list of Python floats."""
    if factors is None:
        return [1.0] * count
    if np.ndim(factors) != 1 or len(factors) != count:
        raise ValueError(f"Losses: expected {count} factors, one for each loss, got {factors!r}")
    for factor in factors:
        if not isinstance(factor, numbers.Real) or not math.isfinite(factor):
            raise ValueError(f"Losses: expected factors that are finite numbers, got {factor!r}")
    return [float(factor) for factor in factors]
