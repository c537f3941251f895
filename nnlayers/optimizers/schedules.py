"""Learning rates that change: functions that make a function of the number of steps.

``nn.SGD(parameters, lr=nn.schedules.cosine(0.1, steps=1000))`` is all that is needed: the optimizer
counts its steps, and asks. Any function of a whole number does.
"""

import math
from dataclasses import dataclass

from nnlayers.core.checks import real_number, whole_number

__all__ = ["cosine"]


@dataclass(frozen=True)
class cosine:  # noqa: N801 (it is used as a function)
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

    lr: float
    steps: int
    warmup: int = 0
    end: float = 0.0

    def __post_init__(self) -> None:
        real_number(self.lr, "lr", "cosine")
        real_number(self.end, "end", "cosine")
        whole_number(self.warmup, "warmup", "cosine", least=0)
        whole_number(self.steps, "steps", "cosine", least=self.warmup + 1)

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return self.lr * step / self.warmup
        done = min(1.0, (step - self.warmup) / (self.steps - self.warmup))
        return self.end + (self.lr - self.end) * (1 + math.cos(math.pi * done)) / 2
