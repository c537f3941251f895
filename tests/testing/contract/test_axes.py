"""Layers for rows of features that are checked with more axes."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.testing.messages import assert_it_fits, in_one_line

WORKS = "It works for shape (4, 5). To work along the last axis of any shape, "
ADVICE = f"{WORKS}sum over all others, as in "
OF_MATRIX = "x.reshape(-1, D).T @ grad.reshape(-1, K)"
OF_TRANSPOSED = "grad.reshape(-1, K).T @ x.reshape(-1, D)"
OF_BIAS = "grad.reshape(-1, K).sum(axis=0)"
OF_OFFSET = "grad.reshape(-1, D).sum(axis=0)"
OF_FACTOR = "(grad * x).reshape(-1, D).sum(axis=0)"
OF_VECTOR = f"{OF_OFFSET}, or for a factor {OF_FACTOR}"
FROM_THE_END = """count axes from the end: axis=-1, x.shape[-1], "...d,dk->...k\""""


class Product(nn.Layer):
    def __init__(self, rows, columns):
        self.weight = nn.Parameter(nn.glorot_normal((rows, columns), rng=0))

    def forward(self, x):
        self.save_for_backward(x)
        return x @ self.weight.value

    def backward(self, grad):
        self.weight.add_grad(self.saved().T @ grad)
        return grad @ self.weight.value.T


class Unpacks(Product):
    def forward(self, x):
        _, _ = x.shape
        return super().forward(x)


class Named(Product):
    rule = "nd,dk->nk"

    def forward(self, x):
        self.save_for_backward(x)
        return np.einsum(self.rule, x, self.weight.value)


class Affine(Product):
    def __init__(self, rows, columns):
        super().__init__(rows, columns)
        self.bias = nn.Parameter(np.zeros(columns))

    def forward(self, x):
        return super().forward(x) + self.bias.value

    def backward(self, grad):
        self.bias.add_grad(grad.sum(axis=0))
        return super().backward(grad)


class Transposed(Product):
    """Its matrix has a row for each output."""

    def __init__(self, features, units):
        super().__init__(units, features)

    def forward(self, x):
        self.save_for_backward(x)
        return x @ self.weight.value.T

    def backward(self, grad):
        self.weight.add_grad(grad.T @ self.saved())
        return grad @ self.weight.value


class Gain(nn.Layer):
    def __init__(self, features, _):
        self.gain = nn.Parameter(np.ones(features))

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum(axis=0))
        return grad * self.gain.value


class Offset(nn.Layer):
    def __init__(self, features, _):
        self.offset = nn.Parameter(np.zeros(features))

    def forward(self, x):
        return x + self.offset.value

    def backward(self, grad):
        self.offset.add_grad(grad.sum(axis=0))
        return grad


class Centred(nn.Layer):
    """It has no parameters."""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x - x.mean(axis=-1, keepdims=True)

    def backward(self, grad):
        rows, _ = self.saved()
        return grad - grad.mean(axis=1).reshape(rows, 1)


class Frozen(Product):
    def __init__(self, rows, columns):
        super().__init__(rows, columns)
        self.weight.trainable = False


class UnpacksInBackward(Product):
    def backward(self, grad):
        _, _ = grad.shape
        return super().backward(grad)


class Fails(Product):
    def backward(self, grad):
        raise ValueError("it fails for all shapes.")


@pytest.mark.parametrize(
    ("layer", "check", "words"),
    [
        (Product, "shapes", f"{ADVICE}{OF_MATRIX} [shapes]"),
        (Frozen, "shapes", f"{ADVICE}{OF_MATRIX} [shapes]"),
        (
            UnpacksInBackward,
            "shapes",
            f"too many values to unpack (expected 2). {ADVICE}{OF_MATRIX} [shapes]",
        ),
        (Affine, "shapes", f"{ADVICE}{OF_MATRIX} and {OF_BIAS} [shapes]"),
        (Transposed, "shapes", f"{ADVICE}{OF_TRANSPOSED} [shapes]"),
        (Gain, "shapes", f"{ADVICE}{OF_VECTOR} [shapes]"),
        (Offset, "shapes", f"{ADVICE}{OF_VECTOR} [shapes]"),
        (lambda *_: Centred(), "shapes", f"{WORKS}{FROM_THE_END} [shapes]"),
        (Unpacks, "forward", f"{WORKS}{FROM_THE_END} [forward]"),
        (Named, "forward", f"the extra dimensions. {WORKS}{FROM_THE_END} [forward]"),
    ],
)
def test_it_is_said_that_fewer_axes_work(layer, check, words):
    with pytest.raises(ContractError) as info:
        check_layer(lambda D, K: layer(D, K), "N T D")
    assert words in in_one_line(info.value)
    assert info.value.check == check
    assert_it_fits(info.value)
    check_layer(lambda D, K: layer(D, K), "N D")


def test_it_is_said_of_instances_and_by_the_numeric_check_too():
    with pytest.raises(ContractError) as info:
        check_layer(Product(5, 3), (3, 5))
    assert ADVICE in in_one_line(info.value)
    with pytest.raises(ContractError) as info:
        check_layer(lambda D, K: Product(D, K), "N T D", checks="value")
    assert ADVICE in in_one_line(info.value)


def test_nothing_is_said_if_fewer_axes_fail_too():
    with pytest.raises(ContractError, match="it fails for all shapes") as info:
        check_layer(lambda D, K: Fails(D, K), "N T D")
    assert "It works" not in in_one_line(info.value)


class Mended(Affine, Named):
    rule = "...d,dk->...k"

    def backward(self, grad):
        x, (D, K) = self.saved(), self.weight.value.shape
        self.weight.add_grad(eval(OF_MATRIX, {"x": x, "grad": grad, "D": D, "K": K}))
        self.bias.add_grad(eval(OF_BIAS, {"grad": grad, "K": K}))
        return grad @ self.weight.value.T


class MendedTransposed(Transposed):
    def backward(self, grad):
        x, (K, D) = self.saved(), self.weight.value.shape
        self.weight.add_grad(eval(OF_TRANSPOSED, {"x": x, "grad": grad, "D": D, "K": K}))
        return grad @ self.weight.value


class MendedGain(Gain):
    def backward(self, grad):
        x, D = self.saved(), len(self.gain.value)
        self.gain.add_grad(eval(OF_FACTOR, {"x": x, "grad": grad, "D": D}))
        return grad * self.gain.value


def test_the_advice_works():
    assert {"weight", "bias"} <= set(check_layer(lambda D, K: Mended(D, K), "N T D").verified)
    assert "weight" in check_layer(lambda D, K: MendedTransposed(D, K), "N T D").verified
    assert "gain" in check_layer(lambda D: MendedGain(D, D), "N T D").verified
    assert np.ndim(Mended(3, 2).predict(np.ones((2, 2, 3)))) == 3
