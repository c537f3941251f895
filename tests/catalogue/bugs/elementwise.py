"""Bugs in layers that work element by element, without parameters."""

from tests.catalogue import elementwise
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    elementwise.Double: [
        Row("scale", "1e-6 x: gradient with the wrong sign",
            {"2 * x": "1e-6 * x", "2 * grad": "-1e-6 * grad"}, "sign"),
        Row("scale", "1e-6 x: gradient of -7e-6",
            {"2 * x": "1e-6 * x", "2 * grad": "-7e-6 * grad"}, "factor"),
        Row("scale", "1e-9 x: gradient zero", {"2 * x": "1e-9 * x", "2 * grad": "0 * grad"}, "zero"),
        Row("scale", "1e7 x + 1e7: gradient too large by a thousandth",
            {"2 * x": "1e7 * x + 1e7", "2 * grad": "1.001e7 * grad"}, "factor"),
        Row("scale", "linear: output float64 for float32 input",
            {"2 * x": "x * np.sqrt(np.float64(2))", "2 * grad": "2**0.5 * grad"}),
        Row("state", "linear: every forward after the second is doubled", {"return 2 * x": """
                self.calls = getattr(self, "calls", 0) + 1
                return 2 * x * (2 if self.calls > 2 else 1)"""}),
        Row("state", "linear: the first batch that comes fixes the scale for ever", {
            "return 2 * x": """
                if not hasattr(self, "size"):
                    self.size = float(np.abs(x).max(initial=1e-3))
                return x / self.size""",
            "2 * grad": "grad / self.size"}),
        Row("state", "noise: its generator sits where nothing finds it, so predict draws too", {
            "2 * x": "2 * x + self.hidden.rng.standard_normal(x.shape).astype(x.dtype)"}, adds="""
                def __init__(self):
                    from types import SimpleNamespace

                    self.hidden = SimpleNamespace(rng=np.random.default_rng(0))"""),
    ],
    elementwise.ReLU: [
        Row("value", "relu: mask forgotten", {"grad * (x > 0)": "grad"}, "negative"),
        Row("value", "relu: mask from the upstream instead of the input",
            {"x > 0": "grad > 0"}, "upstream"),
        Row("value", "relu: mask inverted", {"x > 0": "x <= 0"}),
        Row("upstream", "relu: drops negative upstream",
            {"grad * (x > 0)": "np.maximum(grad, 0) * (x > 0)"}),
        Row("local", "relu: derivative -1 only at exactly 0, outside the subgradient",
            {"grad * (x > 0)": "grad * (x > 0) - grad * (x == 0)"}),
        Row("mutation", "relu: forward writes into its input",
            {"np.maximum(x, 0)": "np.maximum(x, 0, out=x)"}),
    ],
    elementwise.ReLU6: [
        Row("local", "relu 6: backward clips only at 0, wrong above 6",
            {"(x > 0) & (x < 6)": "x > 0"}),
    ],
    elementwise.LeakyReLU: [
        Row("value", "leaky relu: forward leaks, backward does not",
            {"0.1 * grad": "0 * grad"}, "negative"),
        Row("value", "leaky relu: another slope in backward than in forward",
            {"0.1 * grad": "0.2 * grad"}, "negative"),
        Row("value", "leaky relu: output multiplied where the slope belongs",
            {"0.1 * grad": "0.1 * x * grad"}, "negative"),
        Row("local", "leaky relu: slope 0 between -0.5 and 0",
            {"0.1 * grad": "0.1 * grad * (x < -0.5)"}),
    ],
    elementwise.Abs: [
        Row("value", "abs: derivative 1 everywhere", {"grad * np.sign(x)": "grad"}, "negative"),
        Row("local", "abs: x / |x|, NaN only at exactly 0", {"np.sign(x)": "x / np.abs(x)"}),
        Row("local", "abs: derivative 3 only at exactly 0, outside the subgradient",
            {"grad * np.sign(x)": "np.where(x == 0, 3 * grad, grad * np.sign(x))"}),
    ],
    elementwise.HardTanh: [
        Row("local", "hard tanh: forward clips, backward does not",
            {"grad * (np.abs(x) <= 1)": "grad"}),
        Row("local", "hard tanh: backward clips only above", {"np.abs(x) <= 1": "x <= 1"}),
        Row("local", "hard tanh: derivative 2 only at exactly -1 and 1, outside the subgradient",
            {"grad * (np.abs(x) <= 1)": "grad * (np.abs(x) <= 1) + grad * (np.abs(x) == 1)"}),
    ],
    elementwise.Clip: [
        Row("mutation", "clip to [-3, 3]: forward clips its input in place",
            {"np.clip(x, -3, 3)": "np.clip(x, -3, 3, out=x).copy()"}),
    ],
    elementwise.Tanh: [
        Row("value", "tanh: slope computed in float16", {
            "slope = 1 - np.tanh(x) ** 2":
                "slope = (1 - np.tanh(x.astype(np.float16)) ** 2).astype(x.dtype)"}, "precision"),
        Row("value", "tanh: 1 - x², where y² belongs", {"np.tanh(x) ** 2": "x**2"}),
        Row("value", "tanh: 1 - y, where y² belongs", {"np.tanh(x) ** 2": "np.tanh(x)"}),
        Row("value", "tanh: derivative at y instead of at x",
            {"np.tanh(x) ** 2": "np.tanh(np.tanh(x)) ** 2"}),
        Row("upstream", "tanh: assumes an upstream of ones", {"grad * slope": "slope"}),
        Row("upstream", "tanh: squares its upstream", {"grad * slope": "grad**2 * slope"}),
        Row("upstream", "tanh: clips its upstream to [-1, 1]",
            {"grad * slope": "np.clip(grad, -1, 1) * slope"}),
        Row("upstream", "tanh: divides its upstream by the largest",
            {"grad * slope": "grad / max(float(np.abs(grad).max(initial=0)), 1e-30) * slope"}),
        Row("upstream", "tanh: upstream below 0.001 counts as zero",
            {"grad * slope": "grad * (np.abs(grad) > 1e-3) * slope"}),
        Row("shape", "tanh: backward crashes on an empty batch, by looking for the largest upstream",
            {"grad * slope": "grad * slope if np.abs(grad).max() > 0 else np.zeros_like(grad)"}),
        Row("shape", "tanh: gradient of shape (N, 1) instead of (N, D)",
            {"grad * slope": "row_sum(grad * slope)"}),
        Row("shape", "tanh: gradient flattened", {"grad * slope": "(grad * slope).ravel()"}),
        Row("shape", "tanh: gradient with an axis too many",
            {"grad * slope": "(grad * slope)[np.newaxis]"}),
        Row("shape", "tanh: samples after the second get no gradient", {"return grad * slope": """
                back = grad * slope
                back[2:] = 0
                return back"""}),
        Row("shape", "tanh: multiplies in memory order, wrong for Fortran-ordered arrays",
            {"grad * slope": '(grad.ravel("K") * slope.ravel("K")).reshape(x.shape)'}),
        Row("local", "tanh: slope 1 near 0",
            {"grad * slope": "np.where(np.abs(x) < 0.2, grad, grad * slope)"}),
        Row("local", "tanh: slope 0 beyond 2", {"grad * slope": "grad * slope * (np.abs(x) < 2)"}),
        Row("scale", "tanh: NaN at large values", {
            "return np.tanh(x)": "return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"}),
        Row("scale", "tanh: slope by a one-sided difference",
            {"1 - np.tanh(x) ** 2": "(np.tanh(x + 1e-5) - np.tanh(x)) / 1e-5"}, "precision"),
        Row("scale", "tanh: gradient float64 for float32 input",
            {"grad * slope": "grad * slope * np.float64(1)"}),
        Row("scale", "tanh: forward computed in float32 for float64 input",
            {"return np.tanh(x)": "return np.tanh(x.astype(np.float32)).astype(x.dtype)"}, "precision"),
        Row("mutation", "tanh: backward writes into its upstream", {
            "return grad * slope": """
                grad *= slope
                return grad"""}),
        Row("mutation", "tanh: output is a buffer that the next forward overwrites", {
            "return np.tanh(x)": """
                buffers = vars(self).setdefault("buffers", {})
                buffer = buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
                return np.tanh(x, out=buffer)"""}),
        Row("mutation", "tanh: gradient is a buffer that the next backward overwrites", {
            "return grad * slope": """
                buffers = vars(self).setdefault("buffers", {})
                buffer = buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
                return np.multiply(grad, slope, out=buffer)"""}),
        Row("mutation", "tanh: predict's output is a buffer that the next predict overwrites", adds="""
                def predict(self, x):
                    buffers = vars(self).setdefault("buffers", {})
                    buffer = buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
                    return np.tanh(x, out=buffer)"""),
        Row("state", "tanh: input remembered only when its shape changes", {
            "self.save_for_backward(x)": """
                if getattr(self, "last", np.empty(0)).shape != x.shape:
                    self.last = x
                self.save_for_backward(self.last)"""}),
        Row("state", "tanh: input kept as an attribute, so a layer used twice forgets the first",
            {"self.save_for_backward(x)": "self.x = x", "self.saved()": "self.x"}),
        Row("state", "tanh: saved values taken back first in, first out", {
            "self.save_for_backward(x)": 'self.queue = [*getattr(self, "queue", []), x]',
            "x = self.saved()": "x, *self.queue = self.queue"}),
        Row("state", "tanh: saved values looked at, not taken back", {"x = self.saved()": """
                x = self.saved()
                self.save_for_backward(x)"""}),
        Row("state", "tanh: backward forgets the other pending forwards too", {"x = self.saved()": """
                x = self.saved()
                self.clear_saved()"""}),
        Row("state", "tanh: saved values in a list that all instances share", {
            "self.save_for_backward(x)": "self.pending.append(x)",
            "self.saved()": "self.pending.pop()"}, adds="""
                pending = []

                def predict(self, x):
                    return np.tanh(x)"""),
        Row("state", "tanh: every second backward has the wrong sign", {"return grad * slope": """
                self.calls = getattr(self, "calls", 0) + 1
                return grad * slope * (-1 if self.calls % 2 == 0 else 1)"""}),
        Row("state", "tanh: predict returns its first result again when the shape repeats", adds="""
                def predict(self, x):
                    results = vars(self).setdefault("results", {})
                    return results.setdefault(x.shape, np.tanh(x)).copy()"""),
        Row("life cycle", "tanh: holds a lambda, so it cannot be pickled", {
            "return np.tanh(x)": "return self.f(x)"}, adds="""
                def __init__(self):
                    self.f = lambda x: np.tanh(x)"""),
        Row("life cycle", "tanh: holds a lock, so it cannot be copied or pickled", adds="""
                def __init__(self):
                    import threading

                    self.lock = threading.Lock()"""),
    ],
    elementwise.SavingTanh: [
        Row("mutation", "tanh: backward writes into the output that forward returned", {
            "return grad * (1 - y * y)": """
                y *= y
                return grad * (1 - y)"""}),
    ],
    elementwise.Offset: [
        Row("scale", "1e6 + tanh(x): slope too large by a hundredth",
            {"return grad *": "return 1.01 * grad *"}, "factor"),
    ],
    elementwise.Sigmoid: [
        Row("value", "sigmoid: x (1 - x), where y belongs",
            {"grad * y * (1 - y)": "grad * x * (1 - x)"}),
        Row("value", "sigmoid: y instead of y (1 - y)", {"grad * y * (1 - y)": "grad * y"}),
        Row("upstream", "sigmoid: clips its upstream to [-100, 100]",
            {"grad * y": "np.clip(grad, -100, 100) * y"}),
        Row("local", "sigmoid: slope 0 below -3", {"grad * y": "grad * (x > -3) * y"}),
        Row("scale", "sigmoid: exp(x) / (1 + exp(x)), NaN at large values",
            {"return sigmoid(x)": "return np.exp(x) / (1 + np.exp(x))"}),
    ],
    elementwise.Softplus: [
        Row("value", "softplus: sigmoid of -x", {"sigmoid(x)": "sigmoid(-x)"}),
        Row("value", "softplus of 3 x: inner factor forgotten", {"self.save_for_backward(x)": """
                x = 3 * x
                self.save_for_backward(x)"""}, "factor"),
        Row("local", "softplus: slope 0 below -1", {"sigmoid(x)": "sigmoid(x) * (x > -1)"}),
        Row("scale", "softplus: slope exp(x) / (1 + exp(x)), NaN at large values",
            {"sigmoid(x)": "np.exp(x) / (1 + np.exp(x))"}),
    ],
    elementwise.GELU: [
        Row("value", "gelu: forward with tanh, backward of x sigmoid(1.702 x)", {
            "return grad * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner)": """
                s = sigmoid(1.702 * x)
                return grad * (s + 1.702 * x * s * (1 - s))"""}),
        Row("value", "gelu: product rule without its second term",
            {"+ 0.5 * x * (1 - t * t) * inner": ""}),
        Row("value", "gelu: the cubic's inner derivative is 1 + 0.044715 x², a 3 is missing",
            {"0.134145": "0.044715"}),
    ],
    elementwise.Square: [
        Row("value", "square: x instead of 2 x", {"2 * x": "x"}, "factor"),
        Row("upstream", "square: upstream rounded to three decimals",
            {"grad * 2": "np.round(grad, 3) * 2"}),
        Row("local", "square: slope 2 for x between 1 and 1.5",
            {"grad * 2 * x": "np.where((x > 1) & (x < 1.5), 2 * grad, grad * 2 * x)"}),
        Row("local", "x² log|x|: gradient NaN, only at exactly 0", {
            "x * x": "x * x * np.log(np.where(x == 0, 1, np.abs(x)))",
            "grad * 2 * x": "grad * (2 * x * np.log(np.abs(x)) + x)"}),
        Row("local", "x |x|: derivative 1 instead of 0, only at exactly 0",
            {"x * x": "x * np.abs(x)", "grad * 2 * x": "grad * (2 * np.abs(x) + (x == 0))"}),
        Row("scale", "x + 1e-5 sin(x): gradient of the small term forgotten",
            {"x * x": "x + 1e-5 * np.sin(x)", "grad * 2 * x": "grad"}),
        Row("mutation", "square: backward writes into the saved input", {"return grad * 2 * x": """
                x *= 2
                return grad * x"""}),
    ],
    elementwise.Cube: [
        Row("value", "cube: 2 x² instead of 3 x²", {"3 * x * x": "2 * x * x"}, "factor"),
    ],
    elementwise.FastSine: [
        Row("value", "sine: -cos", {"* 30 * np.cos": "* -30 * np.cos"}, "sign"),
    ],
    elementwise.Reciprocal: [
        Row("value", "reciprocal: sign forgotten", {"-grad": "grad"}, "sign"),
    ],
    elementwise.Sqrt: [
        Row("value", "square root: 1/2 forgotten", {"grad * 0.5": "grad"}, "factor"),
    ],
    elementwise.Log: [
        Row("value", "logarithm to base 2: derivative of the natural one",
            {"np.log(x)": "np.log2(x)"}, "factor"),
    ],
}
