"""What `Trainer.evaluate` takes, and what it refuses."""

import numpy as np
import pytest

import nnlayers as nn
from tests.training.batches_for_tests import BATCHES, WEIGHTED, HiddenOnce, Loader, W, generate
from tests.training.trainers_for_tests import X, Y, trainer


@pytest.mark.parametrize(
    "data",
    [BATCHES, Loader(BATCHES), generate, generate(), HiddenOnce(BATCHES), nn.batches(X, Y, rng=0)],
)
def test_batches_have_the_figures_of_the_arrays_in_them(data):
    trained = trainer(metrics=["accuracy", "f1"])
    expected = trained.evaluate(X, Y)
    assert trained.evaluate(data) == pytest.approx(expected, rel=1e-6)
    assert trained.evaluate(X, Y, batch_size=7) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("data", [WEIGHTED, Loader(WEIGHTED)])
def test_weights_count_in_the_loss_and_in_the_metrics(data):
    trained = trainer(metrics=["accuracy", "f1"])
    prediction = trained.model.predict(X)
    expected = {
        "loss": trained.loss.evaluate(prediction, Y, W),
        "accuracy": nn.accuracy(prediction, Y, W),
        "f1": nn.f1(prediction, Y, W),
    }
    assert trained.evaluate(X, Y, sample_weight=W) == pytest.approx(expected, rel=1e-6)
    assert trained.evaluate(data) == pytest.approx(expected, rel=1e-6)


def test_shuffled_batches_keep_their_generator():
    trained, rng = trainer(), np.random.default_rng(0)
    trained.evaluate(nn.batches(X, Y, rng=rng))
    assert rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ([BATCHES], {"batch_size": 8}, r"batch_size goes with arrays, but x gives batches"),
        ([BATCHES], {"sample_weight": W}, r"sample_weight goes with arrays, .*\(x, y, weights\)"),
        ([list], {}, "there are no batches"),
        ([X, Y], {"sample_weight": -W}, "sample_weight: expected weights that are finite"),
        ([X, Y], {"sample_weight": W[1:]}, "sample_weight: expected one weight for each of 50"),
        ([X, Y], {"batch_size": 0}, "batch_size"),
        ([[(X, Y + 1)]], {}, r"labels in 0 \.\.\. 2(.|\n)*Trainer.evaluate: batch 1"),
    ],
)
def test_wrong_data_are_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        trainer().evaluate(*arguments, **options)
