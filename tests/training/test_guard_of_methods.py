"""The guard of finite values, with the methods that square gradients, and with Lion."""

import copy

import numpy as np
import pytest

import nnlayers as nn
from tests.training.trainers_for_tests import X, Y

METHODS = {
    "Adam": lambda ps, **options: nn.Adam(ps, **{"weight_decay": 0.01} | options),
    "Adam, a long mean": lambda ps, **options: nn.Adam(ps, beta_1=0.99, beta_2=0.5, **options),
    "AdamW": nn.AdamW,
    "RMSProp": nn.RMSProp,
    "RMSProp momentum": lambda ps, **options: nn.RMSProp(ps, momentum=0.99, rho=0.9999, **options),
    "Adagrad": nn.Adagrad,
    "Lion": lambda ps, **options: nn.Lion(ps, **{"weight_decay": 0.01} | options),
}
every_method = pytest.mark.parametrize("method", METHODS)


def trainer(method, dtype=np.float32, **options):
    layers = [nn.Dense(4, 6, rng=0), nn.ReLU(), nn.Dense(6, 3, rng=1)]
    model = nn.Sequential(*layers).astype(dtype)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), METHODS[method](model.parameters(), **options))


def everything(trained):
    return [p.value for p in trained.model.parameters()] + trained.optimizer.remembered()


@every_method
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("lr", [1e-3, 1e2, 1e20, 1e37])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1, 1e30])
def test_weights_and_memories_stay_finite_whatever_is_extreme(method, dtype, lr, weight_decay):
    trained = trainer(method, dtype, lr=lr, weight_decay=weight_decay)
    for _ in range(40):
        before = copy.deepcopy(everything(trained))
        try:
            trained.step(X.astype(dtype), Y)
        except FloatingPointError:
            for found, expected in zip(everything(trained), before, strict=bool(before)):
                np.testing.assert_array_equal(found, expected)
            break
        assert all(np.isfinite(array).all() for array in everything(trained))


@every_method
@pytest.mark.parametrize("size", [1e-30, 1e-20, 1e15, 1e22, 1e30])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 1.0}, {"clip_value": 1.0}])
def test_tiny_and_huge_gradients_leave_finite_weights(method, size, options):
    class Steep(nn.Layer):
        def forward(self, x):
            return x

        def backward(self, grad):
            return grad * np.float32(size)

    model = nn.Sequential(nn.Dense(4, 3, rng=0), Steep())
    optimizer = METHODS[method](model.parameters(), **options)
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    before = copy.deepcopy(everything(trained))
    if size < 1e19 or options or method == "Lion":
        for _ in range(50):
            trained.step(X, Y)
    else:
        with pytest.raises(FloatingPointError, match=r"the update of Parameter 'layers\.0"):
            trained.step(X, Y)
        for found, expected in zip(everything(trained), before, strict=True):
            np.testing.assert_array_equal(found, expected)
    assert all(np.isfinite(array).all() for array in everything(trained))


@pytest.mark.parametrize("method", ["Adam", "AdamW", "RMSProp", "Adagrad", "Lion"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_an_ordinary_step_copies_no_optimizer(method, dtype, monkeypatch):
    trained = trainer(method, dtype, lr=0.01)
    copies = []
    kind = type(trained.optimizer)
    monkeypatch.setattr(kind, "__deepcopy__", lambda self, memo: copies.append(self), raising=False)
    for _ in range(20):
        trained.step(X.astype(dtype), Y)
    assert not copies
