"""The cause that a message names if a layer holds parameters, or other layers."""

import numpy as np
import pytest

import nnlayers as nn
from tests.testing.diagnosis.spoiling import error_of, softmax
from tests.testing.messages import in_one_line


class Gained(nn.Layer):
    """y = gain x, as its subclasses get it wrong"""

    def __init__(self, D):
        self.gain, self.scale = nn.Parameter(np.ones(D)), 0.35

    def forward(self, x):
        self.save_for_backward(x)
        return self.scale * x * self.gain.value

    def add(self, grad, x):
        self.gain.add_grad(self.scale * (grad * x).sum(axis=0))

    def backward(self, grad):
        self.add(grad, self.saved())
        return self.scale * grad * self.gain.value


class WithoutScale(Gained):
    def add(self, grad, x):
        self.gain.add_grad((grad * x).sum(axis=0))


class WithoutInput(Gained):
    def add(self, grad, x):
        self.gain.add_grad(self.scale * grad.sum(axis=0))


class Averaged(Gained):
    def add(self, grad, x):
        self.gain.add_grad(self.scale * (grad * x).mean(axis=0))


class Nothing(Gained):
    def add(self, grad, x):
        pass


class WithoutGain(Gained):
    def backward(self, grad):
        self.add(grad, self.saved())
        return self.scale * grad


@pytest.mark.parametrize(
    ("layer", "block", "words"),
    [
        (WithoutScale, "gain", "the gradient is 2.857 x the correct one, and that is 1 / `scale`"),
        (WithoutInput, "gain", "a factor is missing: the input"),
        (Averaged, "gain", "looks divided by the batch size once too often"),
        (Nothing, "gain", "backward gives no gradient of 'gain'"),
        (WithoutGain, "input", "a factor is missing: 'gain'"),
    ],
)
def test_the_cause_of_a_wrong_parameter_is_named(layer, block, words):
    error = error_of(lambda D: layer(D), "N D")
    assert error.block == block
    assert words in in_one_line(error).lower()


class Skipping(nn.Layer):
    """y = x + body(x), without the gradient of one of its paths"""

    def __init__(self, D, around, through):
        self.body = nn.Sequential(nn.Dense(D, D, rng=0), nn.ReLU(), nn.Dense(D, D, rng=1))
        self.around, self.through = around, through

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        through = self.body.backward(grad)
        return self.around * grad + self.through * through


@pytest.mark.parametrize(
    ("around", "through", "words"),
    [
        (0, 1, "The gradient of the skip connection is missing"),
        (2, 1, "The upstream gradient itself is added once too often"),
        (1, 0, "The path through 'body' (Sequential) is missing"),
        (1, 2, "The path through 'body' (Sequential) is counted twice"),
    ],
)
def test_a_missing_path_is_named(around, through, words):
    error = error_of(lambda D: Skipping(D, around, through), "N D")
    assert words in in_one_line(error)


class Attention(nn.Layer):
    """y = softmax(q k' / sqrt(K)) x, whose scale is forgotten on the way back to q and k"""

    def __init__(self, D, K):
        rng = np.random.default_rng(0)
        self.q, self.k = (nn.Parameter(rng.standard_normal((D, K))) for _ in range(2))

    def forward(self, x):
        q, k = x @ self.q.value, x @ self.k.value
        p = softmax(q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]))
        self.save_for_backward(x, q, k, p)
        return p @ x

    def backward(self, grad):
        x, q, k, p = self.saved()
        dp = grad @ x.swapaxes(1, 2)
        ds = p * (dp - (p * dp).sum(-1, keepdims=True))
        dq, dk = ds @ k, ds.swapaxes(1, 2) @ q
        self.q.add_grad(np.einsum("ntd,ntk->dk", x, dq))
        self.k.add_grad(np.einsum("ntd,ntk->dk", x, dk))
        return p.swapaxes(1, 2) @ grad + dq @ self.q.value.T + dk @ self.k.value.T


def test_the_block_with_the_plainest_cause_speaks():
    error = error_of(lambda D, K: Attention(D, K), "N T D")
    assert error.block == "q"
    text = in_one_line(error)
    assert "Looks as if a division by the square root of K" in text
    assert "Also wrong: input, k." in text


class Exchanged(nn.Dense):
    def __init__(self, D):
        super().__init__(D, D, rng=0)
        self.other = nn.Parameter(np.ones(D))

    def forward(self, x):
        return super().forward(x) + self.other.value * np.sin(x.sum())

    def backward_parameters(self, grad):
        x = self.saved()
        self.weight.add_grad(x.T @ grad)
        self.other.add_grad(grad.sum(axis=0))
        self.bias.add_grad(grad.sum(axis=0) * np.sin(x.sum()))

    def backward(self, grad):
        x = self.saved()
        self.save_for_backward(x)
        self.backward_parameters(grad)
        return grad @ self.weight.value.T + np.cos(x.sum()) * (grad * self.other.value).sum()

    predict = nn.Dense.forward


def test_an_exchange_of_two_gradients_is_named():
    error = error_of(lambda D: Exchanged(D), "N D")
    assert "The gradients of 'bias' and 'other' are exchanged" in in_one_line(error)


class Table(nn.Layer):
    takes_integers = True

    def __init__(self, D):
        self.table = nn.Parameter(np.ones((5, D)))

    def forward(self, x):
        self.save_for_backward(x)
        return self.table.value[x]

    def backward(self, grad):
        x = self.saved()
        found = np.zeros_like(self.table.value)
        found[x] = grad  # np.add.at
        self.table.add_grad(found)


def test_a_scatter_without_accumulation_is_named():
    error = error_of(lambda D: Table(D), "N", values=lambda rng, shape: rng.integers(0, 5, shape))
    assert "for indices that occur more than once in the input" in in_one_line(error)
