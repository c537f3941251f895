"""Layers along an axis: maxima, order, norms, softmax, normalisation, moves, pools."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import average, row_mean, row_sum

# Maxima and order


class Max(nn.Layer):
    """y = max over the features; of ties, the first gets all"""

    def forward(self, x):
        place = x.argmax(axis=-1, keepdims=True)
        self.save_for_backward(place, x.shape)
        return np.take_along_axis(x, place, -1)

    def backward(self, grad):
        place, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, place, grad, -1)
        return back


class MaxSplit(nn.Layer):
    """y = max over the features; ties share evenly"""

    def forward(self, x):
        y = x.max(axis=-1, keepdims=True)
        best = (x == y).astype(x.dtype)
        self.save_for_backward(best)
        return y

    def backward(self, grad):
        best = self.saved()
        return grad * best / row_sum(best)


class MaxOverTime(nn.Layer):
    """y = max over the steps of a sequence"""

    def forward(self, x):
        place = x.argmax(axis=1, keepdims=True)
        self.save_for_backward(place, x.shape)
        return np.take_along_axis(x, place, 1)[:, 0]

    def backward(self, grad):
        place, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, place, grad[:, np.newaxis], 1)
        return back


class MaxOfThree(nn.Layer):
    """y = max(x, -x, 0): three ties at 0"""

    def forward(self, x):
        choices = np.stack([x, -x, np.zeros_like(x)])
        self.save_for_backward(choices.argmax(axis=0))
        return choices.max(axis=0)

    def backward(self, grad):
        place = self.saved()
        return grad * (place == 0) - grad * (place == 1)


class Median(nn.Layer):
    """y = median over the features, of an even number the mean of the middle two"""

    def forward(self, x):
        D = x.shape[-1]
        middle = np.argsort(x, axis=-1, kind="stable")[..., (D - 1) // 2 : D // 2 + 1]
        self.save_for_backward(middle, x.shape)
        return np.take_along_axis(x, middle, -1).mean(axis=-1, keepdims=True)

    def backward(self, grad):
        middle, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, middle, grad / middle.shape[-1], -1)
        return back


class Sort(nn.Layer):
    """y = the features in ascending order"""

    def forward(self, x):
        order = np.argsort(x, axis=-1, kind="stable")
        self.save_for_backward(order)
        return np.take_along_axis(x, order, -1)

    def backward(self, grad):
        back = np.empty_like(grad)
        np.put_along_axis(back, self.saved(), grad, -1)
        return back


class TopTwo(nn.Layer):
    """y = the two largest features (or the one there is), the largest first"""

    def forward(self, x):
        best = np.argsort(-x, axis=-1, kind="stable")[..., :2]
        self.save_for_backward(best, x.shape)
        return np.take_along_axis(x, best, -1)

    def backward(self, grad):
        best, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, best, grad, -1)
        return back


# Norms and softmax


class Norm(nn.Layer):
    """y = ‖x‖ of each sample, with gradient 0 at 0"""

    def forward(self, x):
        largest = np.abs(x).max(axis=-1, keepdims=True)
        largest[largest == 0] = 1
        norm = largest * np.sqrt(row_sum((x / largest) ** 2))
        self.save_for_backward(x, norm)
        return norm

    def backward(self, grad):
        x, norm = self.saved()
        return grad * x / np.where(norm > 0, norm, 1)


class SumOfAbs(nn.Layer):
    """y = Σ |x| of each sample"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.abs(x).sum(axis=-1)

    def backward(self, grad):
        return grad[..., np.newaxis] * np.sign(self.saved())


class Normalize(nn.Layer):
    """y = x / sqrt(Σ x² + 1e-6)"""

    def forward(self, x):
        norm = np.sqrt(row_sum(x * x) + 1e-6)
        y = x / norm
        self.save_for_backward(y, norm)
        return y

    def backward(self, grad):
        y, norm = self.saved()
        return (grad - y * row_sum(grad * y)) / norm


class Softmax(nn.Layer):
    """y = exp(x) / Σ exp(x) along an axis"""

    axis = -1

    def forward(self, x):
        y = np.exp(x - x.max(axis=self.axis, keepdims=True))
        y /= y.sum(axis=self.axis, keepdims=True)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        return y * (grad - (grad * y).sum(axis=self.axis, keepdims=True))


class SoftmaxOverTime(Softmax):
    """Softmax over the steps of a sequence"""

    axis = 1


