"""What goes into MultiHeadAttention: dtypes, tuples, and what is refused."""

import numpy as np
import pytest

import nnlayers as nn


def made(rng, **options):
    """A layer in float64 with weights, biases too, of some size."""
    layer = nn.MultiHeadAttention(6, 2, rng=rng, **options).astype(np.float64)
    for parameter in layer.parameters():
        parameter.value[...] += 0.3 * rng.standard_normal(parameter.value.shape)
    return layer


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_each_dtype_is_computed_as_well_as_it_can_hold(dtype, rng):
    layer = made(rng)
    x, grad = rng.standard_normal((2, 2, 5, 6)).astype(np.float16)
    exact, exact_grad = layer.forward(x), layer.backward(grad)
    twin = layer.astype(dtype)
    y, grad_x = twin.forward(x.astype(dtype)), twin.backward(grad.astype(dtype))
    close = {"rtol": 0, "atol": 8 * np.finfo(dtype).eps}
    np.testing.assert_allclose(y, exact, **close)
    np.testing.assert_allclose(grad_x, exact_grad, **close)


def test_a_mask_goes_through_a_network_beside_the_sequence(rng):
    model = nn.Sequential(
        nn.Parallel(nn.Sequential(nn.Dense(3, 8, rng=0), nn.ReLU()), nn.Identity()),
        nn.MultiHeadAttention(8, 2, rng=0),
        nn.Dense(8, 2, rng=0),
    )
    x, mask = rng.standard_normal((4, 5, 3)), np.arange(5) < np.array([[1], [3], [5], [5]])
    padded = np.where(mask[..., np.newaxis], x, 99)
    np.testing.assert_array_equal(model.predict((padded, mask))[mask], model.predict((x, mask))[mask])
    assert model.output_shape((5, 3), (5,)) == (5, 2)
    model.forward((x, mask))
    grad, none = model.backward(rng.standard_normal((4, 5, 2)).astype(np.float32))
    assert grad.shape == x.shape
    assert none is None


X, MEMORY, MASK = np.ones((3, 5, 8)), np.ones((3, 7, 8)), np.ones((3, 7), bool)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X[0], r"expected input of shape \(N, T, 8\), got \(5, 8\): make one sequence a batch"),
        (X[..., :7], r"expected input of shape \(N, T, 8\), got \(3, 5, 7\)"),
        (X[:, :0], r"expected sequences of at least one step, got shape \(3, 0, 8\)"),
        ((X, X[:, :0]), r"expected sequences of at least one step, got shape \(3, 0, 8\)"),
        ((X, MEMORY[..., :7]), r"expected input of shape \(N, T, 8\), got \(3, 7, 7\)"),
        ((X, MEMORY[:2]), r"as many samples in both sequences, got shapes \(3, 5, 8\) and \(2, 7, 8\)"),
        ((X,), r"or a tuple \(x, mask\), \(x, memory\) or \(x, memory, mask\), got a tuple of 1"),
        ((X, MEMORY, MASK, MASK), r"expected an array x, or a tuple .* got a tuple of 4"),
        ((X, MASK), r"expected a mask of shape \(3, 5\) or \(3, 5, 5\), got \(3, 7\)"),
        ((X, MEMORY, MEMORY), r"\(3, 7\) or \(3, 5, 7\), got \(3, 7, 8\): keys and values are one seq"),
        (
            (X, MEMORY, MASK[0]),
            r"got \(7,\): np.broadcast_to\(mask, \(3, 7\)\) gives it to all samples",
        ),
        (
            (X, MEMORY, np.ones((5, 7), bool)),
            r"got \(5, 7\): np.broadcast_to\(mask, \(3, 5, 7\)\) gives it to all samples",
        ),
        ((X, MEMORY, np.full((3, 7), -np.inf)), r"float64 from -inf to -inf: .* give mask == 0$"),
        ((X, MEMORY, np.full((3, 7), 2)), "expected a mask of True and False, .* from 2 to 2$"),
        ((np.ones((2, 8, 8)),) * 2, r"0 and 1 in float64 of shape \(2, 8, 8\), which may be either"),
        ((X[0, 0], X), r"expected input of shape \(N, T, 8\), got \(8,\)"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(x, message):
    layer = nn.MultiHeadAttention(8, 2)
    with pytest.raises(ValueError, match=rf"^MultiHeadAttention\(8, 2\): .*{message}"):
        layer.forward(x)
    assert layer.pending == 0


@pytest.mark.parametrize(
    ("mask", "message"), [(np.full((3, 5), "yes"), "<U3"), (None, "object: it holds None")]
)
def test_a_mask_that_is_not_of_numbers_is_refused(mask, message):
    with pytest.raises(TypeError, match=f"expected a mask of real numbers, got dtype {message}"):
        nn.MultiHeadAttention(8, 2).forward((X, mask))


def test_a_floating_mask_for_each_step_is_a_mask(rng):
    layer, x = made(rng), rng.standard_normal((2, 5, 6))
    mask = np.broadcast_to(np.tri(5), (2, 5, 5))
    np.testing.assert_array_equal(layer.predict((x, mask)), layer.predict((x, mask == 1)))
    assert layer.summary(((5, 6), (5, 5)))


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((8, 3), ValueError, "heads must divide the features, got 3 for 8"),
        ((8, 0), ValueError, "heads must be at least 1, got 0"),
        ((8.0, 2), TypeError, r"features must be a whole number, got 8\.0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(arguments, kind, message):
    with pytest.raises(kind, match=f"^MultiHeadAttention: {message}$"):
        nn.MultiHeadAttention(*arguments)


def test_a_mask_is_not_an_option():
    with pytest.raises(TypeError, match=r"MultiHeadAttention: causal must be True or False, got array"):
        nn.MultiHeadAttention(8, 2, causal=np.tri(5))
