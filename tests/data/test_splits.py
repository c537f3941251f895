"""`train_test_split`."""

import math
import re
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
    if min(count, len(labels) - count) < len(sizes):
        with pytest.raises(ValueError, match="both parts need a sample of each"):
            nn.train_test_split(labels, test_size=count, stratify=labels, rng=seed)
        return
    train, test = nn.train_test_split(labels, test_size=count, stratify=labels, rng=seed)
    assert len(test) == count
    assert len(train) + len(test) == len(labels)
    shares = [Fraction(size * count, len(labels)) for size in sizes]
    needed = sum(max(1, math.floor(share)) for share in shares)
    most = sum(min(size - 1, math.ceil(share)) for size, share in zip(sizes, shares, strict=True))
    for label, size in enumerate(sizes):
        assert 0 < (test == label).sum() < size
        if needed <= count <= most:
            assert abs((test == label).sum() - shares[label]) < 1


def test_floating_point_error_does_not_enlarge_the_test_set():
    assert len(nn.train_test_split(np.arange(100), test_size=0.07)[1]) == 7


@pytest.mark.parametrize(
    ("sizes", "count", "given"),
    [
        ([90, 2], 10, [9, 1]),
        ([900, *[2] * 50], 100, [50, *[1] * 50]),
        ([90, 2], 85, [84, 1]),
        ([2, 2, 2], 3, [1, 1, 1]),
    ],
)
def test_small_classes_are_in_both_parts(sizes, count, given):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    train, test = nn.train_test_split(labels, test_size=count, stratify=labels, rng=0)
    assert np.bincount(test).tolist() == given
    assert (np.bincount(train) + np.bincount(test)).tolist() == sizes


LABELS = [
    ["a", "b"] * 10,
    np.array(["a", "b"] * 10),
    np.array(["a", "b"] * 10, object),
    np.array([b"a", b"b"] * 10),
    [1, 0] * 10,
    np.array([1, 0] * 10, np.uint8),
    np.array([1, 0] * 10, ">i4"),
    np.array([1.5, 0] * 10),
    np.array([True, False] * 10),
    np.array(["a", 1] * 10, object),
    np.array([("a", 1), "b"] * 10, object),
    np.array(["2024-01-01", "2024-01-02"] * 10, "M8[D]"),
    tuple([1, 0] * 10),
]


@pytest.mark.parametrize("labels", LABELS)
def test_labels_to_stratify_by_may_be_of_any_kind(labels):
    _, test = nn.train_test_split(np.arange(20), test_size=4, stratify=labels, rng=0)
    assert np.bincount(test % 2).tolist() == [2, 2]


@pytest.mark.parametrize("lib", ["pandas", "polars"])
def test_tables_and_columns_stay_what_they_are(lib):
    library = pytest.importorskip(lib)
    frame = library.DataFrame({"a": range(20), "k": ["u", "v"] * 10})
    assert type(frame) is library.DataFrame
    x_train, x_test, y_train, y_test = nn.train_test_split(
        frame, frame["k"], test_size=4, stratify=frame["k"], rng=0
    )
    assert isinstance(x_train, library.DataFrame)
    assert isinstance(y_test, library.Series)
    assert list(x_train.columns) == list(x_test.columns) == ["a", "k"]
    assert (len(x_train), len(x_test), len(y_train)) == (16, 4, 16)
    assert sorted(y_test) == ["u", "u", "v", "v"]
    assert list(x_test["k"]) == list(y_test)
    pair, _ = nn.train_test_split((frame, np.arange(20)), test_size=0.5, rng=0)
    assert list(pair[0]["a"]) == list(pair[1])


@pytest.mark.parametrize("dtype", ["category", "string", "object", "str"])
def test_columns_of_pandas_to_stratify_by_may_be_of_any_kind(dtype):
    pandas = pytest.importorskip("pandas")
    labels = pandas.Series(["u", "v"] * 10, dtype=dtype)
    _, test = nn.train_test_split(np.arange(20), test_size=4, stratify=labels, rng=0)
    assert np.bincount(test % 2).tolist() == [2, 2]
    labels[3] = None
    with pytest.raises(TypeError, match=r"stratify lacks 1 of 20 labels, the first at row 3 \("):
        nn.train_test_split(np.arange(20), stratify=labels)


@pytest.mark.parametrize(
    ("labels", "error", "match"),
    [
        (np.array(["a", None, "a", None], object), TypeError, "stratify lacks 2 of 4 .* row 1 "),
        (["a", None, "a", None], TypeError, "stratify lacks 2 of 4"),
        (["a", math.nan] * 2, TypeError, "stratify lacks 2 of 4 labels, the first at row 1 "),
        (("a", np.nan, "b", "b"), TypeError, "stratify lacks 1 of 4"),
        ([1.0, math.nan, 1, 1], ValueError, "stratify lacks 1 of 4"),
        ([np.int64(0), np.int64(0), np.int64(0), np.int64(1)], ValueError, "class 1 has 1: "),
        (np.array([1, np.nan, 1, 1]), ValueError, "stratify lacks 1 of 4"),
        (np.array(["a", np.nan, "a", "a"], object), TypeError, "stratify lacks 1 of 4"),
        (np.array(["NaT", 0, 0, 0], "M8[D]"), TypeError, "stratify lacks 1 of 4"),
        (np.ma.masked_array([1, 1, 0, 0], [0, 0, 0, 1]), TypeError, "stratify without a mask"),
        (np.array([[1], [2], {}, {}], object), TypeError, "stratify to be numbers or words"),
        (np.eye(4), ValueError, r"stratify of shape \(4,\), got \(4, 4\): .*np.argmax\(y, axis=1\)"),
        (np.zeros((4, 1)), ValueError, r"got \(4, 1\): give np.ravel\(y\)"),
        (np.array(["a", "a", "a", "b"]), ValueError, "class 'b' has 1: "),
        (np.array([0, 0, 0, 1]), ValueError, "class 1 has 1: "),
        (np.array([0.0, 0, 0, 1]), ValueError, r"class 1\.0 has 1: "),
    ],
)
def test_labels_that_are_missing_or_of_another_form_are_rejected(labels, error, match):
    with pytest.raises(error, match=f"train_test_split: .*{match}"):
        nn.train_test_split(np.arange(4), test_size=2, stratify=labels)


@pytest.mark.parametrize("size", [0.9, 0.05, 18, 1, np.int64(18), np.float32(0.9)])
def test_a_part_too_small_for_all_classes_is_rejected(size):
    labels = np.repeat(np.arange(10), 2)
    with pytest.raises(ValueError, match=r"each of the 10 classes.*choose test_size from 10 to 10"):
        nn.train_test_split(labels, test_size=size, stratify=labels)


@pytest.mark.parametrize("size", [True, np.True_, None, "0.5", 1j])
def test_a_test_size_that_is_not_a_number_is_rejected(size):
    with pytest.raises(TypeError, match="test_size must be"):
        nn.train_test_split(np.arange(100), test_size=size)


@pytest.mark.parametrize("size", [np.int64(0), np.int32(100), np.float64(1.0), np.float32(-0.5)])
def test_a_wrong_test_size_is_shown_as_a_plain_number(size):
    with pytest.raises(ValueError, match=rf"test_size.*{re.escape(repr(size.item()))}") as caught:
        nn.train_test_split(np.arange(100), test_size=size)
    assert "np." not in str(caught.value)


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
