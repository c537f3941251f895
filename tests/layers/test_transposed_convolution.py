"""ConvTranspose2D."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.layers import windows
from tests.layers.convolutions_by_hand import cases, convolution


def scattered(x, weight, case, more):
    """Each number of the input times the kernel, added where it belongs, one after another."""
    ends = zip(x.shape[1:-1], case.covered, case.stride, more, strict=True)
    sizes = [stride * (steps - 1) + covered + extra for steps, covered, stride, extra in ends]
    y = np.zeros((len(x), *sizes, case.channels * case.groups))
    for n, *p, o in np.ndindex(x.shape):
        first = o // case.outputs * case.channels  # of the channels of its group
        for *t, c in np.ndindex(*case.kernel, case.channels):
            at = (np.array(p) * case.stride + np.array(t) * case.dilation).tolist()
            y[n, *at, first + c] += x[n, *p, o] * weight[*t, c, o]
    (top, bottom), (left, right) = case.padding
    return y[:, top : sizes[0] - bottom, left : sizes[1] - right]


def pair(case, more=(0, 0)):
    """A convolution of a case, and the transposed one with the same weight, without a bias."""
    channels, outputs = case.channels * case.groups, case.outputs * case.groups
    options = case.options | {"bias": False, "rng": case.seed}
    conv = nn.Conv2D(channels, outputs, case.kernel, **options).astype(np.float64)
    transposed = nn.ConvTranspose2D(outputs, channels, case.kernel, output_padding=more, **options)
    transposed = transposed.astype(np.float64)
    transposed.weight.value[...] = conv.weight.value
    return conv, transposed


def steps_of(case):
    """The size of the convolution's output, and the positions that its windows leave over."""
    ends = zip(case.sizes, case.padding, case.covered, case.stride, strict=True)
    both = [divmod(size + sum(padding) - covered, stride) for size, padding, covered, stride in ends]
    return tuple(steps + 1 for steps, _ in both), tuple(rest for _, rest in both)


@given(cases(2), st.sampled_from([1, 100, windows.ELEMENTS_AT_ONCE]))
def test_it_is_the_adjoint_of_the_convolution(case, elements):
    steps, rest = steps_of(case)
    conv, transposed = pair(case, rest)
    x = case.input()
    z = case._replace(seed=case.seed + 1).numbers(case.samples, *steps, conv.out_channels)
    with mock.patch.object(windows, "ELEMENTS_AT_ONCE", elements):
        back = transposed.predict(z)
    assert back.shape == x.shape
    assert np.vdot(conv.predict(x), z) == pytest.approx(np.vdot(x, back), abs=1e-10)


@given(cases(2), st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_it_equals_the_loops(case, more):
    room = [max(pair) for pair in zip(case.stride, case.dilation, strict=True)]
    more = tuple(min(extra, most - 1) for extra, most in zip(more, room, strict=True))
    _, transposed = pair(case, more)
    steps, _ = steps_of(case)
    x = case.numbers(case.samples, *steps, transposed.in_channels)
    expected = scattered(x, transposed.weight.value, case, more)
    if 0 in expected.shape[1:]:
        return
    np.testing.assert_allclose(transposed.predict(x), expected, atol=1e-12)


@given(cases(2))
def test_its_gradient_is_the_convolution(case):
    steps, rest = steps_of(case)
    conv, transposed = pair(case, rest)
    z = case.numbers(case.samples, *steps, conv.out_channels)
    y = transposed.forward(z)
    grad = case._replace(seed=case.seed + 1).numbers(*y.shape)
    expected = convolution(grad, conv.weight.value, np.zeros(conv.out_channels), case)
    np.testing.assert_allclose(transposed.backward(grad), expected, atol=1e-12)
    product = np.vdot(transposed.weight.value, transposed.weight.grad)
    assert product == pytest.approx(np.vdot(y, grad), abs=1e-10)


@given(st.integers(1, 6), st.sampled_from([1, 3, 5]), st.integers(1, 7), st.integers(1, 2))
def test_same_gives_stride_times_the_size_and_is_the_adjoint_of_same(size, kernel, stride, dilation):
    options = {"stride": stride, "dilation": dilation, "padding": "same", "bias": False}
    conv = nn.Conv2D(1, 1, (kernel, 1), rng=0, **options)
    transposed = nn.ConvTranspose2D(1, 1, (kernel, 1), rng=0, **options)
    transposed.weight.value[...] = conv.weight.value
    assert transposed.output_shape(size, 1, 1) == (stride * size, stride, 1)
    z = np.random.default_rng(size).standard_normal((1, size, 1, 1))
    x = np.random.default_rng(9).standard_normal((1, stride * size, stride, 1))
    product = np.vdot(conv.predict(x), z)
    assert np.vdot(x, transposed.predict(z)) == pytest.approx(product, abs=1e-4)


def test_the_rows_of_output_padding_that_no_tap_reaches_are_the_bias():
    layer = nn.ConvTranspose2D(1, 1, 1, stride=3, output_padding=(2, 0), rng=0)
    layer.bias.value[...] = 5
    y = layer.predict(np.ones((1, 2, 1, 1)))
    value = float(layer.weight.value[0, 0, 0, 0])
    np.testing.assert_allclose(y.ravel(), [value + 5, 5, 5, value + 5, 5, 5], rtol=1e-6)


def test_a_stride_of_two_doubles_images():
    layer = nn.ConvTranspose2D(8, 3, 4, stride=2, padding=1)
    assert layer.weight.value.shape == (4, 4, 3, 8)
    assert layer.output_shape(7, 14, 8) == (14, 28, 3)
