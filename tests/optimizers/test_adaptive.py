"""Adam, AdamW, RMSProp, Adagrad and Lion."""

import copy

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.kernels import BLOCK

METHODS = {
    "Adam": nn.Adam,
    "Adam decay": lambda ps, **options: nn.Adam(ps, weight_decay=0.1, **options),
    "AdamW": nn.AdamW,
    "RMSProp": nn.RMSProp,
    "RMSProp momentum": lambda ps, **options: nn.RMSProp(ps, momentum=0.9, **options),
    "Adagrad": nn.Adagrad,
    "Lion": nn.Lion,
}
SQUARING = [name for name in METHODS if name != "Lion"]
every_method = pytest.mark.parametrize("method", METHODS)


def everything(optimizer):
    return [p.value for p in optimizer.parameters] + optimizer.remembered()


def take_steps(optimizer, gradients):
    for gradient in gradients:
        for parameter in optimizer.parameters:
            parameter.add_grad(np.full(parameter.value.shape, gradient, parameter.value.dtype))
        optimizer.step()


def test_lion_follows_its_formula():
    weight, w, m = nn.Parameter([1.0], dtype=np.float64), 1.0, 0.0
    optimizer = nn.Lion([weight], lr=0.1, weight_decay=0.5, beta_1=0.8, beta_2=0.6)
    for g in (0.5, -0.05, -3.0, 0.1, 0.0):
        w -= 0.1 * 0.5 * w
        w -= 0.1 * np.sign(0.8 * m + 0.2 * g)
        m = 0.6 * m + 0.4 * g
        take_steps(optimizer, [g])
        assert weight.value[0] == pytest.approx(w, rel=1e-14)


def test_decoupled_decay_has_no_penalty_and_spares_biases():
    for method, decoupled in ((nn.Adam, False), (nn.AdamW, True), (nn.Lion, True)):
        weight, bias = nn.Parameter([2.0]), nn.Parameter([2.0], decay=False)
        optimizer = method([weight, bias], lr=0.5, weight_decay=0.5)
        assert optimizer.penalty() == (0 if decoupled else 1)
        take_steps(optimizer, [1.0])
        np.testing.assert_allclose([*weight.value, *bias.value], [1 if decoupled else 1.5, 1.5])


@every_method
def test_constructors_have_a_learning_rate_and_take_a_schedule(method):
    weight = nn.Parameter([1.0])
    assert 0 < METHODS[method]([weight]).rate < 0.1
    optimizer = METHODS[method]([weight], lr=nn.schedules.linear(0.2, steps=10, warmup=2))
    take_steps(optimizer, [1.0])
    assert weight.value[0] == 1  # the warm-up begins at 0
    assert optimizer.rate == pytest.approx(0.1)


@every_method
def test_a_run_that_is_continued_is_bit_identical(method, tmp_path, rng):
    def optimizer_of(parameters):
        lr = nn.schedules.one_cycle(0.1, steps=20)
        return METHODS[method](parameters, lr=lr, clip_norm=3.0)

    shapes = [(4, 3), (3,), ()]
    values = [rng.standard_normal(shape) for shape in shapes]
    gradients = [[rng.standard_normal(shape) for shape in shapes] for _ in range(20)]

    def train(optimizer, gradients):
        for step in gradients:
            for parameter, gradient in zip(optimizer.parameters, step, strict=True):
                parameter.add_grad(gradient)
            optimizer.step()

    whole = optimizer_of([nn.Parameter(value) for value in values])
    train(whole, gradients)
    first = optimizer_of([nn.Parameter(value) for value in values])
    train(first, gradients[:7])
    np.savez(tmp_path / "optimizer.npz", **first.state_dict())
    second = optimizer_of(copy.deepcopy(first.parameters))
    with np.load(tmp_path / "optimizer.npz") as file:
        second.load_state_dict(file)
    train(second, gradients[7:])
    assert second.steps == whole.steps == 20
    for found, expected in zip(everything(second), everything(whole), strict=True):
        np.testing.assert_array_equal(found, expected)


