"""The methods of a layer: forward, backward and predict."""

import threading

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Embedding, Residual, Scale


def test_predict_computes_the_output_and_saves_nothing(rng):
    layer = Scale(3)
    x = rng.standard_normal((4, 3)).astype(np.float32)
    before = dict(vars(layer))
    np.testing.assert_array_equal(layer.predict(x), x * layer.gain.value)
    assert vars(layer) == before
    with pytest.raises(RuntimeError, match="backward without its forward"):
        layer.backward(x)


def test_predict_discards_attributes_that_forward_sets(rng):
    class Remembering(Scale):
        def forward(self, x):
            self.last = x
            return super().forward(x)

    layer = Remembering(3)
    layer.predict(np.ones((1, 3)))
    assert not hasattr(layer, "last")


def test_predict_does_not_disturb_a_pending_backward(rng):
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
def test_a_layer_with_more_than_parameters_must_define_predict(attribute, advice):
    class Holder(nn.Layer):
        def __init__(self, part):
            self.part = part

        def forward(self, x):
            return x

    with pytest.raises(NotImplementedError, match=f"Holder {advice}"):
        Holder(attribute).predict(np.ones((1, 1)))


def test_a_subclass_that_overrides_forward_must_override_an_inherited_predict():
    with pytest.raises(
        TypeError, match="Changed changes forward, but would inherit predict from Residual"
    ):

        class Changed(Residual):
            def forward(self, x):
                return 2 * x


def test_a_mixin_that_overrides_forward_requires_predict_too():
    class Doubling:
        def forward(self, x):
            return 2 * super().forward(x)

    with pytest.raises(TypeError, match="define predict in Changed too"):

        class Changed(Doubling, Residual):
            pass


def test_a_subclass_may_override_both_or_only_predict():
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


def test_backward_parameters_uses_an_overridden_backward():
    class Half(nn.Dense):
        def backward(self, grad):
            return super().backward(grad / 2)

    layer, plain = Half(2, 2, rng=0), nn.Dense(2, 2, rng=0)
    x = np.ones((1, 2))
    for each in (layer, plain):
        each.forward(x)
        each.backward_parameters(np.ones((1, 2)))
    np.testing.assert_allclose(layer.weight.grad, plain.weight.grad / 2)


def test_predict_gives_the_same_results_from_several_threads(rng):
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
def test_a_layer_without_a_method_says_which_to_define(verb):
    class Empty(nn.Layer):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty: define (forward|backward)"):
        getattr(Empty(), verb)(np.ones((1, 1)))


def test_integers_index_an_embedding():
    model = nn.Sequential(Embedding(5, 3), nn.Dense(3, 2))
    x = np.array([0, 4, 4])
    assert model.forward(x).shape == (3, 2)
    assert model.backward(np.ones((3, 2), np.float32)) is None
    np.testing.assert_array_equal(model[0].weight.grad[[1, 2, 3]], 0)


def test_a_layer_that_defines_call_is_told_to_define_forward():
    class FromKeras(nn.Layer):
        def call(self, x):
            return x

    with pytest.raises(NotImplementedError, match=r"define forward\(self, x\) instead of call$"):
        FromKeras().predict(np.ones(1))
