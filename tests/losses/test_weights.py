"""Weights of samples and of positions, and losses with parameters."""

import numpy as np
import pytest

import nnlayers as nn


class HingeWithoutWeights(nn.Loss):
    """L = mean max(0, 1 - y t)"""

    def forward(self, prediction, target):
        margin = 1 - prediction * target
        self.save_for_backward(margin, target)
        return float(np.maximum(margin, 0).mean())

    def backward(self, grad=1.0):
        margin, target = self.saved()
        return -grad * target * (margin > 0) / margin.size


class Scaled(nn.Loss):
    """L = mean (scale y - t)², with a scale that is learned"""

    def __init__(self):
        self.scale = nn.Parameter(1.0, decay=False)

    def forward(self, prediction, target, weights=None):
        difference = self.scale.value * prediction - target
        self.save_for_backward(prediction, difference)
        return float(np.square(difference).mean())

    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = 2 * grad * difference / difference.size
        self.scale.add_grad((slope * prediction).sum())
        return slope * self.scale.value


def cases(rng):
    """Losses with predictions, targets, and the number of leading axes that weights may have."""
    z, seq = rng.standard_normal((6, 4)), rng.standard_normal((6, 5, 4))
    return [
        (nn.SoftmaxCrossEntropy(), z, rng.integers(0, 4, 6), 1),
        (nn.SoftmaxCrossEntropy(), z, nn.softmax(rng.standard_normal((6, 4))), 1),
        (nn.SoftmaxCrossEntropy(), seq, rng.integers(0, 4, (6, 5)), 2),
        (nn.SoftmaxCrossEntropy(), seq, nn.softmax(rng.standard_normal((6, 5, 4))), 2),
        (nn.MeanSquaredError(), z, rng.standard_normal((6, 4)), 2),
        (nn.MeanSquaredError(), seq, rng.standard_normal((6, 5, 4)), 3),
        (nn.SigmoidBinaryCrossEntropy(), z, rng.random((6, 4)), 2),
        (nn.SigmoidBinaryCrossEntropy(), seq, rng.integers(0, 2, (6, 5, 4)), 3),
        (nn.MeanAbsoluteError(), z, rng.standard_normal((6, 4)), 2),
        (nn.Huber(0.5), seq, rng.standard_normal((6, 5, 4)), 3),
    ]


def every_weighting(rng):
    for loss, z, t, axes in cases(rng):
        for count in range(1, axes + 1):
            yield loss, z, t, rng.uniform(0, 2, z.shape[:count])


def test_the_loss_is_the_weighted_mean(rng):
    for loss, z, t, w in every_weighting(rng):
        single = np.zeros(w.shape)
        for place in np.ndindex(w.shape):
            row = (slice(place[0], place[0] + 1), *(slice(i, i + 1) for i in place[1:]))
            single[place] = loss.evaluate(z[row], t[row])
        assert loss.evaluate(z, t, w) == pytest.approx((w * single).sum() / w.sum(), rel=1e-12)


def test_the_gradient_is_that_of_the_weighted_mean(rng):
    for loss, z, t, w in every_weighting(rng):
        loss.forward(z, t, w)
        found = loss.backward(2.0)
        step = 1e-6
        for place in map(tuple, rng.integers(0, z.shape, (5, z.ndim))):
            up, down = z.copy(), z.copy()
            up[place] += step
            down[place] -= step
            slope = (loss.evaluate(up, t, w) - loss.evaluate(down, t, w)) / (2 * step)
            assert found[place] == pytest.approx(2 * slope, rel=1e-5, abs=1e-8)


def test_weights_have_no_scale_and_equal_ones_change_nothing(rng):
    for loss, z, t, w in every_weighting(rng):
        assert loss.evaluate(z, t, 7 * w) == pytest.approx(loss.evaluate(z, t, w), rel=1e-12)
        assert loss.evaluate(z, t, np.full(w.shape, 3)) == pytest.approx(loss.evaluate(z, t), rel=1e-12)


def test_samples_without_weight_do_not_count_whatever_they_are(rng):
    for loss, z, t, w in every_weighting(rng):
        w[0] = 0
        expected = loss.evaluate(z[1:], t[1:], w[1:])
        z = z.copy()
        z[0] = np.nan
        with np.errstate(invalid="ignore"):
            assert loss.forward(z, t, w) == pytest.approx(expected, rel=1e-12)
            assert not loss.backward()[0].any()


def test_without_any_weight_the_loss_and_its_gradient_are_zero(rng):
    for loss, z, t, w in every_weighting(rng):
        assert loss.forward(z, t, 0 * w) == 0
        assert not loss.backward().any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, bool])
def test_weights_of_every_type_keep_the_gradients_dtype(dtype, rng):
    for loss, z, t, w in every_weighting(rng):
        loss.forward(z.astype(np.float32), t, np.ones(w.shape, dtype))
        assert loss.backward().dtype == np.float32


def test_class_weights_are_weights_of_samples():
    z, y = np.zeros((3, 2)), np.array([0, 1, 1])
    loss = nn.SoftmaxCrossEntropy()
    loss.forward(z, y, np.array([1.0, 0.5])[y])
    np.testing.assert_allclose(loss.backward()[:, 0], [-0.25, 0.125, 0.125])


