"""BatchNorm and GroupNorm."""

import statistics

import numpy as np
import pytest

import nnlayers as nn


@pytest.fixture
def x(rng):
    return rng.normal([5.0, -3.0, 0.0, 100.0], [2.0, 0.1, 30.0, 1.0], (6, 3, 5, 4))


def in_float64(layer):
    """The layer in float64, with parameters that are not those it begins with."""
    layer = layer.astype(np.float64)
    layer.gain.value[...] = np.linspace(0.5, 2, 4)
    layer.offset.value[...] = np.linspace(-1, 1, 4)
    return layer


def normalized(numbers, epsilon=1e-5):
    mean, variance = statistics.fmean(numbers), statistics.pvariance(numbers)
    return [(number - mean) / (variance + epsilon) ** 0.5 for number in numbers]


# BatchNorm


def test_batch_norm_normalizes_each_channel_over_samples_and_positions(x):
    layer = in_float64(nn.BatchNorm(4))
    y = layer.forward(x)
    for channel, (gain, offset) in enumerate(zip(layer.gain.value, layer.offset.value, strict=True)):
        z = np.array(normalized(x[..., channel].ravel().tolist()))
        np.testing.assert_allclose(y[..., channel].ravel(), gain * z + offset, atol=1e-9)


def test_the_running_ones_move_towards_mean_and_unbiased_variance(x):
    layer = nn.BatchNorm(4, momentum=0.75).astype(np.float64)
    for _ in range(2):
        layer.forward(x)
    for channel in range(4):
        numbers = x[..., channel].ravel().tolist()
        left = 0.75**2
        mean, variance = (1 - left) * statistics.fmean(numbers), statistics.variance(numbers)
        assert layer.mean.value[channel] == pytest.approx(mean)
        assert layer.variance.value[channel] == pytest.approx(left + (1 - left) * variance)


def test_predict_uses_the_running_ones(x):
    layer = in_float64(nn.BatchNorm(4, epsilon=0.01))
    layer.forward(x)
    mean, variance = layer.mean.value.copy(), layer.variance.value.copy()
    z = (x - mean) / np.sqrt(variance + 0.01)
    np.testing.assert_allclose(layer.predict(x), z * layer.gain.value + layer.offset.value)
    assert np.array_equal(layer.mean.value, mean)
    assert layer.predict(x[:0]).shape == (0, 3, 5, 4)


def test_an_empty_batch_moves_nothing():
    layer = nn.BatchNorm(2)
    assert layer.forward(np.empty((0, 3, 2), np.float32)).shape == (0, 3, 2)
    assert layer.backward(np.empty((0, 3, 2), np.float32)).shape == (0, 3, 2)
    np.testing.assert_array_equal([layer.mean.value, layer.variance.value], [[0, 0], [1, 1]])
    np.testing.assert_array_equal(layer.gain.grad, [0, 0])


def test_a_single_row_gives_the_offset_and_moves_the_mean_only():
    layer = nn.BatchNorm(2)
    layer.offset.value[...] = 3, 4
    y = layer.forward(np.array([[7.0, 1e6]], np.float32))
    np.testing.assert_array_equal(y, [[3, 4]])
    np.testing.assert_array_equal(layer.backward(np.ones((1, 2), np.float32)), [[0, 0]])
    np.testing.assert_allclose(layer.mean.value, [0.7, 1e5])
    np.testing.assert_array_equal(layer.variance.value, [1, 1])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_batch_whose_variance_is_not_finite_moves_nothing(bad):
    layer = nn.BatchNorm(2)
    x = np.ones((3, 2), np.float32)
    x[1, 0] = bad
    with np.errstate(over="ignore", invalid="ignore"):
        layer.forward(x)
    np.testing.assert_array_equal([layer.mean.value, layer.variance.value], [[0, 0], [1, 1]])


def test_a_frozen_one_keeps_its_statistics_and_still_normalizes_by_the_batch(x):
    layer, other = nn.BatchNorm(4), nn.BatchNorm(4)
    layer.trainable = False
    np.testing.assert_array_equal(layer.forward(x), other.forward(x))
    layer.backward(np.ones(x.shape))
    np.testing.assert_array_equal([layer.mean.value, layer.variance.value], [[0] * 4, [1] * 4])
    assert layer.gain.grad is None


def test_for_inference_has_the_running_ones_as_constants(x):
    model = nn.Sequential(nn.BatchNorm(4), nn.Dense(4, 2, rng=0))
    model.forward(x)
    fixed = model.for_inference()
    before = model.state_dict()
    np.testing.assert_array_equal(fixed.forward(x), model.predict(x))
    grad = fixed.backward(np.ones((6, 3, 5, 2), np.float32))
    slope = model[1].weight.value.sum(axis=1) / np.sqrt(model[0].variance.value + 1e-5)
    np.testing.assert_allclose(grad, np.broadcast_to(slope, x.shape), rtol=1e-5)
    assert fixed.parameters() == model.parameters()
    assert fixed.state_dict().keys() == before.keys()
    assert all(np.array_equal(value, before[name]) for name, value in model.state_dict().items())
    assert fixed[0].for_inference() is fixed[0]
    assert repr(fixed[0]) == "BatchNorm(4).for_inference()"


