"""What all optimizers have in common: steps, weight decay, and their state."""

import copy

import numpy as np
import pytest

import nnlayers as nn
from tests.optimizers.parameters_for_tests import give_gradients, parameters


def test_weight_decay_applies_to_weights_only():
    ps = parameters()
    give_gradients(ps, 0.5)
    nn.Optimizer(ps, 0.1, weight_decay=0.01).step()
    np.testing.assert_allclose(ps[0].value, [1 - 0.1 * (0.5 + 0.01), -2 - 0.1 * (0.5 - 0.02)])
    np.testing.assert_allclose(ps[1].value, [3 - 0.1 * 0.5])


def test_the_gradient_of_the_penalty_is_the_weight_decay():
    ps = parameters()
    optimizer = nn.Optimizer(ps, 0.1, weight_decay=0.3)
    assert optimizer.penalty() == pytest.approx(0.15 * (1 + 4))
    assert isinstance(optimizer.penalty(), float)
    ps[0].trainable = False
    assert optimizer.penalty() == 0
    assert nn.Optimizer(ps, 0.1).penalty() == 0


def test_step_clears_gradients_and_skips_parameters_without_one():
    ps = parameters()
    ps[0].add_grad(np.ones(2))
    optimizer = nn.Optimizer(ps, 0.1, weight_decay=0.5)
    optimizer.step()
    assert ps[0].grad is None
    assert ps[1].value.tolist() == [3]


def test_gradients_of_several_backward_passes_accumulate():
    ps, qs = parameters(), parameters()
    give_gradients(ps, 1.0)
    give_gradients(ps, 2.0)
    give_gradients(qs, 3.0)
    nn.Optimizer(ps, 0.1).step()
    nn.Optimizer(qs, 0.1).step()
    np.testing.assert_allclose(ps[0].value, qs[0].value)


def test_step_does_not_modify_gradients_and_state_dict_returns_copies():
    ps = parameters()
    gradient = np.ones(2)
    optimizer = nn.SGD(ps, 0.1, momentum=0.9, weight_decay=0.1)
    for _ in range(3):
        ps[0].add_grad(gradient)
        optimizer.step()
    assert gradient.tolist() == [1, 1]
    state = optimizer.state_dict()
    state["0.velocity"][...] = 0
    assert optimizer.state_dict()["0.velocity"].all()


def test_frozen_parameters_are_skipped():
    ps = parameters()
    give_gradients(ps)
    ps[0].trainable = False
    nn.Optimizer(ps, 0.1, weight_decay=0.1).step()
    assert ps[0].value.tolist() == [1, -2]
    assert ps[0].grad is None


def test_step_without_gradients_is_rejected():
    with pytest.raises(RuntimeError, match=r"SGD.step: no trainable parameter has a gradient"):
        nn.SGD(parameters(), 0.1).step()


def test_a_parameter_given_twice_is_updated_once():
    ps = parameters()
    give_gradients(ps)
    nn.Optimizer(ps + ps, 0.1).step()
    np.testing.assert_allclose(ps[1].value, [2.9])


def test_float32_weights_stay_float32_with_float64_hyperparameters():
    parameter = nn.Parameter(np.ones(2))
    optimizer = nn.SGD(
        [parameter], np.float64(0.1), momentum=np.float64(0.5), weight_decay=np.float64(0.1)
    )
    optimizer.lr = np.float64(0.05)
    for _ in range(2):
        parameter.add_grad(np.ones(2))
        optimizer.step()
    assert parameter.value.dtype == np.float32
    assert optimizer.state_dict()["0.velocity"].dtype == np.float32


