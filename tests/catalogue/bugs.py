"""The planted bugs, by layer: a row says what is wrong, then {right code: wrong code}."""

from tests.catalogue import along_axes, composed, elementwise, losses, products
from tests.catalogue.correct import zeros_and_ones
from tests.catalogue.harness import Row, plant_all

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

ELEMENTWISE = {
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
    elementwise.Shift: [
        Row("mutation", "shift: forward adds to its input in place", {
            "return x + self.offset.value": """
                x += self.offset.value
                return x"""}),
    ],
    elementwise.Scale: [
        Row("value", "scale: gain gradient without the input", {"(grad * x)": "grad"}),
        Row("value", "scale: gain gradient taken of the output",
            {"(grad * x)": "(grad * x * self.gain.value)"}, "gain"),
        Row("value", "scale: input gradient without the gain",
            {"grad * self.gain.value": "grad"}, "gain"),
        Row("value", "scale: input gradient divided by the gain",
            {"grad * self.gain.value": "grad / self.gain.value"}, "gain"),
        Row("value", "scale: gain gradient averaged, not summed",
            {"(grad * x).sum(axis=0)": "average(grad * x)"}, "batch size"),
        Row("value", "scale: gain gradient pairs each upstream with another sample's input",
            {"grad * x)": "grad * x[::-1])"}),
        Row("upstream", "scale: takes |upstream|",
            {"grad * self.gain.value": "np.abs(grad) * self.gain.value"}),
        Row("upstream", "scale: gain gradient from the upstream's sign",
            {"grad * x)": "np.sign(grad) * x)"}),
        Row("upstream", "scale: a zero in a sample's upstream silences the whole sample",
            {"return grad *": "return grad * grad.all(axis=1, keepdims=True) *"}),
        Row("shape", "scale: output of a single sample loses its batch axis", {
            "return x * self.gain.value": """
                y = x * self.gain.value
                return y[0] if len(y) == 1 else y"""}),
        Row("shape", "scale: gain gradient summed over the wrong axis where N = D",
            {"sum(axis=0)": "sum(axis=1 if len(x) == x.shape[1] else 0)"}),
        Row("shape", "scale: crashes on an empty batch, by looking at the first row", {
            "self.save_for_backward(x)": """
                if x[0].size == 0:
                    raise ValueError("no features")
                self.save_for_backward(x)"""}),
        Row("scale", "scale by 1e-6 gain: gain gradient with the wrong sign", {
            "return x *": "return 1e-6 * x *",
            "(grad * x)": "-(1e-6 * grad * x)",
            "return grad *": "return 1e-6 * grad *"}, "sign"),
        Row("mutation", "scale: gradient computed in the parameter's own memory", {
            "self.gain.add_grad((grad * x).sum(axis=0))": """
                gain = self.gain.value.copy()
                self.gain.add_grad(np.sum(grad * x, axis=0, out=self.gain.value))""",
            "return grad * self.gain.value": "return grad * gain"}),
        Row("mutation", "scale: adds to the gradient array in place, which others may hold", {
            "self.gain.add_grad((grad * x).sum(axis=0))": """
                if self.gain.grad is None:
                    self.gain.add_grad((grad * x).sum(axis=0))
                else:
                    self.gain.grad += (grad * x).sum(axis=0)"""}),
        Row("life cycle", "scale: gain is a plain array, never registered", {
            "nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)":
                "np.linspace(0.5, 1.5, D).astype(np.float32)",
            "x * self.gain.value": "x * self.gain.astype(x.dtype)",
            "self.gain.add_grad((grad * x).sum(axis=0))": "",
            "grad * self.gain.value": "grad * self.gain.astype(x.dtype)"}),
        Row("life cycle", "scale: parameter in an object where nothing finds it", {
            "self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)": """
                from types import SimpleNamespace

                self.hidden = SimpleNamespace(gain=nn.Parameter(np.linspace(0.5, 1.5, D)))"""}, adds="""
                @property
                def gain(self):
                    return self.hidden.gain"""),
        Row("life cycle", "scale: parameter in a set, where nothing finds it", {
            "self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)":
                "self.kept = {nn.Parameter(np.linspace(0.5, 1.5, D))}"}, adds="""
                @property
                def gain(self):
                    return next(iter(self.kept))"""),
        Row("life cycle",
            "scale: exponential of the gain cached at its first use, stale after an update", {
            "x * self.gain.value": "x * self.exp()",
            "(grad * x)": "(grad * x * self.exp())",
            "grad * self.gain.value": "grad * self.exp()"}, adds="""
                def exp(self):
                    if not hasattr(self, "cache"):
                        self.cache = np.exp(self.gain.value)
                    return self.cache"""),
        Row("life cycle", "scale: comes back from a pickle with the gain that it began with", adds="""
                def __reduce__(self):
                    return type(self), (self.gain.value.size,)

                def __deepcopy__(self, memo):
                    import copy

                    twin = type(self)(self.gain.value.size)
                    twin.__dict__.update(copy.deepcopy(self.__getstate__(), memo))
                    return twin"""),
        Row("life cycle", "scale: a deep copy shares its parameter with the original", adds="""
                def __deepcopy__(self, memo):
                    twin = type(self)(self.gain.value.size)
                    twin.gain = self.gain
                    return twin"""),
        Row("life cycle", "scale: a deep copy's parameter has the original's array", adds="""
                def __deepcopy__(self, memo):
                    import copy

                    twin = copy.copy(self)
                    twin.gain = copy.copy(self.gain)
                    return twin"""),
        Row("life cycle", "scale: every forward makes a new Parameter of the old value", {
            "self.save_for_backward(x)": """
                grad = self.gain.grad
                self.gain = nn.Parameter(self.gain.value, dtype=self.gain.value.dtype)
                self.gain.grad = grad
                self.save_for_backward(x)"""}),
        Row("life cycle", "scale: parameter made in the first forward, so a new layer has none", {
            "self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)": "pass",
            "self.save_for_backward(x)": """
                if "gain" not in vars(self):
                    self.gain = nn.Parameter(np.linspace(0.5, 1.5, x.shape[1]), dtype=x.dtype)
                self.save_for_backward(x)"""}),
        Row("life cycle", "scale: its state_dict leaves the gain out", adds="""
                def state_dict(self):
                    return {}"""),
    ],
    elementwise.ScalarGain: [
        Row("life cycle", "scale: parameter at class level, shared by all and found in none",
            {"def __init__(self): self.gain = nn.Parameter(1.5)": "gain = nn.Parameter(1.5)"}),
    ],
    elementwise.Affine: [
        Row("value", "affine: the two gradients stored under each other's names", {
            "self.gain.add_grad": "self.offset.add_grad",
            "self.offset.add_grad": "self.gain.add_grad"}, "another"),
        Row("value", "affine: offset gradient added twice", {
            "self.offset.add_grad(grad.sum(axis=0))": """
                self.offset.add_grad(grad.sum(axis=0))
                self.offset.add_grad(grad.sum(axis=0))"""}, "factor"),
        Row("value", "affine: offset gradient added to the gain's too",
            {"(grad * x)": "(grad * x + grad)"}),
    ],
    elementwise.PReLU: [
        Row("value", "prelu: slope gradient sums over positive inputs too", {"np.minimum(x, 0)": "x"}),
        Row("value", "prelu: slope gradient with the wrong sign",
            {"np.minimum(x, 0)": "np.maximum(-x, 0)"}, "sign"),
    ],
    elementwise.Swish: [
        Row("value", "swish: product rule half done", {"+ x * s * (1 - s) * self.beta.value": ""}),
        Row("value", "swish: beta gradient with x once instead of twice", {"grad * x * x": "grad * x"}),
        Row("value", "swish: input gradient without the inner beta",
            {"(1 - s) * self.beta.value": "(1 - s)"}),
    ],
}

