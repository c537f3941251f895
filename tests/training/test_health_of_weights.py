"""Weighted samples are not compared with guessing, whose loss is that of samples that count alike."""

import warnings

import numpy as np
import pytest

import nnlayers as nn


def rare():
    rng = np.random.default_rng(0)
    y = (rng.random(4000) < 0.03).astype(int)
    x = rng.standard_normal((4000, 2)) + y[:, np.newaxis] * [1.5, 1.0]
    return x.astype(np.float32), y


@pytest.mark.parametrize(
    ("loss", "outputs"), [(nn.SoftmaxCrossEntropy(), 2), (nn.SigmoidBinaryCrossEntropy(), 1)]
)
def test_a_network_that_learns_rare_classes_with_weights_is_not_blamed(loss, outputs):
    x, y = rare()
    target = y if outputs == 2 else y[:, np.newaxis]
    model = nn.Sequential(nn.Dense(2, 16, rng=0), nn.ReLU(), nn.Dense(16, outputs, rng=1))
    trainer = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1, momentum=0.9))
    weights = np.array([1.0, 33.0])[y]
    with warnings.catch_warnings():
        warnings.simplefilter("error", nn.HealthWarning)
        trainer.fit(x, target, sample_weight=weights, epochs=10, batch_size=128, rng=0, progress=False)
    assert len(trainer.health) == 0
    assert "because the samples are weighted" in str(trainer.health)
    logits = model.predict(x)
    found = logits.argmax(axis=1) if outputs == 2 else logits[:, 0] > 0
    assert found[y == 1].mean() > found[y == 0].mean() + 0.5  # it has learned


def test_a_weighted_fit_is_still_watched():
    x, y = rare()
    model = nn.Sequential(nn.Dense(2, 2, rng=0), nn.Dense(2, 2, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.warns(nn.HealthWarning, match="equal-weights"):
        trainer.fit(x, y, sample_weight=np.ones(4000), epochs=10, rng=0, progress=False)
