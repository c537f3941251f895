"""Dense."""

import numpy as np
import pytest

import nnlayers as nn


def naive(x, weight, bias):
    """x W + b with explicit loops."""
    y = np.zeros((*x.shape[:-1], weight.shape[1]))
    for place in np.ndindex(*x.shape[:-1]):
        for k in range(weight.shape[1]):
            y[(*place, k)] = bias[k] + sum(
                x[(*place, d)] * weight[d, k] for d in range(weight.shape[0])
            )
    return y


@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (2, 5, 3), (2, 1, 4, 3), (0, 3), (0, 2, 3)])
def test_forward_and_predict_are_x_times_weight_plus_bias(shape, rng):
    layer = nn.Dense(3, 2, rng=rng, dtype=np.float64)
    layer.bias.value[...] = [0.5, -1]
    x = rng.standard_normal(shape)
    expected = naive(x, layer.weight.value, layer.bias.value)
    np.testing.assert_allclose(layer.predict(x), expected, atol=1e-14)
    np.testing.assert_allclose(layer.forward(x), expected, atol=1e-14)
    assert layer.backward(np.ones(expected.shape)).shape == shape
    assert layer.weight.grad.shape == (3, 2)


def test_the_bias_can_be_left_out(rng):
    layer = nn.Dense(3, 2, bias=False, rng=rng)
    assert layer.bias is None
    assert len(layer.parameters()) == 1
    np.testing.assert_allclose(layer.predict(np.eye(3)), layer.weight.value)


def test_weights_start_he_normal_and_biases_start_at_zero():
    layer = nn.Dense(3, 2, rng=5)
    np.testing.assert_array_equal(layer.weight.value, nn.he_normal((3, 2), 5))
    np.testing.assert_array_equal(layer.bias.value, [0, 0])


def test_a_custom_initializer_must_return_the_right_shape():
    assert not nn.Dense(3, 2, initializer=nn.zeros).weight.value.any()
    with pytest.raises(ValueError, match=r"expected initial weights of shape \(3, 2\), got \(2, 3\)"):
        nn.Dense(3, 2, initializer=lambda shape, rng, dtype: np.zeros(shape[::-1]))


def test_only_the_weight_decays():
    layer = nn.Dense(3, 2)
    assert (layer.weight.decay, layer.bias.decay) == (True, False)


def test_real_input_of_any_dtype_is_converted_to_float32():
    layer = nn.Dense(3, 2)
    for x in (np.ones((1, 3)), np.ones((1, 3), np.uint8), [[1, 2, 3]], np.ones((1, 3), bool)):
        assert layer.forward(x).dtype == np.float32
        assert layer.backward(np.ones((1, 2), np.float32)).dtype == np.float32
    assert layer.weight.grad.dtype == np.float32


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_below_one_are_rejected(size):
    with pytest.raises(ValueError, match=f"Dense: in_features must be at least 1, got {size}"):
        nn.Dense(size, 3)
    with pytest.raises(ValueError, match=f"Dense: out_features must be at least 1, got {size}"):
        nn.Dense(3, size)


@pytest.mark.parametrize("size", [2.5, 2.0, "2", None, True])
def test_sizes_that_are_not_whole_numbers_are_rejected(size):
    with pytest.raises(TypeError, match="Dense: in_features must be a whole number"):
        nn.Dense(size, 3)


def test_numpy_integers_are_accepted_as_sizes():
    assert nn.Dense(np.int64(2), np.uint8(3)).weight.value.shape == (2, 3)


@pytest.mark.parametrize("verb", ["forward", "predict"])
@pytest.mark.parametrize("shape", [(4, 2), (4, 1), (3, 4), (4, 3, 4)])
def test_a_wrong_number_of_features_is_rejected(verb, shape):
    with pytest.raises(
        ValueError, match=r"Dense\(3, 2\): expected input of shape \(N, (\.\.\., )?3\), got"
    ):
        getattr(nn.Dense(3, 2), verb)(np.ones(shape))


def test_the_error_for_samples_with_axes_names_flatten():
    with pytest.raises(ValueError, match=r"make a row of each sample with nn.Flatten\(\), or np.resh"):
        nn.Dense(12, 2).predict(np.ones((5, 4, 3)))


def test_the_error_for_a_single_sample_shows_how_to_make_it_a_batch():
    with pytest.raises(
        ValueError, match=r"got \(3,\): make one sample a batch with np.expand_dims\(x, 0\)"
    ):
        nn.Dense(3, 2).forward(np.ones(3))


@pytest.mark.parametrize("x", [np.ones((1, 3), complex), [["a", "b", "c"]], np.array([[None] * 3])])
def test_input_that_is_not_real_is_rejected(x):
    with pytest.raises(TypeError, match=r"Dense\(3, 2\): expected an array of real numbers, got"):
        nn.Dense(3, 2).forward(x)


def test_backward_without_forward_is_rejected():
    layer = nn.Dense(3, 2)
    with pytest.raises(RuntimeError, match=r"Dense\(3, 2\): backward without its forward"):
        layer.backward(np.ones((1, 2)))


def test_an_invalid_initializer_or_rng_is_rejected():
    with pytest.raises(TypeError, match="Dense: initializer must be a function such as"):
        nn.Dense(3, 2, initializer="he_normal")
    with pytest.raises(TypeError, match="Dense: rng must be a seed"):
        nn.Dense(3, 2, rng="a")


def test_backward_accepts_lists():
    layer = nn.Dense(3, 2)
    layer.forward([[1, 2, 3]])
    assert layer.backward([[1, 0]]).shape == (1, 3)
