"""A failure names the slip in the call that may have led to it."""

import numpy as np
import pytest

from nnlayers.testing import ContractError, GradientError, check_function
from tests.testing.functions.plain import affine_backward, affine_forward, closure
from tests.testing.functions.test_styles import labels, softmax_loss
from tests.testing.messages import in_one_line

ARRAYS = np.ones((4, 3)), np.ones((3, 2))


def product_forward(x, w):
    return x @ w, (x, w)


def product_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout


def exchanged_backward(dout, cache):
    return product_backward(dout, cache)[::-1]


def mean_forward(x, factor=1.0):
    return factor * x.mean(axis=1), x


def net(x, params):
    gradients = {"W": x.T @ np.ones((len(x), 2)), "b": np.full(2, float(len(x)))}
    return float((x @ params["W"] + params["b"]).sum()), gradients


@pytest.mark.parametrize(
    ("arguments", "values", "message"),
    [
        (
            (softmax_loss, None, "N C", "N"),
            labels,
            "values draws integers for 'x' and 'y', so that nothing has a gradient: for one argument "
            "alone, name it, as in values={'y': ...}",
        ),
        (
            (closure, None, "N C"),
            {"x": labels},
            "values draws integers for 'x', so that nothing has a gradient [values]",
        ),
        (
            (softmax_loss, None, "N C", "N"),
            None,
            "If an argument holds integers, such as 'y', draw it with values={'y': a function of",
        ),
        (
            (mean_forward, ARRAYS, "N D"),
            None,
            "The second argument is a tuple of 2 (an array of shape (4, 3), an array of shape (3, 2)): "
            "is the function backward meant, not its result?",
        ),
        (
            (product_forward, exchanged_backward, "N D", "D M"),
            None,
            "exchanged_backward: the gradients of x, w have shapes (3, 5), (4, 3), expected (4, 3), "
            "(3, 5): are they exchanged?",
        ),
        (
            (product_forward, lambda dout, cache: exchanged_backward(dout, cache), "N D", "D M"),
            None,
            "the backward of product_forward: the gradients of x, w",
        ),
        (
            (product_forward, product_backward, "N D", np.ones((3, 2), int)),
            None,
            "'w' has shape (3, 2) in every case: the sizes of the others may be numbers, as in 'N 3'",
        ),
        (
            (net, None, "N 3", {"W": np.ones((3, 2)), "b": np.ones(2)}),
            None,
            "'params' is a dict, which stays constant: for gradients of its arrays, check a function "
            "that takes them as arguments and makes the dict",
        ),
    ],
)
def test_the_likely_slip_is_named(arguments, values, message):
    with pytest.raises(ContractError) as caught:
        check_function(*arguments, values=values)
    assert message in in_one_line(caught.value)


@pytest.mark.parametrize("result", [np.ones((4, 3)), ARRAYS])
def test_the_result_of_backward_in_its_place_is_named_if_the_arguments_do_not_fit(result):
    with pytest.raises(TypeError, match="is the function backward meant, not its result"):
        check_function(closure, result, "N D")


def test_arguments_beside_those_of_a_dict_are_round_in_the_smallest_case():
    def summed_loss(x, y):
        loss, dx = softmax_loss(x, y)
        return loss, len(x) * dx

    with pytest.raises(GradientError, match="Smallest case:") as caught:
        check_function(summed_loss, None, "N C", "N", values={"y": labels})
    x = np.array(eval(caught.value.code.splitlines()[0].removeprefix("x = np.array(")[:-1]))
    np.testing.assert_array_equal(4 * x, np.round(4 * x))


def test_a_string_of_several_arguments_is_split_in_the_message():
    with pytest.raises(ValueError, match='a string for each argument, as in "N D", "D M", "M", got'):
        check_function(affine_forward, affine_backward, "N D, D M, M")


def test_a_tuple_of_arrays_after_none_is_not_taken_for_a_slip():
    def forward(pair, x):
        return x * pair[0].sum() + missing  # noqa: F821 (it fails)

    with pytest.raises(ContractError, match="NameError") as caught:
        check_function(forward, None, ARRAYS, "N D")
    assert "meant" not in str(caught.value)


def test_the_case_of_given_arrays_has_their_shapes_and_no_sizes():
    def backward(dout, cache):
        dx, dw = product_backward(dout, cache)
        return dx, -dw

    with pytest.raises(GradientError) as caught:
        check_function(product_forward, backward, *ARRAYS)
    assert caught.value.case == "input of shape ((4, 3), (3, 2)), values as given, seed=0"
    assert "x = np.array([[1.0, 1.0, 1.0], [1.0," in caught.value.code


def test_gradients_of_arrays_in_a_dict_are_checked_as_those_of_arguments():
    def with_arguments(W, b, *, x):
        return net(x, {"W": W, "b": b})

    assert check_function(with_arguments, None, "3 2", "2", x=ARRAYS[0]).verified == {"W", "b"}
