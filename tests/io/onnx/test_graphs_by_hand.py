"""Graphs as people and converters write them: computed as another program does, or refused."""

import itertools
import tracemalloc

import numpy as np
import pytest

from tests.io.onnx.test_reading import FLOAT, assert_refused, helper, model_of, node, read
from tests.io.onnx.test_round_trips import run

INTEGER, DOUBLE = 7, 11


def numbers(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def assert_read(model, tmp_path, *inputs):
    """The network that is read computes what another program does."""
    for at, item in enumerate(model.graph.node):
        item.name = str(at)
    network = read(model, tmp_path)
    for x in inputs:
        expected = run(tmp_path / "model.onnx", x)
        y = network.predict(x)
        assert (y.dtype, y.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    return network


SQUARE, ROW = numbers(4, 4), numbers(4)


@pytest.mark.parametrize(
    ("nodes", "arrays"),
    [
        ([node("Gemm", "x", "w", "b", alpha=0.5, beta=2.0, transB=1)], {"w": SQUARE, "b": ROW}),
        ([node("Gemm", "x", "w", "b", beta=0.5)], {"w": SQUARE, "b": ROW[:1]}),
        ([node("Gemm", "x", "w", "b")], {"w": SQUARE, "b": ROW[0]}),
        (
            [node("MatMul", "x", "w", output="z"), node("Add", "b", "z")],
            {"w": SQUARE, "b": ROW[np.newaxis]},
        ),
        ([node("Sinh", "x", output="z"), node("Relu", "x")], {}),
        ([node("Unsqueeze", "x", "a", output="z"), node("Squeeze", "z", "b")], {"a": [-1], "b": [2]}),
        (
            [
                node("Unsqueeze", "x", "a", output="z"),
                node("Conv", "z", "w", output="c"),
                node("ReduceMean", "c", axes=[2], keepdims=0, output="m"),
                node("Squeeze", "m", "a"),
            ],
            {"a": [1], "w": numbers(1, 1, 3)},
        ),
    ],
)
def test_products_and_axes(nodes, arrays, tmp_path):
    assert_read(model_of(nodes, arrays), tmp_path, numbers(3, 4), numbers(1, 4))


@pytest.mark.parametrize("auto_pad", ["SAME_LOWER", "SAME_UPPER"])
def test_paddings_of_even_windows(auto_pad, tmp_path):
    x, arrays = numbers(2, 3, 5, 6), {"w": numbers(2, 3, 4, 2)}
    for one in (
        node("Conv", "x", "w", auto_pad=auto_pad),
        node("MaxPool", "x", kernel_shape=[2, 3], auto_pad=auto_pad),
        node("AveragePool", "x", kernel_shape=[2, 4], auto_pad=auto_pad),
    ):
        model = model_of([one], arrays if one.op_type == "Conv" else {}, ("N", 3, "H", "W"))
        assert_read(model, tmp_path, x, numbers(1, 3, 7, 7))


def recurrent(operator, *followers, **arrays):
    rows = {"LSTM": 12, "GRU": 9}[operator]
    arrays |= {"w": numbers(1, rows, 4), "r": numbers(1, rows, 3)}
    options = {"hidden_size": 3} | ({"linear_before_reset": 1} if operator == "GRU" else {})
    nodes = [
        node("Transpose", "x", perm=[1, 0, 2], output="t"),
        helper.make_node(operator, ["t", "w", "r"], ["all", "last"], **options),
        *followers,
    ]
    return model_of(nodes, arrays, ("N", "T", 4))


@pytest.mark.parametrize("operator", ["LSTM", "GRU"])
def test_the_last_state_is_taken_by_its_number(operator, tmp_path):
    for index in (0, -1):
        model = recurrent(operator, node("Gather", "last", "i", axis=0), i=np.array(index))
        network = assert_read(model, tmp_path, numbers(2, 5, 4), numbers(1, 1, 4))
        assert len(network) == 1
    model = recurrent(operator, node("Gather", "last", "i", axis=0), i=np.array(1))
    assert_refused(model, tmp_path, "expected it to drop the axis of directions")


def test_sequences_whose_steps_come_first(tmp_path):
    squeeze = node("Squeeze", "all", "a", output="s")
    one = numbers(2, 5, 4), numbers(1, 3, 4)
    model = recurrent("LSTM", squeeze, node("Gather", "s", "i"), a=[1], i=np.array(-1))
    assert_read(model, tmp_path, *one)
    last = node("MatMul", "s", "v", output="m"), node("Transpose", "m", perm=[1, 0, 2])
    assert_read(recurrent("GRU", squeeze, *last, a=[1], v=numbers(3, 2)), tmp_path, *one)
    last = node("Concat", "s", "s", axis=0, output="m"), node("Transpose", "m", perm=[1, 0, 2])
    assert_read(recurrent("GRU", squeeze, *last, a=[1]), tmp_path, *one)
    gathered = recurrent("GRU", squeeze, node("Gather", "s", "i", axis=1), a=[1], i=np.array(0))
    assert_refused(gathered, tmp_path, "must not be that of the samples")
    nodes = node("Transpose", "x", output="t"), node("Gather", "w", "t", output="e")
    nodes += (node("Transpose", "e", perm=[1, 0, 2]),)
    x = np.array([[0, 3, 1], [2, 2, 0]])
    model = model_of(nodes, {"w": SQUARE}, ("N", 3), dtype=INTEGER)
    model.graph.output[0].type.tensor_type.elem_type = FLOAT
    assert_read(model, tmp_path, x)


def test_directions_are_joined_by_fixed_sizes(tmp_path):
    steps = (
        node("Transpose", "all", perm=[0, 2, 1, 3], output="p"),
        node("Reshape", "p", "s", output="q"),
    )
    model = recurrent("LSTM", *steps, node("Transpose", "q", perm=[1, 0, 2]), s=np.array([5, 2, 3]))
    for dim, size in zip(model.graph.input[0].type.tensor_type.shape.dim, (2, 5), strict=False):
        dim.Clear()
        dim.dim_value = size
    network = assert_read(model, tmp_path, numbers(2, 5, 4))
    assert network.predict(numbers(3, 6, 4)).shape == (3, 6, 3)


def test_a_product_with_a_matrix_that_is_not_turned_is_not_tied_to_its_embedding(tmp_path):
    for order in ([0, 1], [1, 0]):
        nodes = [
            node("Gather", "w", "x", output="e"),
            node("Transpose", "w", perm=order, output="t"),
            node("MatMul", "e", "t"),
        ]
        model = model_of(nodes, {"w": SQUARE}, ("N", 3), dtype=INTEGER)
        model.graph.output[0].type.tensor_type.elem_type = FLOAT
        assert_read(model, tmp_path, np.array([[0, 3, 1], [2, 2, 0]]))


def test_integers_that_are_reversed_stay_integers(tmp_path):
    numbers = {"a": [-1], "b": [-(2**63)], "c": [1]}
    nodes = [node("Slice", "x", "a", "b", "c", "a", output="r"), node("Gather", "w", "r")]
    model = model_of(nodes, {"w": SQUARE, **numbers}, ("N", 3), dtype=INTEGER)
    model.graph.output[0].type.tensor_type.elem_type = FLOAT
    assert_read(model, tmp_path, np.array([[0, 3, 1], [2, 2, 0]]))


def test_what_would_be_another_dtype_is_refused(tmp_path):
    cast = node("Cast", "x", to=FLOAT, output="c")
    model = model_of([cast, node("Transpose", "c", perm=[0, 2, 1])], {}, ("N", 3, 2), dtype=INTEGER)
    model.graph.output[0].type.tensor_type.elem_type = FLOAT
    assert_refused(model, tmp_path, "the output 'y' is an input in another dtype")
    model = model_of([node("Cast", "x", to=DOUBLE, output="c"), node("Relu", "c")], {}, dtype=INTEGER)
    model.graph.output[0].type.tensor_type.elem_type = DOUBLE
    assert_refused(model, tmp_path, "integers become float32 in layers")


def test_batch_normalization_in_training_by_its_outputs_is_refused(tmp_path):
    one = helper.make_node("BatchNormalization", ["x", *"gbmv"], ["y", "a", "c", "d", "e"])
    assert_refused(
        model_of([one], dict.fromkeys("gbmv", ROW), operators=13), tmp_path, "in training is not"
    )


def test_a_batch_of_another_input_is_not_taken_for_that_of_the_samples(tmp_path):
    for first in (2, "N"):
        model = model_of([node("Reshape", "x", "s")], {"s": [3, -1]}, (first, 3, 4))
        model.graph.input.append(helper.make_tensor_value_info("z", FLOAT, (3, 4)))
        assert_refused(model, tmp_path, "keeps the samples apart")


def test_sizes_that_grow_without_end_are_refused(tmp_path):
    nodes = [
        node("Shape", "x", output="s"),
        node("Concat", "s", "c", axis=0, output="d"),
        node("Gather", "d", "i", output="0"),
        *[node("Mul", str(at), str(at), output=str(at + 1)) for at in range(50)],
        node("Concat", "n", "50", axis=0, output="t"),
        node("Reshape", "x", "t"),
    ]
    arrays = {"c": [3], "i": [2], "n": [0]}
    assert_refused(model_of(nodes, arrays), tmp_path, "Mul .* no layer expresses this operator")


def peak(make):
    tracemalloc.start()
    try:
        make()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_small_file_takes_little_memory(tmp_path):
    scales = {"s": np.array([1, 1, 512, 512], np.float32)}
    modes = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    large = model_of([node("Resize", "x", "", "s", **modes)], scales, ("N", 1, 32, 32))
    wide = model_of([node("Conv", "x", "w")], {"w": numbers(5000, 1, 1, 1)}, ("N", 1, 256, 256))
    for model in (large, wide):
        assert peak(lambda model=model: read(model, tmp_path)) < 1 << 24
    names = ["x", *map(str, range(99)), "y"]
    nodes = [
        node("BatchNormalization", one, *"wwww", epsilon=(at + 1) * 1e-5, output=other)
        for at, (one, other) in enumerate(itertools.pairwise(names))
    ]
    many = model_of(nodes, {"w": np.ones(1 << 17, np.float32)}, ("N", 1 << 17))
    assert_refused(many, tmp_path, "constants are used again and again")
