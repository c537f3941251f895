"""One of several paths forgotten on the way back: a skip, a gate, a second use, a carried state."""

from tests.catalogue import attention, gates, nested, repeated
from tests.catalogue.harness import Row

# fmt: off
# The rows are laid out by hand, so that they read like a diff.

BUGS = {
    gates.Highway: [
        Row("value", "highway: gradient of the skip path forgotten",
            {"return skip + to_h": "return to_h"}, "skip"),
        Row("value", "highway: gradient through the gate forgotten",
            {"+ to_gate @ self.gate.value.T": ""}),
        Row("value", "highway: gradient through the body forgotten",
            {"skip + to_h @ self.weight.value.T +": "skip +"}),
        Row("value", "highway: gate's gradient without the input that it lets pass",
            {"grad * (h - x) * s": "grad * h * s"}),
        Row("value", "highway: skip path weighted with the gate instead of its rest",
            {"skip = grad * (1 - s)": "skip = grad * s"}),
    ],
    gates.SqueezeExcite: [
        Row("value", "squeeze and excite: gradient through the gate forgotten",
            {"+ to_m[:, np.newaxis] / x.shape[1]": ""}),
        Row("value", "squeeze and excite: direct gradient forgotten",
            {"return grad * s[:, np.newaxis] + to_m[:, np.newaxis]":
             "return np.zeros_like(x) + to_m[:, np.newaxis]"}),
        Row("value", "squeeze and excite: gradient of the mean not divided by the steps",
            {"to_m[:, np.newaxis] / x.shape[1]": "to_m[:, np.newaxis]"}),
        Row("value", "squeeze and excite: relu forgotten on the way back", {"* (h > 0)": ""}),
    ],
    gates.Maxout: [
        Row("value", "maxout: all pieces learn",
            {"(piece == np.arange(3)[:, np.newaxis, np.newaxis])": "np.ones((3, 1, 1), grad.dtype)"}),
        Row("value", "maxout: the first piece has all the input gradient",
            {"pnk,pdk->nd\", to_z, self.weight.value": "nk,dk->nd\", grad, self.weight.value[0]"}),
    ],
    gates.GRU: [
        Row("value", "gru: gradient through the reset gate forgotten",
            {"to_rh * h * r * (1 - r)": "0 * h"}),
        Row("value", "gru: reset gate forgotten in what is carried back", {"to_rh * r +": "to_rh +"}),
        Row("value", "gru: update gate's share of the state not carried back",
            {"carried = g * u +": "carried ="}),
        Row("value", "gru: update gate the other way round on the way back",
            {"to_n = g * (1 - u) *": "to_n = g * u *"}),
        Row("state", "gru: weight gradient assigned in each step, so that the first step's remains",
            {"self.weight.add_grad(x[:, t].T @ to_n)": "self.weight.grad = x[:, t].T @ to_n"}),
    ],
    gates.LSTM: [
        Row("value", "lstm: carried gradient of h dropped",
            {"to_h = drives[:, t] @ self.recurrent.value.T": "to_h = 0 * to_h"}),
        Row("value", "lstm: carried gradient of the cell dropped",
            {"to_c = to_c * f": "to_c = 0 * to_c"}),
        Row("value", "lstm: forget gate forgotten in what is carried back", {"to_c = to_c * f": ""}),
        Row("value", "lstm: forget gate's gradient from the new cell, not from the one before",
            {"to_c * c_before * f": "to_c * c * f"}),
        Row("value", "lstm: gradients of input and forget gate exchanged",
            {"[*gates, out,": "[*gates[::-1], out,"}),
        Row("value", "lstm: derivative of tanh(c) forgotten", {"* (1 - np.tanh(c) ** 2)": ""}),
        Row("value", "lstm: recurrent gradient from the state of the same step",
            {'"ntj,ntk->jk", before, drives': '"ntj,ntk->jk", np.roll(before, -1, axis=1), drives'}),
    ],
    attention.CausalAttention: [
        Row("value", "causal attention: scale missing on the way back",
            {"scale = q.shape[2] ** -0.5": "scale = 1"}, "scale"),
        Row("value", "causal attention: scaled by 1 / width in backward, by its root in forward",
            {"scale = q.shape[2] ** -0.5": "scale = 1 / q.shape[2]"}, "scale"),
        Row("value", "causal attention: scale missing in backward for the queries alone",
            {"to_q = scale * to_scores": "to_q = to_scores"}, "scale"),
        Row("value", "causal attention: scale missing in backward for the keys alone",
            {"to_k = scale * to_scores": "to_k = to_scores"}, "scale"),
        Row("value", "causal attention: gradient through the keys forgotten",
            {"by_q + by_k +": "by_q +"}),
        Row("value", "causal attention: gradient through the queries forgotten",
            {"by_q + by_k +": "by_k +"}),
        Row("value", "causal attention: gradient through the values forgotten",
            {"by_k + to_v @ self.content.value.T": "by_k"}),
        Row("value", "causal attention: scores not transposed for the keys",
            {"to_scores.swapaxes(1, 2) @ q": "to_scores @ q"}),
        Row("value", "causal attention: softmax's derivative over the wrong axis",
            {"row_sum(to_p * p)": "(to_p * p).sum(axis=1, keepdims=True)"}),
        Row("value", "causal attention: derivative of the softmax forgotten",
            {"p * (to_p - row_sum(to_p * p))": "to_p * (p > 0)"}),
    ],
    attention.TwoHeads: [
        Row("value", "two heads: gradient of the keys forgotten",
            {"by_query + by_key +": "by_query +"}),
        Row("value", "two heads: content gradient of both heads together", {
            '"nhts,nsd,ntk->hdk", p, x, grad':
                '"nhts,nsd,ntk->hdk", (p + p[:, ::-1]) / 2, x, grad'}),
    ],
    attention.AttentionPooling: [
        Row("value", "attention pooling: probabilities held constant",
            {"+ to_h @ self.weight.value.T": ""}, "held constant"),
        Row("value", "attention pooling: softmax's derivative over the samples",
            {"row_sum(to_p * p)": "(to_p * p).sum(axis=0)"}),
        Row("value", "attention pooling: derivative of tanh forgotten", {"* (1 - h * h)": ""}),
    ],
    attention.Tied: [
        Row("value", "tied weights: gradient of the first use only",
            {"x.T @ to_z + grad.T @ h": "x.T @ to_z"}),
        Row("value", "tied weights: gradient of the second use only",
            {"x.T @ to_z + grad.T @ h": "grad.T @ h"}),
        Row("value", "tied weights: gradient of the two uses averaged",
            {"x.T @ to_z + grad.T @ h": "(x.T @ to_z + grad.T @ h) / 2"}, "factor"),
    ],
    nested.Bypass: [
        Row("value", "skip around a body: gradient of the skip path forgotten",
            {"return grad + self.body.backward(grad)": "return self.body.backward(grad)"}, "skip"),
        Row("value", "skip around a body: gradient of the body forgotten", {
            "return grad + self.body.backward(grad)": """
                self.body.backward(grad)
                return grad"""}),
    ],
    nested.Rest: [
        Row("value", "rest: the minus applied after the body instead of before it", {
            "return grad + self.encoder.backward(self.decoder.backward(-grad))":
                "return grad - self.encoder.backward(self.decoder.backward(grad))"}, "sign"),
    ],
    nested.HighwayBlock: [
        Row("value", "highway of layers: gradient of the skip path forgotten",
            {"+ to_gate + grad * (1 - s)": "+ to_gate"}, "skip"),
        Row("value", "highway of layers: gradient through the gate dropped",
            {"+ to_gate + grad * (1 - s)": "+ grad * (1 - s)"}),
    ],
    nested.LayerScale: [
        Row("value", "skip with a scale: gain forgotten on the way back",
            {"grad * self.gain.value)": "grad)"}),
    ],
    nested.Blend: [
        Row("value", "learned share: derivative of the sigmoid forgotten",
            {"(grad * (a - b) * s * (1 - s))": "(grad * (a - b))"}),
    ],
    nested.Experts: [
        Row("value", "experts: gradient through the gate dropped", {
            "back = self.gate.backward(p * (to_p - row_sum(to_p * p)))": """
                self.gate.backward(p * (to_p - row_sum(to_p * p)))
                back = 0"""}),
    ],
    nested.DenselyConnected: [
        Row("value", "densely connected: input's share of the second layer's gradient forgotten", {
            "both = grad[:, :size] + self.b.backward(grad[:, size:])": """
                both = grad[:, :size].copy()
                both[:, self.D :] += self.b.backward(grad[:, size:])[:, self.D :]"""}),
    ],
    repeated.Odd: [
        Row("value", "odd part: the two uses undone in the order of forward", {
            "of_minus_x = self.inner.backward(-grad) return self.inner.backward(grad) - of_minus_x":
                "return self.inner.backward(grad) - self.inner.backward(-grad)"}),
        Row("value", "odd part: the second use's parameters get the wrong sign", {
            "of_minus_x = self.inner.backward(-grad) return self.inner.backward(grad) - of_minus_x":
                "return self.inner.backward(grad) + self.inner.backward(grad)"}),
    ],
    repeated.Twice: [
        Row("value", "twice the same layer: the first use never undone",
            {"return self.inner.backward(self.inner.backward(grad))":
             "return self.inner.backward(grad)"}),
    ],
    repeated.Unrolled: [
        Row("value", "unrolled: input gradient of the first iteration only",
            {"back += grad": "back = grad"}),
    ],
    repeated.Steps: [
        Row("value", "stepped: no gradient from later steps",
            {"self.cell.backward(h + self": "self.cell.backward(0 * h + self"}),
    ],
    repeated.Coupling: [
        Row("value", "coupling: gradient through the factor dropped", {
            'self.nets["s"].backward(to_b * b * factor)':
                '0 * self.nets["s"].backward(to_b * b * factor)'}),
        Row("value", "coupling: gradient of the factor's logarithm without the factor",
            {"to_b * b * factor)": "to_b * b)"}),
    ],
}
