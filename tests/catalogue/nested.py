"""Layers that hold layers which draw or have running statistics: skips, gates, lists, dicts."""

import numpy as np

import nnlayers as nn
from tests.catalogue.composed import Dropout
from tests.catalogue.formulas import row_sum, sigmoid
from tests.catalogue.noisy_weights import Restless
from tests.catalogue.running import QuickNorm

# With a skip


class Bypass(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, D):
        self.body = Restless(D, D)

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class BypassOfList(nn.Layer):
    """y = x + the last of three layers in a list"""

    def __init__(self, D, K):
        self.chain = [QuickNorm(D), Restless(D, K), nn.Dense(K, D, rng=1)]

    def forward(self, x):
        y = x
        for layer in self.chain:
            y = layer.forward(y)
        return x + y

    def predict(self, x):
        y = x
        for layer in self.chain:
            y = layer.predict(y)
        return x + y

    def backward(self, grad):
        back = grad
        for layer in reversed(self.chain):
            back = layer.backward(back)
        return grad + back


class LayerScale(nn.Layer):
    """y = x + gain body(x)"""

    def __init__(self, D):
        self.body = Restless(D, D)
        self.gain = nn.Parameter(np.linspace(0.1, 0.5, D), decay=False)

    def forward(self, x):
        y = self.body.forward(x)
        self.save_for_backward(y)
        return x + self.gain.value * y

    def predict(self, x):
        return x + self.gain.value * self.body.predict(x)

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum(axis=0))
        return grad + self.body.backward(grad * self.gain.value)


class Rest(nn.Layer):
    """y = x - decoder(encoder(x)): what an autoencoder misses"""

    def __init__(self, D, K):
        self.encoder, self.decoder = Restless(D, K), Restless(K, D, seed=1)

    def forward(self, x):
        return x - self.decoder.forward(self.encoder.forward(x))

    def predict(self, x):
        return x - self.decoder.predict(self.encoder.predict(x))

    def backward(self, grad):
        return grad + self.encoder.backward(self.decoder.backward(-grad))


# With a gate


class Gate(nn.Layer):
    """y = a(x) sigmoid(b(x))"""

    def __init__(self, D, K):
        self.a, self.b = Restless(D, K), nn.Sequential(nn.Dense(D, K, rng=1), Dropout())

    def forward(self, x):
        a, s = self.a.forward(x), sigmoid(self.b.forward(x))
        self.save_for_backward(a, s)
        return a * s

    def predict(self, x):
        return self.a.predict(x) * sigmoid(self.b.predict(x))

    def backward(self, grad):
        a, s = self.saved()
        return self.a.backward(grad * s) + self.b.backward(grad * a * s * (1 - s))


class HighwayBlock(nn.Layer):
    """y = s body(x) + (1 - s) x, s = sigmoid(gate(x))"""

    def __init__(self, D):
        self.parts = {"body": Restless(D, D), "gate": nn.Dense(D, D, rng=1)}

    def forward(self, x):
        y, s = self.parts["body"].forward(x), sigmoid(self.parts["gate"].forward(x))
        self.save_for_backward(x, y, s)
        return s * y + (1 - s) * x

    def predict(self, x):
        y, s = self.parts["body"].predict(x), sigmoid(self.parts["gate"].predict(x))
        return s * y + (1 - s) * x

    def backward(self, grad):
        x, y, s = self.saved()
        to_gate = self.parts["gate"].backward(grad * (y - x) * s * (1 - s))
        return self.parts["body"].backward(grad * s) + to_gate + grad * (1 - s)


class Blend(nn.Layer):
    """y = s a(x) + (1 - s) b(x), with a learned share s = sigmoid(share)"""

    def __init__(self, D, K):
        self.a, self.b = Restless(D, K), Restless(D, K, seed=1)
        self.share = nn.Parameter(np.zeros(K), decay=False)

    def forward(self, x):
        a, b, s = self.a.forward(x), self.b.forward(x), sigmoid(self.share.value)
        self.save_for_backward(a, b, s)
        return s * a + (1 - s) * b

    def predict(self, x):
        s = sigmoid(self.share.value)
        return s * self.a.predict(x) + (1 - s) * self.b.predict(x)

    def backward(self, grad):
        a, b, s = self.saved()
        self.share.add_grad((grad * (a - b) * s * (1 - s)).sum(axis=0))
        return self.a.backward(grad * s) + self.b.backward(grad * (1 - s))


class Experts(nn.Layer):
    """y = Σ_k p_k e_k(x), p = softmax(gate(x)), the experts in a list"""

    def __init__(self, D, K):
        self.experts = [Restless(D, K, seed) for seed in range(2)]
        self.gate = nn.Dense(D, 2, rng=3)

    def shares(self, z):
        p = np.exp(z - z.max(axis=1, keepdims=True))
        return p / row_sum(p)

    def forward(self, x):
        y = np.stack([expert.forward(x) for expert in self.experts], axis=1)
        p = self.shares(self.gate.forward(x))
        self.save_for_backward(y, p)
        return np.einsum("nek,ne->nk", y, p)

    def predict(self, x):
        y = np.stack([expert.predict(x) for expert in self.experts], axis=1)
        return np.einsum("nek,ne->nk", y, self.shares(self.gate.predict(x)))

    def backward(self, grad):
        y, p = self.saved()
        to_p = np.einsum("nk,nek->ne", grad, y)
        back = self.gate.backward(p * (to_p - row_sum(to_p * p)))
        for place, expert in enumerate(self.experts):
            back = back + expert.backward(grad * p[:, [place]])
        return back


# Several branches


class Voting(nn.Layer):
    """y = mean of three layers in a dict"""

    def __init__(self, D, K):
        self.voices = {name: Restless(D, K, seed) for seed, name in enumerate("abc")}

    def forward(self, x):
        return sum(voice.forward(x) for voice in self.voices.values()) / 3

    def predict(self, x):
        return sum(voice.predict(x) for voice in self.voices.values()) / 3

    def backward(self, grad):
        return sum(voice.backward(grad / 3) for voice in self.voices.values())


class Threefold(nn.Layer):
    """y = a(x) b(x) c(x), in a list"""

    def __init__(self, D, K):
        self.factors = [Restless(D, K), nn.Dense(D, K, rng=1), Restless(D, K, seed=2)]

    def forward(self, x):
        a, b, c = (factor.forward(x) for factor in self.factors)
        self.save_for_backward(a, b, c)
        return a * b * c

    def predict(self, x):
        a, b, c = (factor.predict(x) for factor in self.factors)
        return a * b * c

    def backward(self, grad):
        (a, b, c), (first, second, third) = self.saved(), self.factors
        back = first.backward(grad * b * c) + second.backward(grad * a * c)
        return back + third.backward(grad * a * b)


class DenselyConnected(nn.Layer):
    """y = [x, a(x), b([x, a(x)])]"""

    def __init__(self, D, K):
        self.D, self.a, self.b = D, Restless(D, K), Restless(D + K, K, seed=1)

    def forward(self, x):
        both = np.concatenate([x, self.a.forward(x)], axis=1)
        return np.concatenate([both, self.b.forward(both)], axis=1)

    def predict(self, x):
        both = np.concatenate([x, self.a.predict(x)], axis=1)
        return np.concatenate([both, self.b.predict(both)], axis=1)

    def backward(self, grad):
        size = (grad.shape[1] + self.D) // 2
        both = grad[:, :size] + self.b.backward(grad[:, size:])
        return both[:, : self.D] + self.a.backward(both[:, self.D :])
