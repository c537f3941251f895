"""The array in which the gradients of a step travel."""

import numpy as np

import nnlayers as nn
from nnlayers.distributed.gradients import Gradients, Room


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
    assert gradients.numbers.dtype == np.float32
    assert len(gradients.numbers) == 6
