"""MaxPool2D, AveragePool2D and GlobalAveragePool, beside loops over windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


def windows(sizes, size, stride, padding):
    """For each output: its place, and the places of the window that are in the image, row by row."""
    spans = zip(sizes, size, stride, padding, strict=True)
    axes = [range(-before, n + after - k + 1, step) for n, k, step, (before, after) in spans]
    for row, top in enumerate(axes[0]):
        for column, left in enumerate(axes[1]):
            yield (
                (row, column),
                [
                    (i, j)
                    for i in range(top, top + size[0])
                    for j in range(left, left + size[1])
                    if 0 <= i < sizes[0] and 0 <= j < sizes[1]
                ],
            )


def naive(kind, x, upstream, *options):
    """Output and gradient, window by window and channel by channel."""
    y, grad = np.full(upstream.shape, np.nan), np.zeros(x.shape)
    for n, channel in np.ndindex(x.shape[0], x.shape[3]):
        for (row, column), inside in windows(x.shape[1:3], *options):
            values = [x[n, i, j, channel] for i, j in inside]
            g = upstream[n, row, column, channel]
            if kind is nn.MaxPool2D:
                y[n, row, column, channel] = max(values)
                i, j = inside[values.index(max(values))]
                grad[n, i, j, channel] += g
            else:
                y[n, row, column, channel] = sum(values) / len(values)
                for i, j in inside:
                    grad[n, i, j, channel] += g / len(values)
    return y, grad


both = pytest.mark.parametrize("kind", [nn.MaxPool2D, nn.AveragePool2D])
pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@both
@given(st.data(), pairs, pairs, st.integers(0, 1000))
def test_outputs_and_gradients_are_those_of_loops_over_windows(kind, data, size, stride, seed):
    padding = tuple(tuple(data.draw(st.integers(0, k - 1)) for _ in range(2)) for k in size)
    least = [max(k - sum(p), 1) for k, p in zip(size, padding, strict=True)]
    height, width = (n + data.draw(st.integers(0, 5)) for n in least)
    check_against_loops(kind, (height, width), size, stride, padding, padding, seed)


@both
@given(pairs, pairs, pairs, st.integers(0, 1000))
def test_padding_same_has_a_window_for_each_stride(kind, sizes, size, stride, seed):
    """Sizes of the output are those of Keras, and so is the greater half after."""
    totals = [
        max((-(-n // step) - 1) * step + k - n, 0)
        for n, k, step in zip(sizes, size, stride, strict=True)
    ]
    padding = [(total // 2, total - total // 2) for total in totals]
    y = check_against_loops(kind, sizes, size, stride, padding, "same", seed)
    assert y.shape[1:3] == tuple(-(-n // step) for n, step in zip(sizes, stride, strict=True))


def check_against_loops(kind, sizes, size, stride, padding, argument, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 3, (2, *sizes, 2)).astype(float)  # with ties
    layer = kind(size, stride=stride, padding=argument)
    y = layer.forward(x)
    upstream = rng.standard_normal(y.shape)
    expected, grad = naive(kind, x, upstream, size, stride, padding)
    np.testing.assert_allclose(y, expected)
    np.testing.assert_allclose(layer.backward(upstream), grad, atol=1e-12)
    np.testing.assert_array_equal(layer.predict(x), y)
    return y


def test_of_equal_maxima_the_first_one_gets_the_gradient():
    layer = nn.MaxPool2D(2)
    layer.forward(np.array([[0.0, 7, 1, 1], [7, 7, 1, 1]]).reshape(1, 2, 4, 1))
    grad = layer.backward(np.array([5.0, 6]).reshape(1, 1, 2, 1))
    assert grad[0, :, :, 0].tolist() == [[0, 5, 6, 0], [0, 0, 0, 0]]


@both
def test_a_nan_stays_in_its_windows(kind):
    x = np.zeros((1, 4, 4, 1))
    x[0, 1, 0] = np.nan
    for y in (kind(2).forward(x), kind(2).predict(x)):
        assert np.isnan(y[0, :, :, 0]).tolist() == [[True, False], [False, False]]


def test_padding_is_less_than_any_number():
    x = np.full((1, 2, 2, 1), -np.inf)
    x[0, 0, 0] = np.finfo(float).min
    layer = nn.MaxPool2D(2, padding=1)
    assert layer.forward(x)[0, :, :, 0].tolist() == [[x[0, 0, 0, 0], -np.inf], [-np.inf, -np.inf]]
    assert layer.backward(np.ones((1, 2, 2, 1)))[0, 0, 0, 0] == 1


def test_windows_of_more_than_256_places(rng):
    x = rng.permutation(np.arange(17.0 * 16)).reshape(1, 17, 16, 1)
    layer = nn.MaxPool2D((17, 16))
    assert layer.forward(x).ravel().tolist() == [271]
    assert layer.backward(np.ones((1, 1, 1, 1))).ravel()[x.ravel().argmax()] == 1


@both
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_stay(kind, dtype, rng):
    x = rng.standard_normal((2, 5, 4, 3)).astype(dtype)
    layer = kind(2, stride=1, padding=1)
    y = layer.forward(x)
    assert y.dtype == layer.predict(x).dtype == layer.backward(y).dtype == dtype
    assert kind(2).predict(np.ones((1, 2, 2, 1), int)).dtype == np.float32


def test_float16_is_summed_in_float32():
    x = np.full((1, 4, 4, 1), 60000, np.float16)
    for layer in (nn.AveragePool2D(4), nn.GlobalAveragePool()):
        assert layer.forward(x).ravel().tolist() == [60000]
    layer = nn.MaxPool2D(64, stride=1, padding=63)
    y = layer.forward(np.ones((1, 1, 1, 1), np.float16))
    assert layer.backward(np.ones_like(y)).ravel().tolist() == [4096]


@pytest.mark.parametrize("shape", [(2, 5, 3), (2, 5, 4, 3), (2, 1, 1, 1), (2, 5, 4, 2, 3)])
def test_global_average_pool_is_the_mean_over_all_positions(shape, rng):
    x, grad = rng.standard_normal(shape), rng.standard_normal((shape[0], shape[-1]))
    layer = nn.GlobalAveragePool()
    y, axes = layer.forward(x), tuple(range(1, len(shape) - 1))
    np.testing.assert_allclose(y, x.mean(axis=axes))
    positions = np.prod(shape[1:-1])
    expected = np.broadcast_to(np.expand_dims(grad / positions, axes), shape)
    np.testing.assert_allclose(layer.backward(grad), expected)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.MaxPool2D(0), ValueError, "MaxPool2D: size must be at least 1, got 0"),
        (lambda: nn.MaxPool2D(2, stride=0), ValueError, "MaxPool2D: stride must be at least 1, got 0"),
        (lambda: nn.MaxPool2D(2, 2), TypeError, "name the arguments stride, padding"),
        (lambda: nn.MaxPool2D(2, padding=-1), ValueError, "padding must be at least 0, got -1"),
        (
            lambda: nn.MaxPool2D(2, padding="full"),
            ValueError,
            r"MaxPool2D: padding must be 'valid', 'same', a number, or a pair for each axis",
        ),
        (lambda: nn.MaxPool2D(kernel_size=2), TypeError, "use size"),
        (
            lambda: nn.AveragePool2D((2, 3, 4)),
            ValueError,
            r"size must be a whole number, or 2 of them, one for each axis, got \(2, 3, 4\)",
        ),
        (
            lambda: nn.AveragePool2D((3, 2), padding=2),
            ValueError,
            r"padding must be smaller than the windows, got padding 2 for size \(3, 2\)",
        ),
        (
            lambda: nn.MaxPool2D(2, padding=((0, 1), (2, 0))),
            ValueError,
            r"padding must be smaller than the windows, got padding \(\(0, 1\), \(2, 0\)\) for size 2",
        ),
        (
            lambda: nn.MaxPool2D(5).forward(np.ones((1, 6, 4, 3))),
            ValueError,
            r"MaxPool2D\(5\): the window covers 5 x 5 positions, more than the input of 6 x 4 has",
        ),
        (
            lambda: nn.MaxPool2D(5, padding=1).forward(np.ones((1, 2, 3, 3))),
            ValueError,
            r"MaxPool2D\(5, padding=1\): the window covers 5 x 5 positions, more than the input of 2",
        ),
        (
            lambda: nn.MaxPool2D(2, padding=1).forward(np.ones((1, 0, 3, 3))),
            ValueError,
            r"expected images of shape \(N, H, W, C\), got \(1, 0, 3, 3\)",
        ),
        (
            lambda: nn.AveragePool2D(2).predict(np.ones((6, 6))),
            ValueError,
            r"AveragePool2D\(2\): expected images of shape \(N, H, W, C\), got \(6, 6\)",
        ),
        (
            lambda: nn.GlobalAveragePool().forward(np.ones((6, 6))),
            ValueError,
            r"GlobalAveragePool\(\): expected input of shape \(N, \.\.\., C\)",
        ),
        (
            lambda: nn.GlobalAveragePool().forward(np.ones((6, 0, 6))),
            ValueError,
            r"got \(6, 0, 6\)",
        ),
        (lambda: nn.MaxPool2D(1).forward(np.ones((1, 1, 1, 1), complex)), TypeError, "real numbers"),
    ],
)
def test_wrong_numbers_and_inputs_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_the_repr_is_the_call_that_makes_it():
    for call in ("MaxPool2D(2)", "AveragePool2D((2, 3), stride=1, padding=(0, 1))"):
        assert repr(eval(f"nn.{call}")) == call
    assert repr(nn.MaxPool2D([3, 3], stride=(2, 2))) == "MaxPool2D(3, stride=2)"


def test_networks_are_tried_when_they_are_built():
    with pytest.raises(ValueError, match=r"MaxPool2D\(3\), cannot follow layer 0, MaxPool2D\(2\)"):
        nn.Sequential(nn.MaxPool2D(2), nn.MaxPool2D(3), input_shape=(4, 4, 1))
