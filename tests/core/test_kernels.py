"""The kernels of layers and optimizers."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.kernels import BLOCK, blocks, product
from nnlayers.core.sums import centre_columns, column_dots, column_sums, row_dots, scale_columns


@pytest.mark.parametrize(
    "shape", [(), (7,), (BLOCK,), (BLOCK + 1,), (3, BLOCK), (1000, 300), (50, 60, 70)]
)
def test_blocks_are_views_that_cover_each_array_once(shape):
    counts = np.zeros(shape, np.int8)
    other = np.arange(counts.size).reshape(shape)
    for count, numbers in blocks(counts, other):
        assert count.size <= max(BLOCK, np.size(counts[:1]) if shape else 1)
        assert count.shape == numbers.shape
        count += 1
        assert np.array_equal(numbers.ravel(), np.arange(numbers.size) + numbers.flat[0])
    assert (counts == 1).all()


@pytest.mark.parametrize("shape", [(5, 4), (0, 4), (2, 3, 4), (2, 0, 4), (2, 1, 3, 4)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_product_contracts_the_last_axis(shape, order):
    rng = np.random.default_rng(0)
    x, matrix = np.asarray(rng.standard_normal(shape), order=order), rng.standard_normal((4, 6))
    np.testing.assert_allclose(product(x, matrix), np.einsum("...i,ij->...j", x, matrix), atol=1e-12)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("momentum", [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}])
def test_a_large_parameter_is_updated_as_its_rows_would_be(order, momentum):
    rng = np.random.default_rng(0)
    values = np.asarray(rng.standard_normal((3, BLOCK // 2)), order=order)
    whole = nn.Parameter(values, dtype=np.float64)
    rows = [nn.Parameter(row, dtype=np.float64) for row in values]
    optimizers = [nn.SGD(ps, 0.1, weight_decay=0.01, **momentum) for ps in ([whole], rows)]
    for _ in range(3):
        grad = rng.standard_normal(values.shape)
        whole.add_grad(grad)
        for row, row_grad in zip(rows, grad, strict=True):
            row.add_grad(row_grad)
        for optimizer in optimizers:
            optimizer.step()
    np.testing.assert_array_equal(whole.value, [row.value for row in rows])


SHAPES = [(5, 3), (0, 3), (1, 1), (2, 4, 3), (0, 4, 3), (2, 0, 3), (2**15, 3), (997, 71), (100, 2048)]
SHAPES += [(3, 6400, 16), (200, 12, 40)]


@pytest.mark.parametrize("rows", [8192, 200_001])
def test_sums_of_many_equal_rows_round_little(rows):
    exact = rows * float(np.float32(0.1))
    for stack in ((), (2,)):
        sums = column_sums(np.full((*stack, rows, 3), 0.1, np.float32))
        np.testing.assert_allclose(sums, np.full((*stack, 3), exact), rtol=2e-5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_columns_are_summed_and_scaled_however_long_rows_are(shape, order):
    rng = np.random.default_rng(0)
    x, y = np.asarray(rng.standard_normal((2, *shape)), order=order)
    vectors = rng.standard_normal((2, *shape[:-2], shape[-1]))
    scale, shift = vectors[..., np.newaxis, :]
    np.testing.assert_allclose(column_sums(x), x.sum(axis=-2), atol=1e-9)
    np.testing.assert_allclose(column_dots(x, y), (x * y).sum(axis=-2), atol=1e-9)
    np.testing.assert_allclose(row_dots(x, y), (x * y).sum(axis=-1), atol=1e-9)
    centred = centre_columns(x, vectors[1])
    np.testing.assert_array_equal(centred, x - shift)
    expected = centred * scale + shift
    np.testing.assert_array_equal(scale_columns(centred, *vectors), expected)
    scale_columns(centred, *vectors, out=centred)
    np.testing.assert_array_equal(centred, expected)
    scale_columns(centred, np.zeros(shape[-1]), out=centred)  # one for all of a stack
    assert not centred.any()
