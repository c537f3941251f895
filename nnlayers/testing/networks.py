"""check_network: the gradient of a whole objective, on your data."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter, clear_gradients
from nnlayers.core.saving import SavesForBackward
from nnlayers.core.state import State
from nnlayers.core.structures import as_arrays, each
from nnlayers.losses.base import Loss
from nnlayers.testing.contract import VALUE
from nnlayers.testing.culprits import find_culprit
from nnlayers.testing.plan import Case
from nnlayers.testing.report import LayerReport
from nnlayers.testing.run import check
from nnlayers.testing.shapes import Shapes
from nnlayers.testing.snapshots import perturb_parameters
from nnlayers.testing.subjects import Culprit, Subject
from nnlayers.testing.trials import Gradients, Trial, copied
from nnlayers.testing.value import Verdict

WHO = "check_network"
MANY_BLOCKS = 20  # each is then followed along one direction only


def check_network(
    model: Layer, loss: Loss, x: Any, y: Any, *, weight_decay: float = 0.0, seed: int | None = None
) -> LayerReport:
    """Check the gradient of a whole objective, loss plus L2 penalty, on your data.

    Parameters
    ----------
    model, loss : Layer, Loss
        They are not changed.
    x : array_like or tuple of arrays
        A small batch of inputs. Integers stay as they are.
    y : array_like or tuple of arrays
        The targets, in the form that the loss takes.
    weight_decay : float
        The weight decay of the optimizer: the penalty is ``weight_decay / 2 * sum ||W||²``.
    seed : int, optional
        The seed of the random directions.

    Returns
    -------
    LayerReport
        What was verified: every parameter (those of the loss as ``loss.path``), and the input. A
        NotVerifiedWarning names arrays whose gradients are zero on these data, which proves nothing.

    Raises
    ------
    GradientError
        A gradient is wrong. If a layer of a Sequential, or the loss, is wrong by itself, the message is
        about that one.

    Examples
    --------
    >>> from nnlayers.testing import check_network
    >>> model = nn.Sequential(nn.Dense(4, 3, rng=0), nn.ReLU(), nn.Dense(3, 2, rng=1))
    >>> x, y = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 1, 0, 1, 1])
    >>> report = check_network(model, nn.SoftmaxCrossEntropy(), x, y, weight_decay=0.1)
    >>> sorted(report.verified)
    ['input', 'layers.0.bias', 'layers.0.weight', 'layers.2.bias', 'layers.2.weight']
    """
    __tracebackhide__ = True
    subject = NetworkSubject(model, loss, x, y, weight_decay)
    return check(subject, seed, 0, VALUE, None)


class NetworkSubject(Subject):
    """A model, a loss, and data."""

    kind = "network"
    reproduce = "check_network(...)"

    def __init__(self, model: Layer, loss: Loss, x: Any, y: Any, weight_decay: float) -> None:
        given: tuple[object, object] = model, loss
        if isinstance(given[0], Loss) and isinstance(given[1], Layer):
            raise TypeError(
                f"{WHO}: expected the model before the loss, got {type(model).__name__} (a loss) and "
                f"{type(loss).__name__} (a layer): exchange them"
            )
        for thing, kind in zip(given, (Layer, Loss), strict=True):
            if not isinstance(thing, kind):
                raise TypeError(f"{WHO}: expected a {kind.__name__}, got {thing!r}")
        self.model, self.loss, self.y, self.weight_decay = model, loss, y, weight_decay
        self.name = type(model).__name__
        self.x = each(
            lambda array: array.astype(np.float64) if array.dtype.kind == "f" else array,
            as_arrays(x, WHO),
        )
        self.shapes = Shapes((), (), WHO)
        self.seed = 0

    def cases(self, seed: int) -> Iterator[Case]:
        self.seed = seed
        count = len([p for part in (self.model, self.loss) for p in part.parameters()])
        yield Case({}, each(np.shape, self.x), "as given", seed, large=count >= MANY_BLOCKS)

    def trial(self, case: Case) -> "NetworkTrial":
        """The network as it is; for another seed than the first, with its parameters perturbed."""
        objective = Objective(self.model, self.loss, self.y, self.weight_decay).astype(np.float64)
        if case.seed != self.seed:
            perturb_parameters(objective, np.random.default_rng([case.seed, 1]), ())
        return NetworkTrial(objective, case, self.x, self.name)

    def culprit(self, trial: Trial, block: str, verdict: Verdict) -> Culprit:
        assert isinstance(trial, NetworkTrial)
        copy = trial.new_copy()
        found = find_culprit(copy.model, copy.loss, trial.x, self.y, self.seed)
        return found or (self, trial, block, verdict)


class Objective(Layer):
    """The loss of a model's output plus the L2 penalty: a layer whose output is a number.

    Backward ignores its upstream gradient, which is 1.
    """

    def __init__(self, model: Layer, loss: Loss, y: Any, weight_decay: float) -> None:
        self.model, self.loss, self.y, self.weight_decay = model, loss, y, weight_decay
        of_model = model.named_parameters()
        known = {id(parameter) for _, parameter in of_model}
        of_loss = [(f"loss.{path}", p) for path, p in loss.named_parameters() if id(p) not in known]
        self.paths_of_parameters = [*of_model, *of_loss]

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """Those of the model by its own paths, those of the loss as ``loss.path``."""
        return self.paths_of_parameters

    def forward(self, x: Any) -> float:
        value = self.loss.forward(self.model.forward(x), copied(self.y))
        squares = sum(p.decay * float((p.value**2).sum()) for p in self._decayed())
        return value + self.weight_decay / 2 * squares

    def backward(self, grad: Any) -> Any:
        found = self.model.backward(self.loss.backward())
        for parameter in self._decayed():
            parameter.add_grad(self.weight_decay * parameter.decay * parameter.value)
        return found

    def _decayed(self) -> list[Parameter]:
        if not self.weight_decay:
            return []
        return [p for _, p in self.paths_of_parameters if p.decay and p.trainable]


class NetworkTrial(Trial):
    """A whole objective on some data."""

    kind = "network"
    holds_layers = True

    def __init__(self, objective: Objective, case: Case, x: Any, name: str) -> None:
        self.case, self.name = case, name
        self.paths = [path for path, _ in objective.named_parameters()]
        self.set(objective, x, np.random.default_rng(case.seed))

    def set(self, thing: Component, x: Any, rng: np.random.Generator) -> None:
        super().set(thing, x, rng)
        self._upstream = 1.0
        self.new_copy = self.fresh
        working_copy = WorkingCopy(self.new_copy())
        self.passes(working_copy())
        self.fresh: Callable[[], Any] = working_copy
        if self.forward(working_copy(), self.x) != self.output:  # something else changes in it
            self.fresh = self.new_copy

    def take_gradients(self, thing: Any, upstream: Any) -> Gradients:
        return {name: copied(found) for name, found in super().take_gradients(thing, upstream).items()}

    # What is asked for each of many blocks is computed once

    def value(self, block: str, z: Array) -> tuple[float, float]:
        return self._value_here if z is self.blocks[block] else super().value(block, z)

    def gradients(self, block: str = "", z: Array | None = None) -> Gradients:
        is_here = z is None or z is self.blocks[block]
        return self._gradients_here if is_here else super().gradients(block, z)

    @cached_property
    def _value_here(self) -> tuple[float, float]:
        return self.weigh(self.output)

    @cached_property
    def _gradients_here(self) -> Gradients:
        return super().gradients()


class WorkingCopy:
    """One copy for all passes, set back to what it was whenever it is asked for; a new one is slow."""

    def __init__(self, objective: Objective) -> None:
        parts = [part for _, part in objective.named_parts()]
        self.objective = objective
        self.states = [(part, part.value.copy()) for part in parts if isinstance(part, State)]
        self.parameters = [part for part in parts if isinstance(part, Parameter)]
        self.holders = [part for part in parts if isinstance(part, SavesForBackward)]
        self.generators = [
            (part, part.bit_generator.state) for part in parts if isinstance(part, np.random.Generator)
        ]

    def __call__(self) -> Objective:
        for state, value in self.states:
            state.value[...] = value
        for generator, state_of_bits in self.generators:
            generator.bit_generator.state = state_of_bits
        clear_gradients(self.parameters)
        for holder in self.holders:  # clear_saved() looks for them anew
            holder.drop_since(-1)
        return self.objective
