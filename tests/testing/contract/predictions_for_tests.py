"""Layers with a predict of their own: correct ones, and changes of one method that make them wrong."""

import numpy as np

import nnlayers as nn


class Random(nn.Layer):
    """The noise is left out of predict, and forward saves the factor of the gradient"""

    shape = "N D"

    def __init_subclass__(cls):
        cls.predict = cls.predict  # inherited on purpose
        super().__init_subclass__()

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class Dropout(Random):
    """y = x mask / keep"""

    keep = 0.6

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(mask)
        return x * mask


class DropLittle(Dropout):
    """A hundredth is dropped"""

    keep = 0.99


class DropHardlyAny(Dropout):
    """One of 2,000 is dropped"""

    keep = 0.9995


class DropMost(Dropout):
    """A hundredth is kept"""

    keep = 0.01


class DropColumns(Random):
    """Whole features are dropped"""

    def forward(self, x):
        mask = (self.rng.random((1, x.shape[1])) < 0.75) / x.dtype.type(0.75)
        self.save_for_backward(mask)
        return x * mask


class GaussianDropout(Random):
    """y = x (1 + n)"""

    def forward(self, x):
        factor = 1 + self.rng.standard_normal(x.shape).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor


class Gain(Random):
    """One factor for the whole batch, from 0.5 to 1.5"""

    def forward(self, x):
        factor = x.dtype.type(self.rng.uniform(0.5, 1.5))
        self.save_for_backward(factor)
        return x * factor


class AddedNoise(Random):
    """y = x + n"""

    def forward(self, x):
        return x + self.rng.standard_normal(x.shape).astype(x.dtype)

    def backward(self, grad):
        return grad


class AddedToAScale(AddedNoise):
    """y = a x + n"""

    def __init__(self, D):
        super().__init__()
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.a.value * x + self.rng.standard_normal(x.shape).astype(x.dtype)

    def predict(self, x):
        return self.a.value * x

    def backward(self, grad):
        self.a.add_grad((grad * self.saved()).sum(axis=0))
        return grad * self.a.value


class LittleNoise(AddedNoise):
    """y = x + n / 1000"""

    def forward(self, x):
        return x + self.rng.standard_normal(x.shape).astype(x.dtype) / 1000


class DropThenScale(Random):
    """y = W (x mask / keep) + b: noise before what is linear"""

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))
        self.bias = nn.Parameter(np.linspace(-1, 1, K))

    def forward(self, x):
        mask = (self.rng.random(x.shape) < 0.5) * x.dtype.type(2)
        self.save_for_backward(mask, x * mask)
        return (x * mask) @ self.weight.value + self.bias.value

    def predict(self, x):
        return x @ self.weight.value + self.bias.value

    def backward(self, grad):
        mask, dropped = self.saved()
        self.weight.add_grad(dropped.T @ grad)
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ self.weight.value.T * mask


class ScaleThenDrop(Random):
    """y = (a x + 1) mask / keep, where hardly any are dropped"""

    keep = 0.998

    def __init__(self, D):
        super().__init__()
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(x, mask)
        return self.predict(x) * mask

    def predict(self, x):
        return self.a.value * x + 1

    def backward(self, grad):
        x, mask = self.saved()
        self.a.add_grad((grad * mask * x).sum(axis=0))
        return grad * mask * self.a.value


class ScaleThenDropMore(ScaleThenDrop):
    """A thirtieth is dropped"""

    keep = 1 - 1 / 30


# Right, although predict is not the mean


class NoiseBeforeTanh(Random):
    """y = tanh(x + n)"""

    scale = 1.0

    def forward(self, x):
        y = np.tanh(x + self.scale * self.rng.standard_normal(x.shape).astype(x.dtype))
        self.save_for_backward(1 - y * y)
        return y

    def predict(self, x):
        return np.tanh(x)


class LittleNoiseBeforeTanh(NoiseBeforeTanh):
    """y = tanh(x + 0.2 n)"""

    scale = 0.2


class NoiseBeforeReLU(Random):
    """y = max(x + n, 0)"""

    def forward(self, x):
        y = np.maximum(x + self.rng.standard_normal(x.shape).astype(x.dtype), 0)
        self.save_for_backward(y > 0)
        return y

    def predict(self, x):
        return np.maximum(x, 0)


