"""Dropout."""

import math

import numpy as np

from nnlayers.core.checks import (
    Array,
    RandomSource,
    check_gradient,
    floating_array,
    generator,
    real_number,
)
from nnlayers.core.devices import beside
from nnlayers.core.kernels import keep, times
from nnlayers.core.layer import Layer
from nnlayers.layers.joining import Identity

__all__ = ["Dropout"]

STEPS = 1 << 16  # masks are drawn as 16-bit numbers, four from each 64-bit draw


class Dropout(Layer):
    """Inverted dropout: ``y = x * mask / keep_prob``, with a new random mask for every forward.

    Each element is kept with probability ``keep_prob = 1 - rate`` and set to zero otherwise. Dividing
    by the probability keeps the expected value, so that ``predict`` returns its input as it is: the
    array itself, not a copy.

    Parameters
    ----------
    rate : float, optional
        The share of elements set to zero, in [0, 1). It is kept to a multiple of 1/65,536, and what
        is kept is scaled by exactly that probability.
    keep_prob : float, optional
        The other way to say it, in (0, 1]; give exactly one of the two.
    rng : int, Generator or None
        The source of the masks.

    Raises
    ------
    ValueError, TypeError
        Both or neither is given, or it is not a number in its range.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy * mask / keep_prob``, with the mask of the matching forward.

    Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout: A Simple Way to
    Prevent Neural Networks from Overfitting", JMLR 15, 2014 (section 10: scaling in training).

    Examples
    --------
    >>> layer = nn.Dropout(0.5, rng=0)
    >>> y = layer.forward(np.ones((1, 1000)))
    >>> np.unique(y)
    array([0., 2.])
    >>> bool(abs(y.mean() - 1) < 0.1)
    True
    >>> layer.predict(np.ones((1, 3)))
    array([[1., 1., 1.]])
    """

    def __init__(
        self, rate: float | None = None, *, keep_prob: float | None = None, rng: RandomSource = None
    ) -> None:
        if rate is not None and keep_prob is None:
            self.rate = rate
        elif keep_prob is not None and rate is None:
            self.keep_prob = keep_prob
        else:
            raise ValueError(
                f"Dropout: expected either rate or keep_prob, got rate={rate}, keep_prob={keep_prob}"
            )
        self.rng = generator(rng, "Dropout")

    @property
    def rate(self) -> float:
        """The share of elements set to zero, a multiple of 1/65,536. It can be set."""
        return 1 - self.keep_prob

    @rate.setter
    def rate(self, rate: float) -> None:
        self.keep_prob = 1 - real_number(rate, "rate", "Dropout", below=1.0)
        self._given = f"{rate}"

    @property
    def keep_prob(self) -> float:
        """The probability with which an element is kept, a multiple of 1/65,536. It can be set."""
        return self._kept / STEPS

    @keep_prob.setter
    def keep_prob(self, keep_prob: float) -> None:
        number = real_number(keep_prob, "keep_prob", "Dropout", least=-math.inf)
        if not 0 < number <= 1:
            raise ValueError(f"Dropout: keep_prob must be in (0, 1], got {keep_prob!r}")
        self._kept = max(1, round(number * STEPS))
        self._given = f"keep_prob={keep_prob}"  # for the repr

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        draws = self.rng.integers(0, 1 << 64, -(-x.size // 4), dtype=np.uint64).view(np.uint16)
        mask = draws[: x.size].reshape(x.shape) < self._kept
        y, factors = keep(x, beside(mask, x), STEPS / self._kept)
        self.save_for_backward(factors)
        return y

    def predict(self, x: Array) -> Array:
        return floating_array(x, self)

    def for_inference(self) -> Layer:
        return Identity()

    def backward(self, grad: Array) -> Array:
        factors = self.saved()
        return times(check_gradient(grad, factors.shape, self), factors)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._given})"
