"""A moving average of the weights."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, real_number
from nnlayers.core.devices import beside, device_of, host_copy, mover, to_host
from nnlayers.core.parameter import Parameter
from nnlayers.optimizers.memory import memory_dtype
from nnlayers.training.callbacks.base import Callback

__all__ = ["MovingAverage"]


class MovingAverage(Callback):
    """Keep a moving average of the weights: ``a = decay * a + (1 - decay) * w`` after each step.

    Figures of the validation data are measured with the average, and the model has it when the fit
    ends. Training itself goes on with the weights. States, such as running statistics, are those of
    the model. The average is computed in float32 at least: float16 would round small changes away.

    Parameters
    ----------
    decay : float
        At least 0 and below 1. In the first steps it is smaller, ``(1 + t) / (10 + t)`` after t steps,
        so that the first weights are soon forgotten.

    Raises
    ------
    TypeError, ValueError
        ``decay`` is not a number in [0, 1); when the fit begins, if there is another moving average.

    Notes
    -----
    Source: Polyak, Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control
    Optim. 30, 1992.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> average = nn.MovingAverage(0.99)
    >>> history = trainer.fit(x, y, epochs=2, rng=0, progress=False, callbacks=[average])
    >>> average.steps == trainer.optimizer.steps
    True
    """

    def __init__(self, decay: float = 0.999) -> None:
        self.decay = real_number(decay, "decay", "MovingAverage", below=1.0)
        self.steps = 0
        """The steps of the fit so far."""
        self._values: dict[str, Any] = {}  # read from a file
        self._model: Any = None
        self._averages: dict[str, Array] = {}
        """Of each parameter, in float32 at least: in float16 small changes would be rounded away."""
        self._states: list[tuple[str, Any, Any]] = []

    def start(self, trainer: Any) -> None:
        if trainer.evaluated_model is not trainer.model:
            raise ValueError(
                "MovingAverage: expected one callback that sets trainer.evaluated_model, got several: "
                "give one MovingAverage"
            )
        self._model = copy.deepcopy(trainer.model)
        if self._values:
            self._model.load_state_dict(self._values)
        else:
            self.steps = 0
        states = zip(self._model.named_states(), trainer.model.named_states(), strict=True)
        self._states = [(path, mine, theirs) for (path, mine), (_, theirs) in states]
        self._averages = {
            path: beside(
                np.array(to_host(self._values.get(path, mine.value)), memory_dtype(mine.value)),
                mine.value,
            )
            for path, mine, _ in self._states
            if isinstance(mine, Parameter)
        }
        self._values = {}
        trainer.evaluated_model = self._model

    def after_step(self, trainer: Any) -> None:
        self.steps += 1
        self._follow(device_of(self._states[0][2].value))
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for path, mine, theirs in self._states:
            average = self._averages.get(path)
            if average is not None:
                average += (1 - decay) * (theirs.value - average)
            mine.value[...] = theirs.value if average is None else average

    def _follow(self, device: str) -> None:
        """Move the averages to where the model is now."""
        if device_of(self._states[0][1].value) != device:
            move = mover(device, "MovingAverage")
            self._model.to(device)
            self._averages = {path: move(average) for path, average in self._averages.items()}

    def finish(self, trainer: Any) -> None:
        if trainer.failure is None:
            trainer.model.load_state_dict(self._model.state_dict())

    def state_dict(self) -> dict[str, Any]:
        has_begun = self._model is not None and not self._values
        if not has_begun:
            return {"steps": self.steps, "values": self._values}
        averages = {path: host_copy(average) for path, average in self._averages.items()}
        return {"steps": self.steps, "values": self._model.state_dict() | averages}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.steps, self._values = state["steps"], dict(state["values"])