class LogSoftmax(nn.Layer):
    """y = x - log Σ exp(x)"""

    def forward(self, x):
        z = x - x.max(axis=-1, keepdims=True)
        y = z - np.log(row_sum(np.exp(z)))
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        return grad - np.exp(y) * row_sum(grad)


class LogSumExp(nn.Layer):
    """y = log Σ exp(x)"""

    def forward(self, x):
        self.save_for_backward(x)
        largest = x.max(axis=-1, keepdims=True)
        return largest + np.log(row_sum(np.exp(x - largest)))

    def backward(self, grad):
        x = self.saved()
        p = np.exp(x - x.max(axis=-1, keepdims=True))
        return grad * p / row_sum(p)


# Normalisation


class LayerNorm(nn.Layer):
    """y = gain z + offset, z = (x - mean) / sqrt(var + eps) within each sample"""

    eps = 1e-5

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)

    def forward(self, x):
        centred = x - row_mean(x)
        variance = row_mean(centred * centred)
        z = centred / np.sqrt(variance + self.eps)
        self.save_for_backward(z, variance)
        return z * self.gain.value + self.offset.value

    def backward(self, grad):
        z, variance = self.saved()
        samples = tuple(range(grad.ndim - 1))
        self.gain.add_grad((grad * z).sum(axis=samples))
        self.offset.add_grad(grad.sum(axis=samples))
        g = grad * self.gain.value
        deviation = np.sqrt(variance + self.eps)
        return (g - row_mean(g) - z * row_mean(g * z)) / deviation


class RMSNorm(nn.Layer):
    """y = gain x / sqrt(mean x² + 1e-6), within each sample"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        size = np.sqrt(row_mean(x * x) + 1e-6)
        z = x / size
        self.save_for_backward(z, size)
        return z * self.gain.value

    def backward(self, grad):
        z, size = self.saved()
        self.gain.add_grad((grad * z).sum(axis=0))
        g = grad * self.gain.value
        return (g - z * row_mean(g * z)) / size


class BatchNorm(nn.Layer):
    """y = gain z + offset, z = (x - mean) / sqrt(var + eps) of the batch, of all batches in predict"""

    axes: tuple[int, ...] = (0,)

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)
        self.mean = nn.State(np.zeros(D))
        self.variance = nn.State(np.ones(D))

    def average(self, x):
        count = 1
        for axis in self.axes:
            count *= x.shape[axis]
        return x.sum(axis=self.axes) / max(count, 1)

    def forward(self, x):
        mean = self.average(x)
        centred = x - mean
        variance = self.average(centred * centred)
        if x.size:
            self.mean.value = 0.9 * self.mean.value + 0.1 * mean
            self.variance.value = 0.9 * self.variance.value + 0.1 * variance
        deviation = np.sqrt(variance + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return z * self.gain.value + self.offset.value

    def predict(self, x):
        z = (x - self.mean.value) / np.sqrt(self.variance.value + 1e-5)
        return z * self.gain.value + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad((grad * z).sum(axis=self.axes))
        self.offset.add_grad(grad.sum(axis=self.axes))
        g = grad * self.gain.value
        return (g - self.average(g) - z * self.average(g * z)) / deviation


class BatchNormOfSequences(BatchNorm):
    """The statistics of all samples and steps"""

    axes = (0, 1)


class InstanceNorm(nn.Layer):
    """y = (x - mean) / sqrt(var + eps), over the steps of each sequence"""

    def forward(self, x):
        centred = x - x.mean(axis=1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return z

    def backward(self, grad):
        z, deviation = self.saved()
        mean = grad.mean(axis=1, keepdims=True)
        return (grad - mean - z * (grad * z).mean(axis=1, keepdims=True)) / deviation


class Center(nn.Layer):
    """y = x - mean of the batch, the running mean in predict"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        self.mean.value = 0.5 * self.mean.value + 0.5 * average(x)
        return x - average(x)

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - average(grad)


# Moved, not changed


class Cumsum(nn.Layer):
    """y_t = x_0 + ... + x_t"""

    def forward(self, x):
        return x.cumsum(axis=1)

    def backward(self, grad):
        return grad[:, ::-1].cumsum(axis=1)[:, ::-1]


class Roll(nn.Layer):
    """y_i = x_{i-1}, in a circle"""

    def forward(self, x):
        return np.roll(x, 1, axis=1)

    def backward(self, grad):
        return np.roll(grad, -1, axis=1)


class Backwards(nn.Layer):
    """The steps in the opposite order: a view"""

    def forward(self, x):
        return x[:, ::-1]

    def backward(self, grad):
        return grad[:, ::-1]


