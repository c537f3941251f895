"""What functions are called with: arrays that are drawn, arrays as they are, constants, options."""

import numpy as np
import pytest

from nnlayers.testing import ContractError, GradientError, check_function
from nnlayers.testing.settings import undiagnosed
from tests.testing.functions.plain import (
    AFFINE,
    affine_backward,
    affine_forward,
    closure,
    mean_bias_backward,
)


def test_sizes_may_be_expressions():
    def flat_affine(x, w):
        flat = x.reshape(len(x), -1)
        return flat @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout

    assert check_function(flat_affine, backward, "N H W", "H*W M").verified == {"x", "w"}


def test_a_floating_array_is_used_as_it_is():
    w, seen = np.array([[1.0, 2.0], [0.0, -1.0]], np.float32), []

    def forward(x, w):
        seen.append(w)
        return x @ w, (x, w)

    report = check_function(forward, lambda d, c: affine_backward(d, c)[:2], "N 2", w)
    assert report.verified == {"x", "w"}
    assert {array.dtype for array in seen} == {np.dtype(np.float64)}
    assert sum(np.array_equal(array, w) for array in seen) > 30


def test_arrays_alone_are_checked_at_one_point():
    x, w, b = (np.random.default_rng(0).standard_normal(shape) for shape in ((4, 3), (3, 2), (2,)))
    report = check_function(affine_forward, affine_backward, x, w, b, examples=50)
    assert report.verified == {"x", "w", "b"}
    assert report.checks < 40
    with pytest.raises(GradientError, match="the gradient of 'b' is wrong"):
        check_function(affine_forward, mean_bias_backward, x, w, b)


def test_constants_and_options_reach_every_pass():
    seen = []

    def forward(x, slope, *, shift=0.0, mode):
        seen.append((slope, shift, mode))
        return np.where(x > 0, x, slope * x) + shift, x

    def backward(dout, x, slope=0.2, mode="none"):
        return dout * np.where(x > 0, 1, 0.2) * (mode == "leaky")

    report = check_function(forward, backward, "N D", 0.2, shift=1.0, mode="leaky")
    assert report.verified == {"x"}
    assert set(seen) == {(0.2, 1.0, "leaky")}


def test_what_forward_writes_into_a_constant_is_gone_in_the_next_pass():
    def forward(x, statistics):
        statistics["calls"] += 1
        return x * statistics["calls"]

    statistics = {"calls": 0}
    assert check_function(forward, lambda dout, x, s: dout, "N D", statistics).verified == {"x"}
    assert statistics == {"calls": 0}
    with pytest.raises(GradientError) as info:
        check_function(forward, lambda dout, x, s: 2 * dout, "N D", statistics)
    assert "statistics = {'calls': 0}\n" in info.value.code


@pytest.mark.parametrize(
    "values",
    [
        lambda rng, shape: rng.uniform(0.5, 2, shape),
        {"x": lambda rng, shape: rng.uniform(0.5, 2, shape)},
        (lambda rng, shape: rng.uniform(0.5, 2, shape),),
        (lambda rng, shape: rng.uniform(0.5, 2, shape), None),
    ],
)
def test_values_draw_the_arguments(values):
    def log(x, base):
        return np.log(x) / np.log(base)

    def backward(dout, x, base):
        return dout / x / np.log(base)

    assert check_function(log, backward, "N D", 2, values=values).verified == {"x"}


def test_values_of_another_form_are_rejected():
    def draw(rng, shape):
        return rng.uniform(0.5, 2, shape)

    with pytest.raises(ValueError, match=r"values names \['z'\], expected arguments that are drawn"):
        check_function(affine_forward, affine_backward, *AFFINE, values={"z": draw})
    with pytest.raises(ValueError, match="values draws arguments, but none is given by the names"):
        check_function(closure, None, np.ones(3), values=draw)
    with pytest.raises(ContractError, match="values"):
        check_function(closure, None, "N D", values=lambda rng, shape: draw(rng, 3))
    with pytest.raises(TypeError, match="expected values to be a function"):
        check_function(affine_forward, affine_backward, *AFFINE, values=(draw, draw))


def test_arguments_without_a_name_are_numbered():
    def total(*arrays):
        return sum(arrays)

    def backward(dout, *arrays):
        return [dout, 2 * dout]

    with pytest.raises(GradientError, match="the gradient of 'argument 1' is wrong") as info:
        check_function(total, backward, "N D", "N D")
    assert "argument_1 = np.array" in info.value.code
    assert check_function(np.multiply, lambda g, a, b: (g * b, g * a), "N D", "N D").verified


def dropout_forward(x, keep):
    mask = (np.random.rand(*x.shape) < keep) / keep  # noqa: NPY002 (as courses do)
    return x * mask, mask


def test_the_global_random_state_is_the_same_in_each_pass():
    before = np.random.get_state()  # noqa: NPY002
    assert check_function(dropout_forward, lambda dout, mask: dout * mask, "N D", 0.5).verified
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    with undiagnosed(), pytest.raises(GradientError):  # another mask
        check_function(dropout_forward, lambda dout, _: dropout_forward(dout, 0.5)[0], "N D", 0.5)


def test_hypothesis_tries_further_cases():
    few, many = (
        check_function(affine_forward, affine_backward, *AFFINE, examples=count).checks
        for count in (0, 10)
    )
    assert many > few + 10
