"""Methods that divide each number of an update by the root of its squared gradients."""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.kernels import adam, average, divide_by_root, squared
from nnlayers.core.sums import nan_for_overflow
from nnlayers.optimizers.base import Optimizer, Rate
from nnlayers.optimizers.declaration import hyperparameter
from nnlayers.optimizers.words import WORDS_OF_ADAPTIVE

__all__ = ["Adagrad", "Adam", "AdamW", "RMSProp"]

LEAST = 1e-18
"""The smallest epsilon: in float32, gradients whose squares are finite are finite divided by it."""


class Adaptive(Optimizer):
    """Base of the methods that divide by the root of squared gradients."""

    squares = ("square",)
    other_words: ClassVar[Mapping[str, str]] = WORDS_OF_ADAPTIVE


class Adam(Adaptive):
    """Momentum over the root of the mean square: ``w -= lr * m / (sqrt(v) + epsilon)``.

    ``m`` and ``v`` are running means of the gradient, with weight decay, and of its square:
    ``m = beta_1 * m + (1 - beta_1) * g``, ``v = beta_2 * v + (1 - beta_2) * g²``. Both begin at 0,
    which is corrected for: in the update, after t steps, they are divided by ``1 - beta_1^t`` and
    ``1 - beta_2^t``. What is remembered of ``m`` is ``velocity = m / (1 - beta_1)``, as in `SGD`.

    Parameters
    ----------
    parameters, lr, weight_decay, clip_norm, clip_value
        As for `Optimizer`. Weight decay is added to the gradient, and scaled with it: see `AdamW`.
    beta_1, beta_2 : float
        In [0, 1).
    epsilon : float
        At least 1e-18. It is added to the root, after the correction.

    Raises
    ------
    TypeError, ValueError
        As for `Optimizer`; a number out of its range.

    Notes
    -----
    Source: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1. Formula
    and defaults are those of ``torch.optim.Adam``.

    Examples
    --------
    >>> weight = nn.Parameter([1.0, 1.0])
    >>> optimizer = nn.Adam([weight], lr=0.5)
    >>> weight.add_grad([100.0, -0.01])
    >>> optimizer.step()  # in the first step, only the sign counts
    >>> weight.value.round(5)
    array([0.5, 1.5], dtype=float32)
    """

    lr: Rate = hyperparameter(default=0.001, kw_only=False)
    beta_1: float = hyperparameter(default=0.9, below=1.0)
    beta_2: float = hyperparameter(default=0.999, below=1.0)
    epsilon: float = hyperparameter(default=1e-8, least=LEAST)

    def update(
        self,
        value: Array,
        grad: Array,
        lr: float,
        steps: int,
        velocity: Array,
        square: Array,
        decay: float = 0.0,
    ) -> None:
        betas, shrinkage = (self.beta_1, self.beta_2), 0.0
        if self.decoupled:
            decay, shrinkage = 0.0, lr * decay
        adam(value, grad, velocity, square, lr, decay, shrinkage, *betas, self.epsilon, steps)

    @property
    def largest_change(self) -> float:
        share = self.beta_1**2 / self.beta_2 if self.beta_2 else math.inf
        return 1 / math.sqrt((1 - self.beta_2) * (1 - share)) if share < 1 else math.inf


class AdamW(Adam):
    """Adam with decoupled weight decay: ``w -= lr * weight_decay * w``, beside Adam's update.

    The decay shrinks the weights apart from the gradient, whose size it does not change. It is not the
    gradient of a term of the objective, so `Optimizer.penalty` is 0.

    Parameters
    ----------
    parameters, lr, clip_norm, clip_value, beta_1, beta_2, epsilon
        As for `Adam`.
    weight_decay : float
        At least 0, times the parameter's own factor, `Parameter.decay`.

    Raises
    ------
    TypeError, ValueError
        As for `Adam`.

    Notes
    -----
    Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", ICLR 2019. Formula and
    defaults are those of ``torch.optim.AdamW``, which also decays biases.

    Examples
    --------
    >>> weight = nn.Parameter([2.0])
    >>> optimizer = nn.AdamW([weight], lr=0.5, weight_decay=0.25)
    >>> optimizer.penalty()
    0.0
    >>> weight.add_grad([1.0])
    >>> optimizer.step()  # 2 - 0.5 * 0.25 * 2 - 0.5
    >>> weight.value
    array([1.25], dtype=float32)
    """

    decoupled = True
    weight_decay: float = hyperparameter(default=0.01)


