"""for_inference: a layer whose forward is the inference pass of another one."""

import copy

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_layer, directional_derivative
from nnlayers.testing.shapes import Shapes, size_names
from tests.layers_for_tests import Center, Scale
from tests.layers_for_tests import Residual as UsersResidual
from tests.test_gradients import LAYERS


class Subtract(nn.Layer):
    """y = x - mean, a constant."""

    def __init__(self, mean):
        self.mean = mean

    def forward(self, x):
        return self.predict(x)

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad

    def for_inference(self):
        return self


class KnownCenter(Center):
    def for_inference(self):
        return Subtract(self.mean)


class Noise(nn.Layer):
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        return x + self.rng.standard_normal(x.shape)

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad


def mixed():
    """Dropout, running statistics and a branch, in float64."""
    body = UsersResidual(nn.Sequential(nn.Dense(4, 4, rng=0), KnownCenter(4), nn.Dropout(0.5, rng=1)))
    model = nn.Sequential(nn.Dense(3, 4, rng=2), body, nn.Dropout(0.3, rng=3), nn.Dense(4, 2, rng=4))
    model.forward(np.random.default_rng(5).standard_normal((6, 3)))  # moves the mean
    model.clear_saved()
    return model.astype(np.float64)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_forward_is_the_inference_pass_of_every_layer(layer, shape, rng):
    made = layer(**dict.fromkeys(size_names(layer), 3)).astype(np.float64)
    shapes = Shapes(shape, size_names(layer), "test")
    x = rng.standard_normal(shapes.of(dict.fromkeys(shapes.names, 3)))
    fixed = made.for_inference()
    np.testing.assert_array_equal(fixed.forward(x), made.predict(x))
    np.testing.assert_array_equal(fixed.predict(x), made.predict(x))
    assert fixed.parameters() == made.parameters()


def test_its_gradients_are_those_of_predict(rng):
    model = mixed()
    before = model.state_dict()
    check_layer(lambda: copy.deepcopy(model).for_inference(), (3,))
    x, direction = rng.standard_normal((2, 5, 3))
    fixed = model.for_inference()
    y = fixed.forward(x)
    np.testing.assert_array_equal(y, model.predict(x))
    slope = directional_derivative(lambda x: (model.predict(x) ** 2).sum(), x, direction)
    assert np.vdot(fixed.backward(2 * y), direction) == pytest.approx(slope.value)
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_it_trains_the_parameters_of_the_model(rng):
    model = mixed()
    fixed = model.for_inference()
    assert fixed.parameters() == model.parameters()
    mean = model[1].body[1].mean.value.copy()
    x, y = rng.standard_normal((20, 3)), rng.standard_normal((20, 2))
    loss = nn.MeanSquaredError()
    before = loss.evaluate(model.predict(x), y)
    trainer = nn.Trainer(fixed, loss, nn.SGD(fixed.parameters(), lr=0.1))
    trainer.fit(x, y, epochs=20, rng=0, progress=False)
    assert loss.evaluate(model.predict(x), y) < before
    np.testing.assert_array_equal(model[1].body[1].mean.value, mean)


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (Center(3), r"^Center holds a State: define for_inference\(self\)"),
        (nn.Sequential(nn.ReLU(), Noise()), r"^Noise, at layers\.1, holds a Generator: define"),
    ],
)
def test_a_layer_that_does_not_say_how_is_refused(layer, match):
    with pytest.raises(NotImplementedError, match=match):
        layer.for_inference()


def test_a_subclass_with_another_forward_does_not_inherit_it():
    class Halved(nn.Dropout):
        def forward(self, x):
            return super().forward(x) / 2

        def predict(self, x):
            return x / 2

    with pytest.raises(NotImplementedError, match=r"Halved, at layers\.0, holds a Generator"):
        nn.Sequential(Halved(0.5)).for_inference()


def test_a_layer_may_extend_what_the_base_class_does():
    class Named(Scale):
        def for_inference(self):
            fixed = super().for_inference()
            fixed.note = "fixed"
            return fixed

    layer = nn.Sequential(Named(2))
    fixed = layer.for_inference()
    assert fixed[0].note == "fixed"
    assert fixed.parameters() == layer.parameters()


def test_one_layer_in_two_places_stays_one_layer(rng):
    shared = nn.Dense(3, 3, rng=0)
    fixed = nn.Sequential(shared, nn.Dropout(0.5), shared).for_inference()
    assert fixed[0] is fixed[2]
    check_layer(lambda: copy.deepcopy(fixed).astype(np.float64), (3,))


def test_forward_of_a_frozen_layer_does_not_move_its_statistics(rng):
    model = nn.Sequential(nn.Dense(3, 3, rng=0), Center(3))
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 3))
    model.forward(x)
    model.clear_saved()
    mean = model[1].mean.value.copy()
    model[1].trainable = False
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(x, y, epochs=3, rng=0, progress=False)
    np.testing.assert_array_equal(model[1].mean.value, mean)
