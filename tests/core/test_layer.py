"""The contract of a layer: verbs, saved values, finding, copies, files."""

import copy
import pickle
import threading
import warnings

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center, Embedding, Residual, Scale

# predict


def test_predict_is_forward_without_a_trace(rng):
    layer = Scale(3)
    x = rng.standard_normal((4, 3)).astype(np.float32)
    before = dict(vars(layer))
    np.testing.assert_array_equal(layer.predict(x), x * layer.gain.value)
    assert vars(layer) == before
    with pytest.raises(RuntimeError, match="backward without its forward"):
        layer.backward(x)


def test_predict_forgets_what_forward_stores_by_itself(rng):
    class Remembering(Scale):
        def forward(self, x):
            self.last = x
            return super().forward(x)

    layer = Remembering(3)
    layer.predict(np.ones((1, 3)))
    assert not hasattr(layer, "last")


def test_predict_between_forward_and_backward_harms_neither(rng):
    layer, other = Scale(3), Scale(3)
    x, grad = rng.standard_normal((2, 4, 3))
    layer.forward(x)
    layer.predict(10 * x)
    other.forward(x)
    np.testing.assert_array_equal(layer.backward(grad), other.backward(grad))
    np.testing.assert_array_equal(layer.gain.grad, other.gain.grad)


@pytest.mark.parametrize(
    ("attribute", "advice"),
    [
        (
            nn.ReLU(),
            "holds layers: define predict, usually forward with `predict` in place of `forward`",
        ),
        ([nn.ReLU()], "holds layers"),
        (np.random.default_rng(0), "holds a Generator: define predict"),
        (nn.State(0.0), "holds a State: define predict"),
    ],
)
def test_a_layer_that_holds_more_than_parameters_must_define_predict(attribute, advice):
    class Holder(nn.Layer):
        def __init__(self, part):
            self.part = part

        def forward(self, x):
            return x

    with pytest.raises(NotImplementedError, match=f"Holder {advice}"):
        Holder(attribute).predict(np.ones((1, 1)))


def test_a_subclass_that_changes_forward_below_a_predict_must_define_predict():
    with pytest.raises(
        TypeError, match="Changed changes forward, but would inherit predict from Residual"
    ):

        class Changed(Residual):
            def forward(self, x):
                return 2 * x


def test_a_mixin_that_changes_forward_is_noticed_too():
    class Doubling:
        def forward(self, x):
            return 2 * super().forward(x)

    with pytest.raises(TypeError, match="define predict in Changed too"):

        class Changed(Doubling, Residual):
            pass


def test_a_subclass_may_change_both_or_only_predict():
    class Both(Residual):
        def forward(self, x):
            return x

        def predict(self, x):
            return x

    class Only(Residual):
        def predict(self, x):
            return 0 * x

    class Below(Scale):
        def forward(self, x):
            return 2 * super().forward(x)

    assert Both(nn.ReLU()).predict(1) == 1
    assert Only(nn.ReLU()).predict(1) == 0
    assert Below(1).predict(np.ones((1, 1))) == 2


def test_a_redefined_backward_is_what_backward_parameters_uses():
    class Half(nn.Dense):
        def backward(self, grad):
            return super().backward(grad / 2)

    layer, plain = Half(2, 2, rng=0), nn.Dense(2, 2, rng=0)
    x = np.ones((1, 2))
    for each in (layer, plain):
        each.forward(x)
        each.backward_parameters(np.ones((1, 2)))
    np.testing.assert_allclose(layer.weight.grad, plain.weight.grad / 2)


def test_predict_from_several_threads_gives_what_one_gives(rng):
    model = nn.Sequential(
        nn.Dense(8, 16, rng=rng), nn.ReLU(), nn.Dropout(0.5, rng=rng), nn.Dense(16, 4, rng=rng)
    )
    inputs = rng.standard_normal((8, 5, 8)).astype(np.float32)
    expected = [model.predict(x) for x in inputs]
    results = {}

    def work(index):
        results[index] = [model.predict(inputs[index]) for _ in range(50)]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    model.forward(inputs[0])
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, outputs in results.items():
        for output in outputs:
            np.testing.assert_array_equal(output, expected[index])
    assert model.backward(np.ones((5, 4), np.float32)).shape == (5, 8)


