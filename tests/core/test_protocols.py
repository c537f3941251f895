"""Arrays of other libraries come in without a copy, or are refused in words."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.checks import as_array, describe, floating_array, real_array
from nnlayers.core.structures import as_arrays
from tests.core.foreign_arrays import (
    READABLE,
    ByArray,
    ByDlpack,
    Tensor,
)

X = np.random.default_rng(0).uniform(0.1, 1, (12, 3)).astype(np.float32)
Y = np.arange(12) % 3


def network():
    return nn.Sequential(nn.Dense(3, 4, rng=0), nn.ReLU(), nn.Dense(4, 3, rng=1))


@pytest.mark.parametrize("kind", READABLE)
def test_memory_is_shared(kind):
    given = kind(X)
    array = as_array(given)
    assert type(array) is np.ndarray
    for found in (
        array,
        real_array(given, np.float32, "Dense"),
        floating_array(given, "ReLU"),
        as_arrays((ByArray(Y), given))[1],
        nn.Identity().predict(given),
        nn.Dense(3, 3, rng=0).convert_input(given),
        next(iter(nn.batches(given, batch_size=12, shuffle=False))),
    ):
        assert np.shares_memory(found, X)


def test_memory_is_shared_whatever_its_order():
    for array in (X.T, X[::2, 1:], np.asfortranarray(X)):
        assert np.shares_memory(as_array(ByDlpack(array)), array)


@pytest.mark.parametrize("layer", [nn.Identity(), nn.Residual(nn.Tanh()), nn.Sequential(nn.Identity())])
def test_layers_that_pass_their_input_on_return_arrays(layer):
    for found in (layer.predict(ByArray(X)), layer.forward(ByArray(X)), layer.backward(ByArray(X))):
        assert type(found) is np.ndarray


def test_parameters_and_states_are_copies():
    array = X.copy()
    parts = nn.Parameter(ByDlpack(array)), nn.State(ByArray(array))
    array[...] = 0
    for part in parts:
        assert np.array_equal(part.value, X)


STATES = [
    ({"is_meta": True}, "has no values$"),
    ({"requires_grad": True}, r"requires a gradient: give x\.detach\(\)$"),
    ({"__dlpack_device__": None}, "cannot become one: this tensor is of a kind that becomes no array$"),
    ({"is_nested": True}, r"has rows of different lengths: give x\.to_padded_tensor\(0\)$"),
    ({"layout": "library.sparse_csc"}, r"is sparse: give x\.to_dense\(\)$"),
    ({"layout": "library._mkldnn"}, r"has a layout that NumPy lacks: give x\.to_dense\(\)$"),
    ({"is_quantized": True, "dtype": "quint8"}, r"is quantized: give x\.dequantize\(\)$"),
    ({"is_conj": lambda: True}, r"is a conjugated view: give x\.resolve_conj\(\)$"),
    ({"is_neg": lambda: True}, r"is a negated view: give x\.resolve_neg\(\)$"),
    ({"dtype": "library.bfloat16"}, r"has a dtype that NumPy lacks: give x\.float\(\)$"),
    ({"dtype": "library.float8_e4m3fn"}, r"has a dtype that NumPy lacks: give x\.float\(\)$"),
    (
        {"requires_grad": True, "dtype": "library.bfloat16"},
        r"requires a gradient and has a dtype that NumPy lacks: give x\.detach\(\)\.float\(\)$",
    ),
    ({"is_meta": True, "requires_grad": True}, "has no values and requires a gradient$"),
]


@pytest.mark.parametrize(("states", "words"), STATES)
def test_tensors_that_numpy_cannot_read_are_refused_with_a_way_out(states, words):
    refusal = f"^Dense\\(3, 2\\): expected an array, got a Tensor that {words}"
    with pytest.raises(TypeError, match=refusal):
        nn.Dense(3, 2, rng=0).predict(Tensor(X, **states))


def test_a_tensor_on_a_gpu_that_requires_a_gradient_is_told_both():
    class OnDevice(Tensor):
        def __dlpack_device__(self):
            return (8, 0)

    words = r"requires a gradient and is not in the memory of the CPU: give x\.detach\(\)\.cpu\(\)"
    with pytest.raises(TypeError, match=words):
        as_array(OnDevice(X, requires_grad=True))


def test_lists_name_the_item_that_cannot_be_read():
    rows = [Tensor(row) for row in X]
    assert np.array_equal(as_array(rows), X)
    assert np.array_equal(nn.one_hot([Tensor(np.array(label)) for label in Y]), np.eye(3)[Y])
    rows[5] = Tensor(X[5], requires_grad=True)
    words = r"network: expected an array, got a list with a Tensor that requires a gradient: "
    with pytest.raises(TypeError, match=words + r"give x\.detach\(\) of each$"):
        as_array(rows, "network")
    with pytest.raises(TypeError, match="list with a Tensor that requires a gradient"):
        as_array([rows[:6], rows[6:]], "network")


def test_labels_may_be_a_list_of_tensors_of_one_number():
    class Scalar(Tensor):
        def item(self):
            return self.array.item()

    labels = [Scalar(np.array(label)) for label in Y]
    expected = nn.train_test_split(Y, stratify=Y, rng=0)
    np.testing.assert_array_equal(nn.train_test_split(Y, stratify=labels, rng=0)[1], expected[1])


def test_tuples_of_arrays_need_no_shapes():
    for kind in READABLE:
        arrays = as_arrays((kind(X), (kind(Y), kind(X))))
        assert [arrays[0].shape, arrays[1][0].shape] == [(12, 3), (12,)]


def test_what_only_its_library_can_convert_is_told_so():
    class Dense:
        def todense(self):
            """An array of all its numbers."""

    class Named:
        def asnumpy(self):
            """An array."""

    for kind, call in ((Dense, "todense"), (Named, "asnumpy")):
        with pytest.raises(TypeError, match=rf"expected an array, got {kind.__name__}: give x\.{call}"):
            network().predict(kind())


def test_errors_of_files_and_memory_are_not_hidden():
    class Lazy(ByArray):
        def __array__(self, dtype=None, copy=None):
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        as_array(Lazy(X))


def test_short_floats_of_an_extension_of_numpy_are_refused_with_a_way_out():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = X.astype(ml_dtypes.bfloat16)
    with pytest.raises(TypeError, match=r"got dtype bfloat16: give x\.astype\(np\.float32\)$"):
        network().predict(ByArray(x))
    assert network().predict(x.astype(np.float32)).shape == (12, 3)


def test_messages_describe_shapes_as_tuples():
    class Shape(tuple):
        def __repr__(self):
            return f"Shape({list(self)})"

    x = Tensor(X)
    x.shape = Shape(X.shape)
    assert describe(x) == "an array of shape (12, 3)"


def test_outputs_can_be_read_by_dlpack():
    for y in (network().predict(ByArray(X)), nn.Reshape(1, 3).predict(X), nn.one_hot(Y)):
        assert np.shares_memory(np.from_dlpack(y), y)
