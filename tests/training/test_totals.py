"""The figures of an epoch, of small batches that are added up together."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training.figures import SMALL, TOGETHER, Totals

LOSS = nn.SoftmaxCrossEntropy()


def batch(rng, rows, *steps):
    return rng.standard_normal((rows, *steps, 3)), rng.integers(0, 3, (rows, *steps))


def added(batches):
    totals = Totals({"accuracy": nn.metrics.accuracy}, LOSS)
    for prediction, y in batches:
        totals.add(LOSS.evaluate(prediction, y), prediction, y)
    return totals


def exact(batches):
    logits = np.concatenate([prediction.reshape(-1, 3) for prediction, _ in batches])
    labels = np.concatenate([y.reshape(-1) for _, y in batches])
    right = (logits.argmax(axis=1) == labels).mean()
    return {"loss": pytest.approx(LOSS.evaluate(logits, labels)), "accuracy": pytest.approx(right)}


@pytest.mark.parametrize("count", [1, TOGETHER - 1, TOGETHER, TOGETHER + 3])
def test_the_figures_so_far_count_every_batch(count):
    rng = np.random.default_rng(count)
    batches = [batch(rng, 1 + n % 5) for n in range(count)]
    totals = added(batches)
    assert totals.so_far() == exact(batches)
    assert totals.so_far() == totals.figures() == exact(batches)
    assert totals.samples == sum(len(y) for _, y in batches)


def test_sequences_of_several_lengths_and_large_batches_count_by_their_positions():
    rng = np.random.default_rng(0)
    batches = [batch(rng, 4, 2 + n % 3) for n in range(9)]
    batches[4:4] = [batch(rng, SMALL, 2), batch(rng, 5, 4)]
    assert added(batches).figures() == exact(batches)


def test_arrays_that_are_filled_again_count_as_they_were():
    rng = np.random.default_rng(1)
    batches = [batch(rng, 4) for _ in range(5)]
    prediction, y = np.empty((4, 3)), np.empty(4, int)

    def refilled():
        for new in batches:
            prediction[...], y[...] = new
            yield prediction, y

    assert added(refilled()).figures() == exact(batches)


def test_a_run_that_goes_on_within_an_epoch_adds_to_the_batches_that_wait():
    rng = np.random.default_rng(2)
    batches = [batch(rng, 4) for _ in range(TOGETHER + 5)]
    first, whole = added(batches[:7]), added(batches)
    second = Totals(first.metrics, LOSS)
    second.load_state_dict(first.state_dict())
    for prediction, y in batches[7:]:
        second.add(LOSS.evaluate(prediction, y), prediction, y)
    assert second.figures() == whole.figures()
