"""Arrays and tuples of arrays."""

import numpy as np
import pytest

from nnlayers.core.checks import as_array, describe, is_tuple_of_arrays
from nnlayers.core.structures import (
    add,
    arrays_in,
    as_arrays,
    as_shape,
    each,
    length,
    sample_shape,
    zeros,
)

A, B = np.ones((5, 3)), np.zeros((5, 2, 2))


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ((A, B), True),
        ((1, (A,)), True),
        ((1.0, 2.0), False),
        (([1], [2]), False),
        (A, False),
        ([A], False),
    ],
)
def test_a_tuple_of_arrays_is_one_that_holds_an_array(x, expected):
    assert is_tuple_of_arrays(x) is expected


def test_a_tuple_of_arrays_is_never_stacked():
    with pytest.raises(
        TypeError, match=r"me: expected one array, got a tuple of 2 \(an array of shape"
    ):
        as_array((A, A), "me")
    assert as_array((1, 2)).tolist() == [1, 2]  # array-like, as a list is


def test_functions_are_applied_to_every_array_of_nested_tuples():
    nested = (A, (B, A))
    assert each(np.sum, nested) == (15, (0, 15))
    assert each(lambda x, y: x.shape == y.shape, nested, nested) == (True, (True, True))
    assert [name for name, _ in arrays_in(nested, "x")] == ["x[0]", "x[1][0]", "x[1][1]"]
    assert length(nested) == 5
    assert sample_shape(nested) == ((3,), ((2, 2), (3,)))


def test_lists_in_a_tuple_become_arrays():
    first, second = as_arrays((A, [1, 2]))
    assert first is A
    assert second.tolist() == [1, 2]


def test_gradients_are_added_and_none_adds_nothing():
    assert add(None, None) is None
    assert add(None, A) is add(A, None) is A
    total = add((A, None), (A, None))
    assert total[1] is None
    np.testing.assert_array_equal(total[0], 2 * A)


def test_zeros_have_the_shapes_and_kinds_that_are_asked_for():
    assert zeros((3,), False, np.dtype(np.float32)).dtype == np.float32
    assert zeros((), True, None).dtype == np.intp
    floats, integers = zeros(((3,), (2, 2)), (False, True), np.dtype(np.float32))
    assert (floats.shape, integers.shape) == ((1, 3), (1, 2, 2))
    assert integers.dtype == np.intp


def test_structures_are_described():
    assert describe(A) == "an array of shape (5, 3)"
    assert describe((A, (B,))).startswith("a tuple of 2 (an array of shape (5, 3), a tuple of 1 (")
    assert describe([1]) == "[1]"
    assert describe([A, A]) == "a list of 2"


def test_numbers_of_numpy_in_a_tuple_are_array_like():
    assert as_array(tuple(np.arange(3.0))).tolist() == [0, 1, 2]


@pytest.mark.parametrize("other", [np.ones((5, 1)), (A,), (A, A, A), [A, A]])
def test_gradients_of_different_structures_are_rejected(other):
    one = A if isinstance(other, np.ndarray) else (A, A)
    for pair in ((one, other), (other, one)):
        with pytest.raises(ValueError, match="expected two gradients of one input, of one shape"):
            add(*pair)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [(3, (3,)), ([2, np.int64(3)], (2, 3)), (((3,), 4), ((3,), (4,))), (((), 5), ((), (5,)))],
)
def test_shapes_are_sizes_or_tuples_of_shapes(shape, expected):
    assert as_shape(shape, "me") == expected


@pytest.mark.parametrize(
    ("shape", "error", "match"),
    [
        ("ab", TypeError, r"me: expected a shape such as \(28, 28, 1\), got 'ab'"),
        ((None, 3), TypeError, r"me: a size in \(None, 3\) must be a whole number, got None"),
        ((2.5,), TypeError, "must be a whole number"),
        ((-3,), ValueError, "must be at least 0, got -3"),
    ],
)
def test_impossible_shapes_are_rejected(shape, error, match):
    with pytest.raises(error, match=match):
        as_shape(shape, "me")
