"""What fit takes as validation data, and what it refuses."""

import numpy as np
import pytest

import nnlayers as nn
from tests.training.batches_for_tests import BATCHES, WEIGHTED, Loader, W, generate
from tests.training.trainers_for_tests import X, Y, trainer


@pytest.mark.parametrize(
    "validation",
    [
        (X, Y),
        [X, Y],
        BATCHES,
        Loader(BATCHES),
        lambda: generate(BATCHES),
        nn.batches(X, Y, batch_size=8, rng=0),
        [(X[:20], Y[:20]), (X[20:], Y[20:])],
        [[X[:20], Y[:20]], [X[20:], Y[20:]]],
    ],
)
def test_validation_data_of_all_kinds_have_the_same_figures(validation):
    trained = trainer()
    history = trained.fit(X, Y, epochs=2, validation_data=validation, rng=0, progress=False)
    found = trained.evaluate(X, Y)
    assert history["val_loss"][-1] == pytest.approx(found["loss"], rel=1e-6)
    assert history["val_accuracy"][-1] == pytest.approx(found["accuracy"], rel=1e-12)


@pytest.mark.parametrize("data", [(X, Y, W), [X, Y, W], WEIGHTED, Loader(WEIGHTED)])
def test_validation_data_may_have_weights(data):
    trained = trainer(metrics=["accuracy", "f1"])
    history = trained.fit(X, Y, epochs=1, validation_data=data, rng=0, progress=False)
    prediction = trained.model.predict(X)
    loss = trained.loss.evaluate(prediction, Y, W)
    hits = prediction.argmax(axis=1) == Y
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-6)
    assert history["val_accuracy"][-1] == pytest.approx(np.average(hits, weights=W), rel=1e-12)
    f1 = trained.metrics["f1"](prediction, Y, weights=W)
    assert history["val_f1"][-1] == pytest.approx(f1, rel=1e-12)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (
            iter(BATCHES),
            ValueError,
            "validation_data: list_iterator can be read only once: give a list",
        ),
        ([(X, Y + 1)], ValueError, r"labels in 0 \.\.\. 2(.|\n)*validation_data: batch 1"),
        (list, ValueError, "validation_data: there are no batches"),
        ([], ValueError, r"expected a pair \(x, y\), perhaps with weights, or batches, got \[\]"),
        (X, ValueError, "expected a pair"),
        ((X, Y, W, W), ValueError, "expected a pair"),
        ((X, Y, -W), ValueError, "validation_data: the weights: expected weights that are finite"),
        ((X, Y, 0 * W), ValueError, "validation_data: the weights: all weights are 0"),
        ((X, Y, W[1:]), ValueError, "validation_data: the weights: expected one weight for each of 50"),
    ],
)
def test_wrong_validation_data_are_refused_before_the_first_step(data, error, message):
    trained = trainer()
    with pytest.raises(error, match=message):
        trained.fit(X, Y, epochs=1, validation_data=data, progress=False)
    assert trained.optimizer.steps == 0