@every_method
def test_large_parameters_are_updated_as_their_rows_would_be(method, rng):
    value = rng.standard_normal((3, BLOCK // 2))
    whole, rows = nn.Parameter(value), [nn.Parameter(row) for row in value]
    for parameters in ([whole], rows):
        take_steps(METHODS[method](parameters), [1.0, -2.0])
    np.testing.assert_array_equal(whole.value, [row.value for row in rows])


# Extremes


@every_method
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-10, 1e-5, 1e-3, 1.0, 1e3, 6e4, 1e15])
def test_steps_are_finite_and_of_the_order_of_the_rate_whatever_the_gradient(method, dtype, size):
    if size > float(np.finfo(dtype).max):
        return
    weight = nn.Parameter([1.0, -1.0], dtype=dtype)
    optimizer = METHODS[method]([weight], lr=0.001)
    for sign in (1, 1, -1, 0, 0, 0, 1, -1, -1, 0):
        take_steps(optimizer, [sign * size])
        assert all(np.isfinite(array).all() for array in everything(optimizer))
    assert weight.value.dtype == dtype
    assert np.abs(weight.value - [1, -1]).max() < 0.2


@pytest.mark.parametrize("method", SQUARING)
def test_gradients_whose_squares_overflow_are_refused(method):
    weight = nn.Parameter([1.0, 2.0])
    optimizer = METHODS[method]([weight])
    take_steps(optimizer, [1.0])
    before = copy.deepcopy(everything(optimizer))
    weight.add_grad(np.array([1.0, -1e30], np.float32))
    with pytest.raises(
        FloatingPointError, match=r"up to 1e\+30 are too large to be squared in float32"
    ):
        optimizer.step()
    for found, expected in zip(everything(optimizer), before, strict=True):
        np.testing.assert_array_equal(found, expected)
    optimizer.clip_value = 1.0
    optimizer.step()
    assert np.isfinite(weight.value).all()


def test_a_sum_of_squares_that_overflows_is_refused():
    weight = nn.Parameter([0.0])
    optimizer = nn.Adagrad([weight])
    with pytest.raises(FloatingPointError, match="overflow"):
        take_steps(optimizer, [1e19] * 10)
    assert all(np.isfinite(array).all() for array in everything(optimizer))


def test_lion_takes_gradients_of_any_size():
    weight = nn.Parameter([1.0])
    take_steps(nn.Lion([weight], lr=0.5), [1e38, 1e38])
    assert weight.value[0] == 0


@every_method
def test_float16_learns_what_float32_learns(method):
    weights = []
    for dtype in (np.float16, np.float32):
        weight = nn.Parameter([1.0, 0.5], dtype=dtype)
        optimizer = METHODS[method]([weight], lr=0.01)
        for _ in range(50):
            weight.add_grad(1e-3 * (weight.value - dtype(0.75)))
            optimizer.step()
        assert all(array.dtype == np.float32 for array in optimizer.remembered())
        again = METHODS[method]([weight])
        again.load_state_dict(optimizer.state_dict())
        weights.append(weight.value)
    np.testing.assert_allclose(*weights, atol=0.02)


# What is refused


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda ps: nn.Adam(ps, beta_1=1.0), ValueError, r"Adam: beta_1 must be in \[0, 1\)"),
        (lambda ps: nn.AdamW(ps, beta_2=1.0), ValueError, r"AdamW: beta_2 must be in \[0, 1\)"),
        (lambda ps: nn.Adam(ps, epsilon=0), ValueError, "epsilon must be at least 1e-18, got 0"),
        (lambda ps: nn.RMSProp(ps, rho=-0.1), ValueError, r"RMSProp: rho must be in \[0, 1\)"),
        (lambda ps: nn.RMSProp(ps, momentum=1), ValueError, r"momentum must be in \[0, 1\)"),
        (lambda ps: nn.Adam(ps, betas=(0.9, 0.9)), TypeError, "'betas': set beta_1 and beta_2"),
        (lambda ps: nn.Adam(ps, eps=1e-8), TypeError, "'eps': set epsilon"),
        (lambda ps: nn.RMSProp(ps, alpha=0.9), TypeError, "'alpha': set rho"),
        (lambda ps: nn.Adam(ps, amsgrad=True), TypeError, "'amsgrad': that variant is not built in"),
    ],
)
def test_impossible_hyperparameters_are_rejected(make, error, match):
    with pytest.raises(error, match=match):
        make([nn.Parameter([1.0])])


def test_a_new_default_keeps_the_least_value():
    class Coarse(nn.Adam):
        epsilon: float = nn.hyperparameter(default=0.1)

    with pytest.raises(ValueError, match="epsilon must be at least 1e-18"):
        Coarse([nn.Parameter([1.0])], epsilon=0.0)


def test_negative_squares_in_a_state_dict_are_rejected():
    optimizer = nn.Adam([nn.Parameter([1.0])])
    state = optimizer.state_dict() | {"0.square": np.array([-1.0], np.float32)}
    with pytest.raises(ValueError, match=r"'0\.square' holds negative numbers, but it is of squares"):
        optimizer.load_state_dict(state)
