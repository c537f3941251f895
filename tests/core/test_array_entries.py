"""Wherever arrays come in, those of other libraries do, or are refused in words."""

import numpy as np
import pytest

import nnlayers as nn
from tests.core.foreign_arrays import READABLE, ByDlpack, OnGpu, OnGpuWithFunctions

X = np.random.default_rng(0).uniform(0.1, 1, (12, 3)).astype(np.float32)
Y = np.arange(12) % 3


def network():
    return nn.Sequential(nn.Dense(3, 4, rng=0), nn.ReLU(), nn.Dense(4, 3, rng=1))


def trainer():
    model = network()
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.Adam(model.parameters(), lr=0.1))


def fit(x, y, w):
    fitted = trainer()
    fitted.fit(x, y, sample_weight=w, validation_data=(x, y), epochs=1, progress=False, rng=0)
    return fitted.model.predict(X)


def fit_batches(x, y, w):
    fitted = trainer()
    fitted.fit([(x, y, w), [x, y]], epochs=1, progress=False)
    return fitted.model.predict(X)


def backward(x, y, w):
    layer = nn.Dense(3, 3, rng=0)
    layer.forward(X)
    return layer.backward(x), layer.weight.grad


def add_grad(x, y, w):
    parameter = nn.Parameter(np.zeros((12, 3)))
    parameter.add_grad(x)
    parameter.add_grad(x)
    nn.SGD([parameter], lr=1, clip_norm=0.1).step()
    return parameter.value


def assign(x, y, w):
    parameter = nn.Parameter(np.zeros((12, 3)))
    parameter.value = x
    nn.State(x).value[...] = 0  # they are copies
    parameter.value[...] *= 2
    return parameter.value


def load(x, y, w):
    layer = nn.Dense(12, 3, rng=0)
    layer.load_state_dict({"weight": x, "bias": np.zeros(3)})
    layer.weight.value[...] += 1
    return layer.weight.value


def load_optimizer(x, y, w):
    parameter = nn.Parameter(np.ones((12, 3)))
    optimizer = nn.SGD([parameter], lr=0.1, momentum=0.9)
    optimizer.load_state_dict({**optimizer.state_dict(), "0.velocity": x})
    parameter.add_grad(np.ones((12, 3)))
    optimizer.step()
    return parameter.value


def loss_of_classes(x, y, w):
    loss = nn.SoftmaxCrossEntropy()
    return loss.forward(x, y, w), loss.backward()


def loss_of_numbers(x, y, w):
    loss = nn.Huber()
    return loss.forward(x, x, weights=w), loss.backward()


ENTRIES = {
    "layer's predict": lambda x, y, w: nn.Dense(3, 2, rng=0).predict(x),
    "layer's forward": lambda x, y, w: nn.ReLU().forward(x),
    "network's predict": lambda x, y, w: network().predict(x),
    "network's forward": lambda x, y, w: network().forward(x),
    "backward": backward,
    "embedding": lambda x, y, w: nn.Embedding(3, 2, rng=0).predict(y),
    "tuple": lambda x, y, w: nn.Concatenate().predict((x, x)),
    "tuple in a network": lambda x, y, w: nn.Sequential(nn.Add(), nn.Tanh()).predict((x, x)),
    "fit": fit,
    "fit of batches": fit_batches,
    "evaluate": lambda x, y, w: trainer().evaluate(x, y, sample_weight=w)["loss"],
    "trainer's predict": lambda x, y, w: trainer().predict(x),
    "batches": lambda x, y, w: next(iter(nn.batches(x, y, batch_size=5, rng=0))),
    "batches of tuples": lambda x, y, w: next(iter(nn.batches((x, y), w, batch_size=5, rng=0)))[0],
    "train_test_split": lambda x, y, w: nn.train_test_split(x, y, rng=0),
    "stratify": lambda x, y, w: nn.train_test_split(X, Y, stratify=y, rng=0),
    "one_hot": lambda x, y, w: nn.one_hot(y),
    "loss of classes": loss_of_classes,
    "loss of numbers": loss_of_numbers,
    "accuracy": lambda x, y, w: nn.accuracy(x, y),
    "f1": lambda x, y, w: nn.f1(x, y),
    "roc_auc": lambda x, y, w: nn.roc_auc(w, np.arange(12) % 2),
    "r2": lambda x, y, w: nn.r2(x, x),
    "confusion_matrix": lambda x, y, w: nn.confusion_matrix(x, y),
    "softmax": lambda x, y, w: nn.softmax(x),
    "sigmoid": lambda x, y, w: nn.sigmoid(x),
    "Standardize": lambda x, y, w: nn.Standardize(3).fit(x).predict(x),
    "value": assign,
    "add_grad": add_grad,
    "load_state_dict": load,
    "load_state_dict of an optimizer": load_optimizer,
    "input_gradient": lambda x, y, w: nn.input_gradient(network(), nn.SoftmaxCrossEntropy(), x, y),
    "plots": lambda x, y, w: nn.plots.histogram({"w": w}, xlabel="w").data["w"],
}
WEIGHTS = np.linspace(1, 2, 12)


@pytest.mark.parametrize("kind", READABLE)
@pytest.mark.parametrize("entry", ENTRIES)
def test_each_entry_computes_what_it_computes_from_numpy_arrays(entry, kind):
    given = [array.copy() for array in (X, Y, WEIGHTS)]
    for array in given:  # NumPy 2.0 hands out no read-only array by DLPack
        array.flags.writeable = issubclass(kind, ByDlpack)
    actual = ENTRIES[entry](*map(kind, given))
    expected = ENTRIES[entry](X, Y, WEIGHTS)
    several = isinstance(expected, (tuple, list))
    for mine, theirs in zip(actual, expected, strict=True) if several else [(actual, expected)]:
        assert isinstance(mine, (np.ndarray, float))
        np.testing.assert_array_equal(mine, theirs)
    for array, before in zip(given, (X, Y, WEIGHTS), strict=True):
        assert np.array_equal(array, before)


@pytest.mark.parametrize("kind", [OnGpu, OnGpuWithFunctions])
@pytest.mark.parametrize("entry", ENTRIES)
def test_each_entry_refuses_an_array_on_a_gpu(entry, kind):
    words = f"expected an array, got a {kind.__name__} that is not in the memory of the CPU"
    with pytest.raises(TypeError, match=f"^.+: {words}: give x.get\\(\\)$"):
        ENTRIES[entry](*map(kind, (X, Y, WEIGHTS)))
