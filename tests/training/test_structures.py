"""Training with tuples of arrays: several inputs, several outputs."""

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Embedding


class TwoHeads(nn.Loss):
    """Cross-entropy of the first head plus squared error of the second"""

    def __init__(self):
        self.parts = [nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()]

    def forward(self, prediction, target):
        pairs = zip(self.parts, prediction, target, strict=True)
        return sum(part.forward(y, t) for part, y, t in pairs)

    def backward(self, grad=1.0):
        return tuple(part.backward(grad) for part in reversed(self.parts))[::-1]

    def check_target(self, target, shape):
        for part, t, s in zip(self.parts, target, shape, strict=True):
            part.check_target(t, s)
        return target


@pytest.fixture
def data(rng):
    indices, x = rng.integers(0, 4, 60), rng.standard_normal((60, 3))
    labels = (indices % 2).astype(np.int64)
    return (indices, x), labels, x.sum(axis=1, keepdims=True)


def two_towers(*tail, rng=0):
    rng = np.random.default_rng(rng)
    return nn.Sequential(nn.Parallel(Embedding(4, 3), nn.Dense(3, 3, rng=rng)), nn.Concatenate(), *tail)


def test_a_network_of_two_inputs_learns(data):
    x, labels, _ = data
    model = two_towers(nn.Dense(6, 16, rng=0), nn.ReLU(), nn.Dense(16, 2, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.5))
    history = trainer.fit(
        x, labels, epochs=40, batch_size=10, validation_data=(x, labels), rng=0, progress=False
    )
    assert history["val_accuracy"][-1] > 0.95
    assert trainer.evaluate(x, labels)["loss"] == pytest.approx(history["val_loss"][-1])
    whole, parts = model.predict(x), trainer.predict(x, batch_size=7)
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-6)


def test_a_network_of_two_heads_learns(data):
    x, labels, sums = data
    heads = nn.Fork(nn.Dense(6, 2, rng=1), nn.Dense(6, 1, rng=2))
    model = two_towers(heads)
    trainer = nn.Trainer(model, TwoHeads(), nn.SGD(model.parameters(), lr=0.1))
    history = trainer.fit(x, (labels, sums), epochs=40, batch_size=10, rng=0, progress=False)
    assert history["loss"][-1] < 0.3 * history["loss"][0]
    classes, numbers = trainer.predict(x, batch_size=7)
    assert (classes.shape, numbers.shape) == ((60, 2), (60, 1))
    assert trainer.step(x, (labels, sums)) > 0


def test_batches_and_splits_keep_tuples_together(data):
    x, labels, _ = data
    x_train, x_test, y_train, y_test = nn.train_test_split(x, labels, test_size=0.5, rng=0)
    for (indices, features), y in ((x_train, y_train), (x_test, y_test)):
        assert len(indices) == len(features) == len(y) == 30
        np.testing.assert_array_equal(indices % 2, y)
    for (indices, features), y in nn.batches(x, labels, batch_size=8, rng=0):
        assert len(indices) == len(features) == len(y)
        np.testing.assert_array_equal(indices % 2, y)
    (indices, _), *_ = nn.batches(x, batch_size=8, shuffle=False)
    np.testing.assert_array_equal(indices, x[0][:8])


@pytest.mark.parametrize(
    "call",
    [
        lambda t, x, y: t.fit(x, y, epochs=1),
        lambda t, x, y: t.evaluate(x, y),
        lambda t, x, y: list(nn.batches(x, y)),
        lambda t, x, y: nn.train_test_split(x, y),
    ],
)
def test_tuples_of_different_lengths_are_rejected_with_all_shapes(call, data):
    x, labels, _ = data
    model = two_towers(nn.Dense(6, 2))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.5))
    with pytest.raises(ValueError, match=r"equal length, got shapes \[\(60,\), \(50, 3\), \(60,\)\]"):
        call(trainer, (x[0], x[1][:50]), labels)


def test_values_that_are_not_finite_are_named_with_their_array(data):
    x, labels, _ = data
    model = two_towers(nn.Dense(6, 2))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.5))
    x[1][7, 2] = np.nan
    with pytest.raises(ValueError, match=r"x\[1\] holds nan at row 7, column 2"):
        trainer.fit(x, labels, epochs=1)


def test_one_array_for_a_network_of_two_inputs_is_rejected(data):
    x, labels, _ = data
    model = two_towers(nn.Dense(6, 2))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.5))
    with pytest.raises(
        TypeError, match="Parallel: expected a tuple of 2, got an array of shape"
    ) as info:
        trainer.fit(x[1], labels, epochs=1)
    assert "in Trainer.fit: x has shape (60, 3), y (60,)" in info.value.__notes__


def test_two_arrays_for_a_network_of_one_input_are_rejected(data):
    x, labels, _ = data
    model = nn.Sequential(nn.Dense(3, 2))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.5))
    with pytest.raises(TypeError, match=r"Dense\(3, 2\): expected one array, got a tuple of 2"):
        trainer.fit((x[1], x[1]), labels, epochs=1)
