"""Losses, softmax and metrics of numbers of every type: as exact as their inputs allow."""

import numpy as np
import pytest

import nnlayers as nn

MSE, CE = nn.MeanSquaredError(), nn.SoftmaxCrossEntropy()
WIDE = np.finfo(np.longdouble).nmant >= 63  # it holds 64-bit integers


class Absolute(nn.Pointwise):
    def value(self, y, t):
        return np.abs(y - t)

    def slope(self, y, t):
        return np.sign(y - t)


PAIRS = [  # predictions, targets, and their exact difference
    (np.array([300], np.float16), np.array([0.0]), 300),
    (np.array([300], np.float16), np.array([0], np.float16), 300),
    (np.array([60_000], np.float16), np.array([-60_000], np.float16), 120_000),
    (np.array([2048], np.float16), np.array([2049]), -1),
    (np.array([2.0**-14], np.float16), np.array([0], np.float16), 2.0**-14),
    (np.array([16_777_217]), np.array([16_777_216]), 1),
    (np.array([16_777_216], np.float32), np.array([16_777_217.0]), -1),
    (np.array([16_777_216], np.float32), np.array([16_777_217]), -1),
    (np.array([16_777_216], ">f4"), np.array([16_777_217], ">i8"), -1),
    (np.array([-128], np.int8), np.array([127], np.int8), -255),
    (np.array([3], np.uint8), np.array([5], np.uint8), -2),
    (np.array([3], np.uint64), np.array([5], np.uint64), -2),
    (np.array([True]), np.array([False]), 1),
    (np.array([1], np.longdouble), np.array([0], np.int8), 1),
]
if WIDE:
    PAIRS += [
        (np.array([2**53 + 1]), np.array([2**53]), 1),
        (np.array([2**64 - 1], np.uint64), np.array([2**64 - 2], np.uint64), 1),
        (np.array([2.0**53]), np.array([2**53 + 1]), -1),
    ]


@pytest.mark.parametrize(("prediction", "target", "difference"), PAIRS)
def test_differences_are_exact_in_every_type(prediction, target, difference):
    y, t = prediction[:, np.newaxis], target[:, np.newaxis]
    own = y.dtype.newbyteorder("=") if y.dtype.kind == "f" else np.float32
    assert MSE.evaluate(y, t) == difference**2
    assert Absolute().evaluate(y, t) == nn.MeanAbsoluteError().evaluate(y, t) == abs(difference)
    assert nn.mean_absolute_error(y, t) == abs(difference)
    loss = nn.MeanSquaredError()
    with np.errstate(over="ignore"):
        loss.forward(y, t)
        gradient = loss.backward()
        assert gradient.dtype == own
        assert gradient[0, 0] == np.array(2 * difference).astype(own)


@pytest.mark.parametrize("loss", [MSE, Absolute(), nn.Huber(), nn.SigmoidBinaryCrossEntropy(), CE])
def test_a_gradient_of_float16_does_not_vanish_in_a_large_batch(loss):
    samples = 100_000
    y = np.full((samples, 2), 2, np.float16)
    y[:, 0] = -2
    target = np.zeros_like(y) if loss is not CE else np.zeros(samples, int)
    loss.forward(y, target)
    gradient = loss.backward()
    assert gradient.dtype == np.float16
    loss.forward(y.astype(np.float64), target)
    np.testing.assert_allclose(gradient, loss.backward(), atol=2.0**-25)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("dtype", [np.float16, ">f2", np.float32, ">f4", np.float64, np.longdouble])
def test_a_softmax_sums_to_one_along_every_axis(dtype, axis):
    x = np.zeros((2, 4096) if axis else (4096, 2), dtype)
    p = nn.softmax(x, axis=axis)
    assert p.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_allclose(p.sum(axis=axis, dtype=np.float64), 1, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, ">i4", np.uint64, np.float64])
