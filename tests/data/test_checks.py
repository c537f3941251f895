"""Checks of data: equal lengths and finite real numbers."""

import tracemalloc

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.data.checks import check_numbers
from tests.arrays_for_tests import KINDS


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
def test_empty_arrays_and_unequal_lengths_are_rejected(function, arrays, match):
    with pytest.raises(ValueError, match=f"{function.__name__}: expected arrays of .*{match}"):
        function(*arrays)


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
def test_data_unfit_for_training_is_rejected(data, error, match):
    with pytest.raises(error, match=match):
        check_numbers(data, "x", "fit")


def test_large_data_is_checked_in_chunks_and_positions_are_correct(monkeypatch):
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


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_check_does_not_copy_the_data(order):
    x = np.ones((4_000, 500), order=order)[:, ::2]
    tracemalloc.start()
    check_numbers(x, "x", "fit")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_that_is_not_finite_is_found_in_any_order(kind, tmp_path):
    x = np.ones((50, 4))
    x[40, 3] = np.inf
    with pytest.raises(ValueError, match=r"fit: x holds inf at row 40, column 3"):
        check_numbers(kind(x, tmp_path), "x", "fit")
