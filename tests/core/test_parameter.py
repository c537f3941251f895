"""Parameter and State."""

import numpy as np
import pytest

import nnlayers as nn


def test_a_parameter_copies_its_value():
    value = np.ones(3, np.float32)
    parameter = nn.Parameter(value)
    value[0] = 7
    assert parameter.value.tolist() == [1, 1, 1]


def test_a_parameter_is_float32_by_default():
    assert nn.Parameter([1, 2]).value.dtype == np.float32
    assert nn.Parameter(np.ones(2), dtype=np.float64).value.dtype == np.float64


def test_a_state_keeps_integers_and_converts_floats_to_float32():
    assert nn.State(np.arange(3)).value.dtype == np.arange(3).dtype
    assert nn.State(np.ones(3)).value.dtype == np.float32
    assert nn.State(np.ones(3), dtype=np.float64).value.dtype == np.float64


@pytest.mark.parametrize("value", [[1j], ["a"], [None]])
def test_a_state_of_anything_but_real_numbers_is_rejected(value):
    with pytest.raises(TypeError, match="expected real numbers"):
        nn.State(value)


def test_an_integer_parameter_is_rejected():
    with pytest.raises(TypeError, match="expected a floating dtype, got int32"):
        nn.Parameter([1, 2], dtype=np.int32)


def test_assigning_a_value_copies_and_converts_it():
    state = nn.State(np.zeros(2))
    new = np.array([1.0, 2.0], np.float32)
    state.value = new
    new[0] = 7
    assert state.value.tolist() == [1, 2]
    state.value = [3.0, 4.0]
    assert state.value.dtype == np.float32
    assert state.value.tolist() == [3, 4]


@pytest.mark.parametrize("value", [1.0, [1.0], [[1.0, 2.0, 3.0]]])
def test_assigning_a_value_of_another_shape_is_rejected(value):
    state = nn.State(np.zeros(3))
    with pytest.raises(ValueError, match=r"expected a value of shape \(3,\)"):
        state.value = value
    assert state.value.tolist() == [0, 0, 0]


def test_assigning_floats_to_an_integer_state_is_rejected():
    state = nn.State(np.zeros(1, np.int64))
    with pytest.raises(TypeError, match="expected a value like int64, got float64"):
        state.value = [0.5]


def test_gradients_accumulate():
    parameter = nn.Parameter(np.ones(2))
    parameter.add_grad(np.array([1, 2]))
    parameter.add_grad([10.0, 20.0])
    assert parameter.grad.tolist() == [11, 22]
    assert parameter.grad.dtype == np.float32


def test_the_first_gradient_is_kept_without_a_copy_and_never_modified():
    parameter = nn.Parameter(np.ones(2))
    first = np.ones(2, np.float32)
    parameter.add_grad(first)
    assert parameter.grad is first
    parameter.add_grad(first)
    assert first.tolist() == [1, 1]


@pytest.mark.parametrize("shape", [(), (1,), (1, 3), (3, 1)])
def test_a_gradient_of_another_shape_is_rejected_even_if_it_would_broadcast(shape):
    parameter = nn.Parameter(np.ones((3, 3)))
    with pytest.raises(
        ValueError, match=r"expected a gradient of shape \(3, 3\).*nothing is broadcast"
    ):
        parameter.add_grad(np.ones(shape))
    assert parameter.grad is None


def test_the_error_for_a_wrong_gradient_names_its_parameter():
    model = nn.Sequential(nn.Dense(2, 3))
    weight, _ = model.parameters()
    with pytest.raises(ValueError, match=r"Parameter 'layers.0.weight'"):
        weight.add_grad(np.ones(3))


def test_a_complex_gradient_is_rejected():
    with pytest.raises(TypeError, match="got complex128"):
        nn.Parameter(np.ones(1)).add_grad(np.ones(1, complex))


def test_a_scalar_parameter_accepts_scalar_gradients():
    parameter = nn.Parameter(2.0)
    parameter.add_grad(np.ones(3, np.float32).sum())
    parameter.add_grad(1.0)
    assert parameter.grad == 4


def test_a_frozen_parameter_ignores_gradients():
    parameter = nn.Parameter(np.ones(2))
    parameter.trainable = False
    parameter.add_grad(np.ones(2))
    assert parameter.grad is None


def test_repr_shows_shape_and_dtype():
    assert repr(nn.Parameter(np.ones((2, 3)))) == "<Parameter, shape (2, 3), float32>"
