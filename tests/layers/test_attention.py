"""MultiHeadAttention."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


def made(features, heads, rng, **options):
    """A layer in float64 with weights, biases too, of some size."""
    layer = nn.MultiHeadAttention(features, heads, rng=rng, **options).astype(np.float64)
    for parameter in layer.parameters():
        parameter.value[...] += 0.3 * rng.standard_normal(parameter.value.shape)
    return layer


def naive(layer, x, memory, seen):
    """The output by the formulas, a step of a head at a time; ``seen`` has shape (N, T, S)."""
    features, size = layer.features, layer.features // layer.heads
    bias = np.zeros(3 * features) if layer.bias is None else layer.bias.value
    queries = x @ layer.weight.value[:, :features] + bias[:features]
    keys = memory @ layer.weight.value[:, features : 2 * features] + bias[features : 2 * features]
    values = memory @ layer.weight.value[:, 2 * features :] + bias[2 * features :]
    mixed = np.zeros(x.shape)
    for n, t, head in np.ndindex(*x.shape[:2], layer.heads):
        part = slice(head * size, (head + 1) * size)
        steps = [s for s in range(memory.shape[1]) if seen[n, t, s]]
        scores = [queries[n, t, part] @ keys[n, s, part] / math.sqrt(size) for s in steps]
        for s, score in zip(steps, scores, strict=True):
            weight = math.exp(score) / sum(map(math.exp, scores))
            mixed[n, t, part] += weight * values[n, s, part]
    y = mixed @ layer.output_weight.value
    return y if layer.output_bias is None else y + layer.output_bias.value


@st.composite
def cases(draw, memories=(False, True)):
    """A layer, a sequence, one to attend to (the same without a memory), and a Generator."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    heads, samples, steps = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 5))
    features = heads * draw(st.integers(1, 3))
    options = {"causal": draw(st.booleans()), "bias": draw(st.booleans())}
    x = memory = rng.standard_normal((samples, steps, features))
    if draw(st.sampled_from(memories)):
        memory = rng.standard_normal((samples, draw(st.integers(1, 5)), features))
    return made(features, heads, rng, **options), x, memory, rng


def so_far(layer, x, memory):
    """What a causal layer sees, or any other: all."""
    seen = np.ones((*x.shape[:2], memory.shape[1]), bool)
    return np.tril(seen) if layer.causal else seen