class DropBeforeSquare(Random):
    """y = (x mask / keep)²"""

    def forward(self, x):
        factor = (self.rng.random(x.shape) < 0.5) * x.dtype.type(4)
        self.save_for_backward(2 * factor * x)
        return factor * x * x

    def predict(self, x):
        return x * x


class DropBeforeSiLU(Random):
    """y = z sigmoid(z), z = x mask / keep: predict may be outside of the range of forwards"""

    def forward(self, x):
        mask = (self.rng.random(x.shape) < 0.5) * x.dtype.type(2)
        y, slope = self.silu(x * mask)
        self.save_for_backward(slope * mask)
        return y

    def predict(self, x):
        return self.silu(x)[0]

    def silu(self, z):
        s = 1 / (1 + np.exp(-np.clip(z, -80, 80)))
        return z * s, s + z * s * (1 - s)


class DropWeights(Random):
    """y = max(x (W mask / keep), 0)"""

    slope = 0.0

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))

    def forward(self, x):
        weight = self.weight.value * (self.rng.random(self.weight.value.shape) < 0.5) * 2
        weight = weight.astype(x.dtype)
        z = x @ weight
        self.save_for_backward(x, weight, weight / np.where(self.weight.value, self.weight.value, 1), z)
        return np.where(z > 0, z, x.dtype.type(self.slope) * z)

    def predict(self, x):
        z = x @ self.weight.value
        return np.where(z > 0, z, x.dtype.type(self.slope) * z)

    def backward(self, grad):
        x, weight, mask, z = self.saved()
        grad = np.where(z > 0, grad, grad.dtype.type(self.slope) * grad)
        self.weight.add_grad(x.T @ grad * mask.astype(grad.dtype))
        return grad @ weight.T


class DropWeightsLeaky(DropWeights):
    """The same, with a slope below 0"""

    slope = 0.3


class Flip(Random):
    """Every second sample is reversed, at random, while training"""

    share = 0.5

    def forward(self, x):
        flipped = self.rng.random(len(x)) < self.share
        self.save_for_backward(flipped)
        return np.where(flipped[:, None], x[:, ::-1], x)

    def backward(self, grad):
        return np.where(self.saved()[:, None], grad[:, ::-1], grad)


class RareFlip(Flip):
    """One sample of thirty"""

    share = 1 / 30


class Roll(Random):
    """A shift by up to one place"""

    def forward(self, x):
        shift = int(self.rng.integers(-1, 2))
        self.save_for_backward(shift)
        return np.roll(x, shift, axis=1)

    def backward(self, grad):
        return np.roll(grad, -self.saved(), axis=1)


class Shuffle(Random):
    """The features in another order"""

    def forward(self, x):
        order = self.rng.permutation(x.shape[1])
        self.save_for_backward(order)
        return x[:, order]

    def backward(self, grad):
        found = np.empty_like(grad)
        found[:, self.saved()] = grad
        return found


class Turn(Random):
    """The first two features are turned by an angle of up to 0.3"""

    shape = "N D+1"

    def forward(self, x):
        angle = self.rng.uniform(-0.3, 0.3)
        self.save_for_backward(angle)
        return self.turn(x, angle)

    def turn(self, x, angle):
        c, s = x.dtype.type(np.cos(angle)), x.dtype.type(np.sin(angle))
        first, second = c * x[:, :1] - s * x[:, 1:2], s * x[:, :1] + c * x[:, 1:2]
        return np.concatenate([first, second, x[:, 2:]], axis=1)

    def backward(self, grad):
        return self.turn(grad, -self.saved())


class Zoom(Random):
    """The features are stretched, and never as they were"""

    def forward(self, x):
        places = np.arange(x.shape[1]) * self.rng.uniform(0.5, 0.9)
        matrix = np.maximum(1 - np.abs(places - np.arange(x.shape[1])[:, None]), 0).astype(x.dtype)
        self.save_for_backward(matrix)
        return x @ matrix

    def backward(self, grad):
        return grad @ self.saved().T


