"""Calls and functions of another form are rejected with advice."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, LayerCheckError, check_function
from tests.testing.functions.plain import (
    AFFINE,
    affine_backward,
    affine_forward,
    closure,
    pair,
    pair_backward,
)
from tests.testing.messages import in_one_line


def one(x):
    return 2 * x


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "message"),
    [
        ((nn.ReLU, None, "N D"), {}, TypeError, "expected a function, got .*: use check_layer"),
        ((nn.Dense(2, 3, rng=0), None, "N D"), {}, TypeError, "use check_layer"),
        ((nn.MeanSquaredError(), None, "N D"), {}, TypeError, "use check_loss"),
        ((3,), {}, TypeError, "expected a function as forward, got 3"),
        ((None, one, "N D"), {}, TypeError, "expected a function as forward, got None"),
        ((one, nn.ReLU(), "N D"), {}, TypeError, "expected a function, got ReLU.*: use check_layer"),
        ((abs, None), {}, TypeError, "the arguments do not fit abs.*missing a required argument: 'x'"),
        ((affine_forward, affine_backward, "N D", "D M"), {}, TypeError, "missing a required .*'b'"),
        ((affine_forward, None, *AFFINE), {"stride": 2}, TypeError, "unexpected keyword .*'stride'"),
        ((closure, None, 3), {}, TypeError, "expected at least one argument with a gradient"),
        ((affine_forward, None, "N D, D M, M", "", ""), {}, ValueError, "a string for each argument"),
        ((closure, None, "N $"), {}, ValueError, r"expected names of sizes .*got '\$' in 'N \$'"),
    ],
)
def test_calls_that_do_not_fit_are_rejected(arguments, options, kind, message):
    with pytest.raises(kind, match=message):
        check_function(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "check", "message"),
    [
        ((one, None, "N D"), "forward", "one: it returns an array of shape .* without a backward"),
        ((one, lambda a, b, c: a, "N D"), "forward", r"cannot be called with \(upstream gradient, x\)"),
        ((affine_forward, None, *AFFINE), "forward", "expected (output, function of the upstream"),
        ((lambda x: [x], one, "N D"), "forward", r"returns a list of 1 \(an array .*\) as an output"),
        ((lambda x: None, one, "N D"), "forward", "it returns None as an output, expected an array"),
        ((lambda x: x > 0, one, "N D"), "forward", "returns integers, which have no gradient"),
        ((lambda x: np.float32(x), one, "N D"), "forward", "it returns float32 for float64 arguments"),
        ((np.log, one, "N D"), "forward", "it gives NaN; if it accepts only some values"),
        ((lambda x: x @ x, one, "N D"), "forward", "it fails: ValueError: matmul"),
        (
            (affine_forward, affine_backward, "N D", np.ones((3, 2)), "M"),
            "forward",
            "'w' has shape (3, 2) in every case: the sizes of the others may be numbers",
        ),
        (
            (pair, pair_backward, "N D", "same"),
            "forward",
            "'same' is taken as the name of a size: a constant string is given by name, factor='same'",
        ),
        (
            (affine_forward, lambda dout, cache: affine_backward(dout, cache)[:2], *AFFINE),
            "backward",
            "the backward pass returns 2 gradients, expected 3 gradients (x, w, b)",
        ),
        (
            (affine_forward, lambda dout, cache: dout, *AFFINE),
            "backward",
            "the backward pass returns an array of shape",
        ),
        (
            (affine_forward, lambda dout, cache: {"dx": 1.0, "dw": 1.0}, *AFFINE),
            "backward",
            "returns no gradient of 'b', only 'dx', 'dw'",
        ),
        (
            (affine_forward, lambda dout, cache: dict.fromkeys(["dx", "dw", "db", "dv"], 1.0), *AFFINE),
            "backward",
            "returns a gradient of 'dv', which is not an argument; expected 'dx', 'dw', 'db'",
        ),
        (
            (one, lambda dout: "gradient", "N D"),
            "backward",
            "the gradient of 'x' is a str, expected an array of real numbers",
        ),
        (
            (one, lambda dout: dout + np.ones((9, 8)), "8 7"),
            "backward",
            "a pass fails: ValueError: operands could not be broadcast",
        ),
    ],
)
def test_functions_of_another_form_are_rejected(arguments, check, message):
    with pytest.raises(ContractError) as info:
        check_function(*arguments)
    text = in_one_line(info.value)
    plain = message.replace(" .* ", ".*").replace("\\", "")
    assert info.value.check == check
    assert all(part.strip() in text for part in plain.split(".*")), text


def test_a_gradient_of_another_shape_is_named():
    def backward(dout, x, b):
        return dout, dout.sum(axis=0, keepdims=True)

    with pytest.raises(ContractError, match=r"the gradient of 'b' has shape \(1, 5\), expected \(5,\)"):
        check_function(lambda x, b: x + b, backward, "N D", "D")


def test_an_output_that_changes_its_shape_is_named():
    calls = []

    def forward(x):
        calls.append(1)
        return x if len(calls) < 6 else x[:1]

    with pytest.raises(LayerCheckError, match=r"forward returned an (array|output) of shape"):
        check_function(forward, lambda dout, x: dout, "5 D")