def test_an_optimizer_resumes_from_a_state_dict():
    ps = parameters()
    optimizer = nn.SGD(ps, 0.1, momentum=0.9, weight_decay=0.1)
    give_gradients(ps)
    optimizer.step()
    qs = copy.deepcopy(ps)
    other = nn.SGD(qs, 7.0)
    other.load_state_dict(optimizer.state_dict())
    for each, optimizer_of_it in ((ps, optimizer), (qs, other)):
        give_gradients(each)
        optimizer_of_it.step()
    np.testing.assert_array_equal(ps[0].value, qs[0].value)
    assert repr(other) == "SGD(2 parameters, lr=0.1, weight_decay=0.1, momentum=0.9, nesterov=False)"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda s: s.pop("momentum"), r"no value for \['momentum'\]"),
        (lambda s: s.update({"0.speed": np.ones(2)}), "unknown name '0.speed'"),
        (lambda s: s.update({"9.velocity": np.ones(2)}), "unknown name '9.velocity'"),
        (lambda s: s.update({"00.velocity": np.ones(2)}), "unknown name '00.velocity'"),
        (lambda s: s.update({"\u0660.velocity": np.ones(2)}), "unknown name '\u0660.velocity'"),
        (lambda s: s.update({0: np.ones(2)}), "unknown name 0"),
        (lambda s: s.pop("0.velocity"), r"no value for \['0.velocity'\]"),
        (
            lambda s: s.update({"2.velocity": np.ones(2)}),
            "unknown name '2.velocity': was it saved for 2 parameters",
        ),
        (lambda s: s["0.velocity"].fill(np.nan), "'0.velocity' holds numbers that are not finite"),
        (lambda s: s["1.velocity"].fill(-np.inf), "'1.velocity' holds numbers that are not finite"),
        (lambda s: s.update({"velocity": np.ones(2)}), "unknown name 'velocity'"),
        (
            lambda s: s.update({"0.velocity": np.ones(3)}),
            r"expected '0.velocity' of shape \(2,\), got \(3,\)",
        ),
        (
            lambda s: s.update({"0.velocity": np.ones(())}),
            r"expected '0.velocity' of shape \(2,\), got \(\)",
        ),
    ],
)
def test_load_state_dict_is_strict_and_changes_nothing_on_failure(change, match):
    ps = parameters()
    optimizer = nn.SGD(ps, 0.1, momentum=0.9)
    give_gradients(ps)
    optimizer.step()
    other = nn.SGD(parameters(), 7.0)
    state = optimizer.state_dict()
    change(state)
    with pytest.raises(ValueError, match=match):
        other.load_state_dict(state)
    assert other.state_dict() == {
        "lr": 7.0, "weight_decay": 0.0, "clip_norm": np.inf, "clip_value": np.inf, "momentum": 0.0,
        "nesterov": False, "steps": 0,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["lr", "weight_decay"])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_hyperparameters_out_of_range_are_rejected(name, value):
    arguments = {"lr": 0.1, "weight_decay": 0.0}
    with pytest.raises(ValueError, match=rf"Optimizer: {name} must be in \[0, inf\), got"):
        nn.Optimizer(parameters(), **(arguments | {name: value}))
    optimizer = nn.Optimizer(parameters(), **arguments)
    with pytest.raises(ValueError, match=name):
        setattr(optimizer, name, value)
    assert getattr(optimizer, name) == arguments[name]


def test_a_hyperparameter_that_is_not_a_number_is_rejected():
    with pytest.raises(TypeError, match=r"SGD: lr must be a real number, got '0.1'"):
        nn.SGD(parameters(), "0.1")


def test_an_empty_list_of_parameters_is_rejected():
    with pytest.raises(ValueError, match="SGD: expected at least one parameter, got none"):
        nn.SGD(nn.ReLU().parameters(), 0.1)


@pytest.mark.parametrize(
    "given",
    [nn.Dense(2, 2), nn.Sequential(nn.Dense(2, 2)), [np.ones(2)], nn.Dense(2, 2).named_parameters()],
)
def test_non_parameters_are_rejected_with_a_hint(given):
    with pytest.raises(TypeError, match=r"pass model.parameters\(\)"):
        nn.SGD(given, 0.1)


def test_a_state_dict_survives_an_npz_file(tmp_path):
    class Counting(nn.SGD):
        def update(self, value, grad, lr, velocity, steps):
            super().update(value, grad, lr, velocity)

    ps = parameters()
    optimizer = Counting(ps, 0.1, momentum=0.9, nesterov=True)
    for _ in range(2):
        give_gradients(ps)
        optimizer.step()
    np.savez(tmp_path / "optimizer.npz", **optimizer.state_dict())
    other = Counting(copy.deepcopy(ps), 7.0)
    with np.load(tmp_path / "optimizer.npz") as file:
        other.load_state_dict(file)
    found, expected = other.state_dict(), optimizer.state_dict()
    assert found["0.steps"] == found["steps"] == 2
    assert (other.lr, other.momentum, other.nesterov) == (0.1, 0.9, True)
    np.testing.assert_array_equal(found["0.velocity"], expected["0.velocity"])
    for wrong, error in (
        (np.array(1.5), TypeError),
        (np.array(-1), ValueError),
        (np.ones(2), TypeError),
    ):
        with pytest.raises(error, match=r"0\.steps must be"):
            other.load_state_dict({**optimizer.state_dict(), "0.steps": wrong})


