"""Losses have the exact checks of layers, and some of their own."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import each
from nnlayers.testing import ContractError, check_loss
from tests.testing.contract.breaking import broken_loss, normal_target


class Squares(nn.Loss):
    """L = mean (a y - t)²"""

    def __init__(self):
        self.a = nn.Parameter(1.5)

    def forward(self, prediction, target):
        difference = self.a.value * prediction - target
        self.save_for_backward(prediction, difference)
        return float(np.square(difference).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = (difference * (2 * grad / difference.size)).astype(prediction.dtype)
        self.a.add_grad((slope * prediction).sum())
        return slope * self.a.value


class Assigns(Squares):
    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = difference * (2 * grad / difference.size)
        self.a.grad = np.asarray((slope * prediction).sum())
        return slope * self.a.value


class Attribute(Squares):
    def forward(self, prediction, target):
        self.last = prediction, self.a.value * prediction - target
        return float(np.square(self.last[1]).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        self.save_for_backward(*self.last)
        return super().backward(grad)


class OfTheClass(Attribute):
    def forward(self, prediction, target):
        value = super().forward(prediction, target)
        OfTheClass.last = vars(self).pop("last")
        return value


class Counts(Squares):
    calls = 0

    def forward(self, prediction, target):
        self.calls += 1
        return super().forward(prediction, target) * (1 + (self.calls > 3))


class LeavesSaved(Squares):
    def backward(self, grad=1.0):
        gradient = super().backward(grad)
        self.save_for_backward(gradient)
        return gradient


class ChangesItsParameter(Squares):
    def backward(self, grad=1.0):
        gradient = super().backward(grad)
        self.a.value[...] += 0.1
        return gradient


class Unregistered(Squares):
    def __init__(self):
        super().__init__()
        self.offset = np.ones(1)

    def forward(self, prediction, target):
        return super().forward(prediction, target) + float(self.offset[0])


class Random(Squares):
    def forward(self, prediction, target):
        return super().forward(prediction, target) * (1 + np.random.default_rng().random())


class Float64(Squares):
    def backward(self, grad=1.0):
        return super().backward(grad).astype(np.float64)


class OtherDefault(Squares):
    def backward(self, grad=2.0):
        return super().backward(grad)


class ModifiesTheTarget(Squares):
    def forward(self, prediction, target):
        target *= 1
        target += 1
        return super().forward(prediction, target)


class OtherEvaluate(Squares):
    def evaluate(self, prediction, target, weights=None):
        return 2 * super().evaluate(prediction, target, weights)


@pytest.mark.parametrize(
    ("loss", "check", "message"),
    [
        (
            Assigns(),
            "accumulation",
            "a second backward does not add to the gradient of 'a': use add_grad",
        ),
        (
            Attribute(),
            "order",
            "after two forwards, the second backward does not match the first forward",
        ),
        (OfTheClass(), "instances", "a forward of one object changes the gradient of"),
        (Counts(), "used", "after a few passes, the output differs from that of a fresh copy"),
        (LeavesSaved(), "balance", "after forward and backward, 1 saved values remain"),
        (ChangesItsParameter(), "parameters", "a pass changes the value of 'a'"),
        (Unregistered(), "registered", "the array 'offset' affects the output, but is neither"),
        (Random(), "repeatable", "two copies give different outputs"),
        (Float64(), "float32", "float32 input gives a float64 gradient of the prediction"),
        (OtherDefault(), "default_upstream", "backward() differs from backward(1.0)"),
        (ModifiesTheTarget(), "target", "a pass modifies the target"),
        (OtherEvaluate(), "evaluate", "evaluate gives a different value than forward"),
    ],
)
def test_promises_of_losses_are_checked(loss, check, message):
    check_loss(Squares(), prediction="N D", target=normal_target)
    assert message in broken_loss(check, loss)


class TwoPredictions(nn.Loss):
    """L = mean (y0 - t0)² + mean |y1 - t1|, with weights"""

    def forward(self, prediction, target, weights=None):
        w = np.ones(len(target[0])) if weights is None else weights
        w = w / (w.sum() or 1.0)
        differences = each(lambda y, t: y - t.astype(y.dtype), prediction, target)
        self.save_for_backward(differences, w)
        first, second = differences
        return float((w * np.square(first).mean(axis=1)).sum() + (w * np.abs(second)).sum())

    def backward(self, grad=1.0):
        (first, second), w = self.saved()
        of_first, of_second = self.slopes(first, second, w)
        return (grad * of_first).astype(first.dtype), (grad * of_second).astype(second.dtype)

    def slopes(self, first, second, w):
        return w[:, None] * 2 * first / first.shape[1], w * np.sign(second)


def two_targets(rng, N, D):
    return rng.standard_normal((N, D)), rng.standard_normal(N)


def test_losses_may_have_several_predictions():
    report = check_loss(TwoPredictions(), prediction="N D, N", target=two_targets)
    assert report.verified == {"input[0]", "input[1]"}
    assert "weights" not in report.not_applicable

    class Forgets(TwoPredictions):
        def slopes(self, first, second, w):
            return super().slopes(first, second, w)[0], np.sign(second) / len(w)

    words = broken_loss("weights", Forgets(), "N D, N", two_targets)
    assert "a sample of weight 0 has a nonzero gradient" in words


def test_a_loss_that_modifies_its_prediction_is_named():
    class Greedy(nn.MeanSquaredError):
        def forward(self, prediction, target):
            prediction -= target
            return super().forward(prediction, 0 * target)

    with pytest.raises(ContractError, match="Greedy: forward modifies its argument"):
        check_loss(Greedy(), prediction="N D", target=normal_target)
