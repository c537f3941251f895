"""Wrong gradients and broken promises of functions, and how the message shows them."""

import numpy as np
import pytest

from nnlayers.testing import ContractError, GradientError, NotVerifiedWarning, check_function
from tests.testing.functions.plain import (
    AFFINE,
    affine_backward,
    affine_forward,
    closure,
    mean_bias_backward,
    pair,
    pair_backward,
)
from tests.testing.messages import assert_it_fits


def test_the_message_names_the_function_and_the_argument():
    with pytest.raises(GradientError) as info:
        check_function(affine_forward, mean_bias_backward, *AFFINE)
    error = info.value
    lines = str(error).splitlines()
    assert lines[0].startswith("mean_bias_backward: the gradient of 'b' is wrong ")
    assert "divided by the batch size" in lines[1]
    assert lines[-1].endswith('check_function(..., "N D", "D M", "M", seed=0, checks="value")')
    assert_it_fits(error)
    assert (error.check, error.block) == ("value", "b")


def mse(prediction):
    return (prediction**2).mean()


def mse_gradient(prediction):
    return prediction


def mse_with_gradient(prediction):
    return (prediction**2).mean(), (prediction,)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((affine_forward, mean_bias_backward, *AFFINE), {}),
        ((pair, pair_backward, "N D", 3), {"shift": 1.5}),
        ((closure, None, "N D"), {}),
        ((mse, mse_gradient, "N D"), {}),
        ((mse_with_gradient, None, "N D"), {}),
        ((np.add, lambda dout, a, b: (dout, -dout), "N D", "N D"), {}),
    ],
)
def test_the_smallest_case_runs_and_shows_the_wrong_gradient(arguments, options):
    with pytest.raises(GradientError) as info:
        check_function(*arguments, **options)
    error, names = info.value, globals() | {"add": np.add, "backward": arguments[1]}
    exec(error.code, names)
    assert names["found"][error.index] == pytest.approx(error.backward)
    assert error.backward != pytest.approx(error.numeric)


def test_a_constant_that_is_long_is_not_written_as_code():
    with pytest.raises(GradientError) as info:
        check_function(pair, pair_backward, "N D", 3, shift=1.5 * np.ones((1, 1, 1))[..., 0] * 2.0)
    assert info.value.code
    with pytest.raises(GradientError) as info:
        check_function(lambda x, many: 2 * x, lambda dout, x, many: dout, "N D", list(range(100)))
    assert info.value.code == ""


@pytest.mark.parametrize(
    ("forward", "backward", "check", "message"),
    [
        (lambda x: x * x, lambda dout, x: np.abs(dout) * 2 * x, "linear", "upstream gradient"),
        (lambda x: np.multiply(x, 2, out=x), lambda dout, x: 2 * dout, "arguments", "forward modifies"),
        (lambda x: np.exp(x) / (1 + np.exp(x)), None, "large_values", "gives NaN in the output"),
    ],
)
def test_broken_promises_are_found(forward, backward, check, message):
    if backward is None:

        def backward(dout, x):
            return dout / (2 + np.exp(x) + np.exp(-x))

    with pytest.raises(ContractError, match=message) as info:
        check_function(forward, backward, "N D", checks=check)
    assert info.value.check == check


def test_an_expected_failure_can_name_an_argument():
    reason = "averaged on purpose"
    failures = {"value:b": reason}
    report = check_function(affine_forward, mean_bias_backward, *AFFINE, expected_failures=failures)
    assert report.expected == failures
    with pytest.raises(ValueError, match="has no array 'c' to check"):
        check_function(affine_forward, affine_backward, *AFFINE, expected_failures={"value:c": reason})


def test_a_dead_argument_is_reported_as_not_verified():
    with pytest.warns(NotVerifiedWarning, match="the gradient of b was zero on both sides"):
        check_function(lambda x, b: x.copy(), lambda dout, x, b: (dout, 0 * b), "N D", "D")
