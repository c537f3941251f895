"""What holds for every layer, in any dtype and for any arrays, on the rows of the gradient table.

`check_layer` tries more on the same rows, in float32 and float64.
"""

import copy
import functools
import re

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import arrays_in, each, sample_shape
from nnlayers.testing.plan import Case
from nnlayers.testing.subjects import LayerSubject
from tests.gradient_rows.attention import NETWORKS, OF_TUPLES
from tests.gradient_rows.sequences import OF_INTEGERS
from tests.layers_for_tests import pending
from tests.test_gradients import LAYERS, make

OF_FLOATS = [(*row, None) for row in LAYERS]
ROWS = [*OF_FLOATS, *OF_INTEGERS, *OF_TUPLES, *NETWORKS]


def walk(rows):
    """Parametrize a test with rows of the table."""
    return pytest.mark.parametrize("row", rows, ids=[f"{make(row[0])!r}-{row[1]}" for row in rows])


@functools.cache
def trial(layer, shape, values):
    """The checker's trial of a row, of sizes that all differ."""
    subject = LayerSubject(layer, shape, values)
    sizes = dict(zip(subject.shapes.names, [3, 4, 5, 2, 6], strict=False))
    return subject.trial(Case(sizes, subject.shapes.of(sizes), "normal", seed=0))


def drawn(*row):
    """A new layer with parameters of any values, and an input, both in float64."""
    return trial(*row).fresh(), trial(*row).x


def in_dtype(x, dtype):
    return each(lambda array: array.astype(dtype) if array.dtype.kind == "f" else array, x)


def passes(layer, x, change=lambda array: array):
    """What predict and forward return, and all gradients, by name."""
    found = {"predict": layer.predict(x), "forward": (y := layer.forward(x))}
    gradients = layer.backward(change(np.cos(np.arange(y.size, dtype=y.dtype)).reshape(y.shape)))
    for (name, array), (_, given) in zip(arrays_in(gradients), arrays_in(x), strict=True):
        assert (array is None) == (given.dtype.kind != "f")
        found |= {} if array is None else {f"input{name}": array}
    return found | {path: parameter.grad for path, parameter in layer.named_parameters()}


@walk(ROWS)
def test_the_dtype_is_kept_and_the_batch_may_be_empty(row):
    original, numbers = drawn(*row)
    for dtype in (np.float16, np.float32, np.float64):
        layer, x = original.astype(dtype), in_dtype(numbers, dtype)
        found = passes(layer, x)
        layer.clear_gradients()
        empty = passes(layer, each(lambda array: array[:0], x))
        assert {array.dtype for array in [*found.values(), *empty.values()]} == {np.dtype(dtype)}
        assert empty["forward"].shape == empty["predict"].shape == (0, *sample_shape(found["forward"]))
        assert not any(parameter.grad.any() for parameter in layer.parameters())


@walk([row for row in OF_FLOATS if row[0] is not nn.Identity])  # that returns them as they are
def test_input_of_another_kind_is_converted(row):
    layer, x = drawn(*row)
    layer, ones = layer.astype(np.float32), np.ones(x.shape, np.uint8)
    inputs = [ones, ones.tolist(), *[x] * bool(layer.parameters())]
    assert {y.dtype for x in inputs for y in (layer.forward(x), layer.predict(x))} == {np.dtype("f4")}


def view(array):
    """The same numbers with gaps between them, from the end of memory to its beginning, read-only."""
    wide = np.zeros([2 * size for size in array.shape], array.dtype)
    found = wide[(slice(None, None, -2),) * array.ndim]
    found[...] = array
    found.flags.writeable = False
    return found


@walk(ROWS)
def test_arrays_may_be_views_in_any_direction(row):
    layer, x = drawn(*row)
    found = passes(copy.deepcopy(layer), each(view, x), view)
    for name, array in passes(layer, x).items():
        np.testing.assert_allclose(found[name], array, rtol=1e-10, atol=1e-13, err_msg=name)


@walk([row for row in ROWS if row[0] is not nn.Identity])  # that keeps nothing, not even a shape
def test_a_gradient_of_another_shape_is_refused(row):
    layer, x = drawn(*row)
    shape = layer.predict(x).shape
    broadcast = [(*shape[:axis], 1, *shape[axis + 1 :]) for axis in range(len(shape))]
    for other in {*broadcast, shape[1:], (shape[0] + 1, *shape[1:]), (*shape, 1)} - {shape}:
        layer.forward(x)
        words = f"backward: expected a gradient of the output's shape {shape}, got {other}"
        with pytest.raises(ValueError, match=re.escape(words)):
            layer.backward(np.ones(other))
        assert all(parameter.grad is None for parameter in layer.parameters())
        assert not any(pending(layer))


@walk([r for r in ROWS if type(make(r[0])).backward_parameters is not nn.Layer.backward_parameters])
def test_backward_parameters_returns_nothing(row):  # `check_layer` compares its gradients
    layer, x = drawn(*row)
    assert layer.backward_parameters(np.ones_like(layer.forward(x))) is None


def at(layer, path):
    """What stands at a path, such as ``layers.0.weight``."""
    for name in path.split(".") if path else ():
        layer = layer[int(name)] if name.isdigit() else getattr(layer, name)
    return layer


def is_built_in(layer):
    parts = [layer, *(part for _, part in layer.named_parts() if isinstance(part, nn.Layer))]
    return all(type(part).__module__.startswith("nnlayers.") for part in parts)


@walk([row for row in ROWS if is_built_in(make(row[0]))])
def test_the_repr_is_the_call_that_makes_it(row):
    layer, x = drawn(*row)
    twin, parts = eval(repr(layer), vars(nn)), copy.deepcopy(layer)
    assert repr(twin) == repr(layer)
    for path, part in twin.named_parts():
        owner, _, name = path.rpartition(".")
        if isinstance(part, nn.State):
            assert part.value.shape == at(parts, path).value.shape
        if not isinstance(part, nn.Layer):
            setattr(at(twin, owner), name, at(parts, path))
    np.testing.assert_array_equal(twin.forward(x), layer.forward(x))
    np.testing.assert_equal(twin.state_dict(), layer.state_dict())
