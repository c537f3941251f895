"""check_layer's options and report, parametrisation, the plugin, the strategies."""

import warnings

import numpy as np
import pytest
from hypothesis import given

import nnlayers as nn
from nnlayers.testing import (
    ContractError,
    GradientError,
    LayerCheckError,
    NotVerifiedWarning,
    check_layer,
    check_loss,
    directional_derivative,
    numerical_gradient,
    parametrize_with_layer_checks,
    settings,
    strategies,
)
from nnlayers.testing.contract import CHECKS, available
from nnlayers.testing.numeric import derivative
from tests.layers_for_tests import Center, Scale

pytest_plugins = ["pytester"]


class Sign(nn.Layer):
    """y = sign(x), with a straight-through gradient"""

    def forward(self, x):
        return np.sign(x)

    def backward(self, grad):
        return grad


class Rounded(nn.Layer):
    """y = x in float16"""

    def forward(self, x):
        return x.astype(np.float16).astype(x.dtype)

    def backward(self, grad):
        return grad


def test_the_report_says_what_was_done():
    report = check_layer(lambda D, K: nn.Dense(D, K), "N D")
    assert report.name == "Dense"
    assert report.verified == {"input", "weight", "bias"}
    assert report.outcomes["right"] == 18
    assert report.outcomes["unsure"] == 0
    text = str(report)
    assert text.startswith(
        f"Dense: {report.checks} checks passed\n  verified: the gradients of bias, input, weight"
    )
    instance = check_layer(nn.Dense(3, 5), (3,))
    assert "not applicable: other sizes (an instance has fixed sizes)" in str(instance)
    assert instance.checks < report.checks


def test_a_kink_is_judged_by_the_slopes_around_it():
    report = check_layer(nn.ReLU, "N D")
    assert report.outcomes["kink"] > 0
    assert "at a kink (within the slopes around it)" in str(report)


@pytest.mark.parametrize("slope", [2.0, -1.0, np.nan])
def test_a_gradient_at_a_kink_that_is_no_slope_is_found(slope):
    class OddReLU(nn.ReLU):
        def forward(self, x):
            self.x = x
            return super().forward(x)

        predict = nn.ReLU.predict

        def backward(self, grad):
            return np.where(self.x == 0, slope * grad, super().backward(grad))

    with pytest.raises(GradientError, match="the gradient of the input is wrong") as info:
        check_layer(OddReLU, "N D", checks="value")
    assert "There is a kink at this point" in str(info.value)


def test_the_report_is_drawn():
    chart = check_layer(lambda D: Scale(D), "N D").plot()
    assert [panel.get_title() for panel in chart.ax_] == ["Scale: input", "Scale: gain"]
    with pytest.raises(ValueError, match="nothing to plot"):
        check_layer(Sign, "N D", expected_failures={"value": "straight-through"}, checks="value").plot()


def test_one_seed_gives_the_same_message_twice():
    class Wrong(nn.Dense):
        def backward(self, grad):
            return -super().backward(grad)

    messages = []
    for _ in range(2):
        with pytest.raises(LayerCheckError) as info:
            check_layer(lambda D, K: Wrong(D, K), "N D", seed=5)
        messages.append(str(info.value))
    assert messages[0] == messages[1]


def test_checks_can_be_selected():
    one = check_layer(nn.ReLU, "N D", checks="linear")
    report = check_layer(nn.ReLU, "N D", checks=["linear", "order"])
    assert report.checks == 2 * one.checks > 0
    assert report.verified == set()
    with pytest.raises(
        ValueError, match=r"unknown checks \['linaer'\]; available are \['registered', 'shapes',"
    ):
        check_layer(nn.ReLU, "N D", checks="linaer")


def test_an_expected_failure_is_reported_and_has_to_fail():
    report = check_layer(Sign, "N D", expected_failures={"value": "straight-through"})
    assert report.expected == {"value": "straight-through"}
    assert "failed as expected: value (straight-through)" in str(report)
    with pytest.raises(ContractError, match=r"ReLU: expected to fail, but passed: \['linear'\]"):
        check_layer(nn.ReLU, "N D", expected_failures={"linear": "no reason"})
    with pytest.raises(ValueError, match="unknown checks"):
        check_layer(nn.ReLU, "N D", expected_failures={"liinear": "no reason"})


def test_hypothesis_explores_further():
    few, many = (check_layer(nn.ReLU, "N D", examples=n).checks for n in (0, 20))
    assert many > few + 20 * 20

    settings.defaults.seconds = 0.0
    try:
        assert check_layer(nn.ReLU, "N D", examples=20).checks == few
    finally:
        settings.defaults.seconds = float("inf")

    class Wrong(nn.ReLU):
        def backward(self, grad):
            grad = super().backward(grad)
            return 2 * grad if grad.shape[1:] == (6,) and len(grad) == 5 else grad

    check_layer(Wrong, "N D", seed=0)
    with pytest.raises(LayerCheckError, match="Wrong"):
        check_layer(Wrong, "N D", seed=0, examples=300)


