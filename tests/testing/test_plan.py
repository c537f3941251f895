"""Shapes of named sizes, the plan of cases, and what a user's values are held to."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_layer
from nnlayers.testing.plan import plan
from nnlayers.testing.shapes import Shapes


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ("N D", (2, 3)),
        ("N D+2 2*D", (2, 5, 6)),
        ("N D*D//2 7", (2, 4, 7)),
        ("N D-1", (2, 2)),
        ("N D, N", ((2, 3), (2,))),
        (("N D", ("N", "N 4")), ((2, 3), ((2,), (2, 4)))),
        ((3,), (2, 3)),
        (5, (2, 5)),
        ((), (2,)),
        (((3,), (4, 5)), ((2, 3), (2, 4, 5))),
    ],
)
def test_a_shape_is_evaluated_for_sizes(shape, found):
    assert Shapes(shape, (), "test").of({"N": 2, "D": 3}) == found


@pytest.mark.parametrize(
    "shape", ["", "N,", "N D +2", "N f(D)", "N D.size", "N D/2", "N 'D'", "N D**2"]
)
def test_other_words_are_not_a_shape(shape):
    with pytest.raises(ValueError, match=r"^check_layer: expected names of sizes"):
        check_layer(nn.ReLU, shape)


@pytest.mark.parametrize("shape", [None, 3.5, (3, "N"), ("N D", 3), (-1,)])
def test_other_things_are_not_a_shape(shape):
    with pytest.raises((TypeError, ValueError), match=r"^check_layer: expected"):
        check_layer(nn.ReLU(), shape)


def test_the_plan_has_every_coincidence_of_two_sizes_and_a_large_case_for_each():
    cases = list(plan(Shapes("N D", ["K"], "test"), 0))
    sizes = [case.sizes for case in cases]
    assert len({tuple(s.values()) for s in sizes[:1]}) == 1
    assert len(set(sizes[0].values())) == 3
    for one, other in (("N", "D"), ("N", "K"), ("D", "K")):
        assert any(s[one] == s[other] and len(set(s.values())) == 2 for s in sizes)
    for name in ("N", "D", "K"):
        assert any(s[name] == 1 and list(s.values()).count(1) == 1 for s in sizes)
        assert any(s[name] > 64 for s in sizes)
    assert [case.exact for case in cases].count(True) == 4
    assert {case.regime for case in cases} == {"normal", "with ties", "all zero", "wide", "spread"}


def test_an_expression_leaves_out_sizes_that_make_an_axis_empty():
    shapes = [case.shape for case in plan(Shapes("N D-2", (), "test"), 0)]
    assert shapes
    assert all(size > 0 for shape in shapes for size in shape)


class SumOfHalves(nn.Layer):
    """y = the sum of the two halves of the features"""

    def forward(self, x):
        return x[:, : x.shape[1] // 2] + x[:, x.shape[1] // 2 :]

    def backward(self, grad):
        return np.concatenate([grad, grad], axis=1)


def test_an_expression_gives_even_sizes():
    assert check_layer(SumOfHalves, "N 2*D").verified == {"input"}


def test_a_plan_without_elements_is_refused():
    with pytest.raises(ValueError, match="no case has an element"):
        check_layer(nn.ReLU, "N 0")


def test_sizes_may_be_numpy_integers():
    assert check_layer(nn.ReLU(), (np.int64(3),)).verified == {"input"}


def test_a_shape_may_have_numbers():
    check_layer(lambda K: nn.Dense(7, K), "N 7")


def test_a_shape_that_does_not_fit_the_layer_is_refused():
    with pytest.raises(TypeError, match=r"since the function takes \['D', 'K'\]"):
        check_layer(lambda D, K: nn.Dense(D, K), (3,))
    with pytest.raises(ValueError, match="expected names of sizes, as in 'N D', got ''"):
        check_layer(nn.ReLU, "")
