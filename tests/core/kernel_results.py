"""What differs between the results of a compiled kernel and of its NumPy function."""

import importlib.util
from unittest import mock

import numpy as np

from nnlayers.core import compiled, kernels
from tests.core.kernel_calls import call_of

FLOAT32 = np.finfo(np.float32)


def numpy_functions():
    """The module of kernels once more, with its NumPy functions only: they call one another."""
    spec = importlib.util.spec_from_file_location("numpy_kernels", kernels.__file__)
    module = importlib.util.module_from_spec(spec)
    with mock.patch.object(compiled, "extension", None):
        spec.loader.exec_module(module)
    return module


def outcome(function, args, named):
    """The result, or the error."""
    try:
        with np.errstate(all="ignore"):
            return function(*args, **named)
    except Exception as error:
        return error


def slack(name, args, expected):
    """The absolute errors that another order of summation may make; 0 where results are exact."""
    if name in ("product", "affine"):
        x, matrix, *bias = args
        sums = np.abs(x).astype(np.float64) @ np.abs(matrix).astype(np.float64)
        sums += 0 if not bias or bias[0] is None else np.abs(bias[0])
        return FLOAT32.eps * max(4, len(matrix)) * sums + 1e-37
    if name == "sum_rows":
        return FLOAT32.eps * max(4, len(args[0])) * np.abs(args[0]).sum(axis=0, dtype=np.float64)
    if name == "cross_entropy":  # exp is exact to a few units in the last place
        loss, gradient = expected
        error = FLOAT32.eps * (16 + gradient.shape[-1])
        return error * (1 + abs(loss)), error * (np.abs(gradient) + np.max(args[2])) + FLOAT32.tiny
    return 1e-5 * expected if name == "sum_of_squares" else 0


def difference(actual, expected, error=0):
    """What differs between two results, in words; None if nothing does."""
    if type(actual) is not type(expected):
        return f"{actual!r}, not {expected!r}"
    if isinstance(expected, tuple):
        errors = error if isinstance(error, tuple) else (error,) * len(expected)
        return next(filter(None, map(difference, actual, expected, errors)), None)
    if isinstance(expected, list):
        return difference(tuple(actual), tuple(expected))
    if isinstance(expected, np.ma.MaskedArray):
        actual, expected = ((x.data, np.asarray(np.ma.getmask(x))) for x in (actual, expected))
        return difference(actual, expected)
    if isinstance(expected, np.ndarray | np.generic | float | complex):
        return difference_of_arrays(np.asarray(actual), np.asarray(expected), error)
    return None if str(actual) == str(expected) else f"{actual}, not {expected}"


def difference_of_arrays(actual, expected, error):
    if (actual.dtype, actual.shape) != (expected.dtype, expected.shape):
        return f"{actual.dtype} {actual.shape}, not {expected.dtype} {expected.shape}"
    if actual.tobytes() == expected.tobytes():
        return None
    if actual.dtype.kind not in "biufc":
        return difference(repr(actual), repr(expected))
    if actual.dtype.kind == "c":
        actual, expected = (np.stack([x.real, x.imag]) for x in (actual, expected))
    with np.errstate(all="ignore"):
        same = (actual == expected) & (np.copysign(1, actual) == np.copysign(1, expected))
        same |= np.isnan(actual) & np.isnan(expected)
        same |= np.abs(actual - expected) <= error
        same |= np.isnan(actual) & np.isnan(error)  # of 0 * inf, which BLAS may make 0
    if same.all():
        return None
    place = tuple(np.argwhere(~same)[0])
    return f"{actual[place]!r}, not {expected[place]!r}, at {place} of {actual.shape}, allowed {error}"


def finding(name, numpy_function, choose, choose_again):
    """What differs between a kernel and its NumPy function in a random call; None if nothing does."""
    args, named = call_of(name, choose)
    twins, named_twins = call_of(name, choose_again)
    actual = outcome(getattr(kernels, name), args, named)
    expected = outcome(numpy_function, twins, named_twins)
    changed = difference([*args, *named.values()], [*twins, *named_twins.values()])
    if changed:
        return f"arguments afterwards: {changed}"
    if difference(actual, expected) is None:
        return None
    if isinstance(expected, Exception):
        return difference(actual, expected)
    with np.errstate(all="ignore"):
        return difference(actual, expected, slack(name, [*args, *named.values()], expected))
