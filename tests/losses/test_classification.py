"""Softmax and the cross-entropy."""

import math

import numpy as np
import pytest

import nnlayers as nn


def naive_cross_entropy(z, t):
    """The cross-entropy with explicit loops, in Python floats; each row of t is a distribution."""
    total = 0.0
    for row, target in zip(z.tolist(), t.tolist(), strict=True):
        largest = max(row)
        log_sum = largest + math.log(sum(math.exp(value - largest) for value in row))
        total -= sum(
            weight * (value - log_sum) for value, weight in zip(row, target, strict=True) if weight
        )
    return total / len(z)


def test_softmax_is_exp_over_the_sum_of_exp(rng):
    x = rng.standard_normal((4, 5))
    expected = [[math.exp(v) / sum(map(math.exp, row)) for v in row] for row in x.tolist()]
    np.testing.assert_allclose(nn.softmax(x), expected, rtol=1e-14)
    np.testing.assert_allclose(nn.softmax(x.T, axis=0), np.transpose(expected), rtol=1e-14)


def test_softmax_is_stable_and_keeps_float32():
    y = nn.softmax(np.array([[1000, 0, -1000], [3e38, 3e38, -3e38]], np.float32))
    assert y.tolist() == [[1, 0, 0], [0.5, 0.5, 0]]
    assert y.dtype == np.float32


def test_softmax_accepts_integer_lists_and_does_not_modify_its_argument():
    assert nn.softmax([0, 0]).tolist() == [0.5, 0.5]
    x = np.ones((1, 2))
    nn.softmax(x)
    assert x.tolist() == [[1, 1]]


def test_labels_and_one_hot_targets_give_the_same_cross_entropy(rng):
    z, labels = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)
    t = nn.one_hot(labels, 4, np.float64)
    loss = nn.SoftmaxCrossEntropy()
    expected = naive_cross_entropy(z, t)
    assert loss.forward(z, labels) == pytest.approx(expected, rel=1e-14)
    by_labels = loss.backward()
    assert loss.forward(z, t) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(loss.backward(), by_labels, atol=1e-16)
    np.testing.assert_allclose(by_labels, (nn.softmax(z) - t) / 6, atol=1e-16)


def test_cross_entropy_accepts_probability_targets(rng):
    z, t = rng.standard_normal((6, 4)), nn.softmax(rng.standard_normal((6, 4)))
    loss = nn.SoftmaxCrossEntropy()
    assert loss.forward(z, t) == pytest.approx(naive_cross_entropy(z, t), rel=1e-13)
    np.testing.assert_allclose(loss.backward(), (nn.softmax(z) - t) / 6, atol=1e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_accurate_for_extreme_logits(dtype):
    loss = nn.SoftmaxCrossEntropy()
    z = np.array([[1000, 0], [-1000, 0], [0, 1e4]], dtype)
    assert loss.forward(z, np.array([0, 0, 0])) == pytest.approx((0 + 1000 + 1e4) / 3, rel=1e-6)
    assert loss.backward().tolist() == [
        [0, 0],
        pytest.approx([-1 / 3, 1 / 3]),
        pytest.approx([-1 / 3, 1 / 3]),
    ]


def test_a_class_of_probability_zero_may_have_a_logit_of_minus_infinity():
    loss = nn.SoftmaxCrossEntropy()
    z = np.array([[0.0, -np.inf, 0.0]])
    assert loss.forward(z, np.array([0])) == pytest.approx(math.log(2))
    assert loss.forward(z, np.array([[0.5, 0.0, 0.5]])) == pytest.approx(math.log(2))
    assert loss.backward().tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_labels_may_have_any_integer_dtype(dtype):
    assert nn.SoftmaxCrossEntropy().forward(np.zeros((2, 3)), np.array([0, 2], dtype)) == pytest.approx(
        math.log(3)
    )


def test_probability_targets_may_have_any_real_dtype():
    for dtype in (bool, np.int64, np.float32, np.float64):
        target = np.array([[0, 1], [1, 0]], dtype)
        assert nn.SoftmaxCrossEntropy().forward(np.zeros((2, 2)), target) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("target", "error", "match"),
    [
        ([0, 3, 1, 0], ValueError, r"expected labels in 0 ... 2, got labels from 0 to 3"),
        ([0, -1, 1, 0], ValueError, r"got labels from -1 to 1"),
        ([0.0, 1.0, 2.0, 0.0], TypeError, r"expected integer labels of shape \(4,\)"),
        ([True, False, True, False], TypeError, "expected integer labels"),
        (["a", "b", "c", "d"], TypeError, "expected integer labels"),
        (1, ValueError, "expected one target for each of 4 predictions"),
        ([0, 1, 2], ValueError, "expected one target for each of 4 predictions"),
        ([0], ValueError, "expected one target for each of 4 predictions"),
        (
            [[0], [1], [2], [0]],
            ValueError,
            r"expected integer labels of shape \(4,\).*got int64 of shape \(4, 1\)",
        ),
        (np.ones((4, 2)) / 2, ValueError, r"probability targets of shape \(4, 3\)"),
        (np.ones((1, 3)) / 3, ValueError, "expected one target for each of 4 predictions"),
        (np.ones((4, 3)), ValueError, "rows that sum to 1, got .* at row 0"),
        (np.full((4, 3), np.nan), ValueError, "rows that sum to 1, got .* at row 0"),
        ([[1, 0, 0], [2, -1, 0], [1, 0, 0], [1, 0, 0]], ValueError, "not negative.*row 1"),
        (np.ones((4, 3), complex) / 3, ValueError, "got complex128"),
    ],
)
def test_invalid_targets_are_rejected(target, error, match):
    loss = nn.SoftmaxCrossEntropy()
    with pytest.raises(error, match=f"SoftmaxCrossEntropy.*{match}"):
        loss.forward(np.zeros((4, 3)), np.asarray(target))
    with pytest.raises(RuntimeError):
        loss.backward()


@pytest.mark.parametrize("shape", [(3,), (0, 3), (3, 0)])
def test_logits_of_an_invalid_shape_are_rejected(shape):
    with pytest.raises(ValueError, match=r"expected logits of shape \(N, ..., C\)"):
        nn.SoftmaxCrossEntropy().forward(np.zeros(shape), np.zeros(3, int))


@pytest.mark.parametrize("dtype", ["<i4", ">i4", ">i8", "i1", "u1", ">u2"])
def test_labels_may_have_any_byte_order(dtype):
    logits = np.eye(3)
    expected = nn.SoftmaxCrossEntropy().forward(logits, np.array([2, 0, 1]))
    assert nn.SoftmaxCrossEntropy().forward(logits, np.array([2, 0, 1], dtype)) == expected
    wrong = [3] if "u" in dtype else [3, -1]
    for label in wrong:
        with pytest.raises(ValueError, match=f"got labels from {min(label, 0)} to"):
            nn.SoftmaxCrossEntropy().forward(logits, np.array([0, 1, label], dtype))
