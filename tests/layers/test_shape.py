"""Flatten, Reshape and Upsample2D."""

import numpy as np
import pytest

import nnlayers as nn

IMAGES = np.arange(2.0 * 2 * 3 * 2).reshape(2, 2, 3, 2)


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 2, 3), (5, 2, 3, 4), (0, 2, 3)])
def test_flatten_makes_a_row_of_each_sample(shape, rng):
    x, layer = rng.standard_normal(shape), nn.Flatten()
    y = layer.forward(x)
    assert y.shape == (shape[0], np.prod(shape[1:], dtype=int))
    assert all(row.tolist() == sample.ravel().tolist() for row, sample in zip(y, x, strict=True))
    np.testing.assert_array_equal(layer.backward(y), x)


def test_the_channels_of_a_position_stay_together():
    assert nn.Flatten().predict(IMAGES)[0, :4].tolist() == [*IMAGES[0, 0, 0], *IMAGES[0, 0, 1]]


def test_a_dense_of_the_wrong_size_behind_flatten_is_refused_with_the_right_one():
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 999\), got \(1, 12\)"):
        nn.Sequential(nn.Flatten(), nn.Dense(999, 2), input_shape=(2, 3, 2))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [((12,), (12,)), ((3, 4), (3, 4)), ((2, -1), (2, 6)), ((-1,), (12,)), ((1, -1, 3), (1, 4, 3))],
)
def test_reshape_keeps_the_values_in_their_order(sizes, expected):
    layer = nn.Reshape(*sizes)
    y = layer.forward(IMAGES)
    assert y.shape == (2, *expected)
    assert y.ravel().tolist() == IMAGES.ravel().tolist()
    np.testing.assert_array_equal(layer.backward(y), IMAGES)
    assert layer.predict(IMAGES[:0]).shape == (0, *expected)
    assert layer.output_shape(2, 3, 2) == expected


def test_reshape_of_no_size_makes_a_number_of_each_sample():
    model = nn.Sequential(nn.Dense(3, 1), nn.Reshape())
    assert model.predict(np.ones((5, 3))).shape == (5,)
    assert repr(model[1]) == "Reshape()"


@pytest.mark.parametrize("factor", [1, 2, (1, 3), (3, 1)])
def test_upsample_repeats_each_position(factor, rng):
    layer = nn.Upsample2D(factor)
    down, right = factor if isinstance(factor, tuple) else (factor, factor)
    y = layer.forward(IMAGES)
    assert y.shape == (2, 2 * down, 3 * right, 2)
    for n, i, j, c in np.ndindex(y.shape):
        assert y[n, i, j, c] == IMAGES[n, i // down, j // right, c]
    upstream, expected = rng.standard_normal(y.shape), np.zeros(IMAGES.shape)
    for n, i, j, c in np.ndindex(y.shape):
        expected[n, i // down, j // right, c] += upstream[n, i, j, c]
    np.testing.assert_allclose(layer.backward(upstream), expected)
    assert layer.predict(IMAGES[:0]).shape == (0, *y.shape[1:])


def test_gradients_of_float16_are_summed_in_float32():
    layer = nn.Upsample2D(64)
    y = layer.forward(np.ones((1, 1, 1, 1), np.float16))
    assert layer.backward(np.ones_like(y)).ravel().tolist() == [4096]  # beyond 2048, adding 1 is lost


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.Reshape(0), ValueError, r"expected sizes of at least 1, .*, got \(0,\)"),
        (lambda: nn.Reshape(-2), ValueError, "a size must be at least -1, got -2"),
        (lambda: nn.Reshape(-1, -1), ValueError, "at most one of them -1"),
        (lambda: nn.Reshape(2.5), TypeError, "a size must be a whole number, got 2.5"),
        (lambda: nn.Reshape(target_shape=(2, 3)), TypeError, "give the sizes one by one"),
        (
            lambda: nn.Reshape(5, 2).forward(IMAGES),
            ValueError,
            r"Reshape\(5, 2\): expected samples of 10 values, got 12 \(shape \(2, 2, 3, 2\)\)",
        ),
        (
            lambda: nn.Reshape(5, -1).forward(IMAGES),
            ValueError,
            r"Reshape\(5, -1\): expected samples of a multiple of 5 values, got 12",
        ),
        (lambda: nn.Upsample2D(0), ValueError, "Upsample2D: factor must be at least 1, got 0"),
        (lambda: nn.Upsample2D(scale_factor=2), TypeError, "use factor"),
        (
            lambda: nn.Upsample2D(2).forward(np.ones((2, 3))),
            ValueError,
            r"Upsample2D\(2\): expected images of shape \(N, H, W, C\), got \(2, 3\)",
        ),
    ],
)
def test_wrong_numbers_and_inputs_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_shape_may_be_given_as_a_tuple():
    assert repr(nn.Reshape((2, 3))) == "Reshape(2, 3)"


@pytest.mark.parametrize("first", [nn.Embedding(9, 3), nn.Conv1D(3, 3, 1), nn.Standardize(3)], ids=repr)
def test_a_refusal_that_may_be_wrong_says_to_give_the_shape_of_a_sample(first):
    layers = [first, nn.Dense(3, 8), nn.LayerNorm(8), nn.Flatten(), nn.Dense(160, 2)]
    with pytest.raises(ValueError, match=r"Dense\(160, 2\), cannot follow") as refused:
        nn.Sequential(*layers)
    assert (
        "give the shape of one sample, as in Sequential(..., input_shape=" in refused.value.__notes__[0]
    )
    shape = (20,) if first.takes_integers else (20, 3)
    assert nn.Sequential(*layers, input_shape=shape).output_shape(*shape) == (2,)
    with pytest.raises(ValueError, match="cannot follow") as certain:
        nn.Sequential(nn.Dense(3, 8), nn.ReLU(), nn.Dense(7, 2))
    assert not hasattr(certain.value, "__notes__")
