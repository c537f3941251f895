"""The edit of one line in functions with decorators, and beside static methods."""

import functools

import nnlayers as nn
from nnlayers.testing import check_function
from tests.testing.diagnosis.test_repair import repair_of


def times(factor):
    """A decorator that multiplies what a function returns."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*arguments):
            return factor * function(*arguments)

        return wrapper

    return decorate


class Cube(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x)
        return x**3


class Decorated(Cube):
    @times(1)
    def backward(self, grad):
        return grad * 2 * self.saved() ** 2


class WronglyDecorated(Cube):
    @times(2)
    def backward(self, grad):
        return grad * 3 * self.saved() ** 2


class WithStaticMethod(Cube):
    @staticmethod
    def square(x):
        return x**2

    def backward(self, grad):
        return grad * 2 * self.square(self.saved())


@times(1)
def decorated(x):
    return x**3


@times(1)
def decorated_backward(grad, x):
    return grad * 2 * x**2


@times(2)
def wrongly_decorated_backward(grad, x):
    return grad * 3 * x**2


def test_a_line_of_a_decorated_function_is_named():
    assert "reads `return grad * 3 * self.saved() ** 2`" in repair_of(Decorated, "N D")
    found = repair_of(decorated, decorated_backward, "N D", check=check_function)
    assert "reads `return grad * 3 * x ** 2`" in found


def test_a_line_is_named_beside_a_static_method():
    assert "reads `return grad * 3 * self.square(" in repair_of(WithStaticMethod, "N D")


def test_no_line_is_named_if_the_decorator_is_wrong():
    assert repair_of(WronglyDecorated, "N D") == ""
    assert repair_of(decorated, wrongly_decorated_backward, "N D", check=check_function) == ""
