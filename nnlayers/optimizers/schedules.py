"""Learning rates that change: functions that make a function of the number of steps.

``nn.SGD(parameters, lr=nn.schedules.cosine(0.1, steps=1000))`` is all that is needed: the optimizer
counts its steps, and asks. Any function of a whole number does.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnlayers.core.answers.constructor import ChecksConstructor
from nnlayers.core.answers.names import answer_other_names
from nnlayers.core.checks import real_number, whole_number

__all__ = ["cosine", "exponential", "linear", "one_cycle", "staircase"]

if not TYPE_CHECKING:
    __getattr__ = answer_other_names(__name__, __all__)


@dataclass(frozen=True)
class _WarmUp(ChecksConstructor):
    """A linear warm-up from 0 to ``lr``, and then a way from there to ``end``."""

    lr: float
    steps: int
    warmup: int = 0
    end: float = 0.0

    def __post_init__(self) -> None:
        who = type(self).__name__
        lr, end = real_number(self.lr, "lr", who), real_number(self.end, "end", who)
        warmup = whole_number(self.warmup, "warmup", who, least=0)
        steps = whole_number(self.steps, "steps", who, least=warmup + 1)
        vars(self).update(lr=lr, steps=steps, warmup=warmup, end=end)  # since it is frozen

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return self.lr * step / self.warmup
        left = 1 - min(1.0, (step - self.warmup) / (self.steps - self.warmup))
        return self.end + (self.lr - self.end) * self._share(left)

    def _share(self, left: float) -> float:
        """The share of the way that is left, as a function of the share of the steps."""
        raise NotImplementedError


class cosine(_WarmUp):  # noqa: N801 (it is used as a function)
    """A cosine from ``lr`` down to ``end``, after a linear warm-up from 0.

    It is ``lr * t / warmup`` at the step ``t`` below ``warmup``, then
    ``end + (lr - end) (1 + cos(pi (t - warmup) / (steps - warmup))) / 2``, and ``end`` after ``steps``.

    Parameters
    ----------
    lr : float
        The largest learning rate.
    steps : int
        The number of steps until ``end`` is reached, with those of the warm-up.
    warmup : int
        The number of steps of the warm-up.
    end : float
        The last learning rate.

    Raises
    ------
    ValueError, TypeError
        A number is out of its range, or the warm-up is not shorter than all steps.

    Notes
    -----
    Source: Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.

    Examples
    --------
    >>> lr = nn.schedules.cosine(0.1, steps=100, warmup=10)
    >>> [round(lr(step), 6) for step in (0, 5, 10, 55, 100)]
    [0.0, 0.05, 0.1, 0.05, 0.0]
    """

    def _share(self, left: float) -> float:
        return (1 - math.cos(math.pi * left)) / 2


class linear(_WarmUp):  # noqa: N801
    """A straight line from ``lr`` to ``end``, after a linear warm-up from 0.

    It is ``lr * t / warmup`` at the step ``t`` below ``warmup``, then
    ``lr + (end - lr) (t - warmup) / (steps - warmup)``, and ``end`` after ``steps``.

    Parameters
    ----------
    lr : float
        The learning rate after the warm-up. For a warm-up and nothing else, give the same ``end``.
    steps : int
        The number of steps until ``end`` is reached, with those of the warm-up.
    warmup : int
        The number of steps of the warm-up.
    end : float
        The last learning rate.

    Raises
    ------
    ValueError, TypeError
        A number is out of its range, or the warm-up is not shorter than all steps.

    Examples
    --------
    >>> lr = nn.schedules.linear(0.1, steps=100, warmup=10)
    >>> [round(lr(step), 6) for step in (0, 5, 10, 55, 100)]
    [0.0, 0.05, 0.1, 0.05, 0.0]
    """

    def _share(self, left: float) -> float:
        return left


@dataclass(frozen=True)
class _Decay(ChecksConstructor):
    """A learning rate that is multiplied by ``factor`` in every ``every`` steps."""

    lr: float
    factor: float
    every: int = 1

    def __post_init__(self) -> None:
        who = type(self).__name__
        factor = real_number(self.factor, "factor", who)
        if not 0 < factor <= 1:
            raise ValueError(f"{who}: factor must be in (0, 1], got {self.factor!r}")
        lr, every = real_number(self.lr, "lr", who), whole_number(self.every, "every", who)
        vars(self).update(lr=lr, factor=factor, every=every)


class staircase(_Decay):  # noqa: N801
    """A learning rate that falls like a staircase: ``lr * factor^floor(t / every)`` at the step ``t``.

    Parameters
    ----------
    lr : float
        The first learning rate.
    factor : float
        What it is multiplied by at each drop, in (0, 1].
    every : int
        The number of steps between drops. For 10 epochs, it is ``10 * len(nn.batches(x, y))``.

    Raises
    ------
    ValueError, TypeError
        A number is out of its range.

    Examples
    --------
    >>> lr = nn.schedules.staircase(1.0, factor=0.5, every=10)
    >>> [lr(step) for step in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """

    def __call__(self, step: int) -> float:
        return self.lr * self.factor ** (step // self.every)


class exponential(_Decay):  # noqa: N801
    """A learning rate that falls by the same share at every step: ``lr * factor^(t / every)``.

    Parameters
    ----------
    lr : float
        The first learning rate.
    factor : float
        What it is multiplied by in the course of ``every`` steps, in (0, 1].
    every : int
        A number of steps.

    Raises
    ------
    ValueError, TypeError
        A number is out of its range.

    Examples
    --------
    >>> lr = nn.schedules.exponential(1.0, factor=0.25, every=10)
    >>> [lr(step) for step in (0, 5, 10, 20)]
    [1.0, 0.5, 0.25, 0.0625]
    """

    def __call__(self, step: int) -> float:
        return self.lr * self.factor ** (step / self.every)


@dataclass(frozen=True)
class one_cycle(ChecksConstructor):  # noqa: N801
    """A rise to ``lr`` along half a cosine, then a fall along another one, to far below the start.

    With ``up(s) = (1 - cos(pi s)) / 2``, it rises from ``start * lr`` to ``lr`` until the step
    ``p = rise * steps - 1``, as ``up(t / p)``, and falls from there to ``end * lr`` at the step
    ``steps - 1``, where it stays.

    Parameters
    ----------
    lr : float
        The largest learning rate.
    steps : int
        The number of steps of the cycle, at least 2.
    rise : float
        The share of the steps in which it rises, in [0, 1).
    start : float
        The first learning rate, as a share of ``lr``.
    end : float
        The last learning rate, as a share of ``lr``.

    Raises
    ------
    ValueError, TypeError
        A number is out of its range.

    Notes
    -----
    Source: Smith, Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning
    Rates", 2018. Formula and defaults are those of ``torch.optim.lr_scheduler.OneCycleLR``, with
    ``start = 1 / div_factor`` and ``end = start / final_div_factor``. The momentum stays as it is.

    Examples
    --------
    >>> lr = nn.schedules.one_cycle(0.1, steps=100)
    >>> [round(lr(step), 6) for step in (0, 29, 64, 99)]
    [0.004, 0.1, 0.05, 0.0]
    """

    lr: float
    steps: int
    rise: float = 0.3
    start: float = 1 / 25
    end: float = 1 / 250_000

    def __post_init__(self) -> None:
        who, own = "one_cycle", vars(self)
        own.update({name: real_number(own[name], name, who) for name in ("lr", "start", "end")})
        own["rise"] = real_number(self.rise, "rise", who, below=1.0)
        own["steps"] = whole_number(self.steps, "steps", who, least=2)

    def __call__(self, step: int) -> float:
        peak, last = max(0.0, self.rise * self.steps - 1), self.steps - 1
        if step < peak:
            far, share = self.start, (peak - step) / peak
        else:
            far, share = self.end, min(1.0, (step - peak) / (last - peak))
        return self.lr * (1 + (far - 1) * (1 - math.cos(math.pi * share)) / 2)