@pytest.mark.parametrize("verb", ["forward", "backward", "predict"])
def test_a_layer_without_its_verbs_says_which_to_define(verb):
    class Empty(nn.Layer):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty: define (forward|backward)"):
        getattr(Empty(), verb)(np.ones((1, 1)))


# Saved values


def test_saved_gives_back_one_value_or_a_tuple_or_a_list():
    layer = nn.ReLU()
    layer.save_for_backward(1)
    layer.save_for_backward(1, 2)
    layer.save_for_backward([1, 2, 3])
    assert layer.saved() == [1, 2, 3]
    assert layer.saved() == (1, 2)
    assert layer.saved() == 1


def test_forwards_are_undone_last_first(rng):
    layer = Scale(2)
    first, second = rng.standard_normal((2, 3, 2))
    layer.forward(first)
    layer.forward(second)
    layer.backward(np.ones((3, 2)))
    np.testing.assert_allclose(layer.gain.grad, second.sum(axis=0), rtol=1e-6)
    layer.backward(np.ones((3, 2)))
    np.testing.assert_allclose(layer.gain.grad, (first + second).sum(axis=0), rtol=1e-6)


def test_clear_saved_empties_the_whole_network():
    model = nn.Sequential(Residual(nn.Dense(2, 2)), nn.ReLU())
    model.forward(np.ones((1, 2)))
    model.clear_saved()
    for layer in (model, model[0].body, model[1]):
        with pytest.raises(RuntimeError, match="nothing is saved"):
            layer.backward(np.ones((1, 2)))


