"""Compiled kernels of layers, beside the NumPy functions whose place they take."""

import inspect
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlayers.core.compiled import extension
from nnlayers.core.normalization import normalize_groups, normalize_groups_backward
from nnlayers.core.sums import sum_by_index
from nnlayers.layers.correlation import correlate, input_gradient, weight_gradient
from nnlayers.layers.windows import windows_along

pytestmark = pytest.mark.skipif(extension is None, reason="compiled kernels are not in use")

KERNELS = {
    kernel.__name__: kernel
    for kernel in (
        correlate,
        weight_gradient,
        input_gradient,
        normalize_groups,
        normalize_groups_backward,
        sum_by_index,
    )
}


def numbers(rng, *shape):
    return rng.standard_normal(shape, np.float32)


def one_axis(rng, most=12):
    """Windows along an axis, of any kind."""
    while True:
        padding = [tuple(map(int, rng.integers(0, 4, 2))), "valid", "same"][rng.integers(3)]
        size, kernel, stride, dilation = map(int, rng.integers(1, (most, 5, 4, 4)))
        if padding == "same":
            kernel |= 1
        axis = windows_along(size, kernel, stride, dilation, padding)
        if axis.steps > 0:
            return axis


def convolution(rng, axes=None):
    """An input, a gradient of the output, a weight, the axes, groups and a bias."""
    axes = axes or [one_axis(rng) for _ in range(rng.integers(1, 3))]
    groups = int(rng.choice([1, 1, 2, 3, 16, 21]))
    inputs, outputs = map(int, rng.integers(1, (12, 20)) if groups < 4 else rng.integers(1, 3, 2))
    samples = int(rng.integers(1, 5))
    x = numbers(rng, samples, *(axis.size for axis in axes), groups * inputs)
    grad = numbers(rng, samples, *(axis.steps for axis in axes), groups * outputs)
    weight = numbers(rng, *(axis.kernel for axis in axes), inputs, groups * outputs)
    return x, grad, weight, axes, groups, [numbers(rng, groups * outputs), None][rng.integers(2)]


def arguments_of_normalize(rng):
    groups, members, rows, blocks = map(int, rng.integers(1, (7, 40, 90, 70)))
    groups, rows = [(groups, rows), (1, 1), (groups, 1), (groups * 9, rows)][rng.integers(4)]
    columns = groups * members
    x = numbers(rng, blocks, rows, columns) * np.float32(3) + numbers(rng, 1)
    x = x if rng.random() < 0.7 else x[0]
    gain, offset = numbers(rng, columns), numbers(rng, columns)
    return [x, gain, offset, groups, float(rng.choice([1e-5, 1e-3, 1.0]))]


def arguments(name, rng):
    x, grad, weight, axes, groups, bias = convolution(rng)
    if name == "correlate":
        return [x, weight, axes, groups, bias][: 4 if bias is None and rng.random() < 0.5 else 5]
    if name == "weight_gradient":
        return [x, grad, weight, axes, groups]
    if name == "input_gradient":
        return [grad, weight, axes, groups]
    if name == "sum_by_index":
        rows, columns, count = map(int, rng.integers(1, (300, 90, 20)))
        return [numbers(rng, rows, columns), rng.integers(0, count, rows), count]
    x, gain, offset, groups, epsilon = arguments_of_normalize(rng)
    if name == "normalize_groups":
        return [x, gain, offset, groups, epsilon]
    _, centred, scale, *_ = normalize_groups.__self__(x, gain, offset, groups, epsilon)
    return [numbers(rng, *x.shape), centred, scale, gain]


def outcome(function, args):
    """The arrays that it returns, or the error."""
    try:
        result = function(*args)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return list(result) if isinstance(result, tuple) else [result]


def in_float64(args):
    floats = "float32"
    return [a.astype(float) if getattr(a, "dtype", None) == floats else a for a in args]


seeds = st.integers(0, 2**32 - 1)
names = st.sampled_from(sorted(KERNELS))


def test_each_is_compiled_and_has_the_name_of_its_function():
    for name, kernel in KERNELS.items():
        assert inspect.isbuiltin(kernel)
        assert kernel.__self__.__name__ == name