class Erase(Random):
    """Two neighbouring features are erased, without a scale, while training"""

    def forward(self, x):
        start = int(self.rng.integers(0, max(x.shape[1] - 1, 1)))
        mask = np.ones((1, x.shape[1]), x.dtype)
        mask[:, start : start + 2] = 0
        self.save_for_backward(mask)
        return x * mask


class Mix(Random):
    """y = (1 - a) x + a x[order], a up to 0.5"""

    def forward(self, x):
        order, a = self.rng.permutation(len(x)), x.dtype.type(self.rng.uniform(0, 0.5))
        self.save_for_backward(order, a)
        return (1 - a) * x + a * x[order]

    def backward(self, grad):
        order, a = self.saved()
        found = (1 - a) * grad
        np.add.at(found, order, a * grad)
        return found


class AlphaDropout(Random):
    """Dropout that keeps mean 0 and variance 1 of the batch, not each value's mean"""

    def forward(self, x):
        keep, low = 0.5, -1.7580993
        scale = (keep + low**2 * keep * (1 - keep)) ** -0.5
        mask = self.rng.random(x.shape) < keep
        self.save_for_backward((mask * scale).astype(x.dtype))
        y = scale * np.where(mask, x, low) - scale * low * (1 - keep)
        return y.astype(x.dtype)


class SkipLayer(Random):
    """y = x + b tanh(x), or x: predict uses all"""

    def __init__(self, D):
        super().__init__()
        self.b = nn.Parameter(np.linspace(0.5, 1, D))

    def factor(self, x):
        return (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)

    def forward(self, x):
        factor, t = self.factor(x), np.tanh(x)
        self.save_for_backward(factor, t)
        return x + factor * self.b.value * t

    def predict(self, x):
        return x + self.b.value * np.tanh(x)

    def backward(self, grad):
        factor, t = self.saved()
        self.b.add_grad((grad * factor * t).sum(axis=0))
        return grad * (1 + factor * self.b.value * (1 - t * t))


class DropBeforeNorm(Random):
    """y = z / |z|, z = x mask / keep"""

    def forward(self, x):
        mask = (self.rng.random(x.shape) < 0.8) / x.dtype.type(0.8)
        y, norm = self.normalize(x * mask)
        self.save_for_backward(y, norm, mask)
        return y

    def predict(self, x):
        return self.normalize(x)[0]

    def normalize(self, z):
        norm = np.sqrt(np.square(z).sum(axis=1, keepdims=True) + z.dtype.type(1e-3))
        return z / norm, norm

    def backward(self, grad):
        y, norm, mask = self.saved()
        return (grad - y * (grad * y).sum(axis=1, keepdims=True)) / norm * mask


class RandomDepth(SkipLayer):
    """y = x + 4 b tanh(x) for a quarter of the samples"""

    def factor(self, x):
        return 4 * (self.rng.random((len(x), 1)) < 0.25).astype(x.dtype)


class RandomReLU(Random):
    """y = x, or a x below 0, with a from 1/8 to 1/3"""

    def forward(self, x):
        factor = np.where(x > 0, 1, self.rng.uniform(1 / 8, 1 / 3, x.shape)).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor

    def predict(self, x):
        return x * np.where(x > 0, 1, (1 / 8 + 1 / 3) / 2).astype(x.dtype)


class GumbelSoftmax(Random):
    """y = softmax(x + g)"""

    def forward(self, x):
        y = self.predict(x + self.rng.gumbel(size=x.shape).astype(x.dtype))
        self.save_for_backward(y)
        return y

    def predict(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, grad):
        y = self.saved()
        return y * (grad - (grad * y).sum(axis=1, keepdims=True))