def test_large_logits_keep_their_differences(dtype):
    z = np.array([[16_777_217, 16_777_216]], dtype)
    expected = 1 / (1 + np.exp(-1))
    assert nn.softmax(z)[0, 0] == pytest.approx(expected, rel=1e-6)
    assert CE.evaluate(z, np.array([0])) == pytest.approx(-np.log(expected), rel=1e-6)


@pytest.mark.parametrize("classes", [2_000, 50_000])
def test_a_cross_entropy_of_float16_logits_is_exact_for_many_classes(classes):
    z, loss = np.zeros((2, classes), np.float16), nn.SoftmaxCrossEntropy()
    assert loss.forward(z, np.array([0, classes - 1])) == pytest.approx(np.log(classes), rel=1e-12)
    gradient = loss.backward()
    assert gradient.dtype == np.float16
    assert gradient[0, 0] == np.float16(0.5 / classes - 0.5)
    assert loss.forward(z, np.full((2, classes), 1 / classes)) == pytest.approx(np.log(classes))


@pytest.mark.parametrize(
    "weights",
    [
        [1, 3],
        np.array([1, 3], np.uint8),
        np.array([1, 3], np.float16),
        np.array([1, 3], ">f4"),
        np.array([1, 3], np.longdouble),
        np.array([20_000, 60_000], np.float16),
        np.array([2**60, 3 * 2**60]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
def test_weights_of_every_type_weigh_the_same(dtype, weights):
    y = np.array([[1], [3]], dtype)
    assert MSE.evaluate(y, np.zeros((2, 1)), weights) == 7
    z = np.array([[1, 0], [0, 2]], dtype)
    expected = CE.evaluate(z.astype(np.float64), np.array([0, 0]), [1.0, 3.0])
    assert CE.evaluate(z, np.array([0, 0]), weights) == pytest.approx(expected, rel=1e-6)


def test_weights_of_booleans_leave_samples_out():
    y = np.array([[1], [3]], np.float16)
    assert MSE.evaluate(y, np.zeros((2, 1)), [False, True]) == 9


def test_the_penalty_and_the_norm_of_float16_are_exact():
    parameter = nn.Parameter([300.0, 1e-4], dtype=np.float16)
    optimizer = nn.SGD([parameter], lr=0.1, weight_decay=2)
    assert optimizer.penalty() == pytest.approx(90_000)
    parameter.add_grad(np.full(2, 1e-4, np.float16))
    assert optimizer.gradient_norm() == pytest.approx(np.sqrt(2) * 1e-4, rel=1e-3)


def test_a_bias_of_float16_gets_the_gradient_of_all_rows():
    layer = nn.Dense(1, 1, rng=0, dtype=np.float16)
    layer.forward(np.ones((5_000, 1), np.float16))
    layer.backward_parameters(np.ones((5_000, 1), np.float16))
    assert layer.bias.grad == layer.weight.grad == 5_000
    assert layer.bias.grad.dtype == np.float16


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("data", [bool, np.uint8, ">i2", np.int64, np.float16, ">f4", np.longdouble])
def test_networks_train_on_numbers_of_every_type(data, dtype, rng):
    x, y = (rng.random((40, 3)) > 0.5).astype(data), rng.integers(0, 2, 40).astype(">u2")
    layers = nn.Dense(3, 4, rng=0), nn.ReLU(), nn.Dropout(0.1, rng=0), nn.Dense(4, 2, rng=1)
    model = nn.Sequential(nn.Standardize(3).fit(x), *layers).astype(dtype)
    trainer = nn.Trainer(model, CE, nn.SGD(model.parameters(), lr=0.1, momentum=0.9, clip_norm=1))
    history = trainer.fit(x, y, epochs=2, rng=0, progress=False, validation_data=(x, nn.one_hot(y, 2)))
    assert np.isfinite(history["val_loss"]).all()
    assert model.predict(x).dtype == dtype