def test_it_is_trained_and_predicts_what_forward_has_learned(rng):
    x = rng.normal(50, 20, (400, 3))
    y = (x[:, :1] - 50) / 20
    model = nn.Sequential(nn.BatchNorm(3), nn.Dense(3, 1, rng=0))
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.Adam(model.parameters(), 0.05))
    trainer.fit(x, y, epochs=6, rng=0, progress=False)
    assert trainer.evaluate(x, y)["loss"] < 0.01


# GroupNorm


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_group_norm_normalizes_each_group_of_each_sample(groups, x):
    layer = in_float64(nn.GroupNorm(groups, 4))
    y = layer.forward(x)
    members = 4 // groups
    for sample in range(6):
        for start in range(0, 4, members):
            here = (sample, slice(None), slice(None), slice(start, start + members))
            z = np.reshape(normalized(x[here].ravel().tolist()), x[here].shape)
            expected = z * layer.gain.value[here[-1]] + layer.offset.value[here[-1]]
            np.testing.assert_allclose(y[here], expected, atol=1e-9)


def test_samples_do_not_depend_on_one_another(x):
    layer = nn.GroupNorm(2, 4)
    np.testing.assert_allclose(layer.predict(x)[2:3], layer.predict(x[2:3]), atol=1e-6)


# Both


@pytest.mark.parametrize("layer", [nn.BatchNorm(4), nn.GroupNorm(2, 4)], ids=repr)
def test_float16_is_summed_in_float32(layer, rng):
    x = rng.normal(300, 100, (3000, 4)).astype(np.float16)  # the sums overflow float16
    layer = layer.astype(np.float16)
    y = layer.forward(x[np.newaxis])
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.astype(float).std(), 1, atol=0.01)
    grad = layer.backward(np.ones(y.shape, np.float16))
    assert grad.dtype == np.float16
    np.testing.assert_allclose(grad.astype(float), 0, atol=1e-3)
    assert layer.offset.grad.tolist() == [3000] * 4


def test_a_running_variance_that_float16_does_not_hold_is_refused():
    layer = nn.BatchNorm(1).astype(np.float16)
    with pytest.raises(ValueError, match=r"State 'variance'.* is too large for float16"):
        layer.forward(np.array([[2000], [-2000]], np.float16))


@pytest.mark.parametrize("layer", [nn.BatchNorm(4), nn.GroupNorm(2, 4)], ids=repr)
@pytest.mark.parametrize("shape", [(1, 2000, 4), (16, 60, 4), (10, 7, 250, 4), (3, 40_000, 4)])
def test_large_arrays_give_what_small_ones_do(layer, shape, rng):
    """Short rows of large arrays are joined to longer ones."""
    x, grad = rng.normal(3, 2, (2, *shape)).astype(np.float32)
    found = layer.forward(x), layer.backward(grad)
    layer = layer.astype(np.float64)
    x, grad = np.asfortranarray(x, np.float64), np.asfortranarray(grad, np.float64)
    for one, other in zip(found, (layer.forward(x), layer.backward(grad)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    np.testing.assert_array_equal(layer.forward(x), layer.forward(np.ascontiguousarray(x)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.BatchNorm(0), ValueError, "BatchNorm: features must be at least 1, got 0"),
        (lambda: nn.BatchNorm(2.0), TypeError, "BatchNorm: features must be a whole number, got 2.0"),
        (lambda: nn.BatchNorm(2, momentum=1), ValueError, r"momentum must be in \[0, 1\), got 1"),
        (lambda: nn.BatchNorm(2, epsilon=0), ValueError, r"epsilon must be in \[1e-18, inf\), got 0"),
        (lambda: nn.BatchNorm(2, eps=1e-3), TypeError, "no argument 'eps': use epsilon"),
        (lambda: nn.BatchNorm(2).running_mean, AttributeError, "use mean"),
        (lambda: nn.GroupNorm(2, 4).gamma, AttributeError, "use gain"),
        (
            lambda: nn.GroupNorm(3, 4),
            ValueError,
            "GroupNorm: groups must divide the features, got 3 for 4",
        ),
        (
            lambda: nn.GroupNorm(2, 4).forward(np.ones((2, 3))),
            ValueError,
            r"GroupNorm\(2, 4\): expected input of shape \(N, 4\), got \(2, 3\)",
        ),
        (
            lambda: nn.BatchNorm(4).predict(np.ones((2, 4, 4, 3))),
            ValueError,
            r"BatchNorm\(4\): expected input of shape \(N, \.\.\., 4\), got \(2, 4, 4, 3\): the "
            r"channels come last, np.transpose\(x, \(0, 2, 3, 1\)\)",
        ),
        (lambda: nn.BatchNorm(2).forward([["a", "b"]]), TypeError, "expected an array of real numbers"),
    ],
)
def test_wrong_numbers_and_inputs_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_networks_are_tried_when_they_are_built():
    with pytest.raises(ValueError, match=r"BatchNorm\(5\), cannot follow layer 0, Dense\(3, 4\)"):
        nn.Sequential(nn.Dense(3, 4), nn.BatchNorm(5))
    model = nn.Sequential(nn.BatchNorm(3), nn.GroupNorm(1, 3), input_shape=(8, 8, 3))
    assert model.output_shape(8, 8, 3) == (8, 8, 3)
