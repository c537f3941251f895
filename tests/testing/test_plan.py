"""Shapes of named sizes, the plan of cases, and what a user's values are held to."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, GradientError, NotVerifiedWarning, check_layer
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


class Halves(nn.Layer):
    """y = the sum of the two halves of the features"""

    def forward(self, x):
        return x[:, : x.shape[1] // 2] + x[:, x.shape[1] // 2 :]

    def backward(self, grad):
        return np.concatenate([grad, grad], axis=1)


def test_expressions_give_even_sizes():
    assert check_layer(Halves, "N 2*D").verified == {"input"}


class Attend(nn.Layer):
    """y = weights of steps times steps, of two inputs, and a mask"""

    def forward(self, inputs):
        x, w, mask = inputs[0], inputs[1], inputs[2].astype(inputs[0].dtype)
        self.save_for_backward(x, w, mask)
        return ((w * mask)[:, :, None] * x).sum(axis=1)

    def backward(self, grad):
        x, w, mask = self.saved()
        dw = (grad[:, None, :] * x).sum(axis=2) * mask
        return (w * mask)[:, :, None] * grad[:, None, :], dw, None


def bits(rng, shape):
    return rng.integers(0, 2, shape)


def test_several_inputs_are_drawn_and_checked_each():
    report = check_layer(Attend, "N T D, N T, N T", values=(None, None, bits))
    assert report.verified == {"input[0]", "input[1]"}


class AttendWrongly(Attend):
    def backward(self, grad):
        dx, dw, nothing = super().backward(grad)
        return dx, -dw, nothing


def test_the_wrong_one_of_several_inputs_is_named():
    with pytest.raises(GradientError, match=r"the gradient of 'input\[1\]' is wrong") as info:
        check_layer(AttendWrongly, "N T D, N T, N T", values=(None, None, bits))
    error = info.value
    assert (error.block, error.causes[0]) == (
        "input[1]",
        "The sign is wrong: it is -1 x the correct gradient.",
    )
    names = {"np": np, "make": AttendWrongly}
    exec(error.code, names)
    assert names["found"][error.index] == pytest.approx(error.backward)


class OneGradient(Attend):
    def backward(self, grad):
        return super().backward(grad)[0]


def test_one_gradient_for_three_inputs_is_refused():
    with pytest.raises(ContractError, match=r"expected a tuple of 3\s+gradients"):
        check_layer(OneGradient, "N T D, N T, N T", values=(None, None, bits))


def test_values_may_ask_for_sizes():
    seen = []

    def values(rng, shape, D):
        seen.append((shape[1], D))
        return rng.standard_normal(shape)

    check_layer(lambda D, K: nn.Dense(D, K), "N D", values=values)
    assert seen
    assert all(one == other for one, other in seen)


def test_values_are_held_to_the_shape_that_was_asked_for():
    with pytest.raises(ContractError, match=r"expected an array of the shape that was asked for"):
        check_layer(nn.ReLU, "N D", values=lambda rng, shape: rng.random(3))


@pytest.mark.parametrize("values", [3, (None,), ("x", "y")])
def test_values_of_another_kind_are_refused(values):
    with pytest.raises(TypeError, match=r"expected values to be a function of \(rng, shape\), or"):
        check_layer(Attend, "N T D, N T", values=values)


class RoundScale(nn.Layer):
    """y = gain round(x), straight through"""

    def __init__(self, D, factor):
        self.gain, self.factor = nn.Parameter(np.ones(D)), factor

    def forward(self, x):
        self.save_for_backward(np.round(x))
        return np.round(x) * self.gain.value

    def backward(self, grad):
        self.gain.add_grad(self.factor * (grad * self.saved()).sum(axis=0))
        return grad * self.gain.value


def test_an_expected_failure_excuses_the_input_only():
    excuse = {"value": "straight-through"}
    report = check_layer(lambda D: RoundScale(D, 1), "N D", expected_failures=excuse)
    assert report.expected == excuse
    assert "gain" in report.verified
    with pytest.raises(GradientError, match="the gradient of 'gain' is wrong"):
        check_layer(lambda D: RoundScale(D, 3), "N D", expected_failures=excuse)
    both = excuse | {"value:gain": "three times, on purpose"}
    assert check_layer(lambda D: RoundScale(D, 3), "N D", expected_failures=both).expected == both


def test_an_expected_failure_of_an_unknown_array_is_refused():
    with pytest.raises(ValueError, match=r"has no array 'gian' to check; 'value:...' can name"):
        check_layer(lambda D: RoundScale(D, 1), "N D", expected_failures={"value:gian": "a slip"})


def test_an_expected_failure_of_a_block_has_to_fail():
    with pytest.raises(ContractError, match=r"expected to fail, but passed: \['value:gain'\]"):
        check_layer(
            lambda D: RoundScale(D, 1), "N D", expected_failures={"value": "x", "value:gain": "y"}
        )


class Dead(nn.Layer):
    def __init__(self, D):
        self.at = nn.Parameter(np.full(D, -100.0))

    def forward(self, x):
        y = np.maximum(x + self.at.value, 0)
        self.save_for_backward(y > 0)
        return y

    def backward(self, grad):
        on = self.saved()
        self.at.add_grad(77 * (grad * on).sum(axis=0))
        return 55 * grad * on


def test_nothing_but_zeros_is_not_called_right():
    with pytest.warns(NotVerifiedWarning, match="gradient of at, input was zero on both sides"):
        report = check_layer(lambda D: Dead(D), "N D")
    assert report.never_verified() == ["at", "input"]
    assert "no evidence: the gradients of at, input" in str(report)


def test_a_plan_without_elements_is_refused():
    with pytest.raises(ValueError, match="no case has an element"):
        check_layer(nn.ReLU, "N 0")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": -1}, "check_layer: seed must be at least 0, got -1"),
        ({"seed": 1.5}, "check_layer: seed must be a whole number, got 1.5"),
        ({"examples": 2.5}, "check_layer: examples must be a whole number, got 2.5"),
        ({"expected_failures": ["value"]}, "expected a dict of checks with reasons"),
        ({"expected_failures": {"linear:input": "x"}}, "only 'value:...' names an array"),
    ],
)
def test_options_of_another_kind_are_refused(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_layer(nn.ReLU, "N D", **options)


def test_sizes_may_be_numbers_of_numpy():
    assert check_layer(nn.ReLU(), (np.int64(3),)).verified == {"input"}


class Returning(nn.Layer):
    def __init__(self, make):
        self.make = make

    def forward(self, x):
        return self.make(x)

    def backward(self, grad):
        return grad


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: x.astype(object), "returns an array of object, expected one of real numbers"),
        (lambda x: x + 0j, "returns an array of complex128, expected one of real numbers"),
        (lambda x: x > 0, "returns an array of bool, which has no gradient"),
        (np.ma.masked_array, "returns a MaskedArray, expected an array"),
        (lambda x: {"x": x}, "returns a dict, expected an array"),
    ],
)
def test_outputs_of_another_kind_are_refused(make, words):
    with pytest.raises(ContractError, match=words):
        check_layer(Returning(make), (3,))
