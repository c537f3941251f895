"""What a computation on a device must give: the results of NumPy, to rounding, and without a wait."""

import numpy as np

from nnlayers.core.structures import arrays_in
from tests.devices.rows import on_host


def assert_on_device(*results):
    for result in results:
        for name, array in arrays_in(result):
            assert array is None or type(array).__module__ == "cupy", f"{name} is a {type(array)}"


def assert_alike(found, expected, what):
    """Arrays of one shape and dtype; some sums are in another order there."""
    pairs = zip(arrays_in(on_host(found)), arrays_in(expected), strict=True)
    for (name, one), (_, other) in pairs:
        if other is None:
            assert one is None
            continue
        other = np.asarray(other)
        assert (one.dtype, one.shape) == (other.dtype, other.shape), f"{what}{name}"
        slack = 2e-6 * max(1, np.abs(other).max(initial=0)) if other.dtype.kind == "f" else 0
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=slack, err_msg=f"{what}{name}")


def assert_same_states(found, expected):
    """Those of two components, and the gradients of their parameters."""
    for (path, one), (_, other) in zip(found.named_states(), expected.named_states(), strict=True):
        assert_on_device(one.value)
        assert_alike(one.value, other.value, path)
        if (gradient := getattr(other, "grad", None)) is not None:
            assert_on_device(one.grad)
            assert_alike(one.grad, gradient, f"gradient of {path}")
