"""Only part of a Jacobian: its diagonal, or statistics and norms that are held constant."""

from tests.catalogue import along_axes, attention, normalized, running, statistics, weights
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    # the diagonal
    along_axes.SoftmaxOverTime: [
        Row("value", "softmax over time: the Jacobian's diagonal only", {}, "diagonal", adds="""
            def backward(self, grad):
                y = self.saved()
                return grad * y * (1 - y)"""),
        Row("value", "softmax over time: projection over the features", {}, adds="""
            def backward(self, grad):
                y = self.saved()
                return y * (grad - row_sum(grad * y))"""),
    ],
    along_axes.Normalize: [
        Row("value", "normalize: the Jacobian's diagonal only",
            {"row_sum(grad * y)": "grad * y"}, "diagonal"),
    ],
    along_axes.RMSNorm: [
        Row("value", "rms norm: the Jacobian's diagonal only",
            {"row_mean(g * z)": "g * z / z.shape[1]"}, "diagonal"),
        Row("value", "rms norm: root mean square held constant",
            {"- z * row_mean(g * z)": ""}, "held constant"),
    ],
    along_axes.LayerNorm: [
        Row("value", "layer norm: the Jacobian's diagonal only",
            {"row_mean(g) - z * row_mean(g * z)": "(g + z * g * z) / g.shape[-1]"}, "diagonal"),
    ],
    along_axes.BatchNorm: [
        Row("value", "batch norm: the Jacobian's diagonal only",
            {"self.average(g) - z * self.average(g * z)":
             "(g + z * g * z) / max(len(g), 1)"}, "diagonal"),
    ],
    along_axes.InstanceNorm: [
        Row("value", "instance norm over time: the Jacobian's diagonal only",
            {"mean - z * (grad * z).mean(axis=1, keepdims=True)":
             "(grad + z * grad * z) / grad.shape[1]"}, "diagonal"),
        Row("value", "instance norm over time: mean held constant",
            {"(grad - mean -": "(grad -"}, "held constant"),
        Row("value", "instance norm over time: deviation held constant",
            {"- z * (grad * z).mean(axis=1, keepdims=True)": ""}, "held constant"),
        Row("value", "instance norm over time: means over the features on the way back", {
            "grad.mean(axis=1, keepdims=True)": "grad.mean(axis=2, keepdims=True)",
            "(grad * z).mean(axis=1, keepdims=True)": "(grad * z).mean(axis=2, keepdims=True)"}),
    ],
    normalized.GroupNorm: [
        Row("value", "group norm: the Jacobian's diagonal only", {
            "- self.mean(g) - self.groups(z) * self.mean(g * z)":
                "- self.groups(g + z * g * z) / (2 * g.shape[1] * g.shape[2])"}, "diagonal"),
        Row("value", "group norm: mean held constant", {"- self.mean(g) -": "-"}, "held constant"),
        Row("value", "group norm: variance held constant",
            {"- self.groups(z) * self.mean(g * z)": ""}, "held constant"),
        Row("value", "group norm: mean and variance held constant",
            {"- self.mean(g) - self.groups(z) * self.mean(g * z)": ""}, "held constant"),
        Row("value", "group norm: gain forgotten on the way back",
            {"g = self.gain.value * grad": "g = grad"}, "gain"),
    ],
    normalized.InstanceNorm: [
        Row("value", "instance norm of images: the Jacobian's diagonal only",
            {"self.mean(g) - z * self.mean(g * z)":
             "(g + z * g * z) / (g.shape[1] * g.shape[2])"}, "diagonal"),
        Row("value", "instance norm of images: mean held constant",
            {"(g - self.mean(g) -": "(g -"}, "held constant"),
        Row("value", "instance norm of images: variance held constant",
            {"- z * self.mean(g * z)": ""}, "held constant"),
        Row("value", "instance norm of images: gain gradient of the first image only",
            {"(grad * z).sum(axis=(0, 1, 2))": "(grad * z)[:1].sum(axis=(0, 1, 2))"}, "first"),
    ],
    normalized.ImageNorm: [
        Row("value", "layer norm of images: mean and variance held constant",
            {"- self.mean(g) - z * self.mean(g * z)": ""}, "held constant"),
        Row("value", "layer norm of images: gain gradient averaged over the samples",
            {"(grad * z).sum(axis=0)": "average(grad * z)"}, "batch size"),
    ],
    running.RunningNorm: [
        Row("value", "running batch norm: mean held constant",
            {"(g - self.average(g) -": "(g -"}, "held constant"),
        Row("value", "running batch norm: variance held constant",
            {"- z * self.average(g * z)": ""}, "held constant"),
        Row("value", "running batch norm: mean and variance held constant",
            {"- self.average(g) - z * self.average(g * z)": ""}, "held constant"),
    ],
    statistics.RunningSize: [
        Row("value", "running size: held constant on the way back",
            {"- z * average(g * z)": ""}, "held constant"),
        Row("value", "running size: the Jacobian's diagonal only",
            {"average(g * z)": "g * z / max(len(z), 1)"}, "diagonal"),
    ],
    statistics.OneSize: [
        Row("value", "one length: held constant on the way back",
            {"- y * ((grad * y).sum() / max(len(y), 1))": ""}, "held constant"),
    ],
    statistics.AbsoluteNorm: [
        Row("value", "batch norm by absolute values: spread held constant",
            {"- np.sign(centred) * average(grad * centred) / spread**2": ""}, "held constant"),
        Row("value", "batch norm by absolute values: the value where its sign belongs",
            {"np.sign(centred)": "centred"}),
    ],
    statistics.CentredSoftmax: [
        Row("value", "softmax of 2 x: the Jacobian's diagonal only",
            {"row_sum(grad * y)": "grad * y"}, "diagonal"),
    ],
    attention.CausalAttention: [
        Row("value", "causal attention: the softmax's diagonal only",
            {"row_sum(to_p * p)": "to_p * p"}),
    ],
    attention.Cosine: [
        Row("value", "cosine: length of the input held constant",
            {"(to_x - x * row_sum(to_x * x))": "to_x"}, "held constant"),
        Row("value", "cosine: length of the weight held constant",
            {"(to_w - W * row_sum(to_w * W))": "to_w"}, "held constant"),
        Row("value", "cosine: diagonal of the input's projection only",
            {"row_sum(to_x * x)": "to_x * x"}),
        Row("value", "cosine: weight's projection summed over the wrong axis",
            {"row_sum(to_w * W)": "(to_w * W).sum(axis=0)"}),
        Row("value", "cosine: divided by the length of the input twice",
            {"row_sum(to_x * x)) / a": "row_sum(to_x * x)) / a**2"}),
    ],
    normalized.WeightNorm: [
        Row("value", "weight norm: norm held constant",
            {"(to_w - unit * to_length)": "to_w"}, "held constant"),
        Row("value", "weight norm: direction's gradient without the length",
            {"(self.length.value / norm) *": "(1 / norm) *"}),
        Row("value", "weight norm: input gradient by the direction instead of the weight",
            {"(unit * self.length.value).T": "self.direction.value.T"}),
    ],
    weights.SpectralDense: [
        Row("value", "spectral norm: norm held constant",
            {"- np.outer(u, v) * ((to_w * W).sum() / s**2)": ""}, "held constant"),
        Row("value", "spectral norm: divided by the norm once, not twice",
            {"/ s**2": "/ s"}),
    ],
}
