"""Layers with a wrong predict: changes of one method of a correct one."""

import numpy as np

from tests.testing.contract.predictions.containers import ByHand, Gated, NormedBody, Residual, Shaken
from tests.testing.contract.predictions.moving import Growing, RandomDepth
from tests.testing.contract.predictions.noise import (
    AddedNoise,
    AddedToAScale,
    Dropout,
    DropThenScale,
    GaussianDropout,
    NoisyWeights,
)
from tests.testing.contract.predictions.nonlinear import RandomReLU, Swapout
from tests.testing.contract.predictions.running import BatchNorm, Centered, CountingBatchNorm


def changed(kind, name="predict", **methods):
    """A class like another, with other methods."""
    methods = {"predict": kind.predict, **methods}
    return type(f"Wrong{kind.__name__}", (kind,), methods)


def predicting(kind, function):
    """A class with another predict."""
    return changed(kind, predict=function)


def _last_column_halved(self, x):
    y = Dropout.predict(self, x).copy()
    y[:, -1] /= 2
    return y


def _never_updated(self, mean, var):
    pass


def _mean_only(self, mean, var):
    self.mean.value = 0.9 * self.mean.value + 0.1 * mean


def _var_of_the_var(self, mean, var):
    self.mean.value = 0.9 * self.mean.value + 0.1 * mean
    self.var.value = 0.9 * self.var.value + 0.1 * var**2


def _growing_variance(self, mean, var):
    self.count.value = self.count.value + 1
    share = 1 / float(self.count.value)
    self.mean.value = (1 - share) * self.mean.value + share * mean
    self.var.value = self.var.value + share * var


def _first_batch_only(self, mean, var):
    if not int(self.count.value):
        self.count.value = self.count.value + 1
        self.mean.value, self.var.value = mean, var


def _without_scale(self, x):
    mask = (self.rng.random(x.shape) < 0.9).astype(x.dtype)
    self.save_for_backward(mask)
    return x * mask


def _exponential(self, x):
    return x + self.rng.exponential(size=x.shape).astype(x.dtype)


def _half(kind):
    return lambda self, x: kind.predict(self, x) / 2


WRONG = {
    "dropout: predict halves": (predicting(Dropout, lambda self, x: x / 2), "unbiased"),
    "dropout: predict multiplies by keep": (predicting(Dropout, lambda self, x: 0.6 * x), "unbiased"),
    "dropout: a tenth is dropped without a scale": (
        changed(Dropout, forward=_without_scale),
        "unbiased",
    ),
    "dropout: one feature is halved": (predicting(Dropout, _last_column_halved), "unbiased"),
    "gaussian dropout: predict doubles": (
        predicting(GaussianDropout, lambda self, x: 2 * x),
        "unbiased",
    ),
    "noise: predict doubles": (predicting(AddedNoise, lambda self, x: 2 * x), "unbiased"),
    "noise: its mean is 1": (changed(AddedNoise, forward=_exponential), "unbiased"),
    "noise: predict forgets the scale": (predicting(AddedToAScale, lambda self, x: x), "unbiased"),
    "dropout before a product: halved": (predicting(DropThenScale, _half(DropThenScale)), "unbiased"),
    "random depth: predict forgets x": (
        predicting(RandomDepth, lambda self, x: self.b.value * np.tanh(x)),
        "unbiased",
    ),
    "random depth: predict scales the branch": (
        predicting(RandomDepth, lambda self, x: x + self.b.value * np.tanh(x) / 4),
        "unbiased",
    ),
    "random relu: predict is relu": (
        predicting(RandomReLU, lambda self, x: np.maximum(x, 0)),
        "unbiased",
    ),
    "batch norm: the variance is forgotten": (
        predicting(BatchNorm, lambda self, x: self.gain.value * (x - self.mean.value)),
        "settles",
    ),
    "batch norm: the gain is forgotten": (
        predicting(BatchNorm, lambda self, x: BatchNorm.predict(self, x) / self.gain.value),
        "settles",
    ),
    "batch norm: divided by the variance": (
        predicting(
            BatchNorm,
            lambda self, x: self.gain.value * (x - self.mean.value) / (self.var.value + 0.001),
        ),
        "settles",
    ),
    "batch norm: another eps": (
        predicting(
            BatchNorm,
            lambda self, x: self.gain.value * (x - self.mean.value) / np.sqrt(self.var.value + 0.01),
        ),
        "settles",
    ),
    "batch norm: never updated": (changed(BatchNorm, update=_never_updated), "settles"),
    "batch norm: the variance is never updated": (changed(BatchNorm, update=_mean_only), "settles"),
    "batch norm: the square of the variance": (changed(BatchNorm, update=_var_of_the_var), "settles"),
    "centered: the mean is added": (
        predicting(Centered, lambda self, x: x + self.mean.value),
        "settles",
    ),
    "residual: predict forgets x": (
        predicting(Residual, lambda self, x: self.body.predict(x)),
        "delegates",
    ),
    "residual: predict forgets a layer": (
        predicting(Residual, lambda self, x: x + self.body[0].predict(x)[:, :1]),
        "delegates",
    ),
    "residual: predict halves": (predicting(Residual, _half(Residual)), "delegates"),
    "by hand: predict forgets the last layer": (
        predicting(ByHand, lambda self, x: x + self.body[:-1].predict(x).sum(axis=1, keepdims=True)),
        "delegates",
    ),
    "gated: predict adds twice the body": (
        predicting(Gated, lambda self, x: x + 2 * self.body.predict(x)),
        "unbiased",
    ),
    "gated: predict leaves the body out": (predicting(Gated, lambda self, x: 1 * x), "unbiased"),
    "shaken: predict asks only one branch": (
        predicting(Shaken, lambda self, x: self.a.predict(x)),
        "unbiased",
    ),
    "swapout: one term is not scaled": (
        predicting(Swapout, lambda self, x: 0.5 * x + np.tanh(self.b.value * x)),
        "unbiased",
    ),
    "random relu: predict has the least slope": (
        predicting(RandomReLU, lambda self, x: np.where(x > 0, x, x / 8)),
        "unbiased",
    ),
    "noisy weights: predict adds the noise": (
        predicting(NoisyWeights, lambda self, x: x @ (self.weight.value + self.size.value)),
        "unbiased",
    ),
    "dropout: predict is twice what is kept": (
        predicting(Dropout, lambda self, x: x / 0.3),
        "unbiased",
    ),
    "growing: predict halves the branch": (
        predicting(Growing, lambda self, x: x + self.b.value * np.tanh(x) / 2),
        "unbiased",
    ),
    "batch norm: statistics of the batch in predict": (
        predicting(
            BatchNorm,
            lambda self, x: self.gain.value * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 0.001),
        ),
        "settles",
    ),
    "batch norm: the cumulative variance grows": (
        changed(CountingBatchNorm, update=_growing_variance),
        "settles",
    ),
    "batch norm: the statistics of the first batch": (
        changed(CountingBatchNorm, update=_first_batch_only),
        "settles",
    ),
    "batch norm: mean and variance exchanged": (
        predicting(
            BatchNorm,
            lambda self, x: self.gain.value * (x - self.var.value) / np.sqrt(self.mean.value + 0.001),
        ),
        "settles",
    ),
    "gated: predict forgets x": (predicting(Gated, lambda self, x: self.body.predict(x)), "unbiased"),
    "normed: predict forgets the mean": (
        predicting(NormedBody, lambda self, x: self.body.predict(x)),
        "settles",
    ),
}