def test_a_mask_hides_the_padding_of_sequences(rng):
    z, y = rng.standard_normal((2, 4, 3)), rng.integers(0, 3, (2, 4))
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], bool)
    loss = nn.SoftmaxCrossEntropy()
    assert loss.forward(z, y, mask) == pytest.approx(loss.evaluate(z[mask], y[mask]))
    assert not loss.backward()[~mask].any()


@pytest.mark.parametrize(
    ("weights", "error", "match"),
    [
        (np.ones(5), ValueError, r"expected weights of shape \(6,\) or \(6, 4\), got \(5,\)"),
        (np.ones((6, 1)), ValueError, r"got \(6, 1\)"),
        (1.0, ValueError, r"got \(\)"),
        ([1, 1, 1, -1, 1, 1], ValueError, r"at least 0, got -1.0 at row 3 \(counted from 0\)"),
        ([1, np.nan, 1, 1, 1, 1], ValueError, "got nan at row 1"),
        ([1, np.inf, 1, 1, 1, 1], ValueError, "got inf at row 1"),
        (["a"] * 6, TypeError, "weights: expected an array of real numbers"),
    ],
)
def test_weights_that_do_not_fit_are_rejected_and_nothing_is_saved(weights, error, match):
    loss = nn.MeanSquaredError()
    with pytest.raises(error, match=match):
        loss.forward(np.ones((6, 4)), np.ones((6, 4)), weights)
    assert loss.pending == 0


def test_a_loss_of_two_arguments_works_until_weights_are_given():
    loss = HingeWithoutWeights()
    y = t = np.array([0.5, -2.0])
    assert loss.forward(y, t) == loss.evaluate(y, t) == pytest.approx(0.375)
    assert loss.pending == 1
    for verb in (loss.forward, loss.evaluate):
        with pytest.raises(TypeError, match=r"takes no weights: add weights=None to its arguments"):
            verb(y, t, np.ones(2))


def test_a_loss_below_one_of_two_arguments_may_take_weights():
    class Weighted(HingeWithoutWeights):
        def forward(self, prediction, target, weights=None):
            return super().forward(prediction, target) if weights is None else 7.0

    assert Weighted().evaluate(np.ones(1), np.ones(1), np.ones(1)) == 7
    assert Weighted().evaluate(np.ones(1), np.ones(1)) == 0


def test_parameters_of_a_loss_are_found_saved_and_converted(tmp_path):
    loss = Scaled()
    assert [path for path, _ in loss.named_parameters()] == ["scale"]
    loss.scale.value[...] = 3
    loss.save_weights(tmp_path / "loss.npz")
    other = Scaled()
    other.load_weights(tmp_path / "loss.npz")
    assert other.scale.value == 3
    assert loss.astype(np.float64).dtype == np.float64
    loss.trainable = False
    loss.forward(np.ones(2), np.ones(2))
    loss.backward()
    assert loss.scale.grad is None


def test_parameters_of_a_loss_are_trained(rng):
    x = rng.standard_normal((40, 3)).astype(np.float32)
    model, loss = nn.Dense(3, 1, rng=0), Scaled()
    model.trainable = False
    y = 2 * model.predict(x)
    optimizer = nn.SGD([*model.parameters(), *loss.parameters()], lr=0.1)
    nn.Trainer(model, loss, optimizer).fit(x, y, epochs=100, rng=0, progress=False)
    assert loss.scale.value == pytest.approx(2, rel=1e-3)


def test_an_optimizer_without_the_losss_parameters_is_rejected():
    model, loss = nn.Dense(3, 1), Scaled()
    trainer = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match=r"the optimizer does not hold loss\.scale"):
        trainer.fit(np.ones((2, 3)), np.ones((2, 1)), epochs=1)


def test_a_loss_may_have_further_arguments():
    class Smoothed(nn.Loss):
        def forward(self, prediction, target, epsilon=0.5):
            return float(np.mean((prediction - target) ** 2 + epsilon))

    class Keyword(nn.Loss):
        def forward(self, prediction, target, *, weights=None):
            return 1.0 if weights is None else 2.0

    class Any(nn.Loss):
        def forward(self, prediction, target, **options):
            return float(len(options))

    y = np.ones(2)
    assert Smoothed().evaluate(y, y) == 0.5
    assert Smoothed().forward(y, y, 0.25) == 0.25
    with pytest.raises(TypeError, match="takes no weights"):
        Smoothed().evaluate(y, y, y)
    assert (Keyword().evaluate(y, y), Keyword().evaluate(y, y, y)) == (1, 2)
    assert (Any().evaluate(y, y), Any().evaluate(y, y, y)) == (0, 1)


@pytest.mark.parametrize(
    "loss", [nn.MeanSquaredError(), nn.SoftmaxCrossEntropy(), nn.SigmoidBinaryCrossEntropy()]
)
def test_tuples_are_array_like_unless_they_hold_arrays(loss):
    z = np.ones((2, 2))
    assert loss.forward(z, ((0.0, 1.0), (1.0, 0.0))) > 0
    with pytest.raises(TypeError, match=r"expected one prediction and one target.*a tuple of 2"):
        loss.forward(z, (z, z))
    with pytest.raises(TypeError, match=r"give Losses\(\[...\]\), a loss for each"):
        loss.check_target(z, ((2, 2), (2, 2)))


def test_weights_of_any_size_have_no_scale(rng):
    for loss, z, t, w in every_weighting(rng):
        expected = loss.evaluate(z, t, w)
        for factor in (1e-300, 1e300):
            assert loss.evaluate(z, t, w * factor) == pytest.approx(expected, rel=1e-9)
