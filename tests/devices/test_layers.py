"""Every layer of the gradient table on a device."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import each
from tests.devices.log import watched
from tests.devices.results import assert_alike, assert_on_device, assert_same_states
from tests.devices.rows import LAYERS, inputs, made, on_both, on_device, title


@pytest.mark.parametrize(("layer", "shape", "values"), LAYERS, ids=map(title, LAYERS))
def test_results_are_those_of_numpy_and_nothing_waits(layer, shape, values, cupy, rng):
    expected, model = on_both(made(layer))
    x = inputs(shape, values, rng)
    y = expected.forward(x)
    grad = each(lambda array: rng.standard_normal(array.shape, np.float32), y)
    grad_x, prediction = expected.backward(grad), expected.predict(x)
    x, grad = on_device(x), on_device(grad)
    with watched() as log:
        results = model.forward(x), model.backward(grad), model.predict(x)
    assert not log.waits
    assert_on_device(*results)
    for found, other, what in zip(results, (y, grad_x, prediction), ("y", "dL/dx", "p"), strict=True):
        assert_alike(found, other, what)
    assert_same_states(model, expected)


def test_draws_on_the_host_are_all_that_is_copied_in_a_step(cupy, rng):
    model = nn.Sequential(nn.Dense(3, 4), nn.BatchNorm(4), nn.ReLU(), nn.Dropout(0.5), nn.Dense(4, 2))
    x = on_device(rng.standard_normal((5, 3), np.float32))
    model.to("cupy")
    with watched() as log:
        model.backward(model.forward(x))
    assert [entry.split(" in ")[1].split(":")[0] for entry in log.copies] == ["core/devices.py"]


def test_float64_and_float16_stay_what_they_are(cupy, rng):
    for dtype in (np.float16, np.float64):
        expected, model = on_both(
            nn.Sequential(nn.Dense(3, 4, rng=0), nn.LayerNorm(4), nn.GELU()).astype(dtype)
        )
        x = rng.standard_normal((5, 3)).astype(dtype)
        assert_alike(model.forward(on_device(x)), expected.forward(x), "y")
        assert_alike(
            model.backward(on_device(x[:, :1] + np.zeros(4, dtype))),
            expected.backward(x[:, :1] + np.zeros(4, dtype)),
            "g",
        )
        assert_same_states(model, expected)


def test_integers_out_of_range_become_nan(cupy):
    layer = nn.Embedding(5, 2, rng=0).to("cupy")
    x = on_device(np.array([[0, 5], [-1, 4]]))
    with watched() as log:
        y = layer.forward(x)
        layer.backward(np.ones_like(y))
    assert not log.waits
    assert np.isnan(y.get()).any(axis=-1).tolist() == [[False, True], [True, False]]


def test_a_mask_that_is_none_makes_the_output_nan(cupy):
    layer = nn.MultiHeadAttention(4, 2, rng=0).to("cupy")
    x = on_device(np.ones((1, 3, 4), np.float32))
    for mask, wrong in (([[1, 1, 0]], False), ([[1, 2, 0]], True), ([[0.0, -np.inf, 0.0]], True)):
        y = layer.predict((x, on_device(np.array(mask))))
        assert np.isnan(y.get()).all() == wrong
    square = np.eye(4, dtype=np.float32)[np.newaxis]  # may be the mask, or the other sequence
    y = layer.predict((on_device(square), on_device(square)))
    assert np.isnan(y.get()).all()
    assert np.isfinite(layer.predict((on_device(square), on_device(2 * square))).get()).all()


def test_a_batch_that_is_not_finite_leaves_running_statistics_alone(cupy):
    layer = nn.BatchNorm(2).to("cupy")
    layer.forward(on_device(np.array([[1.0, np.inf], [2.0, 3.0]], np.float32)))
    assert layer.mean.value.get().tolist() == [0, 0]
    assert layer.variance.value.get().tolist() == [1, 1]
    layer.forward(on_device(np.array([[1.0, 0.0], [2.0, 3.0]], np.float32)))
    assert layer.mean.value.get()[0] > 0
    assert type(layer.mean.value).__module__ == "cupy"


@pytest.mark.parametrize(
    "layer",
    [
        nn.Dense(3, 2), nn.LSTM(3, 2), nn.LayerNorm(3), nn.PReLU(3), nn.Standardize(3),
        nn.MultiHeadAttention(3, 1), nn.Sequential(nn.ReLU(), nn.Dense(3, 2)), nn.BatchNorm(3),
    ],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_an_input_elsewhere_than_the_model_is_refused_with_a_way_out(layer, cupy):
    x = np.ones((2, 4, 3), np.float32)
    with pytest.raises(TypeError, match=r'host, as .* got an array on the GPU: .*to\("cupy"\)'):
        layer.predict(on_device(x))
    layer.to("cupy")
    with pytest.raises(TypeError, match=r'on the GPU, as the model, .*batches\(..., device="cupy"\)'):
        layer.forward(x)
    assert layer.pending == 0


def test_integers_and_parts_elsewhere_are_refused(cupy):
    x = np.ones((2, 3), np.float32)
    with pytest.raises(TypeError, match=r"Embedding.*expected the input on the GPU"):
        nn.Embedding(5, 2).to("cupy").predict(np.array([1]))
    with pytest.raises(TypeError, match="expected an array on the GPU, as the first one"):
        nn.Add().predict((on_device(x), x))
    layer = nn.MultiHeadAttention(3, 1).to("cupy")
    with pytest.raises(TypeError, match="expected the mask on the GPU, as the input"):
        layer.predict((on_device(x[np.newaxis]), np.ones((1, 2), bool)))


def test_a_gradient_elsewhere_than_the_parameter_is_refused(cupy):
    gain = nn.Parameter(np.ones(3))
    layer = nn.Sequential(nn.Dense(3, 3))
    layer.gain = gain
    layer.to("cupy")
    with pytest.raises(
        TypeError, match=r"Parameter 'gain': expected a gradient on the GPU.*zeros_like"
    ):
        gain.add_grad(np.ones(3, np.float32))
    assert gain.grad is None


def test_containers_return_arrays_of_their_own(cupy):
    x = on_device(np.ones((2, 3), np.float32))
    y = nn.Sequential(nn.Dropout(0.5)).predict(x)
    y += 1
    assert (x.get() == 1).all()


def test_masks_are_those_of_the_host_so_a_seed_gives_one_result(cupy):
    x = np.ones((4, 3), np.float32)
    for one in (nn.Dropout(0.5, rng=3), nn.GaussianNoise(0.5, rng=3)):
        expected, other = on_both(one)
        for _ in range(2):
            assert np.array_equal(expected.forward(x), other.forward(on_device(x)).get())
