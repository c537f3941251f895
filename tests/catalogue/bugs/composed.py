"""Bugs in layers that draw random numbers or hold layers."""

from tests.catalogue import composed
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
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
            {"return grad +": "return"}, "skip"),
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
