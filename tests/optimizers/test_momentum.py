"""SGD: momentum and Nesterov's momentum."""

import numpy as np
import pytest

import nnlayers as nn
from tests.optimizers.parameters_for_tests import give_gradients, parameters


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_follows_its_formula(nesterov):
    ps = parameters()
    optimizer = nn.SGD(ps, 0.1, momentum=0.9, nesterov=nesterov, weight_decay=0.01)
    w, v = 1.0, 0.0
    for gradient in (0.5, -1.0, 2.0):
        give_gradients(ps, gradient)
        optimizer.step()
        g = gradient + 0.01 * w
        v = 0.9 * v + g
        w -= 0.1 * (g + 0.9 * v if nesterov else v)
        assert ps[0].value[0] == pytest.approx(w, rel=1e-14)


@pytest.mark.parametrize("momentum", [1, -0.5, np.nan])
def test_momentum_out_of_range_is_rejected(momentum):
    with pytest.raises(ValueError, match="SGD: momentum must be in"):
        nn.SGD(parameters(), 0.1, momentum=momentum)


def test_nesterov_without_momentum_is_rejected():
    with pytest.raises(ValueError, match="nesterov needs a momentum"):
        nn.SGD(parameters(), 0.1, nesterov=True)


def test_a_velocity_has_the_dtype_of_its_parameter():
    parameter = nn.Parameter([1.0])
    optimizer = nn.SGD([parameter], 0.1, momentum=0.5)
    optimizer.load_state_dict({**optimizer.state_dict(), "0.velocity": np.ones(1)})
    assert optimizer.state_dict()["0.velocity"].dtype == np.float32


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("lr_factor", [1.0, 1e6])
def test_a_rate_that_float16_does_not_hold_gives_a_finite_update(lr_factor, momentum):
    weight = nn.Parameter([1.0], dtype=np.float16)
    weight.lr_factor = lr_factor
    optimizer = nn.SGD([weight], lr=1e6 / lr_factor, momentum=momentum)
    weight.add_grad(np.array([1e-3], np.float16))
    optimizer.step()
    assert weight.value[0] == pytest.approx(1 - 1000, rel=1e-3)
