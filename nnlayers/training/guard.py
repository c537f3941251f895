"""The guard: no step is taken from a loss, or by an update, that is not finite."""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NoReturn

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.kernels import sum_of_squares
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.structures import arrays_in
from nnlayers.core.sums import at_least_float32, norm
from nnlayers.core.watch import watch
from nnlayers.losses.base import Loss
from nnlayers.optimizers.base import Optimizer

KEPT = "The weights are those before this batch."

QUIET_ALREADY = nullcontext()  # in place of quiet(), within it


def quiet() -> np.errstate:
    """No warnings on the way to a value that is not finite: a FloatingPointError will report it."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


SMALL, SMALL_SQUARE, SMALL_WEIGHT = 1e6, 1e24, 1e18
"""Below them, rates and factors, the squared norm of the gradients, and weights are far from
overflowing: products of them all stay below the largest float32."""
SMALL_IN_SQUARES, LARGEST_CHANGE = 1e12, 1e3
"""The same for weights where gradients are squared, decay included, and for their change by a step."""
HALF = 100.0
"""The same for numbers in float16."""


class Guard:
    """Watches a model, its loss and its optimizer while they train."""

    def __init__(self, model: Layer, loss: Loss, optimizer: Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        states = [state for part in (model, loss) for _, state in part.named_states()]
        self.statistics = [state for state in states if not isinstance(state, Parameter)]
        parts = [part for whole in (model, loss) for _, part in whole.named_parts()]
        self.generators = [part for part in parts if isinstance(part, np.random.Generator)]
        self._before: list[Array] = []
        self._random_before: list[Any] = []
        self._is_calm = False  # nothing is known yet of the weights and their factors
        self._decay_factor = 0.0
        trained = [parameter for parameter in optimizer.parameters if parameter.trainable]
        self.first = (trained or optimizer.parameters)[0]
        """The first parameter that is trained."""
        self._has_half = any(p.value.dtype.itemsize < 4 for p in optimizer.parameters)
        self._half_looks = self._measured = 0

    def remember(self) -> None:
        """Remember the running statistics and the random sources, before a batch moves them."""
        self._before = [state.value.copy() for state in self.statistics]
        self._random_before = [rng.bit_generator.state for rng in self.generators]

    def put_back(self) -> None:
        """Put the running statistics and the random sources back."""
        for state, before in zip(self.statistics, self._before, strict=True):
            state.value[...] = before
        for rng, random in zip(self.generators, self._random_before, strict=True):
            rng.bit_generator.state = random

    def refuse_loss(self, value: float, x: Any, who: str, advice: Callable[[], str]) -> NoReturn:
        """Raise FloatingPointError for a loss that is not finite, and say which layer it was.

        Running statistics and random sources, which have seen the batch, are put back.
        """
        self.put_back()
        where = self._first_not_finite(x)
        raise FloatingPointError(f"{who}: the loss is {value}: {where}. {KEPT} {advice()}")

    def check_updates(self, value: float, who: str, advice: Callable[[], str]) -> None:
        """Raise FloatingPointError if an update would not be finite; what a batch moved is put back."""
        parameter = self._first_broken()
        if parameter is not None:
            self.put_back()
            raise FloatingPointError(
                f"{who}: the loss is {value:.4g}, but the update of {parameter} is not finite. {KEPT} "
                f"{advice()}"
            )

    def _first_broken(self) -> Parameter | None:
        """A parameter that would not be finite after the step, or what is remembered of it.

        A copy of the optimizer takes the step, so that this holds for every method.
        """
        for parameter in self.optimizer.parameters:
            if parameter.grad is not None and not _is_finite(parameter.grad):
                return parameter
        twin = copy.deepcopy(self.optimizer)
        try:
            twin.step()
        except FloatingPointError:  # of squares that overflow
            return max(self.optimizer.parameters, key=lambda p: _largest(p.grad))
        memories = twin.state_dict()
        for index, after in enumerate(twin.parameters):
            names = [f"{index}.{name}" for name in twin.memory_names if f"{index}.{name}" in memories]
            if not _is_finite((after.value, *(memories[name] for name in names))):
                return self.optimizer.parameters[index]
        return None

    def measure(self) -> list[Array]:
        """What `is_small` has to know of parameters on a device, as numbers there.

        They are the squared norms of the gradients; when they are due, also those of the weights and of
        what is remembered of them, or the largest numbers in float16.
        """
        parameters = self.optimizer.parameters
        grads = [p.grad for p in parameters if p.grad is not None]
        found, self._measured = [_square(at_least_float32(array)) for array in grads], len(grads)
        if self._is_calm and not (self._has_half and self._half_looks % 8 == 7):
            return found
        arrays = [p.value for p in parameters] + self.optimizer.remembered()
        if self._has_half:
            return found + [np.max(np.abs(array)) for array in arrays + grads if array.size]
        return found + [_square(at_least_float32(array)) for array in arrays]

    def is_small(self, measured: Sequence[float] | None = None) -> bool:
        """True if no update can overflow, as nearly always: one pass over the gradients.

        Of parameters on a device, it is given what was measured.
        """
        optimizer, rest = self.optimizer, None
        if measured is None:
            square = sum_of_squares([p.grad for p in optimizer.parameters if p.grad is not None])
        else:
            square, rest = sum(measured[: self._measured]), measured[self._measured :]
        lr, decay = optimizer.lr, optimizer.weight_decay
        rate = lr if type(lr) is float else optimizer.rate
        # Decay shrinks a weight, unless its factor is so large that it overshoots.
        small = rate < SMALL > decay and rate * decay * self._decay_factor <= 1
        if optimizer.squares:  # they overflow sooner, but an update does not grow with the gradient
            small = small and rate <= 1 >= decay and optimizer.largest_change < LARGEST_CHANGE
        if self._has_half:
            return (
                small and rate <= 1 and decay < HALF > square**0.5 and self._looks_small_for_half(rest)
            )
        self._is_calm = small and square < SMALL_SQUARE and (self._is_calm or self._looks_calm(rest))
        return self._is_calm

    def norm(self, measured: Sequence[float]) -> float | None:
        """The norm of the gradients that were measured, if the optimizer would compute that one."""
        optimizer = self.optimizer
        is_usual = type(optimizer).gradient_norm is Optimizer.gradient_norm
        if not is_usual or any(p.grad is not None and not p.trainable for p in optimizer.parameters):
            return None
        square = sum(measured[: self._measured])
        return math.sqrt(square) if math.isfinite(square) else None

    def _looks_small_for_half(self, largest: Sequence[float] | None) -> bool:
        """True if float16 holds all numbers of the next few steps; they are looked at every 8 steps.

        With numbers and gradients below 100, and rates of at most 1, a momentum stays below 900 until
        then, and a weight below 7,300.
        """
        self._half_looks += 1
        if self._is_calm and self._half_looks % 8:
            return True
        optimizer, parameters = self.optimizer, self.optimizer.parameters
        self._decay_factor = max(p.lr_factor * p.decay for p in parameters)
        self._is_calm = (
            optimizer.rate * optimizer.weight_decay * self._decay_factor <= 1
            and all(max(p.lr_factor, p.decay) <= 1 for p in parameters)
            and all(self._are_below(HALF) if largest is None else [x < HALF for x in largest])
        )
        return self._is_calm

    def _are_below(self, limit: float) -> Iterator[bool]:
        """Whether each array of weights, gradients, and what is remembered is below a limit."""
        for parameter in self.optimizer.parameters:
            yield _is_below(parameter.value, limit)
            yield _is_below(parameter.grad, limit)
        for array in self.optimizer.remembered():
            yield _is_below(array, limit)

    def _looks_calm(self, squares: Sequence[float] | None) -> bool:
        """True if weights, what is remembered of them, and their factors are far from overflowing."""
        optimizer, parameters = self.optimizer, self.optimizer.parameters
        self._decay_factor = max(p.lr_factor * p.decay for p in parameters)
        arrays = [p.value for p in parameters] + optimizer.remembered()
        size = norm(arrays) if squares is None else math.sqrt(sum(squares))
        factor, weight = (1e3, SMALL_IN_SQUARES) if optimizer.squares else (SMALL, SMALL_WEIGHT)
        return (
            optimizer.rate * optimizer.weight_decay * self._decay_factor <= 1
            and all(np.finfo(p.value.dtype).max > SMALL_WEIGHT**2 for p in parameters)
            and all(max(p.lr_factor, p.decay) < factor for p in parameters)
            and size < weight
        )

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


def _square(array: Array) -> Array:
    """The squared norm, a number where the array is."""
    flat = array.reshape(-1)
    square: Array = flat.dot(flat)
    return square


def _largest(array: Array | None) -> float:
    return 0.0 if array is None or not array.size else float(np.abs(array).max())


def _is_below(array: Array | None, limit: float) -> bool:
    return array is None or -limit < array.min(initial=0) <= array.max(initial=0) < limit


def _is_finite(x: Any) -> bool:
    return all(np.isfinite(array).all() for _, array in arrays_in(x) if array.dtype.kind == "f")