PRODUCTS = {
    products.Dense: [
        Row("value", "dense: weight gradient divided by the batch size",
            {"x.T @ grad": "x.T @ grad / max(len(x), 1)"}, "batch size"),
        Row("value", "dense: weight gradient multiplied by the batch size",
            {"x.T @ grad": "x.T @ grad * len(x)"}, "batch size"),
        Row("value", "dense: bias gradient averaged, not summed",
            {"grad.sum(axis=0)": "average(grad)"}, "batch size"),
        Row("value", "dense: input gradient divided by the batch size",
            {"self.weight.value.T": "self.weight.value.T / max(len(x), 1)"}, "batch size"),
        Row("value", "dense: bias gradient of the first row only",
            {"grad.sum(axis=0)": "grad[:1].sum(axis=0)"}, "first row"),
        Row("value", "dense: weight gradient of the last row only",
            {"x.T @ grad": "x[-1:].T @ grad[-1:]"}, "last row"),
        Row("value", "dense: weight gradient without the last row",
            {"x.T @ grad": "x[:-1].T @ grad[:-1]"}),
        Row("value", "dense: weight gradient transposed, reshaped to fit",
            {"x.T @ grad": "(grad.T @ x).reshape(self.weight.value.shape)"}, "transposed"),
        Row("value", "dense: input gradient with the weight reshaped instead of transposed",
            {"self.weight.value.T": "self.weight.value.reshape(self.weight.value.shape[::-1])"}),
        Row("value", "dense: input gradient with the wrong sign",
            {"return grad @": "return -grad @"}, "sign"),
        Row("value", "dense: bias gradient with the wrong sign",
            {"grad.sum(axis=0)": "-grad.sum(axis=0)"}, "sign"),
        Row("value", "dense: bias gradient zero",
            {"grad.sum(axis=0)": "np.zeros_like(self.bias.value)"}, "zero"),
        Row("value", "dense: input gradient zero",
            {"grad @ self.weight.value.T": "np.zeros_like(x)"}, "zero"),
        Row("value", "dense: weight gradient halved", {"x.T @ grad": "x.T @ grad / 2"}, "factor"),
        Row("value", "dense: every element of the bias gets the sum of all",
            {"grad.sum(axis=0)": "np.full_like(self.bias.value, grad.sum())"}),
        Row("value", "dense: the last element of the weight gradient wrong by 1 %", {
            "self.weight.add_grad(x.T @ grad)": """
                total = x.T @ grad
                total[-1, -1] *= 1.01
                self.weight.add_grad(total)"""}, "element"),
        Row("value", "dense: input gradient too large by 1e-4 of itself",
            {"return grad @": "return 1.0001 * grad @"}, "factor"),
        Row("value", "dense: weight gradient computed in float32, whatever forward's precision",
            {"x.T @ grad": "x.astype(np.float32).T @ grad.astype(np.float32)"}, "precision"),
        Row("value", "dense: the bias has a gradient, though forward does not use it",
            {"+ self.bias.value": ""}, "zero"),
        Row("value", "dense: forward multiplies with W |W|, backward with W",
            {"x @ self.weight.value": "x @ (self.weight.value * np.abs(self.weight.value))"}),
        Row("upstream", "dense: bias gradient is the batch size, right only for ones",
            {"grad.sum(axis=0)": "np.full_like(self.bias.value, len(grad))"}),
        Row("upstream", "dense: input gradient right only for row-constant upstream",
            {"return grad @": "return np.broadcast_to(row_mean(grad), grad.shape) @"}),
        Row("upstream", "dense: weight gradient right only for an upstream that is equal in all rows",
            {"x.T @ grad": "np.outer(x.sum(axis=0), average(grad))"}),
        Row("upstream", "dense: weight gradient clipped to norm 1",
            {"x.T @ grad": "x.T @ grad / max(1, float(np.linalg.norm(x.T @ grad)))"}),
        Row("upstream", "dense: weight gradient with the decay of the weights already in it",
            {"x.T @ grad": "x.T @ grad + 0.01 * self.weight.value"}),
        Row("upstream", "dense: bias gradient scaled by batch size over rows with any upstream",
            {"grad.sum(axis=0)":
             "grad.sum(axis=0) * (len(grad) / max(int(grad.any(axis=1).sum()), 1))"}),
        Row("shape", "dense: bias gradient zero for N = 1",
            {"grad.sum(axis=0)": "grad.sum(axis=0) * (len(grad) != 1)"}),
        Row("shape", "dense: weight not transposed where D = K", {
            "return grad @ self.weight.value.T": """
                W = self.weight.value
                return grad @ (W if W.shape[0] == W.shape[1] else W.T)"""}),
        Row("shape", "dense: weight gradient transposed where D = K", {
            "self.weight.add_grad(x.T @ grad)": """
                total = x.T @ grad
                self.weight.add_grad(total.T if total.shape[0] == total.shape[1] else total)"""}),
        Row("shape", "dense: upstream taken for its transpose where N = K",
            {"return grad @": "return (grad.T if len(grad) == grad.shape[1] else grad) @"}),
        Row("shape", "dense: bias gradient of shape (1, K)",
            {"grad.sum(axis=0)": "grad.sum(axis=0, keepdims=True)"}),
        Row("shape", "dense: bias gradient not summed over the samples", {"grad.sum(axis=0)": "grad"}),
        Row("shape", "dense: weight gradient drops the last sample of odd batches",
            {"x.T @ grad": "x[: len(x) // 2 * 2].T @ grad[: len(x) // 2 * 2]"}),
        Row("scale", "dense: float64 input gives float32 output",
            {"x @ self.weight.value + self.bias.value":
             "(x @ self.weight.value + self.bias.value).astype(np.float32)"}),
        Row("scale", "dense: input rounded to float16 on its way in", {"self.save_for_backward(x)": """
                x = x.astype(np.float16).astype(x.dtype)
                self.save_for_backward(x)"""}, "precision"),
        Row("mutation", "dense: backward clears its upstream when it is done", {
            "return grad @ self.weight.value.T": """
                back = grad @ self.weight.value.T
                grad.fill(0)
                return back"""}),
        Row("mutation", "dense: forward normalises the weight's columns in place", {
            "self.save_for_backward(x)": """
                self.weight.value[...] /= np.sqrt((self.weight.value**2).sum(axis=0))
                self.save_for_backward(x)"""}),
        Row("mutation", "dense: backward decays the weight itself", {
            "return grad @ self.weight.value.T": """
                back = grad @ self.weight.value.T
                self.weight.value[...] *= 0.999
                return back"""}),
        Row("mutation", "dense: predict rounds the weight in place", adds="""
                def predict(self, x):
                    self.weight.value[...] = np.round(self.weight.value, 2)
                    return x @ self.weight.value + self.bias.value"""),
        Row("state", "dense: weight gradient overwritten, not added to", {"x = self.saved()": """
                x = self.saved()
                self.weight.grad = None"""}),
        Row("state", "dense: bias gradient counts all earlier ones again", {
            "grad.sum(axis=0)":
                "grad.sum(axis=0) + (0 if self.bias.grad is None else self.bias.grad)"}),
        Row("state", "dense: forward clears the gradients", {"self.save_for_backward(x)": """
                self.clear_gradients()
                self.save_for_backward(x)"""}),
        Row("life cycle", "dense: bias never gets a gradient",
            {"self.bias.add_grad(grad.sum(axis=0))": ""}),
        Row("life cycle", "dense: backward uses a copy of the weight made at the start", {
            "self.weight = nn.Parameter(draw(D, K))": """
                self.weight = nn.Parameter(draw(D, K))
                self.transposed = self.weight.value.T.copy()""",
            "self.weight.value.T": "self.transposed.astype(grad.dtype)"}),
        Row("life cycle", "dense: a copy or pickle has lost the bias", adds="""
                def __getstate__(self):
                    bias = nn.Parameter(0 * self.bias.value, decay=False, dtype=self.bias.value.dtype)
                    return {**super().__getstate__(), "bias": bias}"""),
        Row("life cycle", "dense: backward_parameters forgets the bias", adds="""
                def backward_parameters(self, grad):
                    self.weight.add_grad(self.saved().T @ grad)"""),
        Row("life cycle", "dense: backward_parameters leaves the saved input behind", adds="""
                def backward_parameters(self, grad):
                    x = self.saved()
                    self.save_for_backward(x)
                    self.weight.add_grad(x.T @ grad)
                    self.bias.add_grad(grad.sum(axis=0))"""),
        Row("life cycle", "dense: a frozen weight gets a gradient all the same", {
            "self.weight = nn.Parameter(draw(D, K))": """
                self.weight = nn.Parameter(draw(D, K))
                self.weight.trainable = False""",
            "self.weight.add_grad(x.T @ grad)": "self.weight.grad = x.T @ grad"}),
    ],
    products.GatedLinear: [
        Row("value", "gated: product rule half done", {"grad * a * s * (1 - s)": "0 * grad"}),
        Row("value", "gated: the two weights' gradients swapped",
            {"x.T @ to_a": "x.T @ to_gate", "x.T @ to_gate": "x.T @ to_a"}, "another"),
        Row("value", "gated: derivative of the gate forgotten", {"grad * a * s * (1 - s)": "grad * a"}),
    ],
    products.Bilinear: [
        Row("value", "quadratic form: 2 W x, as if W were symmetric",
            {'return np.einsum("nk,kij,nj->ni", grad, W, x) + np.einsum("nk,kij,ni->nj", grad, W, x)':
             'return 2 * np.einsum("nk,kij,nj->ni", grad, W, x)'}),
    ],
    products.Outer: [
        Row("value", "outer product: product rule half done",
            {'+ np.einsum("nij,ni->nj", grad, x)': ""}),
    ],
    products.Convolution1D: [
        Row("value", "convolution: input gradient with the kernel in the wrong direction",
            {"grad @ W.T": "grad @ self.weight.value[2 - k].T"}),
        Row("value", "convolution: kernel gradient in the wrong direction",
            {"kernel[k]": "kernel[2 - k]"}),
        Row("value", "convolution: bias gradient averaged over the steps",
            {"grad.sum(axis=(0, 1))": "grad.mean(axis=1).sum(axis=0)"}, "factor"),
    ],
    products.Recurrent: [
        Row("value", "recurrent: no gradient through the hidden state",
            {"h = drive[:, t] @ self.recurrent.value.T": "h = 0 * drive[:, t]"}),
        Row("value", "recurrent: recurrent weight not transposed on the way back",
            {"self.recurrent.value.T": "self.recurrent.value"}, "transposed"),
        Row("value", "recurrent: recurrent weight gradient from h_t, not h_{t-1}",
            {"states[:, :-1]": "states[:, 1:]"}),
        Row("value", "recurrent: bias gradient of the last step only",
            {"drive.sum(axis=(0, 1))": "drive[:, -1].sum(axis=0)"}),
        Row("value", "recurrent: derivative of tanh forgotten", {"* (1 - states[:, t + 1] ** 2)": ""}),
        Row("state", "recurrent: starts where the last batch of this size ended", {
            "for t in range(x.shape[1]):": """
                if hasattr(self, "last") and len(self.last) == len(x):
                    states[:, 0] = self.last
                for t in range(x.shape[1]):""",
            "return states[:, 1:].copy()": """
                self.last = states[:, -1].copy()
                return states[:, 1:].copy()"""}),
    ],
    products.Embedding: [
        Row("value", "embedding: scatter without accumulation",
            {"np.add.at(total, x, grad)": "total[x] += grad"}),
        Row("value", "embedding: gradient averaged over a row's uses", {"np.add.at(total, x, grad)": """
                np.add.at(total, x, grad)
                total /= np.maximum(np.bincount(x.ravel(), minlength=5), 1)[:, np.newaxis]"""}),
        Row("value", "embedding: gradient divided by the batch size",
            {"x, grad)": "x, grad / max(len(x), 1))"}, "batch size"),
        Row("value", "embedding: index 0 gets no gradient, as if it were padding", {
            "np.add.at(total, x, grad)": """
                np.add.at(total, x, grad)
                total[0] = 0"""}, "zero"),
    ],
}

