"""Batches that are joined into one step."""

import numpy as np
import pytest

import nnlayers as nn
from tests.training.trainers_for_tests import X, Y, weights

W = np.random.default_rng(3).uniform(0.1, 2, len(X))
OPTIONS = {"rng": 0, "progress": False, "health": False}


def plain(metrics=None, lr=0.1, **options):
    """A trainer of a model without dropout."""
    model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    optimizer = nn.SGD(model.parameters(), lr, **options)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [2, 3, 7, 9])
def test_accumulated_batches_are_one_batch_of_all_their_samples(size, weighted):
    starts = range(0, len(X), 8)  # seven batches, the last one shorter
    arrays = (X, Y, W) if weighted else (X, Y)
    batches = [tuple(a[i : i + 8] for a in arrays) for i in starts]
    joined = [tuple(a[i : i + 8 * size] for a in arrays) for i in range(0, len(X), 8 * size)]
    one, other = plain(momentum=0.9, weight_decay=0.01), plain(momentum=0.9, weight_decay=0.01)
    one.fit(batches, epochs=3, accumulate=size, progress=False)
    other.fit(joined, epochs=3, progress=False)
    assert one.optimizer.steps == other.optimizer.steps == 3 * len(joined)
    np.testing.assert_allclose(weights(one), weights(other), rtol=1e-5, atol=1e-6)
    for name in one.history:
        np.testing.assert_allclose(one.history[name], other.history[name], rtol=1e-5)


def test_arrays_are_accumulated_in_the_order_of_larger_batches():
    one, other = plain(), plain()
    one.fit(X, Y, epochs=2, batch_size=4, accumulate=3, sample_weight=W, **OPTIONS)
    other.fit(X, Y, epochs=2, batch_size=12, sample_weight=W, **OPTIONS)
    np.testing.assert_allclose(weights(one), weights(other), rtol=1e-5, atol=1e-6)


def test_hooks_are_called_once_for_an_accumulated_step():
    calls = []

    class Counts(nn.Callback):
        def after_backward(self, trainer):
            calls.append("backward")

        def after_step(self, trainer):
            calls.append(trainer.place.batch)

    plain().fit(X, Y, epochs=1, batch_size=10, accumulate=2, callbacks=[Counts()], **OPTIONS)
    assert calls == ["backward", 2, "backward", 4, "backward", 5]


@pytest.mark.parametrize("accumulate", [0, -1, 1.5, True, "2"])
def test_an_impossible_number_of_batches_is_refused(accumulate):
    with pytest.raises((TypeError, ValueError), match="accumulate"):
        plain().fit(X, Y, epochs=1, accumulate=accumulate, **OPTIONS)


def test_accumulate_is_refused_with_a_step_of_ones_own():
    class Mine(nn.Trainer):
        def step(self, x, y, weights=None):
            return super().step(x, y, weights)

    model = plain().model
    mine = Mine(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match=r"accumulate=2 needs Trainer\.step"):
        mine.fit(X, Y, epochs=1, accumulate=2, **OPTIONS)
    assigned = plain()
    assigned.step = lambda x, y: 0.0
    with pytest.raises(ValueError, match=r"accumulate=2 needs Trainer\.step"):
        assigned.fit(X, Y, epochs=1, accumulate=2, **OPTIONS)


def test_a_step_that_is_not_finite_in_its_second_batch_changes_nothing():
    trained = plain()
    before = weights(trained)
    huge = np.full_like(X, np.inf)
    with pytest.raises(FloatingPointError, match="epoch 1, batch 2"):
        trained.fit([(X, Y), (huge, Y)], epochs=1, accumulate=2, progress=False)
    np.testing.assert_array_equal(weights(trained), before)
    assert all(parameter.grad is None for parameter in trained.model.parameters())


def test_batches_in_arrays_that_are_filled_again_are_accumulated_too():
    def reader(copies):
        x, y, w = X[:10].copy(), Y[:10].copy(), W[:10].copy()
        for start in range(0, len(X), 10):
            for buffer, array in ((x, X), (y, Y), (w, W)):
                buffer[...] = array[start : start + 10]
            yield (x.copy(), y.copy(), w.copy()) if copies else (x, y, w)

    one, other = plain(), plain()
    one.fit(lambda: reader(True), epochs=2, accumulate=2, progress=False)
    other.fit(lambda: reader(False), epochs=2, accumulate=2, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))
    assert one.history["loss"] == other.history["loss"]
