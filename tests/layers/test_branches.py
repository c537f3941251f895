"""Residual, Fork and Parallel."""

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Embedding, pending


@pytest.fixture
def x(rng):
    return rng.standard_normal((5, 3)).astype(np.float32)


def dense(features_in=3, features_out=3):
    return nn.Dense(features_in, features_out, rng=0)


def test_a_residual_adds_its_input(x):
    inner = [nn.Dense(3, 4, rng=0), nn.ReLU(), nn.Dense(4, 3, rng=1)]
    layer = nn.Residual(*inner)
    body = nn.Sequential(*inner)
    np.testing.assert_array_equal(layer.forward(x), x + body.predict(x))
    np.testing.assert_array_equal(layer.predict(x), x + body.predict(x))
    body.forward(x)
    grad = np.ones_like(x)
    np.testing.assert_allclose(layer.backward(grad), grad + body.backward(grad))
    assert not any(pending(layer))


def test_a_residual_that_changes_the_shape_is_rejected_when_it_is_built():
    with pytest.raises(ValueError, match=r"Residual: expected layers whose output has the shape"):
        nn.Residual(nn.Dense(3, 4))
    with pytest.raises(ValueError, match="Residual: expected layers whose output"):
        nn.Sequential(nn.Dense(2, 3), nn.Residual(nn.ReLU(), nn.Dense(3, 4)))


def test_a_residual_of_unknown_shape_is_checked_in_the_pass_and_leaves_nothing(x):
    class Doubled(nn.Layer):
        def forward(self, x):
            self.save_for_backward(x)
            return np.concatenate([x, x], axis=1)

    layer = nn.Residual(nn.ReLU(), Doubled())
    with pytest.raises(ValueError, match=r"\(N, 3\), got \(N, 6\)"):
        layer.forward(x)
    assert not any(pending(layer))


def test_residuals_of_integers_do_not_become_float64():
    assert nn.Residual(nn.ReLU()).predict(np.arange(6).reshape(2, 3)).dtype == np.float32


def test_containers_are_indexed_and_sliced():
    layer = nn.Residual(dense(), nn.ReLU(), dense())
    assert len(layer) == 3
    assert isinstance(layer[:1], nn.Residual)
    fork = nn.Fork(dense(), nn.ReLU())
    assert fork[1] is fork.layers[1]
    assert list(fork) == list(fork.layers)


def test_a_fork_gives_each_layer_the_same_input(x):
    first, second = dense(3, 2), nn.ReLU()
    fork = nn.Fork(first, second)
    for verb in ("forward", "predict"):
        y = getattr(fork, verb)(x)
        assert isinstance(y, tuple)
        np.testing.assert_array_equal(y[0], first.predict(x))
        np.testing.assert_array_equal(y[1], second.predict(x))
    grads = np.ones((5, 2), np.float32), np.full((5, 3), 2, np.float32)
    expected = grads[0] @ first.weight.value.T + 2 * (x > 0)
    np.testing.assert_allclose(fork.backward(grads), expected, rtol=1e-6)
    assert not any(pending(fork))


def test_one_layer_may_stand_twice_in_a_fork(x):
    shared = dense(3, 2)
    fork = nn.Fork(shared, shared)
    one, two = np.ones((5, 2), np.float32), np.full((5, 2), 3, np.float32)
    fork.forward(x)
    found = fork.backward((one, two))
    np.testing.assert_allclose(found, (one + two) @ shared.weight.value.T, rtol=1e-6)
    np.testing.assert_allclose(shared.weight.grad, x.T @ (one + two), rtol=1e-5)


def test_parallel_layers_have_an_input_each(x, rng):
    other = rng.standard_normal((5, 2)).astype(np.float32)
    layers = dense(3, 4), dense(2, 4)
    parallel = nn.Parallel(*layers)
    for verb in ("forward", "predict"):
        y = getattr(parallel, verb)((x, other))
        for layer, found, given in zip(layers, y, (x, other), strict=True):
            np.testing.assert_array_equal(found, layer.predict(given))
    grad = np.ones((5, 4), np.float32)
    found = parallel.backward((grad, 2 * grad))
    np.testing.assert_allclose(found[0], grad @ layers[0].weight.value.T, rtol=1e-6)
    np.testing.assert_allclose(found[1], 2 * grad @ layers[1].weight.value.T, rtol=1e-6)


def test_integers_stand_beside_floats(x):
    model = nn.Sequential(
        nn.Parallel(Embedding(5, 2), nn.Dense(3, 2, rng=0)), nn.Concatenate(), nn.Dense(4, 1, rng=1)
    )
    indices = np.array([0, 4, 4, 1, 2])
    y = model.forward((indices, x.astype(np.float64)))
    assert y.dtype == np.float32
    to_indices, to_x = model.backward(np.ones_like(y))
    assert to_indices is None
    assert to_x.shape == x.shape
    assert "Parallel" in model.summary()


def test_a_mask_passes_beside_its_sequence(x):
    mask = np.array([True, False, True, True, False])
    model = nn.Parallel(nn.Dense(3, 3, rng=0), nn.Identity())
    y, passed = model.predict((x, mask))
    assert passed is mask
    assert y.shape == x.shape