class RMSProp(Adaptive):
    """The gradient over the root of its mean square: ``v = momentum * v + g / (sqrt(s) + epsilon)``.

    Then ``w -= lr * v``. ``s = rho * s + (1 - rho) * g²`` is a running mean, ``g`` the gradient with
    weight decay; ``s`` and ``v`` begin at 0.

    Parameters
    ----------
    parameters, lr, weight_decay, clip_norm, clip_value
        As for `Optimizer`.
    rho : float
        In [0, 1).
    momentum : float
        In [0, 1).
    epsilon : float
        At least 1e-18. It is added to the root.

    Raises
    ------
    TypeError, ValueError
        As for `Optimizer`; a number out of its range.

    Notes
    -----
    Source: Tieleman, Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, 2012.
    Formula and defaults are those of ``torch.optim.RMSprop``, where ``rho`` is ``alpha``.

    Examples
    --------
    >>> weight = nn.Parameter([1.0])
    >>> optimizer = nn.RMSProp([weight], lr=0.5, rho=0.75)
    >>> weight.add_grad([100.0])
    >>> optimizer.step()  # 1 - 0.5 / sqrt(1 - 0.75)
    >>> weight.value
    array([0.], dtype=float32)
    """

    lr: Rate = hyperparameter(default=0.01, kw_only=False)
    rho: float = hyperparameter(default=0.99, below=1.0)
    momentum: float = hyperparameter(default=0.0, below=1.0)
    epsilon: float = hyperparameter(default=1e-8, least=LEAST)

    def update(self, value: Array, grad: Array, lr: float, square: Array, velocity: Array) -> None:
        scratch = squared(grad)
        average(square, scratch, self.rho, scratch)
        divide_by_root(grad, square, self.epsilon, out=scratch)
        if self.momentum:
            velocity *= self.momentum
            velocity += scratch
            scratch[...] = velocity
        scratch *= lr
        value -= scratch

    @property
    def largest_change(self) -> float:
        return 1 / math.sqrt(1 - self.rho) / (1 - self.momentum)


class Adagrad(Adaptive):
    """The gradient over the root of the sum of its squares: ``w -= lr * g / (sqrt(s) + epsilon)``.

    ``s = s + g²`` begins at 0; ``g`` is the gradient with weight decay.

    Parameters
    ----------
    parameters, lr, weight_decay, clip_norm, clip_value
        As for `Optimizer`.
    epsilon : float
        At least 1e-18. It is added to the root.

    Raises
    ------
    TypeError, ValueError
        As for `Optimizer`; a number out of its range.

    Notes
    -----
    Source: Duchi, Hazan, Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", JMLR 12, 2011. Formula and defaults are those of ``torch.optim.Adagrad``; its
    ``lr_decay=d`` is ``lr=lambda step: 0.01 / (1 + d * step)``.

    Examples
    --------
    >>> weight = nn.Parameter([1.0])
    >>> optimizer = nn.Adagrad([weight], lr=0.5)
    >>> for gradient in (3.0, 4.0):
    ...     weight.add_grad([gradient])
    ...     optimizer.step()
    >>> weight.value.round(5)  # 1 - 0.5 * 3 / 3 - 0.5 * 4 / 5
    array([0.1], dtype=float32)
    """

    lr: Rate = hyperparameter(default=0.01, kw_only=False)
    epsilon: float = hyperparameter(default=1e-10, least=LEAST)

    def update(self, value: Array, grad: Array, lr: float, square: Array) -> None:
        scratch = squared(grad)
        with np.errstate(over="raise"):
            scratch += square
        square[...] = nan_for_overflow(scratch)
        divide_by_root(grad, square, self.epsilon, out=scratch)
        scratch *= lr
        value -= scratch

    @property
    def largest_change(self) -> float:
        return 1.0