def test_weights_are_updated_in_place():
    parameter = nn.Parameter([1.0])
    view = parameter.value
    parameter.add_grad([1.0])
    nn.SGD([parameter], 0.5).step()
    assert view.tolist() == [0.5]


def test_hyperparameters_are_accessible_on_the_class():
    assert isinstance(nn.SGD.lr, type(nn.SGD.momentum))


@pytest.mark.parametrize(("name", "value"), [("momentum", 7), ("weight_decay", -1), ("lr", "a")])
def test_hyperparameters_out_of_range_are_rejected_in_a_state_dict_too(name, value):
    optimizer = nn.SGD(parameters(), 0.1)
    before = optimizer.state_dict()
    with pytest.raises((ValueError, TypeError), match=name):
        optimizer.load_state_dict({**before, "lr": 5.0, name: value})
    assert optimizer.state_dict() == before
    with pytest.raises((ValueError, TypeError), match=name):
        setattr(optimizer, name, value)


def test_something_else_than_a_state_dict_is_rejected():
    with pytest.raises(TypeError, match=r"SGD.load_state_dict: expected a state_dict, got list"):
        nn.SGD(parameters(), 0.1).load_state_dict([1])


def test_a_state_dict_for_fewer_parameters_is_rejected():
    few, many = parameters(), parameters() + parameters()
    optimizer = nn.SGD(few, 0.1, momentum=0.9)
    with pytest.raises(
        ValueError, match=r"no value for \['2.velocity', '3.velocity'\]: was it saved for 4"
    ):
        nn.SGD(many, 0.1).load_state_dict(optimizer.state_dict())


def test_a_number_that_its_parameter_cannot_hold_is_rejected():
    optimizer = nn.SGD([nn.Parameter(np.ones(1))], 0.1, momentum=0.9)
    with pytest.raises(ValueError, match=r"'0.velocity': 1e\+300 at row 0 .* is too large for float32"):
        optimizer.load_state_dict({**optimizer.state_dict(), "0.velocity": np.array([1e300])})


@pytest.mark.parametrize("steps", [0, 3])
def test_states_of_frozen_parameters_can_be_loaded_before_and_after_freezing(steps):
    ps, qs = parameters(), parameters()
    optimizer, other = nn.SGD(ps, 0.1, momentum=0.9), nn.SGD(qs, 0.2)
    ps[0].trainable = False
    for _ in range(steps):
        give_gradients(ps)
        optimizer.step()
    state = optimizer.state_dict()
    assert not state["0.velocity"].any()
    other.load_state_dict(state)
    optimizer.load_state_dict(other.state_dict())
    for each, optimizer_of_it in ((ps, optimizer), (qs, other)):
        each[0].trainable = True
        each[1].value[...] = 3
        give_gradients(each)
        optimizer_of_it.step()
    np.testing.assert_array_equal(ps[0].value, qs[0].value)
    np.testing.assert_array_equal(ps[1].value, qs[1].value)


def test_a_failing_update_keeps_the_gradients_and_names_the_parameter():
    class Failing(nn.Optimizer):
        def update(self, value, grad, lr):
            if value.size == 1:
                raise ZeroDivisionError("by the method")
            value -= lr * grad

    ps = parameters()
    ps[1].name = "layers.0.bias"
    give_gradients(ps)
    with pytest.raises(ZeroDivisionError) as caught:
        Failing(ps, 0.1).step()
    assert caught.value.__notes__ == [
        "in Failing.step, at Parameter 'layers.0.bias', 1: those before it are updated, and all "
        "gradients are kept"
    ]
    assert [parameter.grad.tolist() for parameter in ps] == [[1, 1], [1]]
    assert ps[1].value.tolist() == [3]


def test_an_optimizer_of_the_old_signature_is_rejected_with_the_new_one():
    with pytest.raises(TypeError, match=r"expected update\(self, value, grad, lr, ...\)"):

        class Momentum(nn.Optimizer):
            def update(self, parameter, grad, decay, memory):
                memory["v"] = grad
