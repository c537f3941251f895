"""`train_test_split`."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


@given(st.integers(2, 60), st.floats(0.05, 0.95), st.integers(0, 9))
def test_a_split_keeps_every_sample(samples, share, seed):
    x = np.arange(samples)
    count = math.ceil(round(share * samples, 6))
    if count == samples:
        return
    x_train, x_test, y_train, y_test = nn.train_test_split(x, -x, test_size=share, rng=seed)
    assert len(x_test) == count
    assert sorted([*x_train, *x_test]) == x.tolist()
    np.testing.assert_array_equal(y_train, -x_train)
    np.testing.assert_array_equal(y_test, -x_test)


@given(st.lists(st.integers(2, 20), min_size=1, max_size=6), st.integers(1, 9), st.integers(0, 9))
def test_a_stratified_split_keeps_the_proportions_of_the_classes(sizes, tenths, seed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    count = -(-len(labels) * tenths // 10)
    if count == len(labels):
        return
    train, test = nn.train_test_split(labels, test_size=count, stratify=labels, rng=seed)
    assert len(test) == count
    assert len(train) + len(test) == len(labels)
    for label, size in enumerate(sizes):
        assert abs((test == label).sum() - Fraction(size * count, len(labels))) < 1


def test_floating_point_error_does_not_enlarge_the_test_set():
    assert len(nn.train_test_split(np.arange(100), test_size=0.07)[1]) == 7


def test_labels_to_stratify_by_may_be_strings():
    labels = np.array(["a"] * 10 + ["b"] * 30)
    _, test = nn.train_test_split(labels, test_size=0.2, stratify=labels, rng=0)
    assert sorted(test) == ["a"] * 2 + ["b"] * 6


@pytest.mark.parametrize("stratify", [None, np.zeros(50)])
def test_parts_are_shuffled_copies(stratify):
    x = np.arange(50)
    train, test = nn.train_test_split(x, stratify=stratify, rng=0)
    assert not np.array_equal(train, np.sort(train))
    assert not np.array_equal(test, np.sort(test))
    assert not np.shares_memory(train, x)


@pytest.mark.parametrize("size", [0.0, 1e-9 - 1e-9, 100, 99.5, -0.1, 1.0, np.nan, 0.999999])
def test_a_test_size_that_leaves_a_part_empty_is_rejected(size):
    with pytest.raises(ValueError, match="test_size"):
        nn.train_test_split(np.arange(100), test_size=size)


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (np.array([0, 0, 0, 1]), "every class needs 2 samples; .*1.* has 1"),
        (np.array([0, 0, 1]), r"expected stratify of shape \(4,\), got \(3,\)"),
        (np.zeros((4, 1)), r"expected stratify of shape \(4,\), got \(4, 1\)"),
    ],
)
def test_labels_that_cannot_be_stratified_are_rejected(labels, match):
    with pytest.raises(ValueError, match=match):
        nn.train_test_split(np.arange(4), test_size=2, stratify=labels)
