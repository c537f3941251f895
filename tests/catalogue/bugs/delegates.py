"""Bugs in the predict of layers that hold layers."""

from tests.catalogue import nested, own_state, repeated
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    nested.Bypass: [
        Row("predict", "skip: predict without the skip connection",
            {"return x + self.body.predict(x)": "return self.body.predict(x)"}),
        Row("predict", "skip: predict without the body",
            {"return x + self.body.predict(x)": "return x"}),
        Row("predict", "skip: predict runs the forward of a copy of the body", {
            "return x + self.body.predict(x)": """
                import copy

                return x + copy.deepcopy(self.body).forward(x)"""}),
    ],
    nested.BypassOfList: [
        Row("predict", "skip around a list: predict leaves out its first layer",
            {"for layer in self.chain: y = layer.predict(y)": """
                for layer in self.chain[1:]:
                    y = layer.predict(y)"""}),
    ],
    nested.LayerScale: [
        Row("predict", "skip with a scale: predict forgets the gain",
            {"self.gain.value * self.body.predict(x)": "self.body.predict(x)"}),
    ],
    nested.Rest: [
        Row("predict", "rest: predict returns the reconstruction instead",
            {"return x - self.decoder.predict": "return self.decoder.predict"}),
    ],
    nested.Gate: [
        Row("predict", "gate: predict without the sigmoid",
            {"sigmoid(self.b.predict(x))": "self.b.predict(x)"}),
        Row("predict", "gate: predict gates with the wrong layer",
            {"sigmoid(self.b.predict(x))": "sigmoid(self.a.predict(x))"}),
    ],
    nested.HighwayBlock: [
        Row("predict", "highway: predict rounds its gate to open or shut", {
            'sigmoid(self.parts["gate"].predict(x))':
                'np.round(sigmoid(self.parts["gate"].predict(x)))'}),
    ],
    nested.Blend: [
        Row("predict", "learned share: predict takes a half of both",
            {"s = sigmoid(self.share.value) return": """
                s = 0.5
                return"""}),
    ],
    nested.Experts: [
        Row("predict", "experts: all count the same in predict",
            {"self.shares(self.gate.predict(x))": "self.shares(0 * self.gate.predict(x))"}),
    ],
    nested.Voting: [
        Row("predict", "mean of layers: predict adds them up", {
            "return sum(voice.predict(x) for voice in self.voices.values()) / 3":
                "return sum(voice.predict(x) for voice in self.voices.values())"}),
        Row("predict", "mean of layers: predict asks only two of three", {
            "return sum(voice.predict(x) for voice in self.voices.values()) / 3":
                "return sum(self.voices[name].predict(x) for name in 'ab') / 2"}),
    ],
    nested.Threefold: [
        Row("predict", "product of layers: predict leaves out the last", {
            "a, b, c = (factor.predict(x) for factor in self.factors) return a * b * c": """
                a, b, c = (factor.predict(x) for factor in self.factors)
                return a * b"""}),
    ],
    nested.DenselyConnected: [
        Row("predict", "densely connected: predict joins input and output in the other order", {
            "both = np.concatenate([x, self.a.predict(x)], axis=1)":
                "both = np.concatenate([self.a.predict(x), x], axis=1)"}),
    ],
    repeated.Twice: [
        Row("predict", "twice the same layer: predict uses it once", {
            "return self.inner.predict(self.inner.predict(x))": "return self.inner.predict(x)"}),
    ],
    repeated.Pair: [
        Row("predict", "one layer after another: in the other order in predict", {
            "for layer in self.layers: x = layer.predict(x)": """
                for layer in self.layers[::-1]:
                    x = layer.predict(x)"""}),
    ],
    repeated.Odd: [
        Row("predict", "odd part: predict adds what it should subtract",
            {"- self.inner.predict(-x)": "+ self.inner.predict(-x)"}),
    ],
    repeated.Unrolled: [
        Row("predict", "unrolled: predict forgets what it has computed before",
            {"self.inner.predict(x + h)": "self.inner.predict(x)"}),
    ],
    repeated.Steps: [
        Row("predict", "stepped: predict begins every step from zero", {
            "h = self.cell.predict(np.concatenate([x[:, t], h], axis=1))":
                "h = self.cell.predict(np.concatenate([x[:, t], 0 * h], axis=1))"}),
    ],
    repeated.BothWays: [
        Row("predict", "both ways: predict does not turn the second way round again",
            {"g.predict(x[:, ::-1])[:, ::-1]": "g.predict(x[:, ::-1])"}),
    ],
    repeated.Coupling: [
        Row("predict", "coupling: predict without the shift", {
            'np.exp(self.nets["s"].predict(a)), self.nets["t"].predict(a)':
                'np.exp(self.nets["s"].predict(a)), 0'}),
    ],
    repeated.MeanWord: [
        Row("predict", "mean of embeddings: the sum in predict",
            {"drop.predict(table.predict(x)).mean(axis=1)":
             "drop.predict(table.predict(x)).sum(axis=1)"}),
    ],
    own_state.RandomBranch: [
        Row("predict", "random share of two layers: predict asks only the first",
            {"return (self.a.predict(x) + self.b.predict(x)) / 2": "return self.a.predict(x)"}),
    ],
    own_state.Calibrated: [
        Row("predict", "calibrated: predict forgets the running size",
            {"return self.body.predict(x) / self.size()": "return self.body.predict(x)"}),
    ],
    own_state.Deepening: [
        Row("predict", "deeper with every batch: predict halves the body",
            {"return x + self.body.predict(x)": "return x + self.body.predict(x) / 2"}),
    ],
}
