"""The cause that a message names, for mistakes of every kind; and none where none is certain."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer, check_loss


def error_of(layer, shape, **options):
    with pytest.raises(GradientError) as info:
        check_layer(layer, shape, checks="value", **options)
    return info.value


def wrong(forward, backward, parameters=None, holds=None):
    """A layer from two functions of (layer, x) and of (layer, gradient, x, y)."""

    class Wrong(nn.Layer):
        def __init__(self, **sizes):
            for name, value in (parameters(**sizes) if parameters else {}).items():
                setattr(self, name, value if isinstance(value, float) else nn.Parameter(value))
            for name, layer in (holds(**sizes) if holds else {}).items():
                setattr(self, name, layer)

        def forward(self, x):
            y = forward(self, x)
            self.save_for_backward(x, y)
            return y

        def backward(self, grad):
            x, y = self.saved()
            return backward(self, grad, x, y)

    return Wrong


def test_a_negative_zero_is_written_without_its_sign():
    always_zero = wrong(lambda layer, x: x * abs(x), lambda layer, grad, x, y: -0.0 * abs(grad))
    message = str(error_of(always_zero, "N D"))
    assert "input[0, 0]   0  " in message
    assert "# [[0.0]], should be" in message


def softmax(layer, x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def normalize(layer, x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def deviation(x):
    return np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def unit(layer, x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


MISTAKES = {
    "the sign": (wrong(lambda s, x: x**2, lambda s, g, x, y: -2 * g * x), "The sign is wrong"),
    "a factor": (wrong(lambda s, x: x**3, lambda s, g, x, y: 2 * g * x**2), "2/3 x the correct one"),
    "a constant of mathematics": (
        wrong(lambda s, x: 2.0**x, lambda s, g, x, y: g * y),
        "1.443 x the correct one, and that is 1 / log(2)",
    ),
    "divided by the batch size": (
        wrong(lambda s, x: np.sin(x), lambda s, g, x, y: g * np.cos(x) / len(x)),
        "Looks divided by the batch size once too often",
    ),
    "divided by the features": (
        wrong(lambda s, x: np.sin(x), lambda s, g, x, y: g * np.cos(x) / x.shape[1]),
        "Looks divided by D once too often",
    ),
    "a mean taken for a sum": (
        wrong(lambda s, x: x.mean(axis=1), lambda s, g, x, y: np.repeat(g[:, None], x.shape[1], 1)),
        "Looks as if a division by D is missing",
    ),
    "a square root": (
        wrong(lambda s, x: x / np.sqrt(x.shape[1]), lambda s, g, x, y: g + 0 * x),
        "a division by the square root of D is missing",
    ),
    "zero": (wrong(lambda s, x: x**2, lambda s, g, x, y: 0 * g), "The gradient is zero"),
    "zero where it belongs": (
        wrong(lambda s, x: 0 * x + 1, lambda s, g, x, y: g),
        "It should be zero: forward does not change with the input near any point that was tried",
    ),
    "upstream of ones": (
        wrong(lambda s, x: np.tanh(x), lambda s, g, x, y: 1 - y**2 + 0 * g),
        "It assumes an upstream gradient of ones",
    ),
    "the first row only": (
        wrong(lambda s, x: x + 1, lambda s, g, x, y: g * (np.arange(len(g)) == 0)[:, None]),
        "It is wrong only after the first index along axis 0 (the batch): there, it is zero",
    ),
    "the mean of the upstream": (
        wrong(lambda s, x: 3 * x, lambda s, g, x, y: 3 * g.mean(axis=0) + 0 * x),
        "It uses the mean of the upstream gradient along the batch",
    ),
    "unchanged": (
        wrong(lambda s, x: np.sin(x), lambda s, g, x, y: g),
        "It is the upstream gradient, unchanged: the derivative of forward is missing",
    ),
    "the diagonal of a softmax": (
        wrong(softmax, lambda s, g, x, y: g * y * (1 - y)),
        "Only the diagonal of the Jacobian is used",
    ),
    "a projection": (
        wrong(softmax, lambda s, g, x, y: g * y),
        "A term is missing or wrong. Over the features of a sample it is proportional to the output",
    ),
    "statistics held constant": (
        wrong(normalize, lambda s, g, x, y: g / deviation(x)),
        "a factor that is the same within each sample",
    ),
    "the mean's term": (
        wrong(normalize, lambda s, g, x, y: (g - y * (g * y).mean(-1, keepdims=True)) / deviation(x)),
        "It is the same for all features of a sample, like the derivative of a mean",
    ),
    "divided by the norm twice": (
        wrong(
            unit,
            lambda s, g, x, y: (g - y * (g * y).sum(1, keepdims=True)) / (x**2).sum(1, keepdims=True),
        ),
        "1 / the norm of the input (of each sample)",
    ),
    "the input for the output": (
        wrong(lambda s, x: np.tanh(x), lambda s, g, x, y: g * (1 - x**2)),
        "multiplied by 1 - x², not 1 - y²",
    ),
    "half a product rule": (
        wrong(lambda s, x: x * np.sin(x), lambda s, g, x, y: g * np.sin(x)),
        "Only one factor of a product is differentiated",
    ),
    "the derivative at another point": (
        wrong(lambda s, x: np.sin(x) + x**2, lambda s, g, x, y: g * (np.cos(y) + 2 * y)),
        "It is the derivative at the output, not at the input",
    ),
    "a mask forgotten": (
        wrong(lambda s, x: np.maximum(x, 0), lambda s, g, x, y: g),
        "It is wrong only where the input is negative: there, it should be zero",
    ),
    "a leak forgotten": (
        wrong(lambda s, x: np.where(x > 0, x, 0.1 * x), lambda s, g, x, y: g * (x > 0)),
        "It is wrong only where the input is negative: there, it is zero, and should not be",
    ),
    "a mask from the upstream": (
        wrong(lambda s, x: np.maximum(x, 0), lambda s, g, x, y: g * (g > 0)),
        "Its mask is made from the upstream gradient",
    ),
    "a bound": (
        wrong(lambda s, x: np.clip(x, -1, 1), lambda s, g, x, y: g),
        "It is wrong only where the size of the input is above about 1: there, it should be zero",
    ),
    "an interval": (
        wrong(lambda s, x: x**2, lambda s, g, x, y: 2 * g * x * ~((x > 0.2) & (x < 1))),
        "It is wrong only where the input is between about 0.2",
    ),
    "the last column": (
        wrong(
            lambda s, x: x**2, lambda s, g, x, y: 2 * g * x * (np.arange(x.shape[1]) < x.shape[1] - 1)
        ),
        "It is wrong only at the last index along axis 1: there, it is zero",
    ),
    "the reverse order": (
        wrong(lambda s, x: x**2, lambda s, g, x, y: (2 * g * x)[:, ::-1]),
        "It is in reverse order along axis 1",
    ),
    "a sum from the other end": (
        wrong(lambda s, x: x.cumsum(axis=1), lambda s, g, x, y: g.cumsum(axis=1)),
        "Backward multiplies by the Jacobian instead of its transpose",
    ),
    "another approximation": (
        wrong(lambda s, x: np.tanh(x), lambda s, g, x, y: g * (1 - y**2) * (1 + 1e-4 * np.cos(x))),
        "Its relative error is at most 0.0001. Does a constant, such as an epsilon, differ",
    ),
    "beyond a block": (
        wrong(lambda s, x: x**2, lambda s, g, x, y: 2 * g * x * (np.arange(x.shape[1]) < 32)),
        "It is wrong only from index 32 on along axis 1, of size 67",
    ),
    "a single sample": (
        wrong(lambda s, x: x**2, lambda s, g, x, y: 2 * g * x * (len(x) > 1)),
        "It is wrong only where N = 1. The gradient is zero",
    ),
    "a coincidence of sizes": (
        wrong(
            lambda s, x: x**2, lambda s, g, x, y: (g * x * 2).T if len(x) == x.shape[1] else 2 * g * x
        ),
        "It is wrong only where N = D. The gradient is transposed",
    ),
    "large values": (
        wrong(lambda s, x: x**2, lambda s, g, x, y: 2 * g * np.clip(x, -7, 7)),
        "It is wrong only where the size of the input is above about 7",
    ),
    "a kink": (
        wrong(lambda s, x: np.maximum(x, 0), lambda s, g, x, y: g * np.where(x == 0, -1, x > 0)),
        "It is wrong only at a kink, where the input is exactly 0",
    ),
    "not finite": (
        wrong(lambda s, x: np.abs(x), lambda s, g, x, y: g * x / np.abs(x)),
        "where the input is exactly 0",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_cause_is_named(mistake):
    layer, words = MISTAKES[mistake]
    error = error_of(layer, "N D")
    message = " ".join(str(error).split())
    assert words in message
    assert message.startswith("Wrong.backward: the gradient of the input is wrong")


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
    assert words in " ".join(str(error).split()).lower()


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
    assert words in " ".join(str(error).split())


class Attention(nn.Layer):
    """y = softmax(q k' / sqrt(K)) x, whose scale is forgotten on the way back to q and k"""

    def __init__(self, D, K):
        rng = np.random.default_rng(0)
        self.q, self.k = (nn.Parameter(rng.standard_normal((D, K))) for _ in range(2))

    def forward(self, x):
        q, k = x @ self.q.value, x @ self.k.value
        p = softmax(self, q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]))
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
    text = " ".join(str(error).split())
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


