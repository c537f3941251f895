"""The guard: no step is taken from a loss, or by an update, that is not finite."""

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NoReturn

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.structures import arrays_in
from nnlayers.core.watch import watch
from nnlayers.optimizers.base import Optimizer

KEPT = "The weights are those before this batch."

QUIET_ALREADY = nullcontext()  # in place of quiet(), within it


def quiet() -> np.errstate:
    """No warnings on the way to a value that is not finite: a FloatingPointError will report it."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


class Guard:
    """Watches a model and its optimizer while they train."""

    def __init__(self, model: Layer, optimizer: Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        states = [state for _, state in model.named_states()]
        self.statistics = [state for state in states if not isinstance(state, Parameter)]
        self._before: list[Array] = []
        # Updates of this norm are far from overflowing, with lr_factors much larger than 1 too.
        largest = min(float(np.finfo(p.value.dtype).max) for p in optimizer.parameters)
        self._safe_square = largest ** (2 / 3)

    def watches(self, model: Layer, optimizer: Optimizer) -> bool:
        """True if these are the model and the optimizer that it watches."""
        return self.model is model and self.optimizer is optimizer

    def remember_statistics(self) -> None:
        """Copy the running statistics, before a batch moves them."""
        self._before = [state.value.copy() for state in self.statistics]

    def _put_back(self) -> None:
        for state, before in zip(self.statistics, self._before, strict=True):
            state.value[...] = before

    def refuse_loss(self, value: float, x: Any, who: str, advice: Callable[[], str]) -> NoReturn:
        """Raise FloatingPointError for a loss that is not finite, and say which layer it was.

        Running statistics, which have seen the batch, are put back.
        """
        self._put_back()
        where = self._first_not_finite(x)
        raise FloatingPointError(f"{who}: the loss is {value}: {where}. {KEPT} {advice()}")

    def check_updates(self, value: float, who: str, advice: Callable[[], str]) -> None:
        """Raise FloatingPointError if an update would not be finite; statistics are put back."""
        for parameter in self.optimizer.parameters:
            if parameter.grad is not None and not self._is_sound(parameter, parameter.grad):
                self._put_back()
                raise FloatingPointError(
                    f"{who}: the loss is {value:.4g}, but the update of {parameter} is not finite. "
                    f"{KEPT} {advice()}"
                )

    def is_small(self) -> bool:
        """True if no update can overflow, as nearly always: one pass over the gradients."""
        optimizer, vdot, square = self.optimizer, np.vdot, 0.0
        for parameter in optimizer.parameters:
            if (grad := parameter.grad) is not None:
                square += float(vdot(grad, grad))
        rate = optimizer.rate
        return rate * rate * square < self._safe_square and rate * optimizer.weight_decay <= 1

    def _is_sound(self, parameter: Parameter, grad: Array) -> bool:
        """True if the update of one parameter is finite."""
        lr, value = self.optimizer.rate * parameter.lr_factor, parameter.value
        largest = float(np.abs(grad).max())
        if math.isfinite(largest):
            largest = min(largest, self.optimizer.clip_norm)
        # Decay shrinks a weight, unless its factor is so large that it overshoots.
        decay = lr * self.optimizer.weight_decay * parameter.decay
        growth = decay if decay > 1 else 0.0
        update = lr * largest + (1 + growth) * float(np.abs(value).max())
        return update < float(np.finfo(value.dtype).max)

    def _first_not_finite(self, x: Any) -> str:
        """In words, where a copy of the model, run forward again, stops being finite."""
        x = self.model.convert_input(x)
        if not _is_finite(x):
            return f"the input is not finite (in {next(array for _, array in arrays_in(x)).dtype})"

        def see(path: str, layer: Component, y: Any) -> None:
            if not _is_finite(y):
                raise _Found(path, layer)

        try:
            watch(self.model, "forward", x, see)
        except _Found as found:
            path, layer = found.args
            return f"the first output that is not finite is that of {path or 'the model'}, {layer!r}"
        except Exception as error:  # the model could not be copied, or run again
            return f"which layer it was could not be found ({type(error).__name__}: {error})"
        return "run again, the output of every layer is finite"


class _Found(Exception):  # noqa: N818 (it ends a search)
    """The layer that was looked for."""


def _is_finite(x: Any) -> bool:
    return all(np.isfinite(array).all() for _, array in arrays_in(x) if array.dtype.kind == "f")