ALONG_AXES = {
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
        Row("value", "normalize: projection dropped", {"- y * row_sum(grad * y)": ""}),
        Row("value", "normalize: divided by the norm twice", {") / norm": ") / norm**2"}),
        Row("value", "normalize: projection on the input instead of the unit vector",
            {"row_sum(grad * y)": "row_sum(grad * y * norm)"}),
    ],
    along_axes.Softmax: [
        Row("value", "softmax: the Jacobian's diagonal only",
            {"(grad * y).sum(axis=self.axis, keepdims=True)": "grad * y"}),
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
            {"row_sum(grad)": "grad"}),
        Row("value", "log-softmax: normalisation held constant", {"- np.exp(y) * row_sum(grad)": ""}),
        Row("value", "log-softmax: log-probabilities where probabilities belong", {"np.exp(y)": "y"}),
    ],
    along_axes.LogSumExp: [
        Row("value", "logsumexp: equal shares for all features",
            {"p / row_sum(p)": "np.full_like(x, 1 / x.shape[-1])"}),
        Row("scale", "logsumexp: overflows on the way back, at large values",
            {"x - x.max(axis=-1, keepdims=True)": "x"}),
    ],
    along_axes.LayerNorm: [
        Row("value", "layer norm: mean term dropped", {"g - row_mean(g)": "g"}),
        Row("value", "layer norm: projection term dropped", {"- z * row_mean(g * z)": ""}),
        Row("value", "layer norm: statistics held constant",
            {"- row_mean(g) - z * row_mean(g * z)": ""}),
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
        Row("value", "batch norm: mean term dropped", {"g - self.average(g)": "g"}),
        Row("value", "batch norm: projection term dropped", {"- z * self.average(g * z)": ""}),
        Row("value", "batch norm: statistics held constant",
            {"- self.average(g) - z * self.average(g * z)": ""}),
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
        Row("value", "center: the batch's mean held constant", {"grad - average(grad)": "grad"}),
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

COMPOSED = {
    composed.Dropout: [
        Row("scale", "dropout: a float64 mask makes float32 float64",
            {"astype(x.dtype)": "astype(np.float64)"}),
        Row("state", "dropout: mask kept as an attribute, so a layer used twice forgets the first",
            {"self.save_for_backward(mask)": "self.mask = mask", "self.saved()": "self.mask"}),
        Row("state", "dropout: new mask in backward", {
            "mask = self.saved()": """
                mask = self.saved()
                mask = (self.rng.random(mask.shape) < self.keep).astype(mask.dtype)"""}),
        Row("state", "dropout: backward without 1 / keep",
            {"grad * mask / self.keep": "grad * mask"}, "keep"),
        Row("state", "dropout: forward without 1 / keep, backward with it", {
            "x * mask / self.keep": "x * mask",
            "def predict(self, x): return x": """
                def predict(self, x):
                    return x * self.keep"""}, "keep"),
        Row("state", "dropout: backward without its mask", {"grad * mask / self.keep": "grad"}),
        Row("state", "dropout: active in predict", {"def predict(self, x): return x": """
                def predict(self, x):
                    return x * (self.rng.random(x.shape) < self.keep).astype(x.dtype) / self.keep"""}),
        Row("state", "dropout: predict draws a mask, and does not use it", {
            "def predict(self, x):": """
                def predict(self, x):
                    self.rng.random(x.shape)"""}),
        Row("state", "dropout: draws from NumPy's global random numbers",
            {"self.rng.random(": "np.random.random("}),
        Row("state", "dropout: seeds NumPy's global random numbers", {"mask = (self": """
                np.random.seed(0)
                mask = (self"""}),
        Row("state", "dropout: draws from the standard library's global random numbers", {
            "mask = (self.rng.random(x.shape) < self.keep).astype(x.dtype)": """
                import random

                mask = np.array([random.random() < self.keep for _ in range(x.size)], x.dtype)
                mask = mask.reshape(x.shape)"""}),
        Row("state", "dropout: a new generator from fresh entropy in every forward",
            {"self.rng.random(": "np.random.default_rng().random("}),
    ],
    composed.Residual: [
        Row("value", "residual: gradient of the skip connection forgotten",
            {"return grad +": "return"}),
        Row("value", "residual: gradient through the body computed and dropped", {
            "return grad + self.body.backward(grad)": """
                self.body.backward(grad)
                return grad"""}),
        Row("value", "residual: skip connection counted twice", {"return grad +": "return 2 * grad +"}),
        Row("mutation", "residual: adds to the child's output in place, which the child has saved", {
            "return x + self.body.forward(x)": """
                y = self.body.forward(x)
                y += x
                return y"""}),
        Row("mutation",
            "residual: doubles what the child's backward returned, its very upstream, in place", {
            "nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())": "Identity()",
            "return grad + self.body.backward(grad)": """
                back = self.body.backward(grad)
                back *= 2
                return back"""}),
        Row("state", "residual: predict runs the body's forward, which saves",
            {"self.body.predict(x)": "self.body.forward(x)"}),
        Row("life cycle", "residual: body in a set, where nothing finds it", {
            "self.body = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())":
                "self.kept = {nn.Dense(D, D, rng=0)}"}, adds="""
                @property
                def body(self):
                    return next(iter(self.kept))"""),
        Row("life cycle", "residual: all instances of one size hold the same child", {
            "nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())":
                "self.children.setdefault(D, nn.Dense(D, D, rng=0))"}, adds="children = {}"),
        Row("life cycle", "residual: predict forgotten in a layer that holds layers",
            {"def predict(self, x): return x + self.body.predict(x)": ""}),
    ],
    composed.Parallel: [
        Row("value", "parallel: 1/2 of the mean forgotten", {
            "self.a.backward(grad / 2)": "self.a.backward(grad)",
            "self.b.backward(grad / 2)": "self.b.backward(grad)"}, "factor"),
        Row("value", "parallel: input gradient of the second branch only", {
            "return self.a.backward(grad / 2) + self": """
                self.a.backward(grad / 2)
                return self"""}),
        Row("state", "parallel: predict clears what the first branch has saved", {
            "return (self.a.predict(x)": """
                self.a.clear_saved()
                return (self.a.predict(x)"""}),
        Row("life cycle", "parallel: second branch in an object where nothing finds it", {
            "self.b = nn.Sequential(nn.Dense(D, K, rng=1), SavingTanh())": """
                from types import SimpleNamespace

                self.hidden = SimpleNamespace(b=nn.Dense(D, K, rng=1))"""}, adds="""
                @property
                def b(self):
                    return self.hidden.b"""),
        Row("life cycle", "parallel: names only the first branch's parameters", adds="""
                def named_parts(self):
                    return (pair for pair in super().named_parts() if not pair[0].startswith("b"))"""),
    ],
    composed.Concatenated: [
        Row("value", "side by side: branches get each other's upstream",
            {"backward(to_a)": "backward(to_b)", "backward(to_b)": "backward(to_a)"}),
    ],
}

LOSSES = {
    losses.CrossEntropy: [
        Row("value", "cross-entropy: gradient not divided by the batch size",
            {"(float(grad) / len(z))": "float(grad)"}, "batch size"),
        Row("value", "cross-entropy: gradient divided by the classes too",
            {"/ len(z)": "/ z.size"}, "factor"),
        Row("value", "cross-entropy: target not subtracted", {"(np.exp(z) - q)": "np.exp(z)"}),
        Row("value", "cross-entropy: target minus probabilities",
            {"np.exp(z) - q": "q - np.exp(z)"}, "sign"),
        Row("value", "cross-entropy: gradient pulled through the softmax once more",
            {"(np.exp(z) - q)": "np.exp(z) * (np.exp(z) - q)"}),
        Row("value", "smoothed cross-entropy: backward with unsmoothed targets",
            {"-(q * z)": "-((0.9 * q + 0.1 / z.shape[1]) * z)"}),
        Row("upstream", "cross-entropy: ignores its incoming scalar", {"float(grad) /": "1.0 /"}),
        Row("scale", "cross-entropy: overflows at large logits",
            {"prediction - prediction.max(axis=1, keepdims=True)": "prediction"}),
        Row("mutation", "cross-entropy: shifts the logits in place", {
            "z = prediction - prediction.max(axis=1, keepdims=True)": """
                z = prediction
                z -= z.max(axis=1, keepdims=True)"""}),
    ],
    losses.SquaredError: [
        Row("value", "squared error: 2 forgotten", {"2 * d": "d"}, "factor"),
        Row("value", "squared error: gradient divided by the rows, value by the elements",
            {"d.size": "len(d)"}, "factor"),
        Row("upstream", "squared error: squares its incoming scalar",
            {"float(grad)": "float(grad) ** 2"}),
        Row("mutation", "squared error: writes the difference into the target", {
            "self.save_for_backward(d)": """
                target -= prediction
                self.save_for_backward(d)"""}),
    ],
    losses.MeanAbsoluteError: [
        Row("value", "absolute error: sign of target minus prediction",
            {"np.sign(d)": "np.sign(-d)"}, "sign"),
        Row("value", "absolute error: the difference where its sign belongs", {"np.sign(d)": "d"}),
    ],
    losses.Huber: [
        Row("upstream", "huber: takes |incoming scalar|", {"float(grad)": "abs(float(grad))"}),
        Row("local", "huber: quadratic's slope also beyond 1", {"np.clip(d, -1, 1)": "d"}),
        Row("state", "huber: prediction kept as an attribute, so a loss used twice forgets the first",
            {"self.save_for_backward(d)": "self.d = d", "self.saved()": "self.d"}),
    ],
    losses.BinaryHinge: [
        Row("value", "hinge: gradient also where the margin is kept", {"-t * (t * y < 1)": "-t"}),
    ],
}

# fmt: on

FAMILIES = ["value", "upstream", "shape", "local", "scale", "mutation", "state", "life cycle"]
BUGS = plant_all({**ELEMENTWISE, **PRODUCTS, **ALONG_AXES, **COMPOSED, **LOSSES})
BUGS.sort(key=lambda bug: FAMILIES.index(bug.family))
