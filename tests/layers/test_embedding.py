"""Embedding, and the sums by index that are its gradient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.core.sums import AT_ONCE, sum_by_index


@given(st.data())
def test_rows_of_the_weight_are_taken_and_their_gradients_summed(data):
    count, features = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 5))
    shape = tuple(data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    layer = nn.Embedding(count, features, rng=rng).astype(np.float64)
    x = rng.integers(0, count, shape)
    y, grad = layer.forward(x), rng.standard_normal((*shape, features))
    assert layer.backward(grad) is None
    expected = np.zeros((count, features))
    for place in np.ndindex(*shape):
        np.testing.assert_array_equal(y[place], layer.weight.value[x[place]])
        expected[x[place]] += grad[place]
    np.testing.assert_allclose(layer.weight.grad, expected, atol=1e-14)
    np.testing.assert_array_equal(layer.predict(x), y)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64, np.uint64])
def test_indices_of_any_integer_dtype(dtype):
    layer = nn.Embedding(3, 2, rng=0)
    y = layer.forward(np.array([2, 0], dtype))
    np.testing.assert_array_equal(y, layer.weight.value[[2, 0]])
    layer.backward(y)
    np.testing.assert_array_equal(layer.weight.grad[[2, 0]], y)
    assert layer.predict([[2, 0, 1]]).shape == (1, 3, 2)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([0, 5]), r"got 5 at row 1 \(counted from 0\)"),
        (np.array([[0, 1], [-1, 9]]), r"got -1 at row 1, column 0 \(counted from 0\)"),
        (np.array([255], np.uint8), "got 255 at row 0"),
        (np.array([2**64 - 1], np.uint64), "got 18446744073709551615 at row 0"),
        (np.array(3), r"of shape \(N, \.\.\.\), got 3: make a batch with \[x\]"),
    ],
)
def test_integers_that_it_does_not_have_are_rejected(x, message):
    for verb in ("forward", "predict"):
        with pytest.raises(
            ValueError, match=rf"Embedding\(5, 2\): expected integers in 0 \.\.\. 4, {message}"
        ):
            getattr(nn.Embedding(5, 2), verb)(x)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([1.0]), r"got float64: take np.array\(x, int\)"),
        (np.array([True]), r"got bool: take np.array\(x, int\)"),
        (np.array(["a"]), "got <U1: words become integers with .words, x = np.unique"),
        (np.array([None]), "got object: it holds None"),
        (np.array([1, 2], object), r"got object: convert it with np.array\(x, int\)"),
        (np.array(["1"]), r"got <U1: texts of numbers become numbers with np.array\(x, int\)"),
        (np.array([0.0, 0.5]), r"got float64: 0.5 at row 1 \(counted from 0\) is not an integer$"),
        (np.array([[1, np.nan]]), r"got float64: nan at row 0, column 1 \(.*\) is not an integer$"),
        (np.array([0.5, 1], object), r"got object: convert it with np.array\(x, float\)$"),
        (np.array(["1.5"]), r"got <U3: texts of numbers become numbers with np.array\(x, float\)$"),
        (np.array(["a", None]), r"got object: .*leave out None, .* np.array\(x, str\)$"),
        (np.array(["2020"], "M8[Y]"), r"got datetime64\[Y\]$"),
    ],
)
def test_what_is_not_integers_is_rejected(x, message):
    with pytest.raises(TypeError, match=rf"expected integers in 0 \.\.\. 4, {message}"):
        nn.Embedding(5, 2).forward(x)


def test_a_container_leaves_its_integers_alone():
    model = nn.Sequential(nn.Embedding(5, 4), nn.Dense(4, 3))
    large = np.array([[0, 2**62]])  # would be rounded in float32
    with pytest.raises(ValueError, match=f"got {2**62} at row 0, column 1"):
        model.predict(large)
    model.forward(np.array([[0, 4]]))
    assert model.backward(np.ones((1, 2, 3), np.float32)) is None


def test_categories_beside_numbers(rng):
    model = nn.Sequential(
        nn.Parallel(nn.Embedding(4, 2, rng=0), nn.Identity()), nn.Concatenate(), nn.Dense(5, 1, rng=0)
    )
    x = rng.integers(0, 4, 6), rng.standard_normal((6, 3)).astype(np.float32)
    assert model.forward(x).shape == (6, 1)
    first, second = model.backward(np.ones((6, 1), np.float32))
    assert first is None
    assert second.shape == (6, 3)


def test_weights_are_standard_normal_at_first():
    weight = nn.Embedding(400, 300, rng=0).weight
    assert weight.value.dtype == np.float32
    assert abs(weight.value.mean()) < 0.01
    assert abs(weight.value.std() - 1) < 0.01
    assert weight.decay


@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_sizes_that_are_not_whole_numbers_above_zero_are_rejected(size):
    with pytest.raises((ValueError, TypeError), match="Embedding: count must be"):
        nn.Embedding(size, 2)
    with pytest.raises((ValueError, TypeError), match="Embedding: features must be"):
        nn.Embedding(2, size)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("features", [1, 3, 4])
def test_sums_by_index(dtype, features, rng):
    rows = rng.standard_normal((300, features)).astype(dtype)
    index = rng.integers(0, 7, 300)
    total = sum_by_index(rows, index, 8)
    expected = [rows[index == i].sum(axis=0, dtype=np.float64) for i in range(8)]
    assert total.dtype == dtype
    np.testing.assert_allclose(total, expected, atol=40 * np.finfo(dtype).eps)


def test_sums_by_index_of_many_rows_or_of_views(rng):
    # A row is more than is added at once.
    rows = rng.standard_normal((5, 2 * AT_ONCE)).astype(np.float32)
    np.testing.assert_allclose(sum_by_index(rows, np.zeros(5, int), 1)[0], rows.sum(axis=0), atol=1e-5)
    rows = rng.standard_normal((4, 900)).T[::3]
    index = rng.integers(0, 3, 300)
    expected = [rows[index == i].sum(axis=0) for i in range(3)]
    np.testing.assert_allclose(sum_by_index(rows, index, 3), expected, atol=1e-12)


def test_sums_in_float16_do_not_lose_small_numbers():
    rows = np.ones((5000, 2), np.float16)  # in float16, 2048 + 1 is 2048
    assert sum_by_index(rows, np.zeros(5000, int), 1).tolist() == [[5000, 5000]]


def test_a_gradient_that_is_not_finite_stays_with_its_integer():
    layer = nn.Embedding(3, 2, rng=0)
    layer.forward(np.array([0, 1, 2]))
    layer.backward(np.array([[1, 1], [np.inf, np.nan], [1, 1]], np.float32))
    assert np.isfinite(layer.weight.grad).tolist() == [[True, True], [False, False], [True, True]]


@pytest.mark.parametrize("dtype", [np.float32, bool])
def test_one_hot_rows_are_not_taken_for_indices(dtype):
    x = np.eye(5, dtype=dtype)[[[0, 4, 2]]]
    with pytest.raises(TypeError, match=r"for one-hot rows, take np.argmax\(x, axis=-1\)$"):
        nn.Embedding(5, 2).predict(x)
    with pytest.raises(TypeError, match=r"take np.array\(x, int\)$"):
        nn.Embedding(5, 2).predict(np.ones((3, 5)))


def test_a_text_is_rejected_with_the_call_that_makes_its_characters_integers():
    layer = nn.Embedding(5, 2)
    trainer = nn.Trainer(layer, nn.MeanSquaredError(), nn.SGD(layer.parameters(), lr=0.1))
    way_out = r"got a text: .* = np\.unique\(list\(text\), return_inverse=True\)"
    with pytest.raises(TypeError, match=rf"Embedding\(5, 2\): .*{way_out}"):
        layer.predict("letters")
    with pytest.raises(TypeError, match=rf"Trainer\.fit: x: .*{way_out}"):
        trainer.fit("letters", np.zeros((7, 2)), epochs=1)