class Permute(nn.Layer):
    """y_i = x_{order i}"""

    def __init__(self, D):
        self.order = np.random.default_rng(0).permutation(D)

    def forward(self, x):
        return x[:, self.order]

    def backward(self, grad):
        back = np.empty_like(grad)
        back[:, self.order] = grad
        return back


class Flatten(nn.Layer):
    """One row a sample: a view"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.reshape(len(x), x.shape[1] * x.shape[2])

    def backward(self, grad):
        return grad.reshape(self.saved())


class SwapAxes(nn.Layer):
    """The last two axes swapped: a view"""

    def forward(self, x):
        return x.swapaxes(1, 2)

    def backward(self, grad):
        return grad.swapaxes(1, 2)


class NewAxis(nn.Layer):
    """One axis more: a view"""

    def forward(self, x):
        return x[:, np.newaxis]

    def backward(self, grad):
        return grad[:, 0]


class FirstFeature(nn.Layer):
    """The first feature alone: a view"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x[:, :1]

    def backward(self, grad):
        back = np.zeros(self.saved(), grad.dtype)
        back[:, :1] = grad
        return back


class Repeat(nn.Layer):
    """Each feature three times: a read-only view"""

    def forward(self, x):
        return np.broadcast_to(x[..., np.newaxis], (*x.shape, 3))

    def backward(self, grad):
        return grad.sum(axis=-1)


# Pools


class MeanOverTime(nn.Layer):
    """y = mean over the steps of a sequence"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.mean(axis=1)

    def backward(self, grad):
        shape = self.saved()
        return np.broadcast_to(grad[:, np.newaxis] / shape[1], shape)


class GlobalMean(nn.Layer):
    """y = mean over height and width"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.mean(axis=(1, 2))

    def backward(self, grad):
        shape = self.saved()
        each = grad[:, np.newaxis, np.newaxis] / (shape[1] * shape[2])
        return each + np.zeros(shape, grad.dtype)


class MaxPool1D(nn.Layer):
    """y_t = max(x_{t-1}, x_t, x_{t+1}): the windows overlap"""

    def forward(self, x):
        padded = np.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)
        self.save_for_backward(windows.argmax(axis=-1))
        return windows.max(axis=-1)

    def backward(self, grad):
        place = self.saved()
        n, t, d = np.indices(grad.shape)
        back = np.zeros_like(grad)
        np.add.at(back, (n, t + place - 1, d), grad)
        return back


class MeanPool1D(nn.Layer):
    """y_t = (x_t + x_{t+1}) / 2, with a zero after the end"""

    def forward(self, x):
        y = x / 2
        y[:, :-1] += x[:, 1:] / 2
        return y

    def backward(self, grad):
        back = grad / 2
        back[:, 1:] += grad[:, :-1] / 2
        return back


class MaxPool2D(nn.Layer):
    """y = max of each 2 x 2 patch; odd images get a border of -inf"""

    def forward(self, x):
        N, H, W, C = x.shape
        padded = np.pad(x, ((0, 0), (0, H % 2), (0, W % 2), (0, 0)), constant_values=-np.inf)
        parts = padded.reshape(N, (H + 1) // 2, 2, (W + 1) // 2, 2, C).transpose(0, 1, 3, 5, 2, 4)
        parts = parts.reshape(*parts.shape[:4], 4)  # the four pixels of a patch on the last axis
        self.save_for_backward(parts.argmax(axis=-1, keepdims=True), x.shape)
        return parts.max(axis=-1)

    def backward(self, grad):
        place, (N, H, W, C) = self.saved()
        parts = np.zeros((*grad.shape, 4), grad.dtype)
        np.put_along_axis(parts, place, grad[..., np.newaxis], -1)
        parts = parts.reshape(*grad.shape, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        return parts.reshape(N, H + H % 2, W + W % 2, C)[:, :H, :W]


class MeanPool2D(nn.Layer):
    """y = mean of each 2 x 2 patch; odd images get a border of zeros"""

    def forward(self, x):
        N, H, W, C = x.shape
        self.save_for_backward(H, W)
        x = np.pad(x, ((0, 0), (0, H % 2), (0, W % 2), (0, 0)))
        return x.reshape(N, (H + 1) // 2, 2, (W + 1) // 2, 2, C).mean(axis=(2, 4))

    def backward(self, grad):
        H, W = self.saved()
        back = (grad / 4).repeat(2, axis=1).repeat(2, axis=2)
        return back[:, :H, :W]
