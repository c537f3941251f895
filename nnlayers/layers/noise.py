"""Noise while training: Gaussian noise, and dropout of whole channels."""

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
from nnlayers.core.layer import Layer
from nnlayers.layers.joining import Identity

__all__ = ["GaussianNoise", "SpatialDropout"]


class GaussianNoise(Layer):
    """Add normal noise while training: ``y = x + stddev * noise``, new for every forward.

    The mean of the noise is 0, so ``predict`` returns its input as it is: the array itself, not a
    copy.

    Parameters
    ----------
    stddev : float
        The standard deviation of the noise, at least 0.
    rng : int, Generator or None
        The source of the noise.

    Raises
    ------
    ValueError, TypeError
        ``stddev`` is not a number in its range.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy``. For float16, noise is drawn, and added, in float32.

    Source: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", Neural
    Computation 7, 1995.

    Examples
    --------
    >>> layer = nn.GaussianNoise(0.1, rng=0)
    >>> y = layer.forward(np.ones((1, 10_000)))
    >>> round(float(y.mean()), 2), round(float(y.std()), 2)
    (1.0, 0.1)
    >>> layer.predict(np.ones((1, 3)))
    array([[1., 1., 1.]])
    """

    def __init__(self, stddev: float, *, rng: RandomSource = None) -> None:
        self.stddev = real_number(stddev, "stddev", "GaussianNoise")
        self.rng = generator(rng, "GaussianNoise")

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        self.save_for_backward(x.shape)
        noise = self.rng.standard_normal(x.shape, np.float32 if x.itemsize < 8 else np.float64)
        noise *= self.stddev
        return (x + beside(noise, x)).astype(x.dtype, copy=False)

    def predict(self, x: Array) -> Array:
        return floating_array(x, self)

    def for_inference(self) -> Layer:
        return Identity()

    def backward(self, grad: Array) -> Array:
        return check_gradient(grad, self.saved(), self)


class SpatialDropout(Layer):
    """Dropout of whole channels: ``y = x * mask / (1 - rate)``, with one mask for all positions.

    Neighbouring pixels, or time steps, are alike, so that dropping them one by one hides little.
    Each channel of each sample is kept with probability ``1 - rate`` and set to zero otherwise.
    ``predict`` returns its input as it is: the array itself, not a copy.

    Parameters
    ----------
    rate : float
        The share of channels set to zero, in [0, 1).
    rng : int, Generator or None
        The source of the masks.

    Raises
    ------
    ValueError, TypeError
        The rate is not a number in its range; later, an input without an axis of positions.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., C)``, with at least one axis between, and the mask
    ``(N, 1, ..., 1, C)``. ``dL/dx = dL/dy * mask / (1 - rate)``, with the mask of the matching forward.

    Source: Tompson, Goroshin, Jain, LeCun, Bregler, "Efficient Object Localization Using Convolutional
    Networks", CVPR 2015, section 3.2.

    Examples
    --------
    >>> layer = nn.SpatialDropout(0.5, rng=0)
    >>> layer.forward(np.ones((1, 3, 4)))
    array([[[2., 0., 0., 0.],
            [2., 0., 0., 0.],
            [2., 0., 0., 0.]]])
    """

    def __init__(self, rate: float, *, rng: RandomSource = None) -> None:
        self.rate = rate
        self.rng = generator(rng, "SpatialDropout")

    @property
    def rate(self) -> float:
        """The share of channels set to zero. It can be set."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = real_number(rate, "rate", "SpatialDropout", below=1.0)

    def forward(self, x: Array) -> Array:
        x = self.predict(x)
        kept = self.rng.random((len(x), *(1,) * (x.ndim - 2), x.shape[-1])) >= self.rate
        scaled = beside(np.multiply(kept, 1 / (1 - self.rate), dtype=x.dtype), x)
        self.save_for_backward(scaled, x.shape)
        return x * scaled

    def predict(self, x: Array) -> Array:
        x = floating_array(x, self)
        if x.ndim < 3:
            raise ValueError(
                f"{self!r}: expected input of shape (N, ..., positions, channels), got {x.shape}: use "
                "Dropout where there are no positions"
            )
        return x

    def for_inference(self) -> Layer:
        return Identity()

    def backward(self, grad: Array) -> Array:
        scaled, shape = self.saved()
        return check_gradient(grad, shape, self) * scaled
