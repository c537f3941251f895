"""Optimizers that are declared once: hyper-parameters, memory, schedules, factors, clipping."""

import inspect
import math

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.kernels import BLOCK


class Adam(nn.Optimizer):
    beta_1: float = nn.hyperparameter(default=0.9, below=1)
    beta_2: float = nn.hyperparameter(default=0.999, below=1)
    epsilon: float = nn.hyperparameter(default=1e-8)

    def update(self, value, grad, lr, steps, mean, square):
        mean += (1 - self.beta_1) * (grad - mean)
        square += (1 - self.beta_2) * (grad * grad - square)
        root = np.sqrt(square / (1 - self.beta_2**steps)) + self.epsilon
        value -= lr / (1 - self.beta_1**steps) * mean / root


class AdamW(Adam):
    decoupled = True


def parameter(value=(1.0, -2.0), **options):
    return nn.Parameter(value, dtype=np.float64, **options)


def descend(optimizer, gradients):
    for gradient in gradients:
        for each in optimizer.parameters:
            each.add_grad(np.full(each.value.shape, gradient))
        optimizer.step()


def by_hand(gradients, w, lr, decay=0.0, decoupled=False):
    """Adam on one number, in Python's floats."""
    mean = square = 0.0
    for t, g in enumerate(gradients, 1):
        if decoupled:
            w -= lr * decay * w
        else:
            g += decay * w
        mean = 0.9 * mean + 0.1 * g
        square = 0.999 * square + 0.001 * g * g
        w -= lr * (mean / (1 - 0.9**t)) / (math.sqrt(square / (1 - 0.999**t)) + 1e-8)
    return w


@pytest.mark.parametrize(("kind", "decoupled"), [(Adam, False), (AdamW, True)])
def test_adam_of_nine_lines_follows_its_formula(kind, decoupled):
    weight, gradients = parameter([1.0]), [0.5, -1.0, 2.0, 0.1]
    descend(kind([weight], lr=0.1, weight_decay=0.01), gradients)
    expected = by_hand(gradients, 1.0, 0.1, 0.01, decoupled)
    assert weight.value[0] == pytest.approx(expected, rel=1e-12)


def test_penalties_of_decoupled_decay_are_zero():
    assert Adam([parameter()], lr=0.1, weight_decay=1.0).penalty() == 2.5
    assert AdamW([parameter()], lr=0.1, weight_decay=1.0).penalty() == 0


def test_the_memory_is_saved_and_loaded():
    one, other = parameter(), parameter()
    first, second = Adam([one], lr=0.1, beta_1=0.5), Adam([other], lr=0.7)
    descend(first, [1.0, 2.0])
    other.value[...] = one.value
    state = first.state_dict()
    assert list(state) == [
        "lr", "weight_decay", "clip_norm", "clip_value", "beta_1", "beta_2", "epsilon", "steps",
        "0.mean", "0.square", "0.steps",
    ]  # fmt: skip
    second.load_state_dict(state)
    for each in (first, second):
        descend(each, [3.0])
    np.testing.assert_array_equal(one.value, other.value)


def test_the_constructor_is_made_from_the_declarations():
    expected = (
        "(parameters, lr, *, weight_decay=0.0, clip_norm=inf, clip_value=inf, beta_1=0.9, "
        "beta_2=0.999, epsilon=1e-08)"
    )
    assert str(inspect.signature(Adam)) == expected
    assert repr(Adam([parameter()], 0.1)) == (
        "Adam(1 parameter, lr=0.1, weight_decay=0.0, beta_1=0.9, beta_2=0.999, epsilon=1e-08)"
    )


def test_a_default_may_be_given_anew():
    class Slow(nn.SGD):
        momentum: float = nn.hyperparameter(default=0.99, below=1)

    assert Slow([parameter()], 0.1).momentum == 0.99


