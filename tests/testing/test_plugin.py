"""The checker within pytest: a test for each check, options, a closing line."""

import pytest

import nnlayers as nn
from nnlayers.testing import parametrize_with_layer_checks, settings
from nnlayers.testing.contract import available
from tests.layers_for_tests import Center, Scale
from tests.testing.straight_through import Sign

pytest_plugins = ["pytester"]


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
def test_correct_layers_pass_each_check(check):
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


@pytest.fixture
def own_settings(monkeypatch):
    """Settings of an inner session of pytest, apart from those of this one"""
    monkeypatch.setattr(settings, "defaults", settings.Defaults())
    monkeypatch.setattr(settings, "results", settings.Results())


@pytest.mark.usefixtures("own_settings")
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
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*- nnlayers checked 2 layers and losses: * checks passed, 1 failed as expected -*"]
    )
