"""Bugs in layers along an axis."""

from tests.catalogue import along_axes
from tests.catalogue.correct.entry import zeros_and_ones
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    along_axes.MaxSplit: [
        Row("value", "max: the first feature gets all",
            {"best / row_sum(best)": "(np.arange(best.shape[-1]) == 0)"}),
        Row("value", "max: spread over all features",
            {"best / row_sum(best)": "np.full_like(best, 1 / best.shape[-1])"}),
        Row("value", "max: the smallest feature gets all",
            {"x == y": "x == x.min(axis=-1, keepdims=True)"}),
        Row("shape", "max: predict crashes on an empty batch, by stacking the samples' outputs",
            adds="""
                def predict(self, x):
                    return np.stack([sample.max(axis=-1, keepdims=True) for sample in x])"""),
        Row("local", "max: ties counted twice", {"/ row_sum(best)": ""}),
        Row("local", "max of zeros and ones: ties get nothing",
            {"/ row_sum(best)": "* (row_sum(best) == 1)"}, values=zeros_and_ones),
        Row("mutation", "max: sorts its input in place", {"return y": """
                x.sort(axis=-1)
                return y"""}),
    ],
    along_axes.MaxPool1D: [
        Row("value", "max-pool: scatter without accumulation where windows overlap",
            {"np.add.at(back, (n, t + place - 1, d), grad)": "back[n, t + place - 1, d] = grad"}),
        Row("value", "max-pool: place off by one, kept within the sequence",
            {"t + place - 1": "np.minimum(t + place, grad.shape[1] - 1)"}),
    ],
    along_axes.MaxPool2D: [
        Row("local", "max-pool: ties counted twice", {
            "parts.argmax(axis=-1, keepdims=True)": "parts == parts.max(axis=-1, keepdims=True)",
            "np.put_along_axis(parts, place, grad[..., np.newaxis], -1)":
                "parts += place * grad[..., np.newaxis]"}),
    ],
    along_axes.MeanOverTime: [
        Row("value", "mean over time: not divided by the number of steps",
            {"np.newaxis] / shape[1]": "np.newaxis]"}, "factor"),
    ],
    along_axes.MeanPool2D: [
        Row("value", "mean-pool 2-D: divided by 2 instead of 4", {"grad / 4": "grad / 2"}, "factor"),
        Row("value", "mean-pool 2-D: patches tiled instead of repeated",
            {"(grad / 4).repeat(2, axis=1).repeat(2, axis=2)": "np.tile(grad / 4, (1, 2, 2, 1))"}),
        Row("shape", "mean-pool 2-D: last row of images of odd height gets no gradient", {
            "return back": """
                back[:, H - H % 2 :] = 0
                return back"""}),
        Row("shape", "mean-pool 2-D: height and width exchanged on the way back",
            {"return back": "return back.swapaxes(1, 2)"}),
    ],
    along_axes.Cumsum: [
        Row("value", "cumsum: summed from the front again",
            {"grad[:, ::-1].cumsum(axis=1)[:, ::-1]": "grad.cumsum(axis=1)"}),
        Row("value", "cumsum: not turned round again at the end",
            {"cumsum(axis=1)[:, ::-1]": "cumsum(axis=1)"}),
        Row("shape", "cumsum: gradient zero for sequences of one step",
            {"return grad[:, ::-1]": "return (grad.shape[1] > 1) * grad[:, ::-1]"}),
    ],
    along_axes.Roll: [
        Row("value", "roll: rolled again instead of back", {"grad, -1": "grad, 1"}),
    ],
    along_axes.Permute: [
        Row("value", "permutation: applied again instead of its inverse",
            {"back[:, self.order] = grad": "back[...] = grad[:, self.order]"}),
    ],
    along_axes.Norm: [
        Row("value", "norm: the input, not divided by the norm",
            {"/ np.where(norm > 0, norm, 1)": ""}),
        Row("local", "norm: NaN only for a sample of zeros",
            {"np.where(norm > 0, norm, 1)": "norm"}),
        Row("local", "norm: gradient of 2 in all features, only for a sample of zeros",
            {"return grad * x /": "return np.where(norm > 0, grad * x, 2 * grad) /"}),
    ],
    along_axes.Normalize: [
        Row("value", "normalize: projection dropped", {"- y * row_sum(grad * y)": ""}, "held constant"),
        Row("value", "normalize: divided by the norm twice", {") / norm": ") / norm**2"}),
        Row("value", "normalize: projection on the input instead of the unit vector",
            {"row_sum(grad * y)": "row_sum(grad * y * norm)"}),
    ],
    along_axes.Softmax: [
        Row("value", "softmax: the Jacobian's diagonal only",
            {"(grad * y).sum(axis=self.axis, keepdims=True)": "grad * y"}, "diagonal"),
        Row("value", "softmax: projection summed over the samples instead of the features",
            {"(grad * y).sum(axis=self.axis, keepdims=True)": "(grad * y).sum(axis=0)"}),
        Row("value", "softmax: projection added, not subtracted", {"grad - (grad": "grad + (grad"}),
        Row("value", "softmax: projection on the upstream's sum, without the probabilities",
            {"(grad * y).sum(": "grad.mean("}),
        Row("value", "softmax of x / 2: the inner factor forgotten", {"y = np.exp(x": """
                x = x / 2
                y = np.exp(x"""}, "factor"),
        Row("upstream", "softmax: sees only the largest upstream of each row", {"y = self.saved()": """
                y = self.saved()
                grad = grad * (np.abs(grad) == np.abs(grad).max(axis=-1, keepdims=True))"""}),
        Row("scale", "softmax: overflows at large values",
            {"x - x.max(axis=self.axis, keepdims=True)": "x"}),
    ],
    along_axes.LogSoftmax: [
        Row("value", "log-softmax: each element's own upstream instead of the sum",
            {"row_sum(grad)": "grad"}, "diagonal"),
        Row("value", "log-softmax: normalisation held constant",
            {"- np.exp(y) * row_sum(grad)": ""}, "held constant"),
        Row("value", "log-softmax: log-probabilities where probabilities belong", {"np.exp(y)": "y"}),
    ],
    along_axes.LogSumExp: [
        Row("value", "logsumexp: equal shares for all features",
            {"p / row_sum(p)": "np.full_like(x, 1 / x.shape[-1])"}),
        Row("scale", "logsumexp: overflows on the way back, at large values",
            {"x - x.max(axis=-1, keepdims=True)": "x"}),
    ],
    along_axes.LayerNorm: [
        Row("value", "layer norm: mean term dropped", {"g - row_mean(g)": "g"}, "held constant"),
        Row("value", "layer norm: projection term dropped",
            {"- z * row_mean(g * z)": ""}, "held constant"),
        Row("value", "layer norm: statistics held constant",
            {"- row_mean(g) - z * row_mean(g * z)": ""}, "held constant"),
        Row("value", "layer norm: eps inside the root in forward, outside in backward",
            {"deviation = np.sqrt(variance + self.eps)": "deviation = np.sqrt(variance) + self.eps"}),
        Row("value", "layer norm: backward divides by D - 1, forward by D", {
            "deviation = np.sqrt(variance + self.eps)": """
                D = g.shape[-1]
                deviation = np.sqrt(variance * (D / max(D - 1, 1)) + self.eps)"""}),
        Row("value", "layer norm: gain gradient from the input, not the normalised input", {
            "self.save_for_backward(z, variance)": "self.save_for_backward(x, z, variance)",
            "z, variance = self.saved()": "x, z, variance = self.saved()",
            "(grad * z)": "(grad * x)"}),
        Row("value", "layer norm: gain applied twice on the way back",
            {"grad * self.gain.value": "grad * self.gain.value**2"}, "gain"),
        Row("value", "layer norm: means taken over the samples on the way back",
            {"row_mean(g) - z * row_mean(g * z)": "average(g) - z * average(g * z)"}),
        Row("shape", "layer norm: lets the upstream through for D = 1",
            {"return (g - row_mean(g)": "return g if g.shape[-1] == 1 else (g - row_mean(g)"}),
        Row("local", "layer norm: eps forgotten in backward for a constant sample, where it gives NaN",
            {"deviation = np.sqrt(variance + self.eps)":
             "deviation = np.sqrt(np.where(variance > 0, variance + self.eps, 0))"}),
        Row("scale", "layer norm: backward's variance as a difference of squares, 1e5 from 0", {
            "self.save_for_backward(z, variance)": """
                far = x + 1e5
                self.save_for_backward(z, row_mean(far * far) - row_mean(far) ** 2)"""}, "precision"),
    ],
    along_axes.RMSNorm: [
        Row("value", "rms norm: sum instead of mean in the projection",
            {"row_mean(g * z)": "row_sum(g * z)"}),
        Row("value", "rms norm: input gradient without the gain",
            {"g = grad * self.gain.value": "g = grad"}, "gain"),
    ],
    along_axes.BatchNorm: [
        Row("value", "batch norm: mean term dropped", {"g - self.average(g)": "g"}, "held constant"),
        Row("value", "batch norm: projection term dropped",
            {"- z * self.average(g * z)": ""}, "held constant"),
        Row("value", "batch norm: statistics held constant",
            {"- self.average(g) - z * self.average(g * z)": ""}, "held constant"),
        Row("value", "batch norm: running variance in backward",
            {") / deviation": ") / np.sqrt(self.variance.value + 1e-5)"}),
        Row("value", "batch norm: sums where backward needs means",
            {"self.average(g) - z * self.average(g * z)": "g.sum(axis=0) - z * (g * z).sum(axis=0)"}),
        Row("value", "batch norm: gain gradient averaged",
            {"(grad * z).sum(axis=self.axes)": "self.average(grad * z)"}, "batch size"),
        Row("value", "batch norm: forward divides by N - 1, backward by N",
            {"self.average(centred * centred)":
             "(centred * centred).sum(axis=0) / max(len(x) - 1, 1)"}),
        Row("shape", "batch norm: lets the upstream through for N = 1",
            {"return (g - self": "return g / deviation if len(g) == 1 else (g - self"}),
        Row("state", "batch norm: predict updates the running statistics", {
            "z = (x - self.mean.value) / np.sqrt(self.variance.value + 1e-5)": """
                z = (x - self.mean.value) / np.sqrt(self.variance.value + 1e-5)
                self.mean.value = 0.9 * self.mean.value + 0.1 * average(x)
                spread = average((x - average(x)) ** 2)
                self.variance.value = 0.9 * self.variance.value + 0.1 * spread"""}),
        Row("life cycle", "batch norm: running mean is a Parameter, which never gets a gradient",
            {"nn.State(np.zeros(D))": "nn.Parameter(np.zeros(D))"}),
    ],
    along_axes.Center: [
        Row("value", "center: the batch's mean held constant",
            {"grad - average(grad)": "grad"}, "held constant"),
        Row("mutation", "center: predict writes into its input", {"return x - self.mean.value": """
                x -= self.mean.value + 0.5
                return x + 0.5"""}),
        Row("state", "center: predict updates the running mean, then uses it", {
            "return x - self.mean.value": """
                self.mean.value = 0.5 * self.mean.value + 0.5 * average(x)
                return x - self.mean.value"""}),
        Row("life cycle", "center: running mean is a plain array, so it is not saved", {
            "nn.State(np.zeros(D))": "np.zeros(D, np.float32)",
            "self.mean.value = 0.5 * self.mean.value + 0.5 * average(x)":
                "self.mean = 0.5 * self.mean + 0.5 * average(x).astype(np.float32)",
            "x - self.mean.value": "x - self.mean.astype(x.dtype)"}),
    ],
}