def test_an_optimizer_may_have_a_constructor_of_its_own():
    class Fixed(nn.SGD):
        def __init__(self, model):
            super().__init__(model.parameters(), lr=0.5, momentum=0.5)

    assert str(inspect.signature(Fixed)) == "(model)"
    assert Fixed(nn.Dense(1, 1)).momentum == 0.5


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda p: nn.SGD(p, learning_rate=0.1), TypeError, "no argument 'learning_rate': set lr"),
        (lambda p: nn.SGD(p, 0.1, momentom=0.9), TypeError, r"did you mean momentum\?"),
        (lambda p: nn.SGD(p), TypeError, "SGD: missing a required argument: 'lr'"),
        (lambda p: nn.SGD(), TypeError, "SGD: missing a required argument: 'parameters'"),
        (lambda p: nn.SGD(p, 0.1, 0.9), TypeError, "too many positional arguments; its arguments are"),
        (lambda p: Adam(p, 0.1, beta_1=1), ValueError, r"Adam: beta_1 must be in \[0, 1\), got 1"),
        (lambda p: Adam(p, 0.1, epsilon=-1), ValueError, "Adam: epsilon must be"),
        (lambda p: nn.SGD(p, 0.1, nesterov=1), TypeError, "nesterov must be True or False, got 1"),
        (lambda p: nn.SGD(p, 0.1, clip_norm=0), ValueError, "clip_norm must be above 0, got 0"),
        (lambda p: nn.SGD(p, 0.1, clip_norm=np.nan), ValueError, "clip_norm must be"),
    ],
)
def test_misspelt_and_impossible_hyperparameters_are_rejected(make, error, match):
    with pytest.raises(error, match=match):
        make([parameter()])


def test_attributes_that_mean_nothing_are_rejected():
    optimizer = nn.SGD([parameter()], lr=0.1)
    for name, advice in (("learning_rate", "set lr"), ("momentm", "momentum"), ("rat", "rate")):
        with pytest.raises(AttributeError, match=f"SGD has no attribute '{name}': .*{advice}"):
            setattr(optimizer, name, 0.5)


# Schedules


def test_the_learning_rate_may_be_a_function_of_the_number_of_steps():
    weight = parameter([0.0])
    optimizer = nn.SGD([weight], lr=lambda step: 1.0 / (1 + step))
    rates = []
    for _ in range(3):
        rates.append(optimizer.rate)
        descend(optimizer, [1.0])
    assert rates == [1, 1 / 2, 1 / 3]
    assert weight.value[0] == pytest.approx(-sum(rates))
    assert optimizer.steps == 3


def test_a_schedule_that_was_not_made_is_refused():
    with pytest.raises(TypeError, match=r"SGD: lr: make an instance, cosine\(\.\.\.\)"):
        nn.SGD([parameter()], lr=nn.schedules.cosine)


def test_a_schedule_goes_on_from_a_state_dict():
    first, second = (nn.SGD([parameter()], lr=lambda step: 0.1 * step) for _ in range(2))
    descend(first, [1.0, 1.0])
    state = first.state_dict()
    assert "lr" not in state
    second.load_state_dict(state)
    assert second.rate == pytest.approx(0.2)


def test_states_of_numbers_and_of_schedules_are_not_confused():
    number, schedule = nn.SGD([parameter()], lr=0.1), nn.SGD([parameter()], lr=lambda step: 0.1)
    with pytest.raises(ValueError, match=r"no value for \['lr'\]: it was saved with a schedule"):
        number.load_state_dict(schedule.state_dict())
    with pytest.raises(ValueError, match=r"it holds lr=0\.1, and this optimizer has a schedule"):
        schedule.load_state_dict(number.state_dict())


@pytest.mark.parametrize("wrong", [-0.1, np.nan, np.inf, None, "a"])
def test_a_schedule_that_fails_later_changes_nothing(wrong):
    weight = parameter()
    optimizer = nn.SGD([weight], lr=lambda step: 0.1 if step == 0 else wrong)
    descend(optimizer, [1.0])
    before = weight.value.copy()
    weight.add_grad(np.ones(2))
    with pytest.raises((ValueError, TypeError), match="SGD: lr at step 1, by its schedule, must be"):
        optimizer.step()
    np.testing.assert_array_equal(weight.value, before)
    assert weight.grad is not None
    with pytest.raises((ValueError, TypeError), match="lr at step 0, by its schedule"):
        nn.SGD([weight], lr=lambda step: wrong)


