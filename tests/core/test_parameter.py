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
    with pytest.raises(TypeError, match="expected an array of real numbers"):
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


@pytest.mark.parametrize("dtype", [complex, str, "M8[s]", object])
def test_a_state_has_a_dtype_of_real_numbers(dtype):
    with pytest.raises(TypeError, match="State: expected a dtype of real numbers, got"):
        nn.State(np.zeros(2), dtype=dtype)


@pytest.mark.parametrize("dtype", [int, bool, complex, str])
def test_a_parameter_has_a_floating_dtype(dtype):
    with pytest.raises(TypeError, match="Parameter: expected a floating dtype, got"):
        nn.Parameter(np.zeros(2), dtype=dtype)


@pytest.mark.parametrize(
    ("value", "dtype"), [([1.5], int), ([300], np.int8), ([-1], np.uint8), ([np.nan], int), ([2], bool)]
)
def test_a_state_of_integers_holds_its_value_exactly(value, dtype):
    with pytest.raises(ValueError, match="it would become another number"):
        nn.State(value, dtype=dtype)


def test_a_state_of_integers_refuses_what_does_not_fit():
    count = nn.State(np.array([7], np.int8))
    with pytest.raises(ValueError, match=r"300 at row 0 .* does not fit int8"):
        count.value = np.array([300])
    with pytest.raises(TypeError, match="expected a value like int8, got float64"):
        count.value = [1.5]
    assert count.value == [7]
    assert nn.State([3.0], dtype=int).value.dtype == int


def test_a_foreign_byte_order_is_not_kept():
    assert nn.Parameter([1.0], dtype=">f4").value.dtype.isnative
    assert nn.State(np.ones(1, ">i4")).value.dtype == np.int32


LARGE = np.array([1.0, 1e300])
WAYS_IN = {
    "construction": lambda p: nn.Parameter(LARGE),
    "assignment": lambda p: setattr(p, "value", LARGE),
    "add_grad": lambda p: p.add_grad(LARGE),
    "load_state_dict": lambda p: holder(p).load_state_dict({"p": LARGE}),
    "astype": lambda p: holder(nn.Parameter([1.0, 1e5])).astype(np.float16),
    "the optimizer's memory": lambda p: nn.SGD([p], lr=0.1).load_state_dict(
        nn.SGD([p], lr=0.1, momentum=0.9).state_dict() | {"0.velocity": LARGE}
    ),
}


def holder(parameter):
    layer = nn.Layer()
    layer.p = parameter
    return layer


@pytest.mark.parametrize("way", WAYS_IN)
def test_a_value_that_does_not_fit_the_dtype_is_refused_and_nothing_is_changed(way):
    parameter = nn.Parameter([2.0, 3.0])
    with pytest.raises(ValueError, match=r"at row 1 \(counted from 0\) is too large for float"):
        WAYS_IN[way](parameter)
    assert parameter.value.tolist() == [2, 3]
    assert parameter.grad is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_were_not_finite_before_are_kept(value):
    layer = holder(nn.Parameter([1.0, 2.0]))
    layer.load_state_dict({"p": np.array([value, 1])})
    assert np.array_equal(layer.p.value, [value, 1], equal_nan=True)


def test_a_file_of_weights_that_do_not_fit_changes_nothing(tmp_path):
    layer = nn.Dense(2, 2, rng=0)
    before = layer.state_dict()
    np.savez(tmp_path / "w.npz", weight=np.ones((2, 2)), bias=LARGE)
    with pytest.raises(ValueError, match=r"'bias': 1e\+300 at row 1 .* is too large for float32"):
        layer.load_weights(tmp_path / "w.npz")
    for path, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


@pytest.mark.parametrize(
    "value", [[[2**24 + 1]], np.array([[2**40 + 1]]), np.array([[2**63 + 1]], "u8")]
)
def test_integers_that_a_parameter_would_round_are_refused(value):
    layer = nn.Dense(1, 1, rng=0)
    with pytest.raises(ValueError, match="fits float32, got integers that it rounds"):
        layer.load_state_dict({"weight": value, "bias": [0]})
    with pytest.raises(ValueError, match="integers that it rounds"):
        layer.weight.value = value
    layer.weight.value = [[2**24]]
    assert layer.weight.value == 2**24