@given(names, seeds)
def test_results_are_those_of_float64_but_for_rounding(name, seed):
    args = arguments(name, np.random.default_rng(seed))
    exact = outcome(KERNELS[name].__self__, in_float64(args))
    for actual, expected in zip(outcome(KERNELS[name], args), exact, strict=True):
        assert actual.dtype == np.float32
        assert actual.flags.c_contiguous
        scale = max(np.abs(expected).max(), 1e-3)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-5 * scale)


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_results_have_the_same_bits_for_any_number_of_threads(name):
    axis = windows_along(40, 3, 1, 1, "same")
    before = extension.threads()
    try:
        for seed in range(4):
            rng = np.random.default_rng(seed)
            args = arguments(name, rng)
            if name == "sum_by_index":
                args[:2] = numbers(rng, 3000, 70), rng.integers(0, args[2], 3000)
            elif "normalize" not in name:
                x, grad, weight, axes, groups, bias = convolution(rng, [axis, axis])
                args = {
                    "correlate": [x, weight, axes, groups, bias],
                    "input_gradient": [grad, weight],
                }.get(name, [x, grad, weight])
                args += [] if name == "correlate" else [axes, groups]
            results = []
            for threads in (1, 2, 5):
                extension.set_threads(threads)
                results.append([array.tobytes() for array in outcome(KERNELS[name], args)])
            assert results[0] == results[1] == results[2]
    finally:
        extension.set_threads(before)


CHANGES = [
    lambda x: x.astype(np.float64),
    lambda x: x.astype(np.float16),
    lambda x: x.astype(">f4"),
    lambda x: np.asfortranarray(x),
    lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    lambda x: x[::-1],
    lambda x: x.view(np.memmap),
    lambda x: x[:0],
    lambda x: x[1:],
    lambda x: x[..., :-1],
    lambda x: x[np.newaxis],
    lambda x: x[..., np.newaxis],
    lambda x: np.broadcast_to(x[..., :1], x.shape),
]
OTHERS = [0, -1, 2, 1.5, 2**70, np.int64(2), np.float32(0.5), np.nan, (), None, "1"]


@given(names, seeds)
def test_what_a_kernel_does_not_take_goes_to_its_function(name, seed):
    rng = np.random.default_rng(seed)
    args = arguments(name, rng)
    place = rng.integers(len(args))
    if isinstance(args[place], np.ndarray):
        args[place] = CHANGES[rng.integers(len(CHANGES))](args[place])
    elif isinstance(args[place], list):
        axis = args[place][-1]
        field = axis._fields[rng.integers(6)]
        args[place] = [*args[place][:-1], axis._replace(**{field: getattr(axis, field) + 1})]
    else:
        args[place] = OTHERS[rng.integers(len(OTHERS))]
    with np.errstate(all="ignore"):
        results = outcome(KERNELS[name], args), outcome(KERNELS[name].__self__, args)
    for actual, expected in zip(*results, strict=True):
        if isinstance(expected, str):
            assert actual == expected
            continue
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
        rounding = 1e-2 if expected.dtype == np.float16 else 1e-4
        scale = np.nanmax(np.abs(expected), initial=1, where=np.isfinite(expected))
        np.testing.assert_allclose(actual, expected, rtol=0, atol=rounding * scale)


@pytest.mark.parametrize("name", sorted(KERNELS))
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_lost(name, special):
    for seed in range(20):
        args = arguments(name, np.random.default_rng(seed))
        first = args[0]
        first.flat[first.size // 2] = special
        with np.errstate(all="ignore"):
            results = outcome(KERNELS[name], args), outcome(KERNELS[name].__self__, in_float64(args))
        for actual, expected in zip(*results, strict=True):
            if name == "weight_gradient" or "input" in name:
                assert np.isfinite(actual).all() <= np.isfinite(expected).all()
            else:
                assert np.array_equal(np.isfinite(actual), np.isfinite(expected))


def test_many_rows_are_summed_with_little_rounding():
    x = np.full((1, 300_000, 3), 0.1, np.float32)
    ones = np.ones(3, np.float32)
    _, centred, scale, mean, _ = normalize_groups(x, ones, ones, 3, 1e-5)
    np.testing.assert_allclose(mean, np.full((1, 3), np.float32(0.1)), rtol=1e-6)
    found = normalize_groups_backward(x, centred, scale, ones)
    np.testing.assert_allclose(found[2], np.full(3, 300_000 * float(np.float32(0.1))), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_arguments_are_neither_changed_nor_kept(name):
    args = arguments(name, np.random.default_rng(3))
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    for array in arrays:
        array.flags.writeable = False
    copies = [array.copy() for array in arrays]
    counts = [sys.getrefcount(array) for array in arrays]
    for wrong in (args, args[:-1], [*args[:-1], "1"]):
        for _ in range(200):
            outcome(KERNELS[name], wrong)
    del wrong
    assert [sys.getrefcount(array) for array in arrays] == counts
    for array, copy in zip(arrays, copies, strict=True):
        assert np.array_equal(array, copy)
