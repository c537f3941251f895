"""Identity, Concatenate and Add."""

import numpy as np
import pytest

import nnlayers as nn

A, B = np.arange(6.0).reshape(2, 3), 10 + np.arange(4.0).reshape(2, 2)


def test_identity_returns_what_it_is_given():
    layer = nn.Identity()
    assert layer.forward(A) is A
    assert layer.predict((A, B)) == (A, B)
    assert layer.backward(B) is B


def test_concatenate_joins_along_the_last_axis_and_splits_the_gradient():
    layer = nn.Concatenate()
    y = layer.forward((A, B))
    assert y.tolist() == [[0, 1, 2, 10, 11], [3, 4, 5, 12, 13]]
    np.testing.assert_array_equal(layer.predict((A, B)), y)
    first, second = layer.backward(y)
    np.testing.assert_array_equal(first, A)
    np.testing.assert_array_equal(second, B)


def test_concatenate_along_another_axis(rng):
    x = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 5, 4))
    for axis in (1, -2):
        layer = nn.Concatenate(axis)
        assert layer.forward(x).shape == (2, 8, 4)
        assert [part.shape for part in layer.backward(np.ones((2, 8, 4)))] == [(2, 3, 4), (2, 5, 4)]


@pytest.mark.parametrize("axis", [0, -2])
def test_samples_are_never_joined(axis):
    with pytest.raises(ValueError, match=r"axis must not be 0|axis -2 after the first"):
        nn.Concatenate(axis).predict((A, A))


@pytest.mark.parametrize("axis", [2, -3, -2])
def test_an_axis_that_is_not_there_is_named(axis):
    with pytest.raises(ValueError, match=rf"expected arrays with an axis {axis} after"):
        nn.Concatenate(axis).predict((A, A))


@pytest.mark.parametrize("x", [(A, B[:1]), (A, A[np.newaxis]), (A, np.ones(3))])
def test_shapes_that_do_not_fit_are_rejected(x):
    with pytest.raises(ValueError, match=r"Concatenate\(\): expected arrays whose shapes agree"):
        nn.Concatenate().predict(x)


def test_add_is_the_sum_and_its_gradient_goes_to_all():
    layer = nn.Add()
    y = layer.forward((A, 2 * A, A))
    np.testing.assert_array_equal(y, 4 * A)
    assert len(layer.backward(A)) == 3
    for part in layer.forward((A, A)), layer.predict((A, A)):
        np.testing.assert_array_equal(part, 2 * A)


def test_add_never_broadcasts():
    with pytest.raises(
        ValueError, match=r"Add: expected arrays of one shape, got \[\(2, 3\), \(2, 1\)\]"
    ):
        nn.Add().forward((A, A[:, :1]))


@pytest.mark.parametrize("layer", [nn.Add(), nn.Concatenate()])
@pytest.mark.parametrize("verb", ["forward", "predict"])
@pytest.mark.parametrize("x", [A, [A, A], ()])
def test_what_is_not_a_tuple_of_arrays_is_rejected(layer, verb, x):
    with pytest.raises(TypeError, match=f"{type(layer).__name__}: expected a tuple of arrays, got"):
        getattr(layer, verb)(x)


@pytest.mark.parametrize("layer", [nn.Add(), nn.Concatenate()])
def test_a_list_is_answered_with_a_tuple_and_no_arrays_are_printed(layer):
    with pytest.raises(TypeError, match=r"got a list of 2: write \(x_1, x_2\), not \[x_1, x_2\]$"):
        layer.predict([np.ones((2, 2)), np.ones((2, 2))])
