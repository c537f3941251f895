"""The check of losses with weights: wrong ones are found, and it is clear what is wrong."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_loss


class WeightedSquares(nn.Loss):
    """L = sum_n w_n (y_n - t_n)² / sum_n w_n, to be spoiled"""

    def forward(self, prediction, target, weights=None):
        w = np.ones(len(target)) if weights is None else weights
        difference = (prediction - target).astype(prediction.dtype)
        self.save_for_backward(difference, w)
        return float((w * difference**2).sum()) / self.total(w)

    def backward(self, grad=1.0):
        difference, w = self.saved()
        w = self.backward_weights(w)
        return (grad * 2 * w * difference / self.total(w)).astype(difference.dtype)

    def total(self, w):
        return float(w.sum()) or 1.0

    def backward_weights(self, w):
        return w


class WeightsForgottenInBackward(WeightedSquares):
    def backward_weights(self, w):
        return np.ones_like(w)


class DividedByTheBatchSize(WeightedSquares):
    def total(self, w):
        return len(w)


class WeightsSquaredInBackward(WeightedSquares):
    def backward_weights(self, w):
        return w**2


class WeightsOfZerosGiveNaN(WeightedSquares):
    def total(self, w):
        return w.sum()


class WeightsSquared(WeightedSquares):
    def forward(self, prediction, target, weights=None):
        return super().forward(prediction, target, None if weights is None else weights**2)


class WeightsIgnored(WeightedSquares):
    def forward(self, prediction, target, weights=None):
        return super().forward(prediction, target)


class WeightsModified(WeightedSquares):
    def forward(self, prediction, target, weights=None):
        if weights is not None:
            weights /= weights.sum() or 1.0
        return super().forward(prediction, target, weights)


def check_weights(loss, **options):
    return check_loss(loss, prediction="N", target=lambda rng, N: rng.standard_normal(N), **options)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (WeightsForgottenInBackward(), "a sample of weight 0 has a nonzero gradient"),
        (DividedByTheBatchSize(), "3 times all weights change the value: divide by the sum"),
        (WeightsSquaredInBackward(), "with weights, the gradient is wrong: along a random"),
        (WeightsOfZerosGiveNaN(), "weights of zeros give a value or a gradient that is not 0"),
        (WeightsSquared(), r"with weights, forward gives .*, expected sum\(w \* l\) / sum\(w\) ="),
        (WeightsIgnored(), "a sample of weight 0 has a nonzero gradient"),
        (WeightsModified(), "a pass modifies the weights"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_wrong_weights_are_found(loss, message, seed):
    with pytest.raises(ContractError, match=message) as info:
        check_weights(loss, seed=seed)
    assert info.value.check == "weights"
    assert "The check guards against: Weights of the samples" in str(info.value)


def test_right_weights_pass():
    for seed in range(20):
        assert "weights" not in check_weights(WeightedSquares(), seed=seed).not_applicable


def test_weights_are_not_checked_if_forward_takes_none():
    class WithoutWeights(nn.MeanSquaredError):
        def forward(self, prediction, target):
            return super().forward(prediction, target)

    report = check_weights(WithoutWeights())
    assert report.not_applicable == {"weights": "forward takes no weights"}
    assert "not applicable: weights (forward takes no weights)" in str(report)
