"""Bugs in layers that work element by element, with parameters."""

from tests.catalogue import elementwise
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
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
