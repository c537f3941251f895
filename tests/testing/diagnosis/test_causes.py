"""The cause that a message names, for a mistake of every kind in the gradient of the input."""

import re

import numpy as np
import pytest

from tests.testing.diagnosis.spoiling import error_of, softmax, wrong
from tests.testing.messages import in_one_line


def normalize(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def deviation(x):
    return np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


MISTAKES = {
    "the sign": (wrong(lambda x: x**2, lambda g, x, y: -2 * g * x), "The sign is wrong"),
    "a factor": (wrong(lambda x: x**3, lambda g, x, y: 2 * g * x**2), "2/3 x the correct one"),
    "a constant of mathematics": (
        wrong(lambda x: 2.0**x, lambda g, x, y: g * y),
        "1.443 x the correct one, and that is 1 / log(2)",
    ),
    "divided by the batch size": (
        wrong(lambda x: np.sin(x), lambda g, x, y: g * np.cos(x) / len(x)),
        "Looks divided by the batch size once too often",
    ),
    "divided by the features": (
        wrong(lambda x: np.sin(x), lambda g, x, y: g * np.cos(x) / x.shape[1]),
        "Looks divided by D once too often",
    ),
    "a mean taken for a sum": (
        wrong(lambda x: x.mean(axis=1), lambda g, x, y: np.repeat(g[:, None], x.shape[1], 1)),
        "Looks as if a division by D is missing",
    ),
    "a square root": (
        wrong(lambda x: x / np.sqrt(x.shape[1]), lambda g, x, y: g + 0 * x),
        "a division by the square root of D is missing",
    ),
    "zero": (wrong(lambda x: x**2, lambda g, x, y: 0 * g), "The gradient is zero"),
    "zero where it belongs": (
        wrong(lambda x: 0 * x + 1, lambda g, x, y: g),
        "It should be zero: forward does not change with the input near any point that was tried",
    ),
    "upstream of ones": (
        wrong(lambda x: np.tanh(x), lambda g, x, y: 1 - y**2 + 0 * g),
        "It assumes an upstream gradient of ones",
    ),
    "the first row only": (
        wrong(lambda x: x + 1, lambda g, x, y: g * (np.arange(len(g)) == 0)[:, None]),
        "It is wrong only after the first index along axis 0 (the batch): there, it is zero",
    ),
    "the mean of the upstream": (
        wrong(lambda x: 3 * x, lambda g, x, y: 3 * g.mean(axis=0) + 0 * x),
        "It uses the mean of the upstream gradient along the batch",
    ),
    "unchanged": (
        wrong(lambda x: np.sin(x), lambda g, x, y: g),
        "It is the upstream gradient, unchanged: the derivative of forward is missing",
    ),
    "the diagonal of a softmax": (
        wrong(softmax, lambda g, x, y: g * y * (1 - y)),
        "Only the diagonal of the Jacobian is used",
    ),
    "a projection": (
        wrong(softmax, lambda g, x, y: g * y),
        "A term is missing or wrong. Over the features of a sample it is proportional to the output",
    ),
    "statistics held constant": (
        wrong(normalize, lambda g, x, y: g / deviation(x)),
        "a factor that is the same within each sample",
    ),
    "the mean's term": (
        wrong(normalize, lambda g, x, y: (g - y * (g * y).mean(-1, keepdims=True)) / deviation(x)),
        "It is the same for all features of a sample, like the derivative of a mean",
    ),
    "divided by the norm twice": (
        wrong(
            unit,
            lambda g, x, y: (g - y * (g * y).sum(1, keepdims=True)) / (x**2).sum(1, keepdims=True),
        ),
        "1 / the norm of the input (of each sample)",
    ),
    "the input for the output": (
        wrong(lambda x: np.tanh(x), lambda g, x, y: g * (1 - x**2)),
        "multiplied by 1 - x², not 1 - y²",
    ),
    "half a product rule": (
        wrong(lambda x: x * np.sin(x), lambda g, x, y: g * np.sin(x)),
        "Only one factor of a product is differentiated",
    ),
    "the derivative at another point": (
        wrong(lambda x: np.sin(x) + x**2, lambda g, x, y: g * (np.cos(y) + 2 * y)),
        "It is the derivative at the output, not at the input",
    ),
    "a mask forgotten": (
        wrong(lambda x: np.maximum(x, 0), lambda g, x, y: g),
        "It is wrong only where the input is negative: there, it should be zero",
    ),
    "a leak forgotten": (
        wrong(lambda x: np.where(x > 0, x, 0.1 * x), lambda g, x, y: g * (x > 0)),
        "It is wrong only where the input is negative: there, it is zero, and should not be",
    ),
    "a mask from the upstream": (
        wrong(lambda x: np.maximum(x, 0), lambda g, x, y: g * (g > 0)),
        "Its mask is made from the upstream gradient",
    ),
    "a bound": (
        wrong(lambda x: np.clip(x, -1, 1), lambda g, x, y: g),
        "It is wrong only where the size of the input is above about 1: there, it should be zero",
    ),
    "an interval": (
        wrong(lambda x: x**2, lambda g, x, y: 2 * g * x * ~((x > 0.2) & (x < 1))),
        "It is wrong only where the input is between about 0.2",
    ),
    "the last column": (
        wrong(lambda x: x**2, lambda g, x, y: 2 * g * x * (np.arange(x.shape[1]) < x.shape[1] - 1)),
        "It is wrong only at the last index along axis 1: there, it is zero",
    ),
    "the reverse order": (
        wrong(lambda x: x**2, lambda g, x, y: (2 * g * x)[:, ::-1]),
        "It is in reverse order along axis 1",
    ),
    "a sum from the other end": (
        wrong(lambda x: x.cumsum(axis=1), lambda g, x, y: g.cumsum(axis=1)),
        "Backward multiplies by the Jacobian instead of its transpose",
    ),
    "another approximation": (
        wrong(lambda x: np.tanh(x), lambda g, x, y: g * (1 - y**2) * (1 + 1e-4 * np.cos(x))),
        "Its relative error is at most 0.0001. Does a constant, such as an epsilon, differ",
    ),
    "beyond a block": (
        wrong(lambda x: x**2, lambda g, x, y: 2 * g * x * (np.arange(x.shape[1]) < 32)),
        "It is wrong only from index 32 on along axis 1, of size 67",
    ),
    "a single sample": (
        wrong(lambda x: x**2, lambda g, x, y: 2 * g * x * (len(x) > 1)),
        "It is wrong only where N = 1. The gradient is zero",
    ),
    "a coincidence of sizes": (
        wrong(lambda x: x**2, lambda g, x, y: (g * x * 2).T if len(x) == x.shape[1] else 2 * g * x),
        "It is wrong only where N = D. The gradient is transposed",
    ),
    "large values": (
        wrong(lambda x: x**2, lambda g, x, y: 2 * g * np.clip(x, -7, 7)),
        "It is wrong only where the size of the input is above about 7",
    ),
    "a kink": (
        wrong(lambda x: np.maximum(x, 0), lambda g, x, y: g * np.where(x == 0, -1, x > 0)),
        "It is wrong only at a kink, where the input is exactly 0",
    ),
    "not finite": (
        wrong(lambda x: np.abs(x), lambda g, x, y: g * x / np.abs(x)),
        "where the input is exactly 0",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_cause_is_named(mistake):
    layer, words = MISTAKES[mistake]
    error = error_of(layer, "N D")
    message = in_one_line(error)
    assert words in message
    assert message.startswith("Wrong.backward: the gradient of the input is wrong")


def test_a_coincidence_in_one_element_is_not_a_cause():
    def l1(x):
        return x / np.abs(x).sum(axis=1, keepdims=True)

    def back(grad, x, y):
        n = np.abs(x).sum(axis=1, keepdims=True)
        return grad / n - x * x * (grad * x).sum(axis=1, keepdims=True) / n**2

    error = error_of(wrong(l1, back), "N D", values=lambda rng, shape: rng.uniform(0.3, 2, shape))
    assert error.causes == []
    assert "It matches none of the common mistakes." in str(error)


def test_a_factor_that_reads_as_1_is_not_named():
    def back(grad, x, y):
        return grad * np.cos(x) * np.where(np.arange(x.shape[1]) == 0, 1 + 2e-5, 1)

    message = in_one_line(error_of(wrong(np.sin, back), "N D"))
    assert "It is wrong only at the first index along axis 1. " in message


def test_a_negative_zero_is_written_without_its_sign():
    always_zero = wrong(lambda x: x * abs(x), lambda grad, x, y: -0.0 * abs(grad))
    message = str(error_of(always_zero, "N D"))
    assert "input[0, 0]   0  " in message
    assert "# [[0.0]], should be" in message


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "forward",
    [lambda x: x.astype(np.float16).astype(x.dtype), lambda x: np.round(10 * x) / 10],
    ids=["float16", "tenths"],
)
def test_a_forward_that_changes_in_steps_is_named(forward, seed):
    straight_through = wrong(forward, lambda grad, x, y: grad)
    causes = error_of(straight_through, "N D", seed=seed).causes
    assert causes
    for cause in causes:
        assert re.match("Forward changes in steps|The output has only float32 precision", cause)
