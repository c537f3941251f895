"""Data in any order, and of any owner, in every method of a Trainer."""

import tracemalloc

import numpy as np
import pytest

import nnlayers as nn
from tests.arrays_for_tests import KINDS

X = np.random.default_rng(0).random((600, 8), dtype=np.float32)
Y = np.arange(600) % 3


def make():
    model = nn.Sequential(nn.Standardize(8).fit(X), nn.Dense(8, 3, rng=0))
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))


def fit(trainer, x, y):
    return trainer.fit(x, y, epochs=1, rng=0, progress=False, validation_data=(x, y))["loss"]


def evaluate(trainer, x, y):
    return list(trainer.evaluate(x, y, batch_size=100).values())


def predict(trainer, x, y):
    return trainer.predict(x, batch_size=100)


def step(trainer, x, y):
    return trainer.step(x, y)


def split(trainer, x, y):
    return nn.train_test_split(x, y, stratify=y, rng=0)[0]


def standardize(trainer, x, y):
    return nn.Standardize(8).fit(x).std.value


ENTRIES = [fit, evaluate, predict, step, split, standardize]


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("kind", KINDS)
def test_data_in_any_order_give_the_same_figures(entry, kind, tmp_path):
    y = kind(Y[:, np.newaxis], tmp_path)[:, 0]
    found = entry(make(), kind(X, tmp_path), y)
    np.testing.assert_allclose(found, entry(make(), X, Y), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("entry", [fit, evaluate])
@pytest.mark.parametrize("kind", KINDS)
def test_training_and_evaluation_do_not_copy_the_data(entry, kind, tmp_path):
    x = kind(np.random.default_rng(0).random((100_000, 8), dtype=np.float32), tmp_path)
    y, trainer = np.arange(len(x), dtype=np.int8) % 3, make()
    trainer.metrics = {}
    run = {fit: lambda: trainer.fit(x, y, epochs=1, batch_size=5_000, progress=False)}.get(
        entry, lambda: trainer.evaluate(x, y)
    )
    run()
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes, (peak, x.nbytes)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_one_hot_targets_are_looked_at_some_rows_at_a_time(dtype):
    y = nn.one_hot(np.arange(200_000) % 20, dtype=dtype)
    x = np.random.default_rng(0).random((len(y), 2), dtype=np.float32)
    model = nn.Sequential(nn.Dense(2, 20, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    trainer.evaluate(x[:10], y[:10])
    tracemalloc.start()
    trainer.evaluate(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < y.nbytes, (peak, y.nbytes)
    assert trainer.loss.evaluate(model.predict(x[:3]), y[:3]) > 0


@pytest.mark.parametrize("integers", [True, False])
def test_integers_of_a_tuple_that_float32_cannot_tell_apart_are_refused(integers):
    x = np.array([[2**24], [2**24 + 1]] * 4)
    x = x if integers else x.astype(float)
    model = nn.Sequential(nn.Parallel(nn.Dense(1, 1, rng=0), nn.Dense(1, 1, rng=1)), nn.Add())
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match="subtract an offset first"):
        trainer.fit((x, x), np.zeros((8, 1)), epochs=1, progress=False)