@given(cases(), st.booleans(), st.booleans())
def test_it_is_what_the_formulas_say(case, masked, of_keys):
    layer, x, memory, rng = case
    given, seen = (x,) if memory is x else (x, memory), so_far(layer, x, memory)
    if masked:
        mask = rng.random((len(x), memory.shape[1]) if of_keys else seen.shape) < 0.6
        given, seen = (*given, mask), seen & (mask[:, np.newaxis] if of_keys else mask)
    given = given if len(given) > 1 else x
    y = layer.forward(given)
    np.testing.assert_allclose(y, naive(layer, x, memory, seen), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(layer.predict(given), y)
    assert layer.pending == 1


@given(cases(memories=[False]))
def test_the_order_of_steps_makes_no_difference_without_positions(case):
    layer, x, _, rng = case
    order = rng.permutation(x.shape[1])
    layer.causal = False
    np.testing.assert_allclose(layer.predict(x[:, order]), layer.predict(x)[:, order], atol=1e-12)


@given(cases(memories=[True]))
def test_the_order_of_the_memory_makes_no_difference_to_each_step(case):
    layer, x, memory, rng = case
    order = rng.permutation(memory.shape[1])
    mask = rng.random((len(x), memory.shape[1])) < 0.6
    layer.causal = False
    np.testing.assert_allclose(
        layer.predict((x, memory[:, order], mask[:, order])),
        layer.predict((x, memory, mask)),
        atol=1e-12,
    )


@given(cases(), st.data())
def test_causal_outputs_do_not_depend_on_the_future(case, data):
    layer, x, memory, rng = case
    layer.causal = True
    now = data.draw(st.integers(0, x.shape[1] - 1))
    past = np.arange(memory.shape[1])[:, np.newaxis] <= now
    changed = np.where(past, memory, 100 * rng.standard_normal(memory.shape))
    y, other = layer.forward((x, memory)), layer.predict((x, changed))
    np.testing.assert_allclose(y[:, : now + 1], other[:, : now + 1], rtol=1e-10, atol=1e-12)
    grad = np.where(np.arange(x.shape[1])[:, np.newaxis] <= now, rng.standard_normal(x.shape), 0)
    _, of_memory = layer.backward(grad)
    assert (of_memory[:, now + 1 :] == 0).all()


@given(cases())
def test_a_mask_is_the_same_as_leaving_out(case):
    layer, x, memory, rng = case
    layer.causal = False
    mask = rng.random(memory.shape[:2]) < 0.6
    mask[:, 0] = True  # there are no sequences without steps
    y = layer.forward((x, memory, mask))
    _, of_memory, none = layer.backward(rng.standard_normal(x.shape))
    assert none is None
    assert (of_memory[~mask] == 0).all()
    for n in range(len(x)):
        alone = layer.predict((x[n : n + 1], memory[n : n + 1, mask[n]]))
        np.testing.assert_allclose(alone[0], y[n], rtol=1e-10, atol=1e-12)
    ones = mask.astype(np.int8)
    np.testing.assert_array_equal(layer.predict((x, memory, ones)), y)
    for_each = np.repeat(mask[:, np.newaxis], x.shape[1], axis=1)
    np.testing.assert_array_equal(layer.predict((x, memory, for_each)), y)


def test_a_step_to_which_all_is_hidden_gets_the_bias_alone(rng):
    layer = made(4, 2, rng)
    x, mask = rng.standard_normal((2, 3, 4)), np.ones((2, 3, 3), bool)
    mask[0, 1] = mask[1] = False
    y = layer.forward((x, mask))
    np.testing.assert_array_equal(y[0, 1], layer.output_bias.value)
    np.testing.assert_array_equal(y[1], np.tile(layer.output_bias.value, (3, 1)))
    grad, _ = layer.backward(np.ones_like(y))
    assert np.isfinite(grad).all()
    assert (grad[1] == 0).all()


@given(cases())
def test_the_gradient_has_the_form_of_the_input(case):
    layer, x, memory, rng = case
    grad, mask = rng.standard_normal(x.shape), np.ones(memory.shape[:2], bool)
    layer.forward((x, memory))
    of_x, of_memory = layer.backward(grad)
    layer.forward((x, memory, mask))
    for one, other in zip((of_x, of_memory, None), layer.backward(grad), strict=True):
        np.testing.assert_array_equal(one, other)
    if memory is x:
        layer.forward(x)
        np.testing.assert_array_equal(layer.backward(grad), of_x + of_memory)
        layer.forward((x, mask))
        of_both, none = layer.backward(grad)
        np.testing.assert_array_equal(of_both, of_x + of_memory)
        assert none is None


def test_large_scores_choose_the_best_key():
    layer = nn.MultiHeadAttention(2, 1)
    layer.weight.value[...] = np.hstack([1e10 * np.eye(2), 1e10 * np.eye(2), np.eye(2)])
    layer.output_weight.value[...] = np.eye(2)
    x = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, -3.0]]], np.float32)
    np.testing.assert_array_equal(layer.forward(x), x)
    assert np.isfinite(layer.backward(np.ones_like(x))).all()


def test_weights_begin_as_they_should():
    layer = nn.MultiHeadAttention(64, 4, rng=0)
    shapes = {path: parameter.value.shape for path, parameter in layer.named_parameters()}
    assert shapes == {
        "weight": (64, 192),
        "bias": (192,),
        "output_weight": (64, 64),
        "output_bias": (64,),
    }
    assert not layer.bias.decay
    assert not layer.output_bias.decay
    limit = math.sqrt(6 / 128)  # that of a Glorot uniform 64 x 64
    assert limit > np.abs(layer.weight.value).max() > 0.99 * limit
    twin = nn.MultiHeadAttention(64, 4, bias=False, rng=0)
    np.testing.assert_array_equal(twin.weight.value, layer.weight.value)
    assert len(twin.parameters()) == 2


@pytest.mark.parametrize(
    ("shape", "steps", "seen"),
    [
        ((5, 6), 5, 5),
        (((5, 6), (5,)), 5, 5),
        (((5, 6), (7, 6)), 5, 7),
        (((5, 6), (7, 6), (5, 7)), 5, 7),
    ],
)
def test_what_it_multiplies(shape, steps, seen):
    queries, keys_and_values, output = steps * 6 * 6, 2 * seen * 6 * 6, steps * 6 * 6
    scores = sums = 2 * steps * seen * 3  # two heads of size 3
    expected = queries + keys_and_values + output + scores + sums
    layer = nn.MultiHeadAttention(6, 2)
    assert layer.own_multiplications(*shape) == expected
    assert f" {expected:,}" in layer.summary(shape).splitlines()[3]
