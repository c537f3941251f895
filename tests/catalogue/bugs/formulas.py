"""Wrong derivatives: halves of product rules, constants, flips, shifts, pieces, outputs for inputs."""

from tests.catalogue import along_axes, attention, elementwise, learned_losses, normalized, products
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    # the derivative at the output instead of the input, half a product rule
    elementwise.Softplus: [
        Row("value", "softplus: derivative at the output instead of the input", {"x = self.saved()": """
                x = self.saved()
                x = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))"""}),
    ],
    elementwise.Reciprocal: [
        Row("value", "reciprocal: derivative at the output instead of the input",
            {"-grad / (x * x)": "-grad * (x * x)"}),
    ],
    elementwise.Arctan: [
        Row("value", "arctan: derivative at the output instead of the input",
            {"1 / (1 + x * x)": "1 / (1 + np.arctan(x) ** 2)"}),
    ],
    elementwise.SiLU: [
        Row("value", "silu: product rule half done", {"s + x * s * (1 - s)": "s"}),
    ],
    elementwise.NegativeEntropy: [
        Row("value", "x log x: product rule half done", {"np.log(x) + 1": "np.log(x)"}),
    ],
    products.GatedLinear: [
        Row("value", "gated: input gradient of the gate only",
            {"return to_a @ self.weight.value.T + to_gate": "return to_gate"}),
        Row("value", "gated: input gradient of the ungated half only",
            {"+ to_gate @ self.gate.value.T": ""}),
    ],
    products.Gram: [
        Row("value", "gram matrix: product rule half done", {"(grad + grad.swapaxes(1, 2))": "grad"}),
    ],
    products.Attention: [
        Row("value", "attention: scale missing on the way back",
            {"keepdims=True)) * q.shape[-1] ** -0.5": "keepdims=True))"}, "scale"),
        Row("value", "attention: value gradient without the probabilities",
            {"p.swapaxes(1, 2) @ grad)": "grad)"}),
        Row("value", "attention: input gradient of the queries only",
            {"back += way @ parameter.value.T": "back += way @ parameter.value.T * (way is ways[0])"}),
    ],
    # constants
    along_axes.MeanOverTime: [
        Row("value", "mean over time: divided by the root of the number of steps",
            {"/ shape[1]": "/ shape[1] ** 0.5"}, "factor"),
    ],
    along_axes.GlobalMean: [
        Row("value", "global mean: divided by the height only",
            {"/ (shape[1] * shape[2])": "/ shape[1]"}, "factor"),
    ],
    normalized.Deviation: [
        Row("value", "deviation over time: not divided by the number of steps",
            {"/ centred.shape[1]": ""}, "factor"),
        Row("value", "deviation over time: divided by T - 1 in backward, by T in forward",
            {"/ centred.shape[1]": "/ max(centred.shape[1] - 1, 1)"}, "factor"),
        Row("value", "deviation over time: the variance's derivative, root forgotten",
            {"(grad / y)": "(2 * grad)"}),
    ],
    attention.RadialBasis: [
        Row("value", "radial basis: 2 forgotten", {"= -2 /": "= -1 /"}, "factor"),
        Row("value", "radial basis: mean over the features forgotten in backward",
            {"-2 / difference.shape[2] *": "-2 *"}, "factor"),
        Row("value", "radial basis: centres with the sign of the input",
            {"add_grad(-to_difference.sum(axis=0))": "add_grad(to_difference.sum(axis=0))"}, "sign"),
        Row("value", "radial basis: derivative of exp(s) forgotten",
            {"grad * factor * distance": "grad * y * distance"}),
    ],
    attention.LogDet: [
        Row("value", "log-determinant: 2 forgotten", {"return 2 * grad": "return grad"}, "factor"),
        Row("value", "log-determinant: I forgotten in backward",
            {"np.linalg.solve(a, x)":
             "np.linalg.solve(a - 0.9 * np.eye(a.shape[1], dtype=a.dtype), x)"}),
    ],
    # flips, shifts, pools, steps
    products.Convolution2D: [
        Row("value", "convolution 2-D: kernel not flipped for the input gradient",
            {"self.weight.value[::-1, ::-1]": "self.weight.value"}),
        Row("value", "convolution 2-D: kernel flipped along one axis only",
            {"self.weight.value[::-1, ::-1]": "self.weight.value[::-1]"}),
        Row("value", "convolution 2-D: kernel gradient flipped", {
            'self.weight.add_grad(np.einsum("nhwcij,nhwk->ijck", self.windows(padded), grad))': """
                total = np.einsum("nhwcij,nhwk->ijck", self.windows(padded), grad)
                self.weight.add_grad(total[::-1, ::-1])"""}, "places"),
    ],
    products.Depthwise: [
        Row("value", "depthwise: gradient shifted in the direction of forward", {
            "back[:, :-1] += grad[:, 1:] * self": "back[:, 1:] += grad[:, :-1] * self"}),
        Row("value", "depthwise: gradient of the step before forgotten",
            {"back[:, :-1] += grad[:, 1:] * self.before.value": ""}),
        Row("value", "depthwise: kernel gradient off by one step",
            {"(grad * before)": "(grad * x)"}, "another"),
    ],
    along_axes.Roll: [
        Row("value", "roll: rolled back one too far", {"grad, -1": "grad, -2"}, "places"),
    ],
    along_axes.MeanPool1D: [
        Row("value", "mean-pool 1-D: last window taken for a window of one",
            {"back = grad / 2": """
                back = grad / 2
                back[:, -1] *= 2"""}, "factor"),
    ],
    along_axes.MeanPool2D: [
        Row("value", "mean-pool 2-D: windows at the border of odd images count double", {
            "return back[:, :H, :W]": """
                back = back[:, :H, :W]
                back[:, H - H % 2 :] *= 2
                return back"""}, "factor"),
    ],
    along_axes.MaxPool2D: [
        Row("value", "max-pool 2-D: all of a window gets the gradient", {
            "np.put_along_axis(parts, place, grad[..., np.newaxis], -1)":
                "parts += grad[..., np.newaxis]"}),
    ],
    normalized.Strided: [
        Row("value", "stride: last step of an odd sequence gets no gradient", {
            "return back.reshape(len(back), 2 * back.shape[1], back.shape[3])[:, :T]": """
                back = back.reshape(len(back), 2 * back.shape[1], back.shape[3])[:, :T]
                back[:, T - T % 2 :] = 0
                return back"""}),
        Row("value", "stride: the two halves of the kernel exchanged on the way back",
            {'"ntk,pdk->ntpd", grad, self.weight.value':
             '"ntk,pdk->ntpd", grad, self.weight.value[::-1]'}),
    ],
    normalized.PReLUOfChannels: [
        Row("value", "prelu of channels: every channel gets the gradient of all", {
            "(grad * np.minimum(x, 0)).sum(axis=(0, 1, 2))":
                "np.full(x.shape[3], (grad * np.minimum(x, 0)).sum(), x.dtype)"}),
    ],
    # losses
    learned_losses.NarrowHuber: [
        Row("value", "huber beyond 0.4: slope beyond delta without delta",
            {"self.delta * np.sign(d)": "np.sign(d)"}, "factor"),
        Row("value", "huber beyond 0.4: slope beyond delta halved",
            {"self.delta * np.sign(d)": "0.5 * self.delta * np.sign(d)"}, "factor"),
    ],
    learned_losses.Temperature: [
        Row("value", "learned temperature: input gradient without the factor",
            {"return to_z * factor": "return to_z"}),
        Row("value", "learned temperature: gradient of the factor, not of its logarithm",
            {"(to_z * y).sum() * factor": "(to_z * y).sum()"}),
        Row("value", "learned temperature: gradient summed over the batch",
            {"(to_z * y).sum() * factor": "(to_z * y).sum() * factor * len(y)"}, "batch size"),
        Row("value", "learned temperature: gradient with the wrong sign",
            {"(to_z * y).sum() * factor": "-(to_z * y).sum() * factor"}, "sign"),
    ],
    learned_losses.Uncertainty: [
        Row("value", "learned uncertainty: gradient without the term that keeps it small",
            {"(1 - precision * float": "(-precision * float"}),
        Row("value", "learned uncertainty: gradient of the variance, not of its logarithm",
            {"(1 - precision * float((d * d).mean()))": "(1 - float((d * d).mean()))"}),
    ],
    learned_losses.Margin: [
        Row("value", "learned margin: gradient of 7, whatever the batch",
            {"2 * self.margin.value * (share * counts.sum())": "np.array([7.0])"}),
        Row("value", "learned margin: 2 forgotten",
            {"2 * self.margin.value * (share": "self.margin.value * (share"}, "factor"),
        Row("upstream", "learned margin: gradient ignores the incoming scalar",
            {"(share * counts.sum())": "(counts.sum() / t.size)"}),
        Row("life cycle", "learned margin: its parameter never gets a gradient",
            {"self.margin.add_grad(2 * self.margin.value * (share * counts.sum()))": ""}),
    ],
}
