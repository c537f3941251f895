"""The learning-rate finder: a trial run with a rate that rises from step to step."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array, RandomSource, real_number, whole_number
from nnlayers.core.markup import html_picture
from nnlayers.data.minibatches import Batches
from nnlayers.plots.chart import Chart
from nnlayers.plots.rates import learning_rate_curve
from nnlayers.training.callbacks.base import Callback
from nnlayers.training.trainer import Trainer
from nnlayers.training.validation import is_plain_iterator

__all__ = ["LearningRateCurve", "find_learning_rate"]

WINDOW = 5  # losses whose mean is taken
FEWEST = 10


@dataclass(frozen=True, eq=False)
class LearningRateCurve:
    """The loss against the learning rate, as `find_learning_rate` measured it.

    Examples
    --------
    >>> rates = np.geomspace(1e-3, 10, 30)
    >>> curve = nn.LearningRateCurve(rates, (np.log10(rates) + 0.5) ** 2 + 1, diverged=True)
    >>> curve
    LearningRateCurve(30 steps, suggestion=0.0304)
    >>> curve.plot().save("rates.png")
    >>> nn.LearningRateCurve(rates[:2], np.array([2.0, 9.0]), diverged=True)
    LearningRateCurve(2 steps, no suggestion: there are fewer than 10 losses)
    """

    rates: Array
    """The learning rate of each step, rising."""
    losses: Array
    """The loss of each step's batch, before the update."""
    diverged: bool
    """True if the loss blew up before the largest rate."""

    @property
    def smoothed(self) -> Array:
        """The mean of each loss and the two on either side."""
        ones, half = np.ones(len(self.losses)), np.ones(WINDOW)
        return np.convolve(self.losses, half)[2:-2] / np.convolve(ones, half)[2:-2]

    @property
    def suggestion(self) -> float | None:
        """A tenth of the rate at which the smoothed loss is least; None if there is no such rate."""
        return None if self.reason else float(self.rates[self.smoothed.argmin()] / 10)

    @property
    def reason(self) -> str:
        """Why there is no suggestion; empty if there is one."""
        if len(self.losses) < FEWEST:
            return f"there are fewer than {FEWEST} losses"
        least = self.smoothed.min()
        if least >= self.losses[: len(self.losses) // FEWEST + 1].min():
            return "the loss did not fall at any rate"
        if not self.diverged and self.smoothed.argmin() >= len(self.losses) - WINDOW:
            return f"the loss still fell at the largest rate, {self.rates[-1]:.3g}: raise `largest`"
        return ""

    def plot(self, ax: Any = None) -> Chart:
        """Draw it; see `nnlayers.plots.learning_rate_curve`."""
        return learning_rate_curve(self, ax=ax)

    def _repr_html_(self) -> str:
        return html_picture(self.plot().figure_, repr(self))

    def __repr__(self) -> str:
        found = f"no suggestion: {self.reason}" if self.reason else f"suggestion={self.suggestion:.3g}"
        return f"{type(self).__name__}({len(self.losses)} steps, {found})"


@answers_other_arguments()
def find_learning_rate(
    trainer: Trainer,
    x: Any,
    y: Any = None,
    *,
    least: float = 1e-6,
    largest: float = 10.0,
    steps: int = 100,
    batch_size: int | None = None,
    sample_weight: Any = None,
    rng: RandomSource = None,
) -> LearningRateCurve:
    """Try learning rates: the rate rises from step to step, until the loss blows up.

    Step ``i`` of ``n`` has the rate ``least * (largest / least) ** (i / (n - 1))``. The trial ends
    early if a loss or a gradient is not finite, or if the mean of five losses has risen above its
    least value by three times the first one. It is a run of a copy (``copy.deepcopy``): the
    trainer, with all that a subclass has added to it, and all Generators stay as they are, however it
    ends.

    Parameters
    ----------
    trainer : Trainer
        What would be trained; its ``step`` is called.
    x, y, batch_size, sample_weight, rng
        As for `Trainer.fit`; the data are gone through as often as the steps need it.
    least, largest : float
        The first learning rate and the last one.
    steps : int
        How many rates are tried, at least 10.

    Returns
    -------
    LearningRateCurve
        With a ``suggestion`` and a ``plot``.

    Raises
    ------
    TypeError, ValueError
        An argument or the data are wrong.
    FloatingPointError
        The very first loss or gradient is not finite.

    Notes
    -----
    Source: Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017 (section 3.3).

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=1.0))
    >>> curve = nn.find_learning_rate(trainer, x, y, rng=0)
    >>> 0.01 < curve.suggestion < 1
    True
    >>> trainer.optimizer.lr = curve.suggestion
    """
    who = "find_learning_rate"
    least, largest = real_number(least, "least", who), real_number(largest, "largest", who)
    if not 0 < least < largest:
        raise ValueError(f"{who}: expected 0 < least < largest, got {least:g} and {largest:g}")
    steps = whole_number(steps, "steps", who, least=FEWEST)
    if not isinstance(trainer, Trainer):
        raise TypeError(f"{who}: expected a Trainer, got {trainer!r}")
    if y is None and is_plain_iterator(x):
        raise ValueError(
            f"{who}: {type(x).__name__} can be read only once, and several epochs may be needed: "
            "give a list, an object whose __iter__ begins anew, or the function that makes it"
        )
    rates = np.geomspace(least, largest, steps)
    order = x.rng if isinstance(x, Batches) else None
    trial, rng, order = copy.deepcopy((trainer, rng, order))  # with all that a subclass has added
    model, loss, optimizer = trial.model, trial.loss, trial.optimizer
    if isinstance(x, Batches):
        x = Batches(x.arrays, x.batch_size, x.shuffle, order, x.device)
    first = optimizer.steps
    optimizer.lr = lambda step: float(rates[np.clip(step - first, 0, steps - 1)])
    Trainer.__init__(trial, model, loss, optimizer, metrics=[])
    watch = _Watch(steps)
    try:
        trial.fit(
            x,
            y,
            epochs=steps,  # of one step each, at least
            batch_size=batch_size,
            sample_weight=sample_weight,
            callbacks=[watch],
            rng=rng,
            progress=False,
            health=False,
        )
    except FloatingPointError:
        if not watch.losses:
            raise
        watch.diverged = True
    if trial.interrupted:
        raise KeyboardInterrupt
    return LearningRateCurve(rates[: len(watch.losses)], np.array(watch.losses), watch.diverged)


class _Watch(Callback):
    """Takes down the losses, and ends the fit after so many steps, or when they blow up."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.losses: list[float] = []
        self.diverged = False
        self._first = self._least = np.inf

    def after_step(self, trainer: Trainer) -> None:
        self.losses.append(trainer.place.loss)
        if len(self.losses) >= WINDOW:
            mean = float(np.mean(self.losses[-WINDOW:]))
            if len(self.losses) == WINDOW:
                self._first = abs(mean)
            self._least = min(self._least, mean)
            self.diverged = mean > self._least + 3 * self._first
        if self.diverged or len(self.losses) == self.steps:
            trainer.stop()