# Factors and clipping


def test_factors_stand_for_parameter_groups():
    slow, plain = parameter(decay=0.5), parameter()
    slow.lr_factor = 0.1
    optimizer = nn.SGD([slow, plain], lr=1.0, weight_decay=0.2)
    assert optimizer.penalty() == pytest.approx(0.1 * 5 * 1.5)
    descend(optimizer, [1.0])
    np.testing.assert_allclose(slow.value, [1 - 0.1 * (1 + 0.1), -2 - 0.1 * (1 - 0.2)])
    np.testing.assert_allclose(plain.value, [1 - (1 + 0.2), -2 - (1 - 0.4)])


@pytest.mark.parametrize("factor", [1.0, 1e30, 1e200])
def test_gradients_are_clipped_to_their_norm_together(factor):
    one, two = parameter([0.0, 0.0]), parameter([0.0])
    optimizer = nn.SGD([one, two], lr=1.0, clip_norm=1.0)
    one.add_grad(factor * np.array([2.0, 4.0]))
    two.add_grad(factor * np.array([4.0]))
    assert optimizer.gradient_norm() == pytest.approx(6 * factor)
    optimizer.step()
    np.testing.assert_allclose([*one.value, *two.value], [-1 / 3, -2 / 3, -2 / 3])


def test_small_gradients_are_not_clipped_and_given_arrays_not_written():
    weight = parameter([0.0])
    gradient = np.array([5.0])
    optimizer = nn.SGD([weight], lr=1.0, clip_norm=10.0)
    for expected in (-5, -10):
        weight.add_grad(gradient)
        optimizer.step()
        assert weight.value[0] == expected
    optimizer.clip_norm = 1.0
    weight.add_grad(gradient)
    optimizer.step()
    assert weight.value[0] == -11
    assert gradient[0] == 5


def test_float32_gradients_beyond_the_range_of_their_squares_are_clipped():
    weight = nn.Parameter([0.0])
    optimizer = nn.SGD([weight], lr=1.0, clip_norm=1.0)
    weight.add_grad(np.array([1e30], np.float32))
    optimizer.step()
    assert weight.value[0] == pytest.approx(-1)


