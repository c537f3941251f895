"""mutants: mistakes planted in the code of a layer, and the report of those that a test misses."""

import ast
import functools
import inspect
import sys
import warnings

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_layer, check_loss, mutants
from nnlayers.testing.mutation import mistakes
from nnlayers.testing.mutation.places import changes
from tests.layers_for_tests import Scale

TABLES = [table for name, table in vars(mistakes).items() if name.isupper()]
MISTAKES = [mistake for table in TABLES for mistake in table]
FACTOR = 3.0


def check_scale():
    check_layer(lambda D: Scale(D), "N D")


def naive_test():
    layer = Scale(2)
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    assert np.array_equal(layer.forward(x), x)
    assert layer.backward(np.ones((2, 2))).shape == x.shape


def results_stay(cls):
    """A quick test: the results of a layer are those that it has now."""
    rng = np.random.default_rng(0)
    x, grad = rng.standard_normal((2, 3, 2)), rng.uniform(-2, 2, (3, 2))

    def results():
        layer = cls()
        layer.forward(x[0]), layer.forward(x[1])
        passes = [layer.backward(grad), layer.backward(grad), layer.predict(x[0]), grad, x[1]]
        return layer.pending, [array.tobytes() for array in passes]

    expected = results()

    def test_results():
        assert results() == expected

    return test_results


def new_codes(table, code):
    """What the mistakes of a table make of a line, as code."""
    function = ast.parse(f"def f(self, grad):\n    {code}").body[0]
    return {
        ast.unparse(change.changed.body).replace("\n", "; ")
        for _, correct, wrong in table
        for change in changes(function, correct, wrong, "grad")
    }


@pytest.mark.parametrize("mistake", MISTAKES, ids=" -> ".join)
def test_every_mistake_can_be_made_in_the_code_that_it_describes(mistake):
    code = mistake.correct.replace("K", "2").replace("; ", "\n    ") or "return G"
    function = ast.parse(f"def f(self, G):\n    {code}".replace("*R", "r=1")).body[0]
    found = [change.changed for change in changes(function, *mistake[1:], "G")]
    assert found
    for changed in found:
        compile(ast.fix_missing_locations(ast.Module([changed], [])), "mutant", "exec")
        assert ast.unparse(changed) != ast.unparse(function)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = b * c", {"a = b", "a = c", "a = b / c"}),
        ("a = b - c", {"a = b", "a = -c", "a = b + c"}),
        ("a = b.sum(axis=0)", {"a = b.mean(axis=0)", "a = b[0]", "a = b.sum(axis=-1)"}),
        (
            "a = np.sum(b, axis=1, keepdims=True)",
            {"a = np.mean(b, axis=1, keepdims=True)", "a = np.sum(b, axis=0, keepdims=True)"},
        ),
        ("a = b @ c.T", {"a = b", "a = c.T", "a = c.T @ b", "a = b @ c"}),
        ("a = b ** 2", {"a = b ** (2 - 1)"}),
        ("a = 2 * b", {"a = 2", "a = b", "a = 2 / b", "a = 1.01 * 2 * b"}),
        ("a = 1e-05 + b", {"a = 1e-05", "a = b", "a = 1e-05 - b"}),
        ("a[1:] += b", {"a[1:] = b", "a[1:] -= b"}),
        ("np.add.at(a, (rows, b), c)", {"a[rows, b] += c"}),
        ("a = b[t + 1]", {"a = b[t]"}),
        ("a = b.reshape(n * m, 2)", set()),
        ("a = b if n > 1 else c", set()),
        ("a = np.sum(b, -1)", {"a = np.mean(b, -1)"}),
        ("raise ValueError(a + b)", set()),
    ],
)
def test_a_formula_has_these_mistakes(code, expected):
    assert new_codes(mistakes.FORMULAS, code) == expected


def test_each_result_of_a_function_has_mistakes_of_its_own():
    found = new_codes(mistakes.RESULTS, "return a, b, c")
    assert {"return (2 * a, b, c)", "return (a, -b, c)", "return (a, b, 0 * c)"} < found


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


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def test_a_plain_function_has_mistakes():
    x, w, dout = np.array([[1.0, 2.0]]), np.array([[3.0], [5.0]]), np.array([[2.0]])

    def test_affine():
        dx, dw, db = affine_backward(dout, (x, w))
        assert (dx.tolist(), dw.tolist(), db.tolist()) == ([[6, 10]], [[2], [4]], [2])

    report = mutants(affine_backward, test_affine)
    missed = {mutant.new for mutant in report.missed}
    assert "return (dout @ w.T, x.T @ dout, dout.mean(axis=0))" in missed  # in a batch of one
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
    mutants(Scale, functools.partial(print, "noise"))
    assert capsys.readouterr().out == ""


def test_mistakes_are_counted_in_a_terminal_if_they_take_long(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    mutants(Scale, naive_test)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("nnlayers.testing.mutation.report.QUICK", 0)
    mutants(Scale, naive_test)
    last = capsys.readouterr().err.split("\r")[-1]
    assert last == f"mistake {len(mutants(Scale))} of {len(mutants(Scale))}\n"


def test_a_test_that_fails_without_a_mistake_is_refused():
    def fails():
        raise AssertionError("1 is not 2")

    with pytest.raises(ValueError, match="Scale passes as it is, got AssertionError: 1 is not 2"):
        mutants(Scale, fails)
    with pytest.raises(ValueError, match="called without arguments"):
        mutants(Scale, lambda layer: check_layer(layer, "N D"))


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


def test_a_lambda_is_refused():
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
