"""The arrays in which the gradients of a step travel."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.distributed.gradients import PACKED_BELOW, Gradients, Room


def handed_out(parameter, room, number):
    """The gradient that a parameter has after a step of one rank."""
    parameter.grad = None
    parameter.grad = np.full(3, number)
    gradients = Gradients([parameter], [], room)
    gradients.fill(1.0, 1.0)
    gradients.hand_out(has_samples=True)
    return parameter.grad


def test_memory_is_used_again_when_the_gradients_of_a_step_are_gone():
    parameter, room = nn.Parameter(np.zeros(3)), Room()
    first = handed_out(parameter, room, 1.0).ctypes.data
    assert handed_out(parameter, room, 2.0).ctypes.data == first


def test_a_gradient_that_somebody_keeps_is_not_overwritten():
    parameter, room = nn.Parameter(np.zeros(3)), Room()
    kept = handed_out(parameter, room, 1.0)
    part = handed_out(parameter, room, 2.0)[1:]
    handed_out(parameter, room, 3.0)
    np.testing.assert_array_equal(kept, [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(part, [2.0, 2.0])


def test_other_parameters_get_other_memory():
    room = Room()
    handed_out(nn.Parameter(np.zeros(3)), room, 1.0)
    gradients = Gradients([nn.Parameter(np.zeros(5, np.float32))], [], room)
    (packed,) = gradients.fill(1.0, 1.0)
    assert packed.dtype == np.float32
    assert len(packed) == 6


def test_a_large_gradient_is_added_up_where_it_lies():
    large, small = nn.Parameter(np.zeros(PACKED_BELOW)), nn.Parameter(np.zeros(3))
    small.grad = np.ones(3, np.float32)
    large.grad = np.ones(PACKED_BELOW, np.float32)
    address = large.grad.ctypes.data
    gradients = Gradients([large, small], [], Room())
    packed, array = gradients.fill(0.5, 1.0)
    assert array.ctypes.data == address
    np.testing.assert_array_equal(packed, [1, 1, 0.5, 0.5, 0.5])
    array *= 4  # what other ranks add
    gradients.hand_out(has_samples=True)
    np.testing.assert_array_equal(large.grad, np.full(PACKED_BELOW, 2.0))
    np.testing.assert_array_equal(small.grad, [0.5, 0.5, 0.5])


FORMS = {
    "whole": lambda array: array,
    "a part": lambda array: array[1:],
    "a view of something": lambda array: array[::-1],
    "of another type": lambda array: array.astype(np.float64),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_large_gradient_with_another_reference_is_not_overwritten(form):
    one, two = nn.Parameter(np.zeros((2, PACKED_BELOW))), nn.Parameter(np.zeros((2, PACKED_BELOW)))
    held = np.random.default_rng(0).standard_normal((2, PACKED_BELOW)).astype(np.float32)
    kept = FORMS[form](held)
    one.grad = two.grad = held if form in ("whole", "a part") else kept
    before, expected = kept.copy(), one.grad * 0.25
    del held
    gradients = Gradients([one, two], [], Room())
    gradients.fill(0.25, 1.0)
    gradients.hand_out(has_samples=True)
    np.testing.assert_array_equal(kept, before)
    for parameter in (one, two):
        np.testing.assert_array_equal(parameter.grad, expected)
        assert parameter.grad.dtype == np.float32


def test_a_missing_large_gradient_counts_as_zeros():
    parameter = nn.Parameter(np.zeros(PACKED_BELOW))
    gradients = Gradients([parameter], [], Room())
    _, array = gradients.fill(0.5, 1.0)
    np.testing.assert_array_equal(array, np.zeros(PACKED_BELOW))
    gradients.hand_out(has_samples=True)
    assert parameter.grad is None


def test_a_large_running_statistic_is_averaged():
    statistic = nn.State(np.arange(PACKED_BELOW, dtype=np.float32))
    gradients = Gradients([], [statistic], Room())
    gradients.fill(1.0, 0.5)
    np.testing.assert_array_equal(statistic.value, np.arange(PACKED_BELOW))
    gradients.hand_out(has_samples=True)
    np.testing.assert_array_equal(statistic.value, np.arange(PACKED_BELOW) / 2)


def test_shares_of_float16_are_added_up_in_float32():
    small, large = (nn.Parameter(np.zeros(n), dtype=np.float16) for n in (3, PACKED_BELOW))
    for parameter in (small, large):
        parameter.grad = np.full(parameter.value.shape, 6e-8, np.float16)  # the smallest number
    gradients = Gradients([small, large], [], Room())
    for array in gradients.fill(0.25, 1.0):
        array *= 4
    gradients.hand_out(has_samples=True)
    for parameter in (small, large):
        np.testing.assert_array_equal(parameter.grad, np.full(parameter.value.shape, 6e-8, np.float16))
        assert parameter.grad.dtype == np.float16


def test_a_gradient_of_another_shape_is_refused():
    parameter = nn.Parameter(np.zeros((300, 300)))
    parameter.grad = np.zeros((1, 300), np.float32)
    with pytest.raises(ValueError, match=r"expected a gradient of shape \(300, 300\), got \(1, 300\)"):
        Gradients([parameter], [], Room())