def test_large_parameters_are_updated_in_blocks_like_small_ones(rng):
    value = rng.standard_normal((3, BLOCK // 2))
    whole, rows = parameter(value), [parameter(row) for row in value]
    optimizers = Adam([whole], lr=0.1, weight_decay=0.1), Adam(rows, lr=0.1, weight_decay=0.1)
    for optimizer in optimizers:
        descend(optimizer, [1.0, -2.0])
    np.testing.assert_array_equal(whole.value, [row.value for row in rows])


def test_a_method_below_plain_descent_is_not_bypassed():
    class Doubled(nn.SGD):
        def update(self, value, grad, lr, velocity):
            value -= 2 * lr * grad

    class Signed(nn.Optimizer):
        def update(self, value, grad, lr):
            value -= lr * np.sign(grad)

    for kind, expected in ((Doubled, [-5, -8]), (Signed, [0, -3])):
        weight = parameter()
        descend(kind([weight], lr=1.0), [3.0])
        assert weight.value.tolist() == expected


def test_a_method_that_takes_the_decay_gets_whole_parameters_and_applies_it_itself(rng):
    sizes = []

    class Whole(nn.Optimizer):
        def update(self, value, grad, lr, velocity, decay):
            sizes.append(value.size)
            velocity += grad + decay * value
            value -= lr * velocity

    class InBlocks(nn.Optimizer):
        def update(self, value, grad, lr, velocity):
            sizes.append(value.size)
            velocity += grad
            value -= lr * velocity

    start = rng.standard_normal((3, BLOCK))
    weights = []
    for kind in (Whole, InBlocks):
        weights.append(parameter(start))
        optimizer = kind([weights[-1]], lr=0.1, weight_decay=0.5)
        assert optimizer.memory_names == ("velocity",)
        descend(optimizer, [1.0, -2.0])
    assert sizes == [3 * BLOCK] * 2 + [BLOCK] * 6
    np.testing.assert_array_equal(weights[0].value, weights[1].value)


def test_a_method_below_adam_may_add_something_to_the_update():
    class Noted(nn.AdamW):
        def update(self, value, grad, lr, steps, velocity, square):
            assert grad[0] == 3  # decoupled: without weight decay
            super().update(value, grad, lr, steps, velocity, square)

    weight, expected = parameter(), parameter()
    for kind, trained in ((Noted, weight), (nn.AdamW, expected)):
        descend(kind([trained], lr=0.1, weight_decay=0.5), [3.0, 3.0])
    np.testing.assert_allclose(weight.value, expected.value, rtol=1e-6)


# Declarations that mean something else


@pytest.mark.parametrize(
    ("body", "match"),
    [
        (
            "def update(self, parameter, grad, decay, memory): pass",
            r"expected update\(self, value, grad, lr",
        ),
        (
            "def update(self, value, grad, lr, eps=1e-8): pass",
            r"eps has a default.*hyperparameter\(default",
        ),
        (
            "update = staticmethod(lambda value, grad, lr, velocity: None)",
            r"expected update\(self, value",
        ),
        ("momentum = 0.9", r"momentum is a hyper-parameter.*hyperparameter\(default=0.9\)"),
        ("rate = nn.hyperparameter(default=3.0)", "'rate' is an attribute of every optimizer: choose"),
    ],
)
def test_declarations_that_would_be_misread_are_rejected(body, match):
    with pytest.raises(TypeError, match=match):
        exec(f"class Own(nn.SGD):\n    {body}", {"nn": nn})


def test_memory_may_be_named_by_keyword_only_and_passed_on():
    class Logged(nn.SGD):
        def update(self, *args, **options):
            super().update(*args, **options)

    class Keyword(nn.Optimizer):
        def update(self, value, grad, lr, *, total, steps):
            total += grad
            value -= lr * total / steps

    weight, expected = parameter(), parameter()
    descend(Logged([weight], lr=0.1, momentum=0.9), [1.0, 2.0])
    descend(nn.SGD([expected], lr=0.1, momentum=0.9), [1.0, 2.0])
    np.testing.assert_array_equal(weight.value, expected.value)
    summed = parameter([0.0])
    descend(Keyword([summed], lr=1.0), [1.0, 3.0])
    assert summed.value[0] == -1 - 4 / 2


def test_a_default_learning_rate_may_be_declared_and_still_be_a_schedule():
    class Slow(nn.SGD):
        lr: float = nn.hyperparameter(default=0.01, kw_only=False)

    assert Slow([parameter()]).rate == 0.01
    assert Slow([parameter()], lr=lambda step: 0.5).rate == 0.5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_not_clipped(bad):
    one, two = parameter(), parameter()
    optimizer = nn.SGD([one, two], lr=0.1, clip_norm=1.0)
    one.add_grad(np.array([bad, 1.0]))
    two.add_grad(np.array([100.0, 1.0]))
    with pytest.raises(
        FloatingPointError, match=r"SGD.step: gradients of the norm (nan|inf) cannot be"
    ):
        optimizer.step()
    assert two.value.tolist() == [1, -2]


def test_a_state_with_something_else_in_it_is_rejected_by_name():
    optimizer = nn.SGD([parameter()], lr=0.1)
    for key, value in (("lr", np.ones(3)), (7, 1.0)):
        with pytest.raises((TypeError, ValueError), match=str(key)):
            optimizer.load_state_dict(optimizer.state_dict() | {key: value})
    with pytest.raises(TypeError, match="clip_norm must be a real number"):
        optimizer.clip_norm = np.array([1.0, 2.0])
