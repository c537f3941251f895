"""What could not be seen in a network is reported, and nothing else."""

import time

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import NotVerifiedWarning, check_network
from tests.testing.networks.data import X


def deep(pairs, bias=0.0):
    layers = []
    for index in range(pairs):
        layers += [nn.Dense(4, 4, rng=index), nn.ReLU()]
        layers[-2].bias.value[...] = bias
    return nn.Sequential(*layers)


def test_a_dead_network_is_reported_within_seconds():
    model, start = deep(60), time.process_time()
    with pytest.warns(NotVerifiedWarning, match=r"was zero on both sides.*are its units dead"):
        report = check_network(model, nn.SoftmaxCrossEntropy(), X, np.array([0, 1, 2, 3, 0]))
    assert time.process_time() - start < 6  # about 0.7 s, on a machine that does nothing else
    assert report.outcomes["nothing"] > 100
    assert {"input", "layers.0.weight"} <= set(report.never_verified())
    assert "no evidence: the gradients of input, layers.0.bias" in str(report)


def test_a_deep_network_that_is_alive_is_verified():
    model = deep(12, bias=0.5)
    report = check_network(model, nn.SoftmaxCrossEntropy(), X, np.array([0, 1, 2, 3, 0]))
    assert len(report.verified) + len(report.never_verified()) + report.outcomes["kink"] >= 25
    assert len(report.verified) > 20
