"""The base of pointwise losses."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_loss


class Huber(nn.Pointwise):
    """(y - t)² / 2 near the target, |y - t| - 1/2 far from it"""

    def value(self, y, t):
        d = np.abs(y - t)
        return np.where(d < 1, d * d / 2, d - 0.5)

    def slope(self, y, t):
        return np.clip(y - t, -1, 1)


def test_a_loss_of_four_lines_passes_all_checks():
    check_loss(Huber(), prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D)))


def test_values_are_averaged_and_shapes_checked():
    loss = Huber()
    assert loss.forward([[0.5], [3.0]], [[0.0], [0.0]]) == pytest.approx((0.125 + 2.5) / 2)
    np.testing.assert_allclose(loss.backward(), [[0.25], [0.5]])
    with pytest.raises(ValueError, match=r"Huber\(\): expected a target of the prediction's shape"):
        loss.forward(np.ones((2, 1)), np.ones(2))
    assert loss.evaluate(np.array([0.5, 3.0]), np.zeros(2), [1, 0]) == pytest.approx(0.125)


def test_without_its_two_functions_it_says_which_to_define():
    with pytest.raises(NotImplementedError, match=r"Pointwise: define value\(self, y, t\)"):
        nn.Pointwise().forward(np.ones(2), np.ones(2))
    with pytest.raises(NotImplementedError, match=r"Elementwise: define value\(self, x\)"):
        nn.Elementwise().predict(np.ones(2))


def test_a_value_that_is_averaged_already_is_rejected():
    class Averaged(Huber):
        def value(self, y, t):
            return super().value(y, t).mean()

    with pytest.raises(
        ValueError, match=r"Averaged\(\): expected value\(y, t\) of shape \(2,\), got \(\)"
    ):
        Averaged().forward(np.ones(2), np.zeros(2))