class Sampled(nn.Layer):
    """y = mean + exp(logs) n"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mean, logs = x
        noise = np.exp(logs) * self.rng.standard_normal(logs.shape).astype(logs.dtype)
        self.save_for_backward(noise)
        return mean + noise

    def predict(self, x):
        return x[0]

    def backward(self, grad):
        return grad, grad * self.saved()


class Crop(Random):
    """All features but two neighbours while training, all of them in predict"""

    def forward(self, x):
        start = int(self.rng.integers(0, max(x.shape[1] - 2, 1)))
        self.save_for_backward(start, x.shape)
        return x[:, start : start + max(x.shape[1] - 2, 1)].copy()

    def backward(self, grad):
        start, shape = self.saved()
        found = np.zeros(shape, grad.dtype)
        found[:, start : start + grad.shape[1]] = grad
        return found


class WordDropout(nn.Layer):
    """y = weight[x] mask / keep, whole rows"""

    takes_integers = True

    def __init__(self):
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((5, 3)))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random((*x.shape, 1)) < 0.75) / self.weight.value.dtype.type(0.75)
        self.save_for_backward(x, mask)
        return self.weight.value[x] * mask

    def predict(self, x):
        return self.weight.value[x]

    def backward(self, grad):
        x, mask = self.saved()
        found = np.zeros_like(self.weight.value)
        np.add.at(found, x, grad * mask)
        self.weight.add_grad(found)


# Running statistics


class BatchNorm(nn.Layer):
    """y = gain (x - mean) / sqrt(var + 0.001): of the batch, or running"""

    momentum = 0.9

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 2, D))
        self.mean, self.var = nn.State(np.zeros(D)), nn.State(np.ones(D))

    def forward(self, x):
        if len(x) == 0:
            return x
        mean, var = self.statistics(x)
        self.update(mean, var)
        root = np.sqrt(var + x.dtype.type(0.001))
        y = (x - mean) / root
        self.save_for_backward(y, root)
        return self.gain.value * y

    def statistics(self, x):
        return x.mean(axis=0), x.var(axis=0)

    def update(self, mean, var):
        old = self.momentum
        self.mean.value = old * self.mean.value + (1 - old) * mean
        self.var.value = old * self.var.value + (1 - old) * var

    def predict(self, x):
        root = np.sqrt(self.var.value + x.dtype.type(0.001))
        return self.gain.value * (x - self.mean.value) / root

    def backward(self, grad):
        if len(grad) == 0:
            return grad
        y, root = self.saved()
        self.gain.add_grad((grad * y).sum(axis=0))
        grad = grad * self.gain.value
        return (grad - grad.mean(axis=0) - y * (grad * y).mean(axis=0)) / root


class SlowBatchNorm(BatchNorm):
    """A momentum of 0.99"""

    momentum = 0.99


class VerySlowBatchNorm(BatchNorm):
    """A momentum of 0.9999"""

    momentum = 0.9999


class UnbiasedBatchNorm(BatchNorm):
    """The running variance is divided by N - 1"""

    def forward(self, x):
        self.samples = len(x)
        return super().forward(x)

    predict = BatchNorm.predict

    def update(self, mean, var):
        super().update(mean, var * self.samples / max(self.samples - 1, 1))


class CountingBatchNorm(BatchNorm):
    """The running statistics are the means over all batches"""

    def __init__(self, D):
        super().__init__(D)
        self.count = nn.State(np.zeros((), np.int64))

    def update(self, mean, var):
        self.count.value = self.count.value + 1
        share = 1 / float(self.count.value)
        self.mean.value = (1 - share) * self.mean.value + share * mean
        self.var.value = (1 - share) * self.var.value + share * var


class Centered(nn.Layer):
    """y = x - mean"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        mean = x.mean(axis=0) if len(x) else self.mean.value
        if len(x):
            self.mean.value = 0.9 * self.mean.value + 0.1 * mean
        return x - mean

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - grad.mean(axis=0) if len(grad) else grad


class TwoBatches(Centered):
    """Each half of the batch is centered by its own mean"""

    def forward(self, x):
        half = len(x) // 2
        parts = [part for part in (x[:half], x[half:]) if len(part)]
        if parts:
            self.mean.value = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)
        return np.concatenate([part - part.mean(axis=0) for part in parts]) if parts else x

    predict = Centered.predict

    def backward(self, grad):
        half = len(grad) // 2
        parts = [part for part in (grad[:half], grad[half:]) if len(part)]
        return np.concatenate([part - part.mean(axis=0) for part in parts]) if parts else grad


class Drifting(Centered):
    """y = x / n of the n-th batch"""

    def __init__(self):
        self.count = nn.State(np.zeros(()))

    def forward(self, x):
        self.count.value = self.count.value + 1
        self.save_for_backward(self.count.value)
        return x / self.count.value

    def predict(self, x):
        return 0 * x

    def backward(self, grad):
        return grad / self.saved()


