"""Conv1D and Conv2D."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.layers import windows
from tests.layers.convolutions_by_hand import cases, convolution

KINDS = {1: nn.Conv1D, 2: nn.Conv2D}
some_at_a_time = st.sampled_from([1, 100, windows.ELEMENTS_AT_ONCE])


def made(case):
    """The layer of a case in float64, with a bias that is not zero."""
    channels, outputs = case.channels * case.groups, case.outputs * case.groups
    kind = KINDS[len(case.kernel)]
    layer = kind(channels, outputs, case.kernel, rng=case.seed, **case.options).astype(np.float64)
    layer.bias.value[...] = case.numbers(outputs)
    return layer


@given(st.one_of(cases(1), cases(2)), some_at_a_time)
def test_it_equals_the_loops_for_all_strides_paddings_dilations_and_groups(case, elements):
    layer, x = made(case), case.input()
    expected = convolution(x, layer.weight.value, layer.bias.value, case)
    with mock.patch.object(windows, "ELEMENTS_AT_ONCE", elements):
        np.testing.assert_allclose(layer.predict(x), expected, atol=1e-12)
        np.testing.assert_array_equal(layer.forward(x), layer.predict(x))
    assert layer.output_shape(*x.shape[1:]) == expected.shape[1:]


@given(st.one_of(cases(1), cases(2)), some_at_a_time)
def test_backward_is_the_adjoint_in_the_input_and_in_the_weight(case, elements):
    layer, x = made(case), case.input()
    y = layer.forward(x) - layer.bias.value
    grad = case._replace(seed=case.seed + 1).numbers(*y.shape)
    with mock.patch.object(windows, "ELEMENTS_AT_ONCE", elements):
        dx = layer.backward(grad)
    assert dx.shape == x.shape
    product = np.vdot(y, grad)
    assert np.vdot(x, dx) == pytest.approx(product, abs=1e-10)
    assert np.vdot(layer.weight.value, layer.weight.grad) == pytest.approx(product, abs=1e-10)
    summed = grad.reshape(-1, grad.shape[-1]).sum(axis=0)
    np.testing.assert_allclose(layer.bias.grad, summed, atol=1e-12)


@given(st.integers(1, 12), st.sampled_from([1, 3, 5]), st.integers(1, 7), st.integers(1, 3))
def test_same_gives_a_step_for_each_stride_and_pads_the_greater_half_behind(
    size, kernel, stride, dilation
):
    steps = -(-size // stride)
    total = max((steps - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)  # as in Keras
    options = {"stride": stride, "dilation": dilation, "rng": 0}
    layer = nn.Conv1D(2, 3, kernel, padding="same", **options)
    pair = (total // 2, total - total // 2)
    by_number = nn.Conv1D(2, 3, kernel, padding=(pair,), **options)
    x = np.random.default_rng(size).standard_normal((2, size, 2))
    assert layer.output_shape(size, 2) == (steps, 3)
    np.testing.assert_array_equal(layer.predict(x), by_number.predict(x))


@pytest.mark.parametrize("padding", [1, (1, 1), ((1, 1), 1), [[1, 1], [1, 1]], "same"])
def test_paddings_of_one_position_in_all_notations(padding, rng):
    x = rng.standard_normal((2, 4, 5, 3))
    inner = nn.Conv2D(3, 2, 3, rng=0).predict(np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)]))
    np.testing.assert_allclose(nn.Conv2D(3, 2, 3, padding=padding, rng=0).predict(x), inner, rtol=1e-5)


def test_rows_and_columns_may_differ(rng):
    layer = nn.Conv2D(1, 2, (3, 1), stride=(1, 2), padding=(0, 1), dilation=(2, 1), rng=rng)
    assert layer.weight.value.shape == (3, 1, 1, 2)
    assert layer.output_shape(7, 8, 1) == (3, 5, 2)


def test_a_kernel_of_one_position_is_a_dense_layer(rng):
    dense, conv = nn.Dense(4, 3, rng=rng), nn.Conv2D(4, 3, 1)
    conv.weight.value[0, 0] = dense.weight.value
    x = rng.standard_normal((2, 5, 6, 4))
    np.testing.assert_allclose(conv.predict(x), dense.predict(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("groups", [2, 4])
def test_groups_are_convolutions_of_their_own(groups, rng):
    whole = nn.Conv2D(4, 8, 3, groups=groups, rng=rng)
    x = rng.standard_normal((2, 5, 5, 4)).astype(np.float32)
    parts = []
    for group in range(groups):
        part = nn.Conv2D(4 // groups, 8 // groups, 3)
        outputs = slice(group * 8 // groups, (group + 1) * 8 // groups)
        part.weight.value[...] = whole.weight.value[..., outputs]
        parts.append(part.predict(np.split(x, groups, axis=-1)[group]))
    np.testing.assert_allclose(whole.predict(x), np.concatenate(parts, axis=-1), rtol=1e-5, atol=1e-6)


def test_with_all_of_the_padding_before_no_output_depends_on_later_steps(rng):
    layer = nn.Conv1D(2, 3, 3, dilation=2, padding=((4, 0),), rng=rng)
    x = rng.standard_normal((1, 9, 2))
    y = layer.predict(x)
    x[:, 5:] += 1
    np.testing.assert_array_equal(layer.predict(x)[:, :5], y[:, :5])
    assert (layer.predict(x)[:, 5:] != y[:, 5:]).any(axis=-1).all()


def test_weights_start_he_normal_and_biases_start_at_zero():
    layer = nn.Conv2D(4, 6, (3, 2), groups=2, rng=5)
    np.testing.assert_array_equal(layer.weight.value, nn.he_normal((3, 2, 2, 6), 5))
    np.testing.assert_array_equal(layer.bias.value, np.zeros(6))
    assert (layer.weight.decay, layer.bias.decay) == (True, False)
    assert nn.Conv2D(4, 6, 3, bias=False).bias is None


def test_equal_numbers_for_all_axes_are_shown_as_one():
    layer = nn.Conv2D(1, 2, [3, 3], stride=(2, 2), padding=[1, 1])
    assert repr(layer) == "Conv2D(1, 2, 3, stride=2, padding=(1, 1))"


@pytest.mark.parametrize("groups", [1, 4])
def test_the_numbers_may_be_changed_later(groups, rng):
    layer = nn.Conv2D(4, 4, 3, groups=groups, rng=0)
    layer.stride, layer.padding = 2, "same"
    x = rng.standard_normal((2, 5, 5, 4))
    expected = nn.Conv2D(4, 4, 3, groups=groups, stride=2, padding="same", rng=0).predict(x)
    np.testing.assert_array_equal(layer.predict(x), expected)


@pytest.mark.parametrize("groups", [1, 2])
def test_multiplications_are_counted_for_each_place_of_the_kernel(groups):
    conv = nn.Conv2D(4, 6, (3, 2), stride=2, groups=groups)
    assert conv.output_shape(7, 8, 4) == (3, 4, 6)
    assert conv.own_multiplications(7, 8, 4) == 3 * 4 * 6 * (3 * 2 * 4 // groups)
    transposed = nn.ConvTranspose2D(6, 4, (3, 2), stride=2, groups=groups)
    assert transposed.own_multiplications(3, 4, 6) == conv.own_multiplications(7, 8, 4)
