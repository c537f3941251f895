"""A fit as the health report knows it when it judges."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.placement import device_of_component, on_host
from nnlayers.core.structures import arrays_in
from nnlayers.core.sums import norm
from nnlayers.losses.base import Loss
from nnlayers.optimizers.base import Optimizer
from nnlayers.training.health.findings import Health
from nnlayers.training.health.guessing import Guess
from nnlayers.training.health.looks import Look, weights_of


@dataclass
class Run:
    """A fit: what was given, and what was measured."""

    model: Layer
    loss: Loss
    optimizer: Optimizer
    report: Health
    samples: int
    batch_size: int
    data: tuple[Any, Any]
    """All rows of x and y."""
    x: Any
    y: Any
    """Some rows of them."""
    is_first: bool
    """True if nothing was trained before."""
    weights: list[tuple[str, Parameter]] = field(init=False)
    """The weights that are trained when it begins, with their paths."""
    guess: Guess = field(default_factory=Guess)
    """The yardstick, from all data."""
    guess_here: Guess = field(default_factory=Guess)
    """The same from the rows that are looked at."""
    look: Look = field(default_factory=Look)
    """The last look; before the first step, the first one."""
    first_loss: float = np.nan
    last_loss: float = np.nan
    """The losses of the rows, predicted before the fit and now."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Those of the last epoch."""
    drift: float = np.nan
    """How far the weights moved during the fit, divided by their norm before."""
    growth: float = np.nan
    """The norm of the weights now, divided by that before."""
    ratio: float = 0.0
    """The largest update that was measured, divided by the weights."""
    unchanged: list[str] = field(default_factory=list)
    """The paths of parameters that are trained, but were not changed at all."""
    steps: int = 0
    epochs: int = 0
    """Those of this fit; the report also counts fits before."""

    def __post_init__(self) -> None:
        self.parts = self.model, self.loss
        self.weights = weights_of(self.model)
        self.fetched()

    def fetched(self) -> "Run":
        """Itself, with copies of the model and the loss as they are now, if they are on a device."""
        if device_of_component(self.parts[0]) != "numpy":
            self.model, self.loss = on_host(self.parts[0]), on_host(self.parts[1])
            parameters = dict(self.model.named_parameters())
            self.weights = [(path, parameters[path]) for path, _ in self.weights]
        return self

    @property
    def rows(self) -> int:
        """How many rows are looked at."""
        return len(next(array for _, array in arrays_in(self.x)))

    @property
    def scores(self) -> Array | None:
        """The predictions of the rows, one line of scores a position, if the task is classes.

        A single logit is the score of class 1, beside 0 for class 0.
        """
        prediction, labels = self.look.prediction, self.guess_here.labels
        if labels is None:
            return None
        if prediction.size == labels.size:
            return np.stack([np.zeros(prediction.size), prediction.reshape(-1)], axis=1)
        return prediction.reshape(-1, prediction.shape[-1])

    @property
    def has_dead_layer(self) -> bool:
        """True if all units of a layer are dead."""
        return 1.0 in self.look.dead.values()

    @property
    def last(self) -> float:
        """The training loss of the last epoch."""
        return self.report.losses[-1] if self.report.losses else np.nan

    def gradient_norm(self) -> float:
        """The norm of the gradient of the rows, from copies of the model and the loss."""
        model, loss = copy.deepcopy((self.model, self.loss))
        loss.forward(model.forward(model.convert_input(self.x)), self.y)
        model.backward_parameters(loss.backward())
        return norm([p.grad for p in model.parameters() if p.grad is not None and p.trainable])

    def is_far(self) -> bool:
        """True if the first predictions are far larger than any that the loss could want."""
        prediction = self.look.prediction
        if not isinstance(prediction, np.ndarray):
            return False
        if (shares := self.guess_here.shares) is not None:
            return not self.first_loss <= 5 * np.log(shares.size) + 5
        size = float(np.sqrt(np.mean(np.square(prediction, dtype=np.float64))))
        wanted = self.guess_here.size
        return not size <= (100.0 if np.isnan(wanted) else 30 * max(wanted, 1.0))

    def has_time(self) -> bool:
        """True if there were enough steps for something to be learned."""
        report = self.report
        steps, epochs = report.steps, report.epochs
        return (steps >= 100 and epochs >= 3) or steps >= 1000 or epochs >= 50

    def is_still(self) -> bool:
        """True if neither weights nor loss move, though there is something left to learn."""
        losses = self.report.losses
        if not self.has_time() or self.last <= 0.1 * self.guess.loss:
            return False
        same = len(losses) >= 3 and np.ptp(losses) <= 1e-4 * abs(self.last)
        return bool(self.drift < 1e-6 or (same and self.drift < 1e-4))

    def is_falling(self) -> bool:
        """True if the loss still falls, or is too noisy to say."""
        losses = self.report.losses
        if len(losses) < 3:
            return bool(self.first_loss - self.last_loss > 0.05 * self.guess.loss)
        half = losses[-1 - len(losses) // 2 :]
        fell = (half[0] - half[-1]) / self.guess.loss
        steadily = half == sorted(half, reverse=True)
        return half[-1] == min(losses) and (fell > 0.01 or (steadily and fell > 0.004))

    def share_of_noise(self) -> float:
        """The share of the loss of guessing that a linear fit to noise would gain: 0.2 to 2 %."""
        features = sum(array[:1].size for _, array in arrays_in(self.x))
        share = (features + 1) / self.samples
        if self.guess.shares is not None:
            share *= (self.guess.shares.size - 1) / (2 * self.guess.loss)
        return min(max(share, 0.002), 0.02)

    def is_stuck(self) -> bool:
        """True if the loss stays at that of guessing, or above, though there was time to learn."""
        if not self.guess.is_varied or not self.has_time():
            return False
        share = self.share_of_noise()
        if self.last < self.guess.less(share) or self.last_loss < self.guess_here.less(0.02):
            return False
        scores, labels = self.scores, self.guess_here.labels
        if scores is not None:
            hits = float((scores.argmax(axis=1) == labels).mean())
            if hits > self.guess_here.majority + 0.1:
                return False
        hopeless = self.has_dead_layer or self.last > 10 * self.guess.loss
        return hopeless or not self.is_falling()
