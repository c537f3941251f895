"""Layers for rows of features that are checked with more axes."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.testing.messages import assert_it_fits, in_one_line

ADVICE = "It works for shape (4, 5). To work along the last axis of any shape, sum over all others"


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


class Fails(Product):
    def backward(self, grad):
        raise ValueError("it fails for all shapes.")


@pytest.mark.parametrize(("layer", "check"), [(Product, "shapes"), (Unpacks, "forward")])
def test_it_is_said_that_fewer_axes_work(layer, check):
    with pytest.raises(ContractError) as info:
        check_layer(lambda D, K: layer(D, K), "N T D")
    assert ADVICE in in_one_line(info.value)
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


def test_the_advice_works():
    class Mended(Product):
        def backward(self, grad):
            D, K = self.weight.value.shape
            self.weight.add_grad(self.saved().reshape(-1, D).T @ grad.reshape(-1, K))
            return grad @ self.weight.value.T

    assert "weight" in check_layer(lambda D, K: Mended(D, K), "N T D").verified
    assert np.ndim(Mended(3, 2).predict(np.ones((2, 2, 3)))) == 3
