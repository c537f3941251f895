"""Exact checks on tuples of arrays, on losses, at large values."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import each
from nnlayers.testing import ContractError, check_function, check_layer, check_loss
from nnlayers.testing.contract import CHECKS, available
from tests.layers_for_tests import Scale


def broken(check, subject, shape="N D", **options):
    """The words of a check that fails."""
    with pytest.raises(ContractError) as caught:
        check_layer(subject, shape, checks=check, **options)
    assert caught.value.check == check
    return " ".join(str(caught.value).split())


def broken_loss(check, loss, prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D))):
    """The words of a check of a loss that fails."""
    with pytest.raises(ContractError) as caught:
        check_loss(loss, prediction=prediction, target=target, checks=check)
    assert caught.value.check == check
    return " ".join(str(caught.value).split())


# The table


def test_every_check_says_what_it_guards_against():
    for check in CHECKS.values():
        assert check.guards_against.endswith(".")


def test_what_says_more_comes_first():
    first = ["registered", "shapes", "repeatable", "precision", "value", "accumulation"]
    for kind in ("layer", "loss"):
        assert available(kind)[:6] == first
    assert available("network") == ["value"]
    assert {"linear", "order", "layouts", "large_values"} < set(available("function"))
    assert not {"precision", "empty_batch", "copies", "predict"} & set(available("function"))


# Tuples of arrays


class Fork(nn.Layer):
    """y = (a x0, (x0 + x1, integers))"""

    def __init__(self, D):
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        first, second = x
        self.save_for_backward(first)
        return self.a.value * first, (first + second, (first > 0).astype(int))

    def backward(self, grad):
        first = self.saved()
        one, (two, _) = grad
        self.a.add_grad((one * first).sum(axis=0))
        return self.a.value * one + two, two


def test_tuples_go_in_and_come_out():
    report = check_layer(Fork, "N D, N D")
    assert report.verified == {"input[0]", "input[1]", "a"}


def in_float64(array):
    return array.astype(np.float64)


def without_the_second(array):
    """The element that is the second in memory is subtracted"""
    return array - array.ravel(order="K")[min(1, array.size - 1)]


@pytest.mark.parametrize(
    ("methods", "check", "message"),
    [
        (
            {"forward": lambda self, x: Fork.forward(self, (x[0], np.square(x[1], out=x[1])))},
            "arguments",
            "forward modifies its argument",
        ),
        (
            {"backward": lambda self, grad: [g * np.abs(g) for g in Fork.backward(self, grad)]},
            "shapes",
            "backward returns a list of 2, expected a tuple of 2 gradients",
        ),
        (
            {"backward": lambda self, grad: tuple(g * np.abs(g) for g in Fork.backward(self, grad))},
            "linear",
            "2 times the upstream gradient does not give 2 times the gradient of 'input[0]'",
        ),
        (
            {"forward": lambda self, x: each(in_float64, Fork.forward(self, x))},
            "float32",
            "float32 input gives float64 output",
        ),
        (
            {"predict": lambda self, x: (x[0], (x[0], x[1]))},
            "predict",
            "predict differs from forward, although the layer holds no Generator and no State",
        ),
        (
            {"forward": lambda self, x: Fork.forward(self, each(without_the_second, x))},
            "layouts",
            "input gives a different output",
        ),
    ],
)
def test_what_is_wrong_with_tuples_is_found(methods, check, message):
    methods = {"predict": nn.Layer.predict, **methods}
    wrong = type("Wrong", (Fork,), methods)
    assert message in broken(check, wrong, "N D, N D")


def test_kept_outputs_in_a_tuple_are_found():
    class Keeps(nn.Layer):
        """It returns the same array each time"""

        def forward(self, x):
            if getattr(self, "kept", np.zeros(0)).shape != x.shape:
                self.kept = np.zeros_like(x)
            self.kept[...] = x
            return x.copy(), self.kept

        def backward(self, grad):
            return grad[0] + grad[1]

    assert "a later pass overwrites an array that an earlier one returned: the output" in broken(
        "results", Keeps
    )


def test_inputs_that_are_no_batches_are_not_emptied():
    class Product(nn.Layer):
        """y = x m, where all samples have one matrix"""

        def forward(self, x):
            self.save_for_backward(*x)
            return x[0] @ x[1]

        def backward(self, grad):
            x, m = self.saved()
            return grad @ m.T, x.T @ grad

    assert "empty_batch" not in check_layer(Product, "N D, D K").not_applicable


# Large values


class LogDeterminant(nn.Layer):
    """y = log det(I + x x')"""

    def forward(self, x):
        a = np.eye(x.shape[1], dtype=x.dtype) + x @ x.swapaxes(1, 2)
        self.save_for_backward(x, a)
        return np.linalg.slogdet(a)[1]

    def backward(self, grad):
        x, a = self.saved()
        return grad[:, None, None] * 2 * np.linalg.solve(a, x)


def test_a_singular_matrix_of_large_values_is_no_overflow():
    for seed in range(5):
        check_layer(LogDeterminant, "N T D", seed=seed)


def test_it_is_said_what_large_values_were_fed():
    class Naive(nn.Layer):
        """y = exp(x) / sum exp(x)"""

        def forward(self, x):
            e = np.exp(x)
            y = e / e.sum(axis=1, keepdims=True)
            self.save_for_backward(y)
            return y

        def backward(self, grad):
            y = self.saved()
            return y * (grad - (grad * y).sum(axis=1, keepdims=True))

    words = broken("large_values", Naive)
    assert "10,000 times the input, in float32, gives NaN in the output" in words

    class Refuses(nn.ReLU):
        def forward(self, x):
            if np.abs(x).max(initial=0) > 100:
                raise ValueError("too large")
            return super().forward(x)

        predict = nn.ReLU.predict

    words = broken("large_values", Refuses)
    assert "10,000 times the input, in float32, gives ValueError: too large. If the layer" in words
    check_layer(Refuses, "N D", values=lambda rng, shape: rng.uniform(-9, 9, shape))

    class Singular(LogDeterminant):
        """It inverts a matrix of ones at large values"""

        def forward(self, x):
            if np.abs(x).max(initial=0) > 1000:
                np.linalg.inv(np.ones((2, 2)))
            return super().forward(x)

    report = check_layer(lambda: Singular(), "N T D", checks="large_values")
    assert report.not_applicable["large_values"] == (
        "10,000 times the input, in float32, gives LinAlgError: Singular matrix"
    )


# Losses have the checks of layers


class Squares(nn.Loss):
    """L = mean (a y - t)²"""

    def __init__(self):
        self.a = nn.Parameter(1.5)

    def forward(self, prediction, target):
        difference = self.a.value * prediction - target
        self.save_for_backward(prediction, difference)
        return float(np.square(difference).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = (difference * (2 * grad / difference.size)).astype(prediction.dtype)
        self.a.add_grad((slope * prediction).sum())
        return slope * self.a.value


class Assigns(Squares):
    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = difference * (2 * grad / difference.size)
        self.a.grad = np.asarray((slope * prediction).sum())
        return slope * self.a.value


class Attribute(Squares):
    def forward(self, prediction, target):
        self.last = prediction, self.a.value * prediction - target
        return float(np.square(self.last[1]).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        self.save_for_backward(*self.last)
        return super().backward(grad)


class OfTheClass(Attribute):
    def forward(self, prediction, target):
        value = super().forward(prediction, target)
        OfTheClass.last = vars(self).pop("last")
        return value


class Counts(Squares):
    calls = 0

    def forward(self, prediction, target):
        self.calls += 1
        return super().forward(prediction, target) * (1 + (self.calls > 3))


class LeavesSaved(Squares):
    def backward(self, grad=1.0):
        gradient = super().backward(grad)
        self.save_for_backward(gradient)
        return gradient


class ChangesItsParameter(Squares):
    def backward(self, grad=1.0):
        gradient = super().backward(grad)
        self.a.value[...] += 0.1
        return gradient


class Unregistered(Squares):
    def __init__(self):
        super().__init__()
        self.offset = np.ones(1)

    def forward(self, prediction, target):
        return super().forward(prediction, target) + float(self.offset[0])


class Random(Squares):
    def forward(self, prediction, target):
        return super().forward(prediction, target) * (1 + np.random.default_rng().random())


class Float64(Squares):
    def backward(self, grad=1.0):
        return super().backward(grad).astype(np.float64)


class OtherDefault(Squares):
    def backward(self, grad=2.0):
        return super().backward(grad)


class ModifiesTheTarget(Squares):
    def forward(self, prediction, target):
        target *= 1
        target += 1
        return super().forward(prediction, target)


class OtherEvaluate(Squares):
    def evaluate(self, prediction, target, weights=None):
        return 2 * super().evaluate(prediction, target, weights)


class NotCopied(Squares):
    def __deepcopy__(self, memo):
        return self


@pytest.mark.parametrize(
    ("loss", "check", "message"),
    [
        (
            Assigns(),
            "accumulation",
            "a second backward does not add to the gradient of 'a': use add_grad",
        ),
        (
            Attribute(),
            "order",
            "after two forwards, the second backward does not match the first forward",
        ),
        (OfTheClass(), "instances", "a forward of one object changes the gradient of"),
        (Counts(), "used", "after a few passes, the output differs from that of a fresh copy"),
        (LeavesSaved(), "balance", "after forward and backward, 1 saved values remain"),
        (ChangesItsParameter(), "parameters", "a pass changes the value of 'a'"),
        (Unregistered(), "registered", "the array 'offset' affects the output, but is neither"),
        (Random(), "repeatable", "two copies give different outputs"),
        (Float64(), "float32", "float32 input gives a float64 gradient of the input"),
        (OtherDefault(), "default_upstream", "backward() differs from backward(1.0)"),
        (ModifiesTheTarget(), "target", "a pass modifies the target"),
        (OtherEvaluate(), "evaluate", "evaluate gives a different value than forward"),
    ],
)
def test_promises_of_losses_are_checked(loss, check, message):
    check_loss(Squares(), prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D)))
    assert message in broken_loss(check, loss)


class TwoPredictions(nn.Loss):
    """L = mean (y0 - t0)² + mean |y1 - t1|, with weights"""

    def forward(self, prediction, target, weights=None):
        w = np.ones(len(target[0])) if weights is None else weights
        w = w / (w.sum() or 1.0)
        differences = each(lambda y, t: y - t.astype(y.dtype), prediction, target)
        self.save_for_backward(differences, w)
        first, second = differences
        return float((w * np.square(first).mean(axis=1)).sum() + (w * np.abs(second)).sum())

    def backward(self, grad=1.0):
        (first, second), w = self.saved()
        of_first, of_second = self.slopes(first, second, w)
        return (grad * of_first).astype(first.dtype), (grad * of_second).astype(second.dtype)

    def slopes(self, first, second, w):
        return w[:, None] * 2 * first / first.shape[1], w * np.sign(second)


def two_targets(rng, N, D):
    return rng.standard_normal((N, D)), rng.standard_normal(N)


def test_losses_may_have_several_predictions():
    report = check_loss(TwoPredictions(), prediction="N D, N", target=two_targets)
    assert report.verified == {"input[0]", "input[1]"}
    assert "weights" not in report.not_applicable

    class Forgets(TwoPredictions):
        def slopes(self, first, second, w):
            return super().slopes(first, second, w)[0], np.sign(second) / len(w)

    words = broken_loss("weights", Forgets(), "N D, N", two_targets)
    assert "a sample of weight 0 has a nonzero gradient" in words


# Layers


def test_gradients_that_are_assigned_fail_where_the_advice_is():
    class Wrong(Scale):
        def backward(self, grad):
            self.gain.grad = (grad * self.saved()).sum(axis=0)
            return grad * self.gain.value

    with pytest.raises(ContractError, match="use add_grad") as caught:
        check_layer(Wrong, "N features")
    assert caught.value.check == "accumulation"


def test_low_precision_is_named_before_the_small_error_that_it_makes():
    class Wrong(Scale):
        def backward(self, grad):
            return super().backward(grad).astype(np.float32)

    with pytest.raises(ContractError, match="the gradient of the input is float32, although"):
        check_layer(Wrong, "N features")


def test_the_rounding_of_a_zero_gradient_is_not_called_nonlinear():
    def target(rng, N, C):
        return rng.dirichlet(np.ones(C), N)

    for seed in (4, 5):  # with one class, the gradient is zero but for rounding
        check_loss(nn.SoftmaxCrossEntropy(), prediction="N C", target=target, seed=seed)


def test_outputs_that_differ_from_pass_to_pass_are_named():
    shapes = iter(range(1, 1000))

    class Grows(nn.Layer):
        """Each output is larger than the one before"""

        def forward(self, x):
            return np.repeat(x, next(shapes), axis=1)

        def backward(self, grad):
            return grad

    words = broken("repeatable", Grows)
    assert (
        "forward returned an array of shape (3, 15), then an array of shape (3, 20), for the" in words
    )
    rng = np.random.default_rng(0)
    with pytest.raises(ContractError, match="make the random generator within"):
        check_function(lambda x: x * rng.random(), lambda dout, x: dout, "N D", checks="repeatable")
