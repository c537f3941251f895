"""Where mistakes are planted: in layers, losses and functions, and in what they call."""

import functools
import inspect

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import mutants
from tests.layers_for_tests import Scale
from tests.testing.functions.plain import affine_backward
from tests.testing.mutation.quick import results_stay

FACTOR = 3.0


def test_a_mutant_names_its_place():
    lines, first = inspect.getsourcelines(Scale)
    for mutant in mutants(Scale):
        if mutant.old:  # nothing was only added
            assert lines[mutant.line - first].strip() == mutant.old
        assert mutant.function in ("Scale.forward", "Scale.backward")
        assert mutant.old != mutant.new


def test_a_mistake_is_planted_for_a_while():
    layer, x = Scale(2), np.ones((1, 2))
    layer.gain.value[...] = 3
    doubled = next(m for m in mutants(Scale) if m.new == "return 2 * (grad * self.gain.value)")

    def gradient():
        layer.forward(x)
        return layer.backward(x).tolist()

    assert gradient() == [[3, 3]]
    with doubled.planted():
        assert gradient() == [[6, 6]]
    assert gradient() == [[3, 3]]
    with pytest.raises(KeyError), doubled.planted():
        raise KeyError
    assert gradient() == [[3, 3]]


def test_super_closures_private_names_and_helpers_keep_their_meaning():
    three = FACTOR

    class Base(nn.Layer):
        __factor = 2.0

        def forward(self, x):
            return x * (2 * FACTOR * three)

        def backward(self, grad):
            return self._times(grad) * three

        def _times(self, grad):
            return grad * self.__factor

    class Derived(Base):
        def backward(self, grad):
            return super().backward(grad) * FACTOR

    report = mutants(Derived, results_stay(Derived))
    assert not report.missed
    functions = {mutant.function.rpartition(".")[2] for mutant in report.found}
    assert sum("Base.backward" in mutant.function for mutant in report.found) > 5
    assert functions == {"forward", "backward", "_times"}


def test_a_helper_that_forward_uses_too_is_left_alone():
    class Square(nn.Layer):
        def forward(self, x):
            self.save_for_backward(x)
            return self._times(x, x)

        def backward(self, grad):
            return self._times(2 * grad, self.saved())

        def _times(self, x, y):
            return x * y

    assert not any("_times" in mutant.function for mutant in mutants(Square))


def test_the_slope_and_the_predict_of_a_layer_have_mistakes():
    class Cube(nn.Elementwise):
        def value(self, x):
            return x**3

        def slope(self, x, y):
            return 3 * x**2

        def predict(self, x):
            return x**3

    report = mutants(Cube, results_stay(Cube))
    assert {mutant.function.rpartition(".")[2] for mutant in report.found} == {"slope", "predict"}
    assert not report.missed


def test_a_loss_of_two_arguments_has_mistakes():
    class Squares(nn.Loss):
        def forward(self, prediction, target):
            self.save_for_backward(prediction - target)
            return float(((prediction - target) ** 2).mean())

        def backward(self, grad=1.0):
            difference = self.saved()
            return grad * 2 * difference / difference.size

    def test_squares():
        loss = Squares()
        loss.forward(np.array([4.0, 1.0]), np.array([1.0, 3.0]))
        assert loss.backward(0.5).tolist() == [1.5, -1]

    report = mutants(Squares(), test_squares)
    missed = {mutant.new for mutant in report.missed}
    assert "self.kept_for_backward = prediction - target" in missed
    assert "self.save_for_backward(prediction + target)" not in missed
    assert len(report.found) > 10


def test_a_plain_function_has_mistakes():
    x, w, dout = np.array([[1.0, 2.0]]), np.array([[3.0], [5.0]]), np.array([[2.0]])

    def test_affine():
        dx, dw, db = affine_backward(dout, (x, w))
        assert (dx.tolist(), dw.tolist(), db.tolist()) == ([[6, 10]], [[2], [4]], [2])

    report = mutants(affine_backward, test_affine)
    missed = {mutant.new for mutant in report.missed}
    assert "return dout @ w.T, x.T @ dout, dout.mean(axis=0)" in missed  # in a batch of one
    assert "return (dout @ w.T, -(x.T @ dout), dout.sum(axis=0))" not in missed


def test_a_decorated_function_has_the_mistakes_of_what_is_decorated():
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*arguments):
            return function(*arguments)

        return wrapper

    @decorate
    def doubled(grad):
        return 2 * grad

    def test_doubled():
        assert doubled(3.0) == 6.0

    report = mutants(doubled, test_doubled)
    assert "return 2 / grad" in [mutant.new for mutant in report.found]
    assert not report.not_run
    assert doubled(3.0) == 6.0


def test_code_without_source_is_refused():
    names = {"nn": nn}
    exec(
        "class Typed(nn.Layer):\n def forward(self, x): return x\n def backward(self, g): return g",
        names,
    )
    with pytest.raises(
        ValueError, match=r"found no source code of Typed\.\w+: define it with def, in a file"
    ):
        mutants(names["Typed"])


def test_methods_that_are_lambdas_are_refused():
    class Short(nn.Layer):
        forward = backward = lambda self, x: x

    with pytest.raises(ValueError, match="define it with def"):
        mutants(Short)


@pytest.mark.parametrize("layer", [3, np.exp, int, nn.SGD])
def test_only_layers_losses_and_functions_are_taken(layer):
    with pytest.raises(TypeError, match="expected a Layer, a Loss, the class of one, or a function"):
        mutants(layer)


def test_a_class_that_defines_nothing_is_refused():
    class Renamed(nn.ReLU):
        pass

    with pytest.raises(ValueError, match="nothing in Renamed to plant a mistake in"):
        mutants(Renamed)
