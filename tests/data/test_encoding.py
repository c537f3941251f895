"""`one_hot`."""

import numpy as np
import pytest

import nnlayers as nn


def test_one_hot_puts_a_one_at_the_label():
    assert nn.one_hot([2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert nn.one_hot([0], 3).shape == (1, 3)
    assert nn.one_hot([0]).dtype == np.float32
    assert nn.one_hot(np.zeros(0, int), 3, np.float64).shape == (0, 3)


@pytest.mark.parametrize(
    ("labels", "classes", "error", "match"),
    [
        ([0.0], None, TypeError, "expected integer labels, got float64"),
        (["a"], None, TypeError, "expected integer labels"),
        ([3], 3, ValueError, "expected labels in 0 ... 2, got labels from 3 to 3"),
        ([-1], None, ValueError, "classes must be at least 1"),
        ([-1, 1], None, ValueError, "got labels from -1 to 1"),
        ([[0]], None, ValueError, r"expected labels of shape \(N,\), got \(1, 1\)"),
        (0, None, ValueError, r"expected labels of shape \(N,\), got \(\)"),
        (np.zeros(0, int), None, ValueError, "expected labels of shape"),
        ([0], 1.5, TypeError, "classes must be a whole number"),
    ],
)
def test_invalid_labels_are_rejected(labels, classes, error, match):
    with pytest.raises(error, match=f"one_hot: .*{match}"):
        nn.one_hot(labels, classes)
