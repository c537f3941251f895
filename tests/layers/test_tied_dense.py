"""TiedDense."""

import copy
import pickle

import numpy as np
import pytest

import nnlayers as nn


def language_model(rng=0, **options):
    embedding = nn.Embedding(5, 4, rng=rng)
    return nn.Sequential(embedding, nn.Dense(4, 4, rng=1), nn.TiedDense(embedding, **options))


def test_scores_are_products_with_the_rows_of_the_embedding(rng):
    embedding = nn.Embedding(5, 4, rng=0).astype(np.float64)
    layer = nn.TiedDense(embedding)
    layer.bias.convert(np.float64)
    layer.bias.value[...] = rng.standard_normal(5)
    x, grad = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 5))
    expected = x @ embedding.weight.value.T + layer.bias.value
    np.testing.assert_allclose(layer.forward(x), expected, atol=1e-14)
    np.testing.assert_allclose(layer.predict(x), expected, atol=1e-14)
    np.testing.assert_allclose(layer.backward(grad), grad @ embedding.weight.value, atol=1e-14)
    np.testing.assert_allclose(embedding.weight.grad, np.einsum("ntk,ntd->kd", grad, x), atol=1e-14)
    np.testing.assert_allclose(layer.bias.grad, grad.sum(axis=(0, 1)), atol=1e-14)


def test_both_places_have_one_weight():
    model = language_model()
    assert [path for path, _ in model.named_parameters()] == [
        "layers.0.weight", "layers.1.weight", "layers.1.bias", "layers.2.bias",
    ]  # fmt: skip
    model.forward(np.array([[0, 1]]))
    model.backward_parameters(np.ones((1, 2, 5), np.float32))
    both = model[0].weight.grad
    assert both[:2].any()
    assert both[2:].any()  # of integers that were not in the input: from the output alone


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), lambda m: m.astype("f8")]
)
def test_copies_share_their_own_weight(copied):
    model = language_model()
    twin = copied(model)
    assert twin[2].embedding is twin[0] is not model[0]
    np.testing.assert_allclose(twin.predict([[1, 2]]), model.predict([[1, 2]]), rtol=1e-6)
    twin[0].weight.value[...] = 0
    assert not twin.predict([[1, 2]]).any()
    assert model.predict([[1, 2]]).any()


def test_a_file_has_the_weight_once(tmp_path):
    model, other = language_model(), language_model(rng=7)
    model.save_weights(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as arrays:
        assert sum(arrays[name].shape == (5, 4) for name in arrays.files) == 1
    other.load_weights(tmp_path / "model.npz")
    np.testing.assert_array_equal(other.predict([[1, 2]]), model.predict([[1, 2]]))


def test_a_tied_model_learns():
    model = language_model()
    optimizer, loss = nn.Adam(model.parameters(), lr=0.1), nn.SoftmaxCrossEntropy()
    x = np.array([[0, 1, 2, 3, 4]])
    for _ in range(100):
        value = loss.forward(model.forward(x), (x + 1) % 5)
        model.backward_parameters(loss.backward())
        optimizer.step()
    assert value < 0.05


def test_the_bias_of_a_tied_layer_can_be_left_out():
    layer = nn.TiedDense(nn.Embedding(5, 4), bias=False)
    assert layer.bias is None
    assert layer.forward(np.ones((2, 4))).shape == (2, 5)
    layer.backward(np.ones((2, 5)))


def test_what_a_tied_layer_is_given():
    with pytest.raises(TypeError, match=r"TiedDense: expected an Embedding, got Dense\(4, 5\)"):
        nn.TiedDense(nn.Dense(4, 5))
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 4\), got \(2, 5\)"):
        nn.TiedDense(nn.Embedding(5, 4)).predict(np.ones((2, 5)))
    with pytest.raises(ValueError, match=r"layer 2, TiedDense.*cannot follow layer 1, Dense"):
        nn.Sequential(embedding := nn.Embedding(5, 4), nn.Dense(4, 3), nn.TiedDense(embedding))


def test_the_summary_counts_the_weight_once():
    lines = language_model().summary((3,)).splitlines()
    counts = [line.rsplit(maxsplit=3)[1] for line in [*lines[3:6], lines[7]]]
    assert counts == ["20", "20", "5", "45"]
