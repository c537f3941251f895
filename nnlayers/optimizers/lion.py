"""Steps of one size: the sign of a momentum."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.kernels import average
from nnlayers.optimizers.base import Optimizer, Rate
from nnlayers.optimizers.declaration import hyperparameter
from nnlayers.optimizers.words import WORDS_OF_ADAPTIVE

__all__ = ["Lion"]


class Lion(Optimizer):
    """Steps of one size, by the sign of a momentum: ``w -= lr * sign(beta_1 * m + (1 - beta_1) * g)``.

    Then ``m = beta_2 * m + (1 - beta_2) * g``, which begins at 0. Weight decay is decoupled, as in
    `AdamW`: ``lr * weight_decay * w`` is subtracted as well, and `Optimizer.penalty` is 0.

    Parameters
    ----------
    parameters, weight_decay, clip_norm, clip_value
        As for `Optimizer`; weight decay is decoupled.
    lr : float or function
        As for `Optimizer`. The paper takes a third to a tenth of that of `AdamW`, and a weight decay
        larger by the same factor.
    beta_1, beta_2 : float
        In [0, 1).

    Raises
    ------
    TypeError, ValueError
        As for `Optimizer`; a number out of its range.

    Notes
    -----
    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2.

    Examples
    --------
    >>> weight = nn.Parameter([1.0, 1.0])
    >>> optimizer = nn.Lion([weight], lr=0.5)
    >>> weight.add_grad([100.0, -0.01])
    >>> optimizer.step()
    >>> weight.value
    array([0.5, 1.5], dtype=float32)
    """

    decoupled = True
    other_words: ClassVar[Mapping[str, str]] = WORDS_OF_ADAPTIVE
    lr: Rate = hyperparameter(default=0.0001, kw_only=False)
    beta_1: float = hyperparameter(default=0.9, below=1.0)
    beta_2: float = hyperparameter(default=0.99, below=1.0)

    def update(self, value: Array, grad: Array, lr: float, mean: Array) -> None:
        scratch = np.multiply(grad, 1 - self.beta_1, out=np.empty_like(grad))
        scratch += self.beta_1 * mean
        value -= lr * np.sign(scratch)
        average(mean, grad, self.beta_2, scratch)
