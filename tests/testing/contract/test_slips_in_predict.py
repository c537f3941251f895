"""Common mistakes with running statistics, and in predict, are named with the remedy."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.testing.contract.predictions.running import BatchNorm, Centered
from tests.testing.messages import assert_it_fits, in_one_line


class PlainMean(Centered):
    """The running mean is a plain array"""

    def __init__(self, D):
        self.average = np.zeros(D)

    def forward(self, x):
        mean = x.mean(axis=0) if len(x) else self.average.astype(x.dtype)
        if len(x):
            self.average = 0.9 * self.average + 0.1 * mean
        return x - mean

    def predict(self, x):
        return x - self.average.astype(x.dtype)


class PlainMeanInPlace(PlainMean):
    """It is changed in place"""

    def forward(self, x):
        mean = x.mean(axis=0) if len(x) else self.average.astype(x.dtype)
        if len(x):
            self.average += 0.1 * (mean - self.average)
        return x - mean

    predict = PlainMean.predict


class PlainNumberInADict(PlainMean):
    """A running number, in a dict"""

    def __init__(self):
        self.kept = {"average": 0.0}

    def forward(self, x):
        mean = x.mean() if x.size else x.dtype.type(self.kept["average"])
        if x.size:
            self.kept["average"] = 0.9 * self.kept["average"] + 0.1 * float(mean)
        return x - mean

    def predict(self, x):
        return x - x.dtype.type(self.kept["average"])

    def backward(self, grad):
        return grad - grad.mean() if grad.size else grad


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (PlainMean, "'average'"),
        (PlainMeanInPlace, "'average'"),
        (PlainNumberInADict, "'kept'"),
        (lambda D: nn.Sequential(nn.Dense(D, D, rng=0), PlainMean(D)), "'layers.1.average'"),
    ],
)
def test_what_a_file_does_not_restore_is_named(make, names):
    with pytest.raises(ContractError) as caught:
        check_layer(make, "N D")
    assert caught.value.check == "saving"
    remedy = f"loading does not restore {names}. Make a running statistic a State"
    assert remedy in in_one_line(caught.value)
    assert_it_fits(caught.value)


def test_a_running_statistic_that_is_a_parameter_gets_the_remedy():
    class Trained(Centered):
        def __init__(self, D):
            self.mean = nn.Parameter(np.zeros(D))

    with pytest.raises(ContractError, match=r"of 'mean'\. A running statistic is a State"):
        check_layer(Trained, "N D")


def test_a_parameter_that_predict_ignores_is_named():
    class NoGain(BatchNorm):
        def predict(self, x):
            return (x - self.mean.value) / np.sqrt(self.var.value + x.dtype.type(0.001))

    with pytest.raises(ContractError) as caught:
        check_layer(NoGain, "N D")
    assert caught.value.check == "settles"
    assert "predict ignores 'gain', which forward uses" in in_one_line(caught.value)
    assert_it_fits(caught.value)

    class OtherMean(BatchNorm):
        def predict(self, x):
            return BatchNorm.predict(self, x - self.mean.value)

    with pytest.raises(ContractError, match="have settled") as caught:
        check_layer(OtherMean, "N D")
    assert "ignores" not in str(caught.value)


def test_a_bias_that_predict_ignores_is_named_with_the_values():
    class NoBias(nn.Dense):
        def predict(self, x):
            return x @ self.weight.value

    def make(D, K):
        layer = NoBias(D, K, rng=0)
        layer.bias.value[...] = 1
        return layer

    with pytest.raises(ContractError) as caught:
        check_layer(make, "N D")
    assert caught.value.check == "predict"
    words = in_one_line(caught.value)
    assert "holds no Generator and no State, forward returns" in words
    assert "predict ignores 'bias', which forward uses" in words
    assert_it_fits(caught.value)


def test_a_layer_that_rejects_other_parameters_is_reported_all_the_same():
    class Limited(Centered):
        """y = x - mean, with a parameter that may not be larger than at the first forward"""

        def __init__(self, D):
            super().__init__(D)
            self.limited = nn.Parameter(1.0)
            self.limit = None

        def forward(self, x):
            self.limit = self.limit or float(self.limited.value)
            if self.limited.value > self.limit:
                raise ValueError(f"expected at most {self.limit}")
            return super().forward(x)

        def predict(self, x):
            return x + self.mean.value

    with pytest.raises(ContractError, match="have settled"):
        check_layer(Limited, "N D", checks="settles")