def test_input_is_converted_once_for_all_branches(x):
    for model in (nn.Fork(nn.ReLU(), dense()), nn.Residual(nn.ReLU(), dense())):
        y = model.predict(x.astype(np.float64))
        assert {np.asarray(part).dtype for part in y} == {np.dtype(np.float32)}


@pytest.mark.parametrize("verb", ["forward", "predict"])
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        (
            np.ones((5, 3)),
            TypeError,
            r"Parallel: expected a tuple of 2, got an array of shape \(5, 3\)",
        ),
        (
            (np.ones((5, 3)),),
            ValueError,
            r"a tuple of 2, one for each layer, got a tuple of 1 \(an array of shape \(5, 3\)\)",
        ),
    ],
)
def test_another_structure_is_rejected_with_both_named(verb, x, error, match):
    with pytest.raises(error, match=match):
        getattr(nn.Parallel(dense(), dense()), verb)(x)


def test_gradients_of_another_structure_are_rejected(x):
    for layer, given in ((nn.Fork(dense(), dense()), x), (nn.Parallel(dense(), dense()), (x, x))):
        layer.forward(given)
        with pytest.raises(TypeError, match=r"backward: expected a tuple of 2, got an array of shape"):
            layer.backward(np.ones((5, 3)))
        layer.backward((x, x))  # the forward is still pending


@pytest.mark.parametrize("container", [nn.Fork, nn.Parallel, nn.Residual])
def test_what_fails_in_a_branch_is_named_and_dropped(container, x):
    layer = container(nn.ReLU(), nn.Dropout(0.5), nn.ReLU())
    given = (x, x, x) if container is nn.Parallel else x
    layer.layers[1].rng = None
    with pytest.raises(AttributeError) as info:
        layer.forward(given)
    assert info.value.__notes__ == ["in layers.1, Dropout"]
    assert not any(pending(layer))


@pytest.mark.parametrize("container", [nn.Fork, nn.Parallel, nn.Residual])
def test_only_layers_are_contained(container):
    with pytest.raises(TypeError, match=f"{container.__name__}: expected a Layer at place 0, got 3"):
        container(3)
    with pytest.raises(ValueError, match="expected at least one layer"):
        container()


def test_backward_parameters_reaches_all_branches(x):
    build = [
        lambda: nn.Residual(dense(), nn.ReLU()),
        lambda: nn.Sequential(nn.Fork(dense(), nn.Sequential(nn.ReLU(), dense())), nn.Add()),
    ]
    for make in build:
        full, short = make(), make()
        for model in (full, short):
            model.forward(x)
        full.backward(x)
        assert short.backward_parameters(x) is None
        for expected, found in zip(full.parameters(), short.parameters(), strict=True):
            np.testing.assert_allclose(found.grad, expected.grad)
        assert not any(pending(short))


def test_gradients_of_branches_are_never_broadcast(x):
    class Summed(nn.Layer):
        def forward(self, x):
            return x

        def backward(self, grad):
            return grad.sum(axis=1, keepdims=True)

    fork = nn.Fork(nn.Identity(), Summed())
    fork.forward(x)
    with pytest.raises(ValueError, match=r"two gradients of one input, of one shape, got .* \(5, 1\)"):
        fork.backward((x, x))
    residual = nn.Residual(Summed())
    residual.forward(x)
    with pytest.raises(ValueError, match="two gradients of one input"):
        residual.backward(x)


def test_a_branch_that_does_not_take_the_others_input_is_named_when_it_is_built():
    with pytest.raises(ValueError, match=r"Dense\(4, 2\): expected input of shape") as info:
        nn.Fork(nn.Dense(3, 2), nn.Dense(4, 2))
    assert info.value.__notes__ == ["in layers.1, Dense"]
    with pytest.raises(
        ValueError, match=r"number of features, got LSTM\(3, 2\) for 3 and GRU\(4, 2\) for 4$"
    ):
        nn.Fork(nn.LSTM(3, 2), nn.GRU(4, 2))


def test_a_residual_whose_sum_fails_blames_no_layer(x):
    class Doubled(nn.Layer):
        def forward(self, x):
            return np.concatenate([x, x], axis=1)

    with pytest.raises(ValueError, match=r"or use Fork\(layers, projection\) and") as info:
        nn.Residual(Doubled()).forward(x)
    assert not hasattr(info.value, "__notes__")


def test_integers_joined_with_floats_take_their_dtype(x):
    integers = np.ones((5, 3), int)
    for layer in (nn.Concatenate(), nn.Add()):
        for dtype in (np.float16, np.float32, np.float64):
            assert layer.predict((x.astype(dtype), integers)).dtype == dtype


def test_branches_for_sequences_fit_beside_branches_for_anything():
    layer = nn.Fork(nn.Dense(3, 2), nn.LSTM(3, 2))
    assert layer.input_shape is None
    assert [y.shape for y in layer.predict(np.ones((4, 5, 3)))] == [(4, 5, 2)] * 2
    with pytest.raises(ValueError, match=r"LSTM\(4, 2\): expected input of shape \(N, T, 4\)"):
        nn.Fork(nn.Dense(3, 2), nn.LSTM(4, 2))