def test_what_cannot_be_verified_is_not_passed_in_silence():
    class Steps(nn.Layer):
        def forward(self, x):
            return np.floor(10 * x) / 10

        def backward(self, grad):
            return grad

    with pytest.raises(LayerCheckError):
        check_layer(Rounded, "N D")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            report = check_layer(Steps, "N D", checks="value")
        except LayerCheckError:
            return  # also an answer: its true derivative is zero
    assert [w.category for w in caught] == [NotVerifiedWarning]
    assert report.never_verified() == ["input"]


def test_a_forward_that_fails_or_gives_nan_is_named_with_its_sizes():
    class Picky(nn.Layer):
        def forward(self, x):
            if x.shape[1] == 1:
                raise ZeroDivisionError("one feature")
            return x

        def backward(self, grad):
            return grad

    with pytest.raises(
        ContractError, match=r"Picky: forward fails: ZeroDivisionError: one feature"
    ) as info:
        check_layer(Picky, "N D")
    assert "D=1" in str(info.value)

    class Log(nn.Layer):
        def forward(self, x):
            return np.log(x)

    with pytest.raises(
        ContractError, match=r"Log: forward gives NaN; if the layer accepts only some values"
    ):
        check_layer(Log, "N D")


def test_every_exact_check_says_what_it_guards_against():
    for check in CHECKS.values():
        assert check.guards_against


# pytest


def test_parametrisation_gives_one_test_for_each_layer_and_check():
    mark = parametrize_with_layer_checks(
        [
            (lambda D, K: nn.Dense(D, K), "N D"),
            (nn.ReLU(), (3,)),
            (Sign, "N D", {"expected_failures": {"value": "straight-through"}}),
        ]
    ).mark
    assert mark.args[0] == "check"
    by_id = {test.id: test.values[0] for test in mark.args[1]}
    assert len(by_id) == 3 * len(available("layer"))
    assert next(iter(by_id)) == "Dense-registered"
    assert by_id["Dense-value"]().verified == {"input", "weight", "bias"}
    assert by_id["ReLU-linear"]().checks == 3
    assert by_id["Sign-value"]().expected == {"value": "straight-through"}
    by_id["Sign-linear"]()


@parametrize_with_layer_checks([(lambda D: Center(D), "N D"), (lambda D: Scale(D), "N D")])
def test_layers_of_users(check):
    check()


def test_the_plugin_has_options_and_a_closing_line(pytester):
    pytester.makepyfile("""
        import numpy as np
        import nnlayers as nn
        from nnlayers.testing import check_layer

        class Wrong(nn.ReLU):
            def backward(self, grad):
                return -super().backward(grad)

        def test_right():
            check_layer(nn.ReLU, "N D")

        def test_wrong():
            check_layer(Wrong, "N D")
    """)
    options = ["--layer-seed=7", "--layer-examples=5", "--layer-seconds=9", "-p", "no:randomly"]
    result = pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Wrong.backward: the gradient of the input is wrong*"])
    result.stdout.fnmatch_lines(["*seed=7*"])
    result.stdout.fnmatch_lines(["*- nnlayers checked 1 layer or loss: * checks passed -*"])
    result.stdout.no_fnmatch_line("*check_block*")  # not the checker's own traceback


def test_the_closing_line_leaves_failures_to_pytest(pytester):
    pytester.makepyfile("""
        import numpy as np
        import pytest
        import nnlayers as nn
        from nnlayers.testing import LayerCheckError, check_layer

        class Sign(nn.Layer):
            def forward(self, x):
                return np.sign(x)

            def backward(self, grad):
                return grad

        def test_a_failure_that_is_wanted():
            with pytest.raises(LayerCheckError):
                check_layer(Sign, "N D")

        def test_an_expected_failure():
            check_layer(Sign, "N D", expected_failures={"value": "straight-through"})

        def test_a_layer():
            check_layer(nn.ReLU, "N D", checks="shapes")
    """)
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*- nnlayers checked 2 layers and losses: * checks passed, 1 failed as expected -*"]
    )


# Functions


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (np.sin, 1.0),
        (lambda t: np.exp(3 * t), 3.0),
        (lambda t: 5 * t, 5.0),
        (lambda t: 1e-9 * t, 1e-9),
        (lambda t: np.sin(1000 * t), 1000.0),
        (lambda t: max(t + 1e-4, 0) * 2.0, 2.0),
        (lambda t: np.sqrt(t + 0.01), 5.0),
        (lambda t: float(np.float32(np.exp(np.float32(t)))), 1.0),
    ],
)
def test_the_derivative_is_within_its_error(f, slope):
    found = derivative(f, absolute_sum=abs(float(f(0.0))))
    assert abs(found.value - slope) <= 10 * found.error + 1e-12 * abs(slope)
    assert found.error < 1e-4 * abs(slope)


