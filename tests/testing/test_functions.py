"""check_function: the styles in which functions and their gradients are written, wrong ones, slips."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import (
    ContractError,
    GradientError,
    LayerCheckError,
    NotVerifiedWarning,
    check_function,
)


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def mean_bias_backward(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw, db / len(dout)


AFFINE = ("N D", "D M", "M")


# The styles


def test_out_and_cache():
    report = check_function(affine_forward, affine_backward, *AFFINE)
    assert report.name == "affine_backward"
    assert report.verified == {"x", "w", "b"}
    assert report.checks == 54
    assert report.outcomes == {"right": 18}
    assert report.outcomes["unsure"] == 0


def test_a_single_gradient_needs_no_tuple():
    def forward(x):
        return np.maximum(x, 0), x

    for wrap in (lambda dx: dx, lambda dx: (dx,), lambda dx: [dx]):
        report = check_function(forward, lambda dout, x, wrap=wrap: wrap(dout * (x > 0)), "N D")
        assert report.verified == {"x"}


def test_several_outputs_and_a_cache():
    def step_forward(x, h):
        return x * h, x + h, (x, h)

    def step_backward(dc, dh, cache):
        x, h = cache
        return dc * h + dh, dc * x + dh

    assert check_function(step_forward, step_backward, "N D", "N D").verified == {"x", "h"}


def test_several_outputs_and_the_arguments():
    def forward(x, h):
        return x * h, x + h

    def backward(dc, dh, x, h):
        return dc * h + dh, dc * x + dh

    assert check_function(forward, backward, "N D", "N D").verified == {"x", "h"}


def test_the_output_alone():
    def backward(dout, x, w, b):
        return dout @ w.T, x.T @ dout, dout.sum(axis=0)

    report = check_function(lambda x, w, b: x @ w + b, backward, *AFFINE)
    assert report.name == "backward"
    assert report.verified == {"x", "w", "b"}


def test_backward_may_take_the_arrays_without_the_constants():
    def power(x, exponent):
        return x**exponent

    def with_all(dout, x, exponent):
        return dout * exponent * x ** (exponent - 1)

    def with_arrays(dout, x):
        return dout * 3 * x**2

    for backward in (with_all, with_arrays):
        assert check_function(power, backward, "N D", 3).verified == {"x"}


def test_a_function_of_the_upstream_gradient_alone():
    assert check_function(lambda x: 3 * x, lambda dout: 3 * dout, "N D").verified == {"x"}


def test_a_closure():
    def tanh(x):
        y = np.tanh(x)
        return y, lambda dy: dy * (1 - y**2)

    for report in (check_function(tanh, None, "N D"), check_function(tanh, "N D")):
        assert report.name == "tanh"
        assert report.verified == {"x"}


def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dx = p.copy()
    dx[rows, y] -= 1
    return -np.log(p[rows, y]).mean(), dx / len(x)


def labels(rng, shape, C):
    return rng.integers(0, C, shape)


def test_a_loss_and_its_gradient_right_away():
    report = check_function(softmax_loss, None, "N C", "N", values={"y": labels})
    assert report.verified == {"x"}
    assert check_function(softmax_loss, None, "4 C+1", np.array([0, 1, 0, 1])).verified == {"x"}


def test_a_loss_and_several_gradients():
    def product(a, b):
        return (a * b).sum(), b, a

    def in_a_dict(a, b):
        return (a * b).sum(), {"a": b, "b": a}

    for function in (product, in_a_dict):
        assert check_function(function, None, "N D", "N D").verified == {"a", "b"}


def test_the_backward_of_a_loss_may_do_without_an_upstream_gradient():
    def loss(prediction, target):
        return ((prediction - target) ** 2).mean()

    def gradient(prediction, target):
        return 2 * (prediction - target) / prediction.size

    target = np.random.default_rng(0).standard_normal((3, 2))
    with pytest.raises(
        ContractError, match=r"returns an array of shape \(3, 2\), expected 2 gradients"
    ):
        check_function(loss, gradient, "3 2", target)
    report = check_function(loss, lambda p, t: (gradient(p, t), -gradient(p, t)), "N D", "N D")
    assert report.verified == {"prediction", "target"}

    def with_cache(prediction, target):
        return loss(prediction, target), (prediction, target)

    def from_cache(cache):
        return gradient(*cache), -gradient(*cache)

    assert len(check_function(with_cache, from_cache, "N D", "N D").verified) == 2


@pytest.mark.parametrize(
    "keys",
    [("x", "w", "b"), ("dx", "dW", "db"), ("grad_x", "grad_w", "grad_b"), ("x_grad", "W_GRAD", "b")],
)
def test_gradients_in_a_dict(keys):
    def backward(dout, cache):
        return dict(reversed(list(zip(keys, affine_backward(dout, cache), strict=True))))

    assert check_function(affine_forward, backward, *AFFINE).verified == {"x", "w", "b"}


def test_names_that_differ_in_case_alone():
    def forward(w, W):
        return w * W**2

    def backward(dout, w, W):
        return {"dW": dout * 2 * w * W, "dw": dout * W**2}

    assert check_function(forward, backward, "N D", "N D").verified == {"w", "W"}


def test_one_entry_for_each_argument():
    def backward(dout, cache):
        return affine_backward(dout, cache)[0], None

    def forward(x, options):
        return affine_forward(x, options["w"], 0.0)

    options = {"w": np.array([[1.0, 2.0], [0.5, -1.0]])}
    assert check_function(forward, backward, "N 2", options).verified == {"x"}


class Square:
    """Methods, of which forward leaves something behind for backward"""

    factor = 2

    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        return self.factor * dout * self.x


def test_the_methods_of_an_object():
    square = Square()
    order = {"order": "an attribute holds the input of the last forward"}
    report = check_function(square.forward, square.backward, "N D", expected_failures=order)
    assert report.name == "Square.backward"
    assert report.verified == {"x"}
    assert not hasattr(square, "x")  # all passes run on copies
    square.factor = 3
    with pytest.raises(GradientError) as info:
        check_function(square.forward, square.backward, "N D")
    names = {"np": np, "Square": square}
    assert "Square.forward(x)\n" in info.value.code
    exec(info.value.code, names)
    assert names["found"][info.value.index] == info.value.backward


# Arguments


def test_expressions_of_sizes():
    def flat_affine(x, w):
        flat = x.reshape(len(x), -1)
        return flat @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout

    assert check_function(flat_affine, backward, "N H W", "H*W M").verified == {"x", "w"}


def test_a_floating_array_is_used_as_it_is():
    w, seen = np.array([[1.0, 2.0], [0.0, -1.0]], np.float32), []

    def forward(x, w):
        seen.append(w)
        return x @ w, (x, w)

    report = check_function(forward, lambda d, c: affine_backward(d, c)[:2], "N 2", w)
    assert report.verified == {"x", "w"}
    assert {array.dtype for array in seen} == {np.dtype(np.float64)}
    assert sum(np.array_equal(array, w) for array in seen) > 30


def test_arrays_alone_are_checked_at_one_point():
    x, w, b = (np.random.default_rng(0).standard_normal(shape) for shape in ((4, 3), (3, 2), (2,)))
    report = check_function(affine_forward, affine_backward, x, w, b, examples=50)
    assert report.verified == {"x", "w", "b"}
    assert report.checks < 40
    with pytest.raises(GradientError, match="the gradient of 'b' is wrong"):
        check_function(affine_forward, mean_bias_backward, x, w, b)


def test_constants_and_options():
    seen = []

    def forward(x, slope, *, shift=0.0, mode):
        seen.append((slope, shift, mode))
        return np.where(x > 0, x, slope * x) + shift, x

    def backward(dout, x, slope=0.2, mode="none"):
        return dout * np.where(x > 0, 1, 0.2) * (mode == "leaky")

    report = check_function(forward, backward, "N D", 0.2, shift=1.0, mode="leaky")
    assert report.verified == {"x"}
    assert set(seen) == {(0.2, 1.0, "leaky")}


def test_what_forward_writes_into_a_constant_is_gone_in_the_next_pass():
    def forward(x, statistics):
        statistics["calls"] += 1
        return x * statistics["calls"]

    statistics = {"calls": 0}
    assert check_function(forward, lambda dout, x, s: dout, "N D", statistics).verified == {"x"}
    assert statistics == {"calls": 0}
    with pytest.raises(GradientError) as info:
        check_function(forward, lambda dout, x, s: 2 * dout, "N D", statistics)
    assert "statistics = {'calls': 0}\n" in info.value.code


@pytest.mark.parametrize(
    "values",
    [
        lambda rng, shape: rng.uniform(0.5, 2, shape),
        {"x": lambda rng, shape: rng.uniform(0.5, 2, shape)},
        (lambda rng, shape: rng.uniform(0.5, 2, shape),),
        (lambda rng, shape: rng.uniform(0.5, 2, shape), None),
    ],
)
def test_values(values):
    def log(x, base):
        return np.log(x) / np.log(base)

    def backward(dout, x, base):
        return dout / x / np.log(base)

    assert check_function(log, backward, "N D", 2, values=values).verified == {"x"}


def test_values_of_another_form_are_rejected():
    def draw(rng, shape):
        return rng.uniform(0.5, 2, shape)

    with pytest.raises(ValueError, match=r"values names \['z'\], expected arguments that are drawn"):
        check_function(affine_forward, affine_backward, *AFFINE, values={"z": draw})
    with pytest.raises(ValueError, match="values draws arguments, but none is given by the names"):
        check_function(closure, None, np.ones(3), values=draw)
    with pytest.raises(ContractError, match="values"):
        check_function(closure, None, "N D", values=lambda rng, shape: draw(rng, 3))
    with pytest.raises(TypeError, match="expected values to be a function"):
        check_function(affine_forward, affine_backward, *AFFINE, values=(draw, draw))


def test_functions_whose_signature_is_unknown_or_variable():
    def total(*arrays):
        return sum(arrays)

    def backward(dout, *arrays):
        return [dout, 2 * dout]

    with pytest.raises(GradientError, match="the gradient of 'argument 1' is wrong") as info:
        check_function(total, backward, "N D", "N D")
    assert "argument_1 = np.array" in info.value.code
    assert check_function(np.multiply, lambda g, a, b: (g * b, g * a), "N D", "N D").verified


def dropout_forward(x, keep):
    mask = (np.random.rand(*x.shape) < keep) / keep  # noqa: NPY002 (as courses do)
    return x * mask, mask


def test_the_global_random_state_is_the_same_in_each_pass():
    before = np.random.get_state()  # noqa: NPY002
    assert check_function(dropout_forward, lambda dout, mask: dout * mask, "N D", 0.5).verified
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    with pytest.raises(GradientError):  # another mask
        check_function(dropout_forward, lambda dout, _: dropout_forward(dout, 0.5)[0], "N D", 0.5)


# Wrong gradients, broken promises


def test_the_message_names_the_function_and_the_argument():
    with pytest.raises(GradientError) as info:
        check_function(affine_forward, mean_bias_backward, *AFFINE)
    error = info.value
    lines = str(error).splitlines()
    assert lines[0].startswith("mean_bias_backward: the gradient of 'b' is wrong ")
    assert "divided by the batch size" in lines[1]
    assert lines[-1].endswith('check_function(..., "N D", "D M", "M", seed=0, checks="value")')
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100
    assert (error.check, error.block) == ("value", "b")


def closure(x):
    return x**2, lambda dout: dout * x


def pair(x, factor, *, shift=0):
    return factor * x + shift, (x, factor)


def pair_backward(dout, cache):
    return {"dx": dout}


def mse(prediction):
    return (prediction**2).mean()


def mse_gradient(prediction):
    return prediction


def mse_with_gradient(prediction):
    return (prediction**2).mean(), (prediction,)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((affine_forward, mean_bias_backward, *AFFINE), {}),
        ((pair, pair_backward, "N D", 3), {"shift": 1.5}),
        ((closure, None, "N D"), {}),
        ((mse, mse_gradient, "N D"), {}),
        ((mse_with_gradient, None, "N D"), {}),
        ((np.add, lambda dout, a, b: (dout, -dout), "N D", "N D"), {}),
    ],
)
def test_the_smallest_case_runs_and_shows_the_wrong_gradient(arguments, options):
    with pytest.raises(GradientError) as info:
        check_function(*arguments, **options)
    error, names = info.value, globals() | {"add": np.add, "backward": arguments[1]}
    exec(error.code, names)
    assert names["found"][error.index] == pytest.approx(error.backward)
    assert error.backward != pytest.approx(error.numeric)


def test_a_constant_that_is_long_is_not_written_as_code():
    with pytest.raises(GradientError) as info:
        check_function(pair, pair_backward, "N D", 3, shift=1.5 * np.ones((1, 1, 1))[..., 0] * 2.0)
    assert info.value.code
    with pytest.raises(GradientError) as info:
        check_function(lambda x, many: 2 * x, lambda dout, x, many: dout, "N D", list(range(100)))
    assert info.value.code == ""


@pytest.mark.parametrize(
    ("forward", "backward", "check", "message"),
    [
        (lambda x: x * x, lambda dout, x: np.abs(dout) * 2 * x, "linear", "upstream gradient"),
        (lambda x: np.multiply(x, 2, out=x), lambda dout, x: 2 * dout, "arguments", "forward modifies"),
        (lambda x: np.exp(x) / (1 + np.exp(x)), None, "large_values", "gives NaN in the output"),
    ],
)
def test_broken_promises_are_found(forward, backward, check, message):
    if backward is None:

        def backward(dout, x):
            return dout / (2 + np.exp(x) + np.exp(-x))

    with pytest.raises(ContractError, match=message) as info:
        check_function(forward, backward, "N D", checks=check)
    assert info.value.check == check


def test_an_expected_failure_can_name_an_argument():
    reason = "averaged on purpose"
    failures = {"value:b": reason}
    report = check_function(affine_forward, mean_bias_backward, *AFFINE, expected_failures=failures)
    assert report.expected == failures
    with pytest.raises(ValueError, match="has no array 'c' to check"):
        check_function(affine_forward, affine_backward, *AFFINE, expected_failures={"value:c": reason})


def test_a_dead_argument_is_no_evidence():
    with pytest.warns(NotVerifiedWarning, match="the gradient of b was zero on both sides"):
        check_function(lambda x, b: x.copy(), lambda dout, x, b: (dout, 0 * b), "N D", "D")


def test_hypothesis_explores_further():
    few, many = (
        check_function(affine_forward, affine_backward, *AFFINE, examples=count).checks
        for count in (0, 10)
    )
    assert many > few + 10


# Slips


def one(x):
    return 2 * x


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "message"),
    [
        ((nn.ReLU, None, "N D"), {}, TypeError, "expected a function, got .*: use check_layer"),
        ((nn.Dense(2, 3, rng=0), None, "N D"), {}, TypeError, "use check_layer"),
        ((nn.MeanSquaredError(), None, "N D"), {}, TypeError, "use check_loss"),
        ((3,), {}, TypeError, "expected a function as forward, got 3"),
        ((None, one, "N D"), {}, TypeError, "expected a function as forward, got None"),
        ((one, nn.ReLU(), "N D"), {}, TypeError, "expected a function, got ReLU.*: use check_layer"),
        ((abs, None), {}, TypeError, "the arguments do not fit abs.*missing a required argument: 'x'"),
        ((affine_forward, affine_backward, "N D", "D M"), {}, TypeError, "missing a required .*'b'"),
        ((affine_forward, None, *AFFINE), {"stride": 2}, TypeError, "unexpected keyword .*'stride'"),
        ((closure, None, 3), {}, TypeError, "expected at least one argument with a gradient"),
        ((affine_forward, None, "N D, D M, M", "", ""), {}, ValueError, "a string for each argument"),
        ((closure, None, "N $"), {}, ValueError, r"expected names of sizes .*got '\$' in 'N \$'"),
    ],
)
def test_calls_that_do_not_fit_are_rejected(arguments, options, kind, message):
    with pytest.raises(kind, match=message):
        check_function(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "check", "message"),
    [
        ((one, None, "N D"), "forward", "one: it returns an array of shape .* without a backward"),
        ((one, lambda a, b, c: a, "N D"), "forward", r"cannot be called with \(upstream gradient, x\)"),
        ((affine_forward, None, *AFFINE), "forward", "expected (output, function of the upstream"),
        ((lambda x: [x], one, "N D"), "forward", r"returns a list of 1 \(an array .*\) as an output"),
        ((lambda x: None, one, "N D"), "forward", "it returns None as an output, expected an array"),
        ((lambda x: x > 0, one, "N D"), "forward", "returns integers, which have no gradient"),
        ((lambda x: np.float32(x), one, "N D"), "forward", "it returns float32 for float64 arguments"),
        ((np.log, one, "N D"), "forward", "it gives NaN; if it accepts only some values"),
        ((lambda x: x @ x, one, "N D"), "forward", "it fails: ValueError: matmul"),
        (
            (affine_forward, affine_backward, "N D", np.ones((3, 2)), "M"),
            "forward",
            "'w' has shape (3, 2) in every case: the sizes of the others may be numbers",
        ),
        (
            (pair, pair_backward, "N D", "same"),
            "forward",
            "'same' is taken as the name of a size: a constant string is given by name, factor='same'",
        ),
        (
            (affine_forward, lambda dout, cache: affine_backward(dout, cache)[:2], *AFFINE),
            "backward",
            "the backward pass returns 2 gradients, expected 3 gradients (x, w, b)",
        ),
        (
            (affine_forward, lambda dout, cache: dout, *AFFINE),
            "backward",
            "the backward pass returns an array of shape",
        ),
        (
            (affine_forward, lambda dout, cache: {"dx": 1.0, "dw": 1.0}, *AFFINE),
            "backward",
            "returns no gradient of 'b', only 'dx', 'dw'",
        ),
        (
            (affine_forward, lambda dout, cache: dict.fromkeys(["dx", "dw", "db", "dv"], 1.0), *AFFINE),
            "backward",
            "returns a gradient of 'dv', which is not an argument; expected 'dx', 'dw', 'db'",
        ),
        (
            (one, lambda dout: "gradient", "N D"),
            "backward",
            "the gradient of 'x' is a str, expected an array of real numbers",
        ),
        (
            (one, lambda dout: dout + np.ones((9, 8)), "8 7"),
            "backward",
            "a pass fails: ValueError: operands could not be broadcast",
        ),
    ],
)
def test_functions_of_another_form_are_rejected(arguments, check, message):
    with pytest.raises(ContractError) as info:
        check_function(*arguments)
    text = " ".join(str(info.value).split())
    plain = message.replace(" .* ", ".*").replace("\\", "")
    assert info.value.check == check
    assert all(part.strip() in text for part in plain.split(".*")), text


def test_a_gradient_of_another_shape_is_wrong():
    def backward(dout, x, b):
        return dout, dout.sum(axis=0, keepdims=True)

    with pytest.raises(ContractError, match=r"the gradient of 'b' has shape \(1, 5\), expected \(5,\)"):
        check_function(lambda x, b: x + b, backward, "N D", "D")


def test_an_output_that_changes_its_shape_is_named():
    calls = []

    def forward(x):
        calls.append(1)
        return x if len(calls) < 6 else x[:1]

    with pytest.raises(LayerCheckError, match=r"forward returned an (array|output) of shape"):
        check_function(forward, lambda dout, x: dout, "5 D")


# Other libraries


def test_a_function_of_torch():
    torch = pytest.importorskip("torch")

    class Cube(torch.autograd.Function):
        factor = 3

        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x**3 * w

        @staticmethod
        def backward(ctx, grad):
            x, w = ctx.saved_tensors
            return grad * Cube.factor * x**2 * w, (grad * x**3).sum(axis=0)

    def cube(*arrays):
        tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
        y = Cube.apply(*tensors)
        return y.detach(), lambda grad: torch.autograd.grad(y, tensors, torch.tensor(grad))

    assert check_function(cube, None, "N D", "D").verified == {"argument 0", "argument 1"}
    Cube.factor = 2
    with pytest.raises(GradientError, match="cube: the gradient of 'argument 0' is wrong"):
        check_function(cube, None, "N D", "D")


def test_a_function_of_jax():
    jax = pytest.importorskip("jax")

    @jax.custom_vjp
    def cube(x, w):
        return x**3 * w

    cube.defvjp(
        lambda x, w: (x**3 * w, (x, w)),
        lambda saved, grad: (2 * grad * saved[0] ** 2 * saved[1], (grad * saved[0] ** 3).sum(axis=0)),
    )

    def checked(x, w):
        return jax.vjp(cube, x, w)

    kept = jax.config.jax_enable_x64
    try:
        jax.config.update("jax_enable_x64", False)
        with pytest.raises(ContractError, match=r"(?s)float32 for float64 .*jax_enable_x64"):
            check_function(checked, None, "N D", "D")
        jax.config.update("jax_enable_x64", True)
        with pytest.raises(GradientError, match="the gradient of 'x' is wrong"):
            check_function(checked, None, "N D", "D")
        report = check_function(checked, None, "N D", "D", expected_failures={"value:x": "2 for 3"})
        assert report.verified == {"w"}
    finally:
        jax.config.update("jax_enable_x64", kept)
