"""Batches, splits, one-hot rows, checks."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.data.checks import check_numbers


@given(st.integers(1, 50), st.integers(1, 60), st.booleans())
def test_batches_hold_every_sample_once_and_pairs_stay_together(samples, size, shuffle):
    x = np.arange(samples)
    data = nn.batches(x, 10 * x, batch_size=size, shuffle=shuffle, rng=0)
    parts = list(data)
    assert len(parts) == len(data) == -(-samples // size)
    assert [len(xb) for xb, _ in parts[:-1]] == [size] * (len(parts) - 1)
    xs, ys = (np.concatenate(part) for part in zip(*parts, strict=True))
    assert sorted(xs.tolist()) == x.tolist()
    np.testing.assert_array_equal(ys, 10 * xs)
    if not shuffle:
        np.testing.assert_array_equal(xs, x)


def test_every_iteration_has_a_fresh_order_of_samples():
    data = nn.batches(np.arange(100), batch_size=10, rng=0)
    first, second = np.concatenate(list(data)), np.concatenate(list(data))
    assert not np.array_equal(first, second)
    # samples are shuffled, not whole batches: neighbours do not stay neighbours
    assert (np.diff(first) == 1).mean() < 0.2


def test_one_seed_gives_the_same_orders():
    one, other = (list(nn.batches(np.arange(20), batch_size=7, rng=1)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_array_comes_alone_and_several_as_tuples():
    x = np.arange(4)
    assert isinstance(next(iter(nn.batches(x))), np.ndarray)
    assert len(next(iter(nn.batches(x, x, x)))) == 3


def test_a_memmap_is_not_loaded(tmp_path):
    file = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (1000, 10))
    file[...] = np.arange(1000)[:, np.newaxis]
    file.flush()
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    data = nn.batches(x, batch_size=100, rng=0)
    assert np.shares_memory(data.arrays[0], x)
    seen = [batch[:, 0] for batch in data]
    assert sorted(np.concatenate(seen)) == list(range(1000))
    plain = list(nn.batches(x, batch_size=300, shuffle=False))
    assert np.shares_memory(plain[0], x)


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_size_below_one_is_refused_at_once(size):
    with pytest.raises(ValueError, match=f"batches: batch_size must be at least 1, got {size}"):
        nn.batches(np.arange(3), batch_size=size)


@pytest.mark.parametrize("size", [2.5, 2.0, None])
def test_a_batch_size_that_is_no_whole_number_is_refused(size):
    with pytest.raises(TypeError, match="batches: batch_size must be a whole number"):
        nn.batches(np.arange(3), batch_size=size)


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ((), "at least one sample"),
        ((np.zeros((0, 3)),), "at least one sample"),
        ((np.zeros(()),), "at least one sample"),
        ((np.zeros(3), np.zeros(2)), r"equal length, got shapes \[\(3,\), \(2,\)\]"),
    ],
)
@pytest.mark.parametrize("function", [nn.batches, nn.train_test_split])
def test_arrays_that_do_not_go_together_are_refused(function, arrays, match):
    with pytest.raises(ValueError, match=f"{function.__name__}: expected arrays of .*{match}"):
        function(*arrays)


# Splits


@given(st.integers(2, 60), st.floats(0.05, 0.95), st.integers(0, 9))
def test_a_split_loses_nothing(samples, share, seed):
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
def test_a_stratified_split_keeps_the_proportions(sizes, tenths, seed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    count = -(-len(labels) * tenths // 10)
    if count == len(labels):
        return
    train, test = nn.train_test_split(labels, test_size=count, stratify=labels, rng=seed)
    assert len(test) == count
    assert len(train) + len(test) == len(labels)
    for label, size in enumerate(sizes):
        assert abs((test == label).sum() - Fraction(size * count, len(labels))) < 1


def test_a_share_is_not_rounded_up_for_a_rounding_error():
    assert len(nn.train_test_split(np.arange(100), test_size=0.07)[1]) == 7


def test_stratifying_works_on_strings():
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
def test_a_test_size_that_leaves_a_part_empty_is_refused(size):
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
def test_labels_that_cannot_be_stratified_are_refused(labels, match):
    with pytest.raises(ValueError, match=match):
        nn.train_test_split(np.arange(4), test_size=2, stratify=labels)


# One-hot rows


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
def test_labels_that_cannot_become_rows_are_refused(labels, classes, error, match):
    with pytest.raises(error, match=f"one_hot: .*{match}"):
        nn.one_hot(labels, classes)


# Checks of data


@pytest.mark.parametrize(
    ("data", "error", "match"),
    [
        (np.array([[1, None]]), TypeError, "expected x of real numbers, got dtype object"),
        (np.ones((1, 1), complex), TypeError, "got dtype complex128"),
        ([["a"]], TypeError, "got dtype <U1"),
        (np.zeros((0, 3)), ValueError, "at least one sample"),
        (np.zeros((3, 0)), ValueError, "at least one sample"),
        (5.0, ValueError, "at least one sample"),
        (np.ma.masked_array([1.0], [True]), TypeError, "expected x without a mask"),
        ([[1, 2], [3]], ValueError, "something that cannot become one"),
        ([[1, 2], [3, np.nan]], ValueError, r"x holds nan at row 1, column 1 \(counted from 0\)"),
        ([1, -np.inf], ValueError, "x holds -inf at row 1 "),
        (np.where(np.arange(24) == 23, np.inf, 0).reshape(2, 3, 4), ValueError, "row 1, column 2, 3"),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused(data, error, match):
    with pytest.raises(error, match=match):
        check_numbers(data, "x", "fit")


def test_large_data_is_read_in_chunks_and_the_place_is_right(monkeypatch):
    monkeypatch.setattr("nnlayers.data.checks.CHUNK", 10)
    x = np.zeros((100, 3))
    assert check_numbers(x, "x", "fit") is x
    largest = [0]
    monkeypatch.setattr(
        "nnlayers.data.checks.np.isfinite", lambda a: largest.append(a.size) or np.equal(a, a)
    )
    check_numbers(x, "x", "fit")
    assert max(largest) <= 10
    x[57, 2] = np.nan
    with pytest.raises(ValueError, match="row 57, column 2"):
        check_numbers(x, "x", "fit")