def test_a_jump_is_unsure():
    assert derivative(lambda t: float(t > 0)).kind == "unsure"


def test_numerical_gradient_and_directional_derivative():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    gradient, error = numerical_gradient(lambda x: np.sin(x).sum(), x)
    np.testing.assert_allclose(gradient, np.cos(x), atol=1e-10)
    assert (error < 1e-8).all()
    found = directional_derivative(np.sin, x, np.ones_like(x))
    assert found.value == pytest.approx(np.cos(x).sum())
    assert found.kind == "smooth"
    assert directional_derivative(np.abs, np.zeros(2), np.ones(2)).kind == "kink"
    with pytest.raises(ValueError, match="expected x and d of one shape"):
        directional_derivative(np.sin, x, np.ones(2))


# Strategies


@given(strategies.networks(3), strategies.arrays((4, 3)))
def test_networks_are_drawn_that_take_what_they_say(model, x):
    assert model.predict(x).shape[0] == 4
    y = model.forward(x)
    assert model.backward(np.ones_like(y)).shape == x.shape


@given(strategies.arrays(strategies.sizes().map(lambda n: (n, 2)), regimes=("with ties",)))
def test_arrays_are_drawn_in_a_regime(x):
    assert x.shape[1] == 2
    np.testing.assert_array_equal(2 * x, np.round(2 * x))


# Losses


def test_a_loss_that_breaks_its_contract_is_named():
    class Greedy(nn.MeanSquaredError):
        def forward(self, prediction, target):
            prediction -= target
            return super().forward(prediction, 0 * target)

    with pytest.raises(ContractError, match="Greedy: forward modifies its argument"):
        check_loss(Greedy(), prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D)))


def test_messages_of_broken_promises_fit_into_15_lines_of_100_columns():
    class Greedy(nn.ReLU):
        def forward(self, x):
            x *= 2
            return super().forward(x)

        predict = nn.ReLU.predict

    with pytest.raises(ContractError) as info:
        check_layer(Greedy, "N D", checks="arguments")
    lines = str(info.value).splitlines()
    assert lines[0].startswith("Greedy: forward modifies its argument")
    assert lines[0].endswith("[arguments]")
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100


class Gain(nn.Layer):
    """y = a x"""

    def __init__(self, D):
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.a.value * x

    def backward(self, grad):
        self.a.add_grad((grad * self.saved()).sum(axis=0))
        return grad * self.a.value


class Assigns(Gain):
    def backward(self, grad):
        self.a.grad = (grad * self.saved()).sum(axis=0)
        return grad * self.a.value


class AddsInPlace(Gain):
    def backward(self, grad):
        self.a.grad += (grad * self.saved()).sum(axis=0)
        return grad * self.a.value


class WithoutValue(Gain):
    def forward(self, x):
        return self.a * x


class ScalarWithoutValue(Gain):
    def forward(self, x):
        return (2.0 * self.a) * x


class PlainArray(Gain):
    def __init__(self, D):
        self.a = np.linspace(0.5, 1, D)

    def forward(self, x):
        return self.a * x

    def backward(self, grad):
        return grad * self.a


class Box:
    """Not a Layer"""


class Boxed(nn.Layer):
    """Holds a layer in an object in which nobody looks for it"""

    def __init__(self, D):
        self.box = Box()
        self.box.layer = nn.Dense(D, D, rng=0)

    def forward(self, x):
        return self.box.layer.forward(x)

    def predict(self, x):
        return self.box.layer.predict(x)

    def backward(self, grad):
        return self.box.layer.backward(grad)


class Average(nn.Layer):
    """y = x - mean; an empty batch makes the running mean NaN"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        self.mean.value = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)
        return x - x.mean(axis=0)

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - grad.mean(axis=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Assigns, "a second backward does not add to the gradient of 'a': use add_grad"),
        (AddsInPlace, "add to a gradient with parameter.add_grad"),
        (WithoutValue, "Parameter 'a' is not an array: use its value"),
        (ScalarWithoutValue, "Parameter 'a' is not an array: use its value"),
        (PlainArray, "the array 'a' affects the output, but is neither a Parameter nor a State"),
        (Boxed, "Dense 'box.layer' is not found: make it an attribute"),
        (Average, "an empty batch makes the State 'mean' NaN: update it only if len(x) > 0"),
        (lambda features: Gain(features), "The argument features of the function is not an axis of"),
        (Gain(3), "An instance takes the shape of one sample, such as (3,)"),
    ],
)
def test_common_slips_are_named(make, message):
    check = make if isinstance(make, nn.Layer) else (lambda D: make(D))
    if getattr(make, "__name__", "") == "<lambda>":
        check = make
    with pytest.raises(ContractError) as caught:
        check_layer(check, "N D")
    assert message in " ".join(str(caught.value).split())


def test_a_broken_promise_says_how_much_had_passed():
    with pytest.raises(ContractError, match=r"\d+ checks? passed before this one"):
        check_layer(lambda D: Assigns(D), "N D")