class Table(nn.Layer):
    """y = x + table: a constant that is saved"""

    def __init__(self, D):
        self.table = nn.State(np.linspace(0, 1, D))

    def forward(self, x):
        return self.predict(x)

    def predict(self, x):
        return x + self.table.value

    def backward(self, grad):
        return grad


class Counting(nn.Layer):
    """y = 2 x, and the batches are counted"""

    def __init__(self):
        self.count = nn.State(np.zeros((), np.int64))

    def forward(self, x):
        self.count.value = self.count.value + 1
        return 2 * x

    def predict(self, x):
        return 2 * x

    def backward(self, grad):
        return 2 * grad


class NoisyCentered(Centered):
    """y = x - mean + n"""

    def __init__(self, D):
        super().__init__(D)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        return super().forward(x) + self.rng.standard_normal(x.shape).astype(x.dtype)

    predict = Centered.predict


# Containers


class Residual(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, D, K):
        self.body = nn.Sequential(
            nn.Dense(D, K, rng=0),
            nn.Dropout(0.5, rng=1),
            nn.ReLU(),
            nn.Dense(K, D, bias=False, rng=2),
        )

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class ByHand(Residual):
    """The layers inside the body are run one by one"""

    def forward(self, x):
        y = x
        for layer in self.body:
            y = layer.forward(y)
        return x + y

    predict = Residual.predict

    def backward(self, grad):
        back = grad
        for layer in reversed(list(self.body)):
            back = layer.backward(back)
        return grad + back


class Gated(Residual):
    """y = x + 2 m body(x), for half the samples"""

    def __init__(self, D, K):
        super().__init__(D, K)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = 2 * (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)
        self.save_for_backward(factor)
        return x + factor * self.body.forward(x)

    predict = Residual.predict

    def backward(self, grad):
        return grad + self.body.backward(grad * self.saved())


class NormedBody(Residual):
    """y = body(x) - mean, of the batch or running"""

    def __init__(self, D, K):
        super().__init__(D, K)
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        y = self.body.forward(x)
        mean = y.mean(axis=0) if len(y) else 0 * self.mean.value
        if len(y):
            self.mean.value = 0.9 * self.mean.value + 0.1 * mean
        return y - mean

    def predict(self, x):
        return self.body.predict(x) - self.mean.value

    def backward(self, grad):
        return self.body.backward(grad - grad.mean(axis=0) if len(grad) else grad)


def network(D, K):
    """Layers of a user's in a Sequential"""
    return nn.Sequential(
        nn.Dense(D, K, bias=False, rng=0), BatchNorm(K), nn.ReLU(), Dropout(), Centered(K)
    )


CORRECT = [
    *(
        Dropout,
        DropHardlyAny,
        DropLittle,
        DropMost,
        DropColumns,
        GaussianDropout,
        Gain,
        AddedNoise,
        AddedToAScale,
    ),
    *(
        LittleNoise,
        DropThenScale,
        ScaleThenDrop,
        ScaleThenDropMore,
        NoiseBeforeTanh,
        LittleNoiseBeforeTanh,
        NoiseBeforeReLU,
    ),
    *(
        DropBeforeSquare,
        DropBeforeSiLU,
        DropWeights,
        DropWeightsLeaky,
        Flip,
        RareFlip,
        Roll,
        Shuffle,
        Turn,
        Erase,
        Mix,
    ),
    *(AlphaDropout, DropBeforeNorm, SkipLayer, RandomDepth, RandomReLU, GumbelSoftmax, Crop),
    *(BatchNorm, SlowBatchNorm, VerySlowBatchNorm, UnbiasedBatchNorm, CountingBatchNorm, Centered),
    *(TwoBatches, Drifting, Table, Counting, NoisyCentered),
    *(Residual, ByHand, Gated, NormedBody, network),
]


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
    "gated: predict forgets x": (predicting(Gated, lambda self, x: self.body.predict(x)), "unbiased"),
    "normed: predict forgets the mean": (
        predicting(NormedBody, lambda self, x: self.body.predict(x)),
        "settles",
    ),
}