def test_exchanged_gradients_are_named():
    error = error_of(lambda D: Exchanged(D), "N D")
    assert "The gradients of 'bias' and 'other' are exchanged" in " ".join(str(error).split())


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
    assert "for indices that occur more than once in the input" in " ".join(str(error).split())


def test_a_coincidence_in_one_element_is_not_a_cause():
    def l1(layer, x):
        return x / np.abs(x).sum(axis=1, keepdims=True)

    def back(layer, grad, x, y):
        n = np.abs(x).sum(axis=1, keepdims=True)
        return grad / n - x * x * (grad * x).sum(axis=1, keepdims=True) / n**2

    error = error_of(wrong(l1, back), "N D", values=lambda rng, shape: rng.uniform(0.3, 2, shape))
    assert error.causes == []
    assert "It matches none of the common mistakes." in str(error)


class Scaled(nn.Loss):
    def forward(self, prediction, target):
        d = self.check_target(target, prediction.shape) - prediction
        self.save_for_backward(d)
        return float((d * d).mean())


class Ignores(Scaled):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * d / d.size


class Squares(Scaled):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * grad**2 * d / d.size


class DividesByRows(Scaled):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * grad * d / len(d)


class Clips(Scaled):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * grad * np.clip(d, -1, 1) / d.size


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (Ignores, "It ignores its upstream gradient, the argument of backward."),
        (Squares, "It squares its upstream gradient"),
        (DividesByRows, "Looks as if a division by D is missing"),
        (Clips, "where the size of the difference from the target is above about 1"),
    ],
)
def test_the_cause_of_a_wrong_loss_is_named(loss, words):
    with pytest.raises(GradientError) as info:
        check_loss(
            loss(),
            prediction="N D",
            target=lambda rng, N, D: rng.standard_normal((N, D)),
            checks="value",
        )
    assert words in " ".join(str(info.value).split())
    assert "layer" not in info.value.code
    assert "found = loss.backward(" in info.value.code