def test_more_than_a_thousand_pending_forwards_give_one_warning():
    layer = nn.ReLU()
    x = np.ones((1, 1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(1_000):
            layer.forward(x)
        assert not caught
        for _ in range(500):
            layer.forward(x)
    assert [warning.category for warning in caught] == [ResourceWarning]
    assert "call predict" in str(caught[0].message)


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_and_pickles_have_no_saved_values(twin):
    layer, loss = nn.ReLU(), nn.MeanSquaredError()
    layer.forward(np.ones((1, 1)))
    loss.forward(np.ones((1, 1)), np.ones((1, 1)))
    with pytest.raises(RuntimeError):
        twin(layer).backward(np.ones((1, 1)))
    with pytest.raises(RuntimeError):
        twin(loss).backward()
    layer.backward(np.ones((1, 1)))
    loss.backward()


# Finding


def test_what_a_layer_holds_is_found_in_attributes_lists_tuples_and_dicts():
    class Holder(nn.Layer):
        def __init__(self):
            self.name = "no parameter"
            self.b = nn.Parameter(1.0)
            self.a = [nn.Parameter(2.0), (nn.Parameter(3.0), "neither")]
            self.heads = {"left": nn.Dense(1, 1, bias=False), "right": nn.State(4.0)}
            self.rng = np.random.default_rng(0)

    layer = Holder()
    assert [path for path, _ in layer.named_parts()] == [
        "b", "a.0", "a.1.0", "heads.left", "heads.left.weight", "heads.right", "rng",
    ]  # fmt: skip
    assert [path for path, _ in layer.named_parameters()] == ["b", "a.0", "a.1.0", "heads.left.weight"]
    assert list(layer.state_dict()) == ["b", "a.0", "a.1.0", "heads.left.weight", "heads.right"]


def test_a_shared_object_is_found_once():
    shared = nn.Dense(2, 2)
    model = nn.Sequential(shared, Residual(shared))
    assert [path for path, _ in model.named_parameters()] == ["layers.0.weight", "layers.0.bias"]


def test_two_objects_with_one_path_are_refused():
    class Holder(nn.Layer):
        def __init__(self):
            self.part = {1: nn.Parameter(1.0), "1": nn.Parameter(2.0)}

    with pytest.raises(ValueError, match=r"two objects with the path 'part.1'"):
        Holder().parameters()


def test_a_layer_that_holds_its_holder_is_refused():
    inner = Residual(None)
    outer = Residual(inner)
    inner.body = outer
    with pytest.raises(ValueError, match=r"Residual contains itself, at body\.body"):
        outer.parameters()


# Copies and files


def test_astype_gives_a_converted_copy_without_gradients():
    model = nn.Sequential(nn.Dense(2, 2), Center(2))
    model.backward(model.forward(np.ones((1, 2))))
    twin = model.astype(np.float64)
    assert {array.dtype for array in twin.state_dict().values()} == {np.dtype(np.float64)}
    assert {array.dtype for array in model.state_dict().values()} == {np.dtype(np.float32)}
    assert all(parameter.grad is None for parameter in twin.parameters())
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert twin.predict(np.ones((1, 2), np.float32)).dtype == np.float64


def test_astype_refuses_what_is_not_floating():
    with pytest.raises(TypeError, match="expected a floating dtype, got int64"):
        nn.Dense(2, 2).astype(np.int64)


def test_astype_keeps_integers():
    class Counting(nn.Layer):
        def __init__(self):
            self.count = nn.State(0)

    assert Counting().astype(np.float64).count.value.dtype == np.asarray(0).dtype


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_shares_nothing_but_keeps_what_was_shared(twin):
    shared = nn.Dense(2, 2)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    other = twin(model)
    assert other[0] is other[2]
    assert not np.shares_memory(other[0].weight.value, shared.weight.value)
    np.testing.assert_array_equal(model.predict(np.ones((1, 2))), other.predict(np.ones((1, 2))))


def test_state_dict_is_a_copy_that_load_state_dict_takes_back():
    model = nn.Sequential(nn.Dense(2, 2, rng=0), Center(2))
    weights = model[0].weight.value.copy()
    state = model.state_dict()
    assert not any(
        np.shares_memory(value, s.value)
        for (_, s), value in zip(model.named_states(), state.values(), strict=True)
    )
    model[0].weight.value[...] = 0
    model[1].mean.value = [5, 5]
    model.load_state_dict(state)
    np.testing.assert_array_equal(model[0].weight.value, weights)
    np.testing.assert_array_equal(model[1].mean.value, [0, 0])
    state["layers.0.weight"][...] = 7
    np.testing.assert_array_equal(model[0].weight.value, weights)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda s: s.pop("weight"), ValueError, r"no value for \['weight'\]"),
        (lambda s: s.update(gain=np.ones(1)), ValueError, r"Dense has no \['gain'\]"),
        (
            lambda s: s.update(bias=np.ones((1, 2))),
            ValueError,
            r"expected a value for 'bias' of shape \(2,\), got \(1, 2\)",
        ),
        (
            lambda s: s.update(bias=np.ones(2, complex)),
            TypeError,
            "expected a value for 'bias' like float32",
        ),
        (lambda s: s.update(bias=["a", "b"]), TypeError, "expected a value for 'bias' like float32"),
    ],
)
def test_load_state_dict_is_strict_and_changes_nothing_on_failure(change, error, match):
    layer = nn.Dense(2, 2, rng=0)
    before = layer.state_dict()
    other = nn.Dense(2, 2, rng=1).state_dict()
    change(other)
    with pytest.raises(error, match=match):
        layer.load_state_dict(other)
    np.testing.assert_array_equal(layer.weight.value, before["weight"])


def test_weights_survive_a_file(tmp_path):
    model = nn.Sequential(nn.Dense(2, 3, rng=0), Center(3))
    model.forward(np.ones((2, 2)))
    model.save_weights(tmp_path / "weights.npz")
    other = nn.Sequential(nn.Dense(2, 3, rng=1), Center(3))
    other.load_weights(tmp_path / "weights.npz")
    assert other.state_dict().keys() == model.state_dict().keys()
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value, other.state_dict()[path])


def test_integers_index_an_embedding():
    model = nn.Sequential(Embedding(5, 3), nn.Dense(3, 2))
    x = np.array([0, 4, 4])
    assert model.forward(x).shape == (3, 2)
    assert model.backward(np.ones((3, 2), np.float32)) is None
    np.testing.assert_array_equal(model[0].weight.grad[[1, 2, 3]], 0)
