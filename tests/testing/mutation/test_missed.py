"""The report of the mistakes that a test finds and misses."""

import sys
import warnings
from functools import partial

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_layer, check_loss, mutants
from tests.layers_for_tests import Scale
from tests.testing.mutation.quick import check_scale, naive_test, results_stay


def test_a_naive_test_misses_what_check_layer_finds():
    naive, thorough = mutants(Scale, naive_test), mutants(Scale, check_scale)
    missed = {mutant.new for mutant in naive.missed}
    assert {"return grad", "self.gain.add_grad((grad * x)[0])"} < missed
    assert "return self.gain.value" in {mutant.new for mutant in naive.found}
    assert not thorough.missed
    assert thorough.score == 1 > naive.score > 0
    assert len(thorough.found) == len(naive.found) + len(naive.missed) > 25


@pytest.mark.parametrize(
    ("cls", "test"),
    [
        (nn.ReLU, lambda: check_layer(nn.ReLU, "N D")),
        (
            nn.MeanSquaredError,
            lambda: check_loss(
                nn.MeanSquaredError(), prediction="N D", target=lambda rng, N, D: rng.random((N, D))
            ),
        ),
    ],
)
def test_check_layer_misses_no_mistake_in_a_built_in_layer(cls, test):
    report = mutants(cls, test)
    assert not report.missed
    assert len(report.found) > 10


def test_mistakes_in_code_that_does_not_run_are_told_apart():
    class Branches(nn.Layer):
        def forward(self, x):
            return 2 * x

        def backward(self, grad):
            if grad.ndim > 2:
                return 2 * grad
            return 2 * grad

    report = mutants(Branches, results_stay(Branches))
    assert {mutant.line for mutant in report.missed} == {mutant.line for mutant in report.not_run}
    assert len({mutant.line for mutant in report.not_run}) == 1
    assert report.missed
    assert str(report).count("NOT RUN") == len(report.not_run)
    assert f"{len(report.not_run)} are in code that it does not run" in str(report)


def test_the_report_is_a_table_with_what_is_missed_first():
    first, *rows = str(mutants(Scale, naive_test)).splitlines()
    assert first.startswith("Scale: the test finds ")
    outcomes = [row.split()[0] for row in rows]
    assert outcomes == sorted(outcomes)  # capitals come first
    assert set(outcomes) == {"MISSED", "found"}
    assert max(map(len, rows)) <= 104


def test_ctrl_c_keeps_what_was_tried():
    calls = 0

    def naive_until_interrupted():
        nonlocal calls
        calls += 1
        if calls == 7:
            raise KeyboardInterrupt
        naive_test()

    report = mutants(Scale, naive_until_interrupted)
    assert 0 < len(report.found) + len(report.missed) < 7
    assert len(report.found) + len(report.missed) + len(report.untried) == len(mutants(Scale))
    assert f"{len(report.untried)} were not tried" in str(report)
    check_scale()


def test_failures_of_pytest_and_warnings_that_are_errors_count():
    def fail_or_warn():
        layer = Scale(2)
        layer.forward(np.ones((1, 2)))
        if layer.backward(np.ones((1, 2)))[0, 0] != 1:
            pytest.fail("wrong")
        if layer.gain.grad[0] != 1:
            warnings.warn("wrong", UserWarning, stacklevel=1)

    found = {mutant.new for mutant in mutants(Scale, fail_or_warn).found}
    assert {
        "return 2 * (grad * self.gain.value)",
        "self.gain.add_grad(2 * (grad * x).sum(axis=0))",
    } < found


def test_what_the_test_prints_is_not_shown(capsys):
    mutants(Scale, partial(print, "noise"))
    assert capsys.readouterr().out == ""


def test_mistakes_are_counted_in_a_terminal_if_they_take_long(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    mutants(Scale, naive_test)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("nnlayers.testing.mutation.report.QUICK", 0)
    mutants(Scale, naive_test)
    last = capsys.readouterr().err.split("\r")[-1]
    assert last == f"mistake {len(mutants(Scale))} of {len(mutants(Scale))}\n"


def test_a_test_that_was_called_by_mistake_is_refused():
    with pytest.raises(TypeError, match=r"without arguments, got None: give .* without \(\)"):
        mutants(Scale, check_scale())


def test_a_function_of_the_forward_pass_is_refused():
    def scale_forward(x, gain):
        return x * gain, (x, gain)

    with pytest.raises(ValueError, match="got scale_forward, which by its name is a forward pass"):
        mutants(scale_forward, check_scale)


def test_the_code_shown_is_that_of_the_file_and_differs_from_the_correct_code():
    def product_backward(dout, cache):
        a, b = cache
        return dout * b, dout * a

    found = mutants(product_backward)
    assert "return dout, dout * a" in {mutant.new for mutant in found}
    assert {mutant.old for mutant in found if mutant.old} == {"return dout * b, dout * a"}
    assert all(mutant.new != mutant.old for mutant in found)

    twice = next(m for m in mutants(Scale) if m.mistake == "a gradient is added twice")
    assert twice.new == f"{twice.old}; {twice.old}"


def test_a_test_that_fails_without_a_mistake_is_refused():
    def fails():
        raise AssertionError("1 is not 2")

    with pytest.raises(ValueError, match="Scale passes as it is, got AssertionError: 1 is not 2"):
        mutants(Scale, fails)
    with pytest.raises(ValueError, match="called without arguments"):
        mutants(Scale, lambda layer: check_layer(layer, "N D"))
