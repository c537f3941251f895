"""A network, its loss and its decay are checked as one function of the data and the parameters."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_network
from nnlayers.testing.networks import NetworkSubject
from nnlayers.testing.objectives import Objective, WorkingCopy
from nnlayers.testing.plan import AS_GIVEN, Case
from tests.layers_for_tests import Center, Embedding
from tests.testing.networks.data import X, Y


def case(seed):
    return Case({}, X.shape, AS_GIVEN, seed)


def test_a_whole_objective_is_checked_and_left_as_it_is():
    model = nn.Sequential(
        nn.Dense(4, 6, rng=0), nn.ReLU(), nn.Dropout(0.2, rng=1), nn.Dense(6, 3, rng=2)
    )
    before, bits = model.state_dict(), model[2].rng.bit_generator.state
    report = check_network(model, nn.SoftmaxCrossEntropy(), X, Y, weight_decay=0.1)
    names = {"layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias"}
    assert report.name == "Sequential"
    assert report.verified == {"input", *names}
    assert report.never_verified() == []
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert model[2].rng.bit_generator.state == bits
    assert model.pending == 0
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            "N 4",
            "N",
            "expected x to be data, an array or a tuple of arrays, got 'N 4': nothing is drawn",
        ),
        (X, "N", "expected y to be data, .* got 'N'"),
        (X, lambda rng, N: rng.integers(0, 3, N), "expected y to be data, .* got <function"),
    ],
)
def test_what_draws_data_is_refused(x, y, message):
    with pytest.raises(TypeError, match=f"check_network: {message}"):
        check_network(nn.Sequential(nn.Dense(4, 3, rng=0)), nn.SoftmaxCrossEntropy(), x, y)


@pytest.mark.parametrize("x", [X.astype(np.float32), X.tolist(), np.round(X).astype(int)])
def test_inputs_of_other_types_are_converted(x):
    model = nn.Sequential(nn.Dense(4, 3, rng=0))
    verified = check_network(model, nn.SoftmaxCrossEntropy(), x, Y).verified
    assert verified - {"input"} == {"layers.0.weight", "layers.0.bias"}
    assert ("input" in verified) == (np.asarray(x).dtype.kind == "f")


def test_there_may_be_several_inputs_and_targets():
    class Sum(nn.Layer):
        def forward(self, x):
            self.save_for_backward(x[1].shape)
            return x[0] + x[1].sum(axis=1)[:, np.newaxis]

        def backward(self, grad):
            return grad, np.broadcast_to(grad.sum(axis=1)[:, np.newaxis], self.saved())

    class Product(nn.Loss):
        def forward(self, prediction, target):
            self.save_for_backward(target)
            return float((prediction * target[0] * target[1]).sum())

        def backward(self, grad=1.0):
            target = self.saved()
            return grad * target[0] * target[1]

    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    y = rng.standard_normal((5, 3)), rng.standard_normal((5, 3))
    assert check_network(Sum(), Product(), x, y).verified == {"input[0]", "input[1]"}


def test_integers_have_no_gradient():
    model = nn.Sequential(Embedding(4, 3), nn.Dense(3, 3, rng=0))
    report = check_network(model, nn.SoftmaxCrossEntropy(), np.array([0, 1, 3, 1, 2]), Y)
    assert report.verified == {"layers.0.weight", "layers.1.weight", "layers.1.bias"}


def test_running_statistics_are_the_same_in_each_pass():
    model = nn.Sequential(nn.Dense(4, 3, bias=False, rng=0), Center(3))
    check_network(model, nn.SoftmaxCrossEntropy(), X, Y)
    np.testing.assert_array_equal(model[1].mean.value, 0)


def test_a_layer_that_counts_in_a_plain_attribute_gets_a_new_copy_for_each_pass():
    class Annealed(nn.Layer):
        calls = 0

        def forward(self, x):
            self.calls += 1
            self.save_for_backward(self.calls)
            return x * self.calls

        def backward(self, grad):
            return grad * self.saved()

    model = nn.Sequential(nn.Dense(4, 3, rng=0), Annealed())
    subject = NetworkSubject(model, nn.SoftmaxCrossEntropy(), X, Y, 0.0)
    trial = subject.trial(case(0))
    assert trial.fresh is trial.new_copy
    assert not isinstance(trial.fresh, WorkingCopy)
    assert "layers.0.weight" in check_network(model, nn.SoftmaxCrossEntropy(), X, Y).verified


def test_weight_decay_is_part_of_the_objective():
    model = nn.Sequential(nn.Dense(4, 3, rng=0))
    model[0].weight.decay = 0.25
    objective = Objective(model, nn.SoftmaxCrossEntropy(), Y, 2.0).astype(np.float64)
    plain = Objective(model, nn.SoftmaxCrossEntropy(), Y, 0.0).astype(np.float64)
    squares = float((model[0].weight.value.astype(np.float64) ** 2).sum())
    assert objective.forward(X) - plain.forward(X) == pytest.approx(0.25 * squares)
    assert len(check_network(model, nn.SoftmaxCrossEntropy(), X, Y, weight_decay=2.0).verified) == 3


def test_a_frozen_parameter_is_left_out():
    model = nn.Sequential(nn.Dense(4, 3, rng=0))
    model[0].bias.trainable = False
    report = check_network(model, nn.SoftmaxCrossEntropy(), X, Y, weight_decay=0.1)
    assert report.verified == {"input", "layers.0.weight"}


def test_a_parameter_in_two_places_counts_from_the_first_one():
    model = nn.Sequential(nn.Dense(4, 4, rng=0), nn.Dense(4, 4, rng=1), nn.Dense(4, 3, rng=2))
    model[1].weight = model[0].weight
    report = check_network(model, nn.SoftmaxCrossEntropy(), X, Y)
    assert "layers.0.weight" in report.verified

    class Forgets(nn.Dense):
        def backward(self, grad):
            self.saved()
            return grad @ self.weight.value.T

    model = nn.Sequential(nn.Dense(4, 4, rng=0), Forgets(4, 4, bias=False, rng=1))
    model[1].weight = model[0].weight
    with pytest.raises(GradientError):
        check_network(model, nn.SoftmaxCrossEntropy(), X, Y)


def test_a_second_trial_has_other_parameters_and_the_same_data():
    subject = NetworkSubject(nn.Dense(4, 3, rng=0), nn.SoftmaxCrossEntropy(), X, Y, 0.0)
    one, other, again = (subject.trial(case(seed)) for seed in (0, 1, 1))
    np.testing.assert_array_equal(one.x, other.x)
    assert not np.allclose(one.blocks["weight"], other.blocks["weight"])
    np.testing.assert_array_equal(other.blocks["weight"], again.blocks["weight"])


def test_values_do_not_depend_on_what_was_run_before():
    model = nn.Sequential(nn.Dense(4, 6, rng=0), nn.ReLU(), Center(6), nn.Dense(6, 3, rng=1))
    for layers in (model, nn.Sequential(*model[:2], nn.Dropout(0.5, rng=2), model[3])):
        trial = NetworkSubject(layers, nn.SoftmaxCrossEntropy(), X, Y, 0.1).trial(case(0))
        for block, z in trial.blocks.items():
            changed = z + 0.01
            thing = trial.new_copy()
            x = changed if block == "input" else trial.x
            if block != "input":
                dict(thing.named_parameters())[block].value[...] = changed
            assert trial.value({block: changed})[0] == thing.forward(x)


@pytest.mark.parametrize(
    ("model", "loss", "message"),
    [
        (nn.MeanSquaredError(), nn.ReLU(), r"expected the model before the loss, .*: exchange them"),
        (nn.ReLU(), nn.ReLU(), r"expected a Loss, got ReLU\(\)"),
        (np.tanh, nn.MeanSquaredError(), "expected a Layer, got <ufunc 'tanh'>"),
    ],
)
def test_other_things_are_rejected(model, loss, message):
    with pytest.raises(TypeError, match=f"check_network: {message}"):
        check_network(model, loss, X, Y)


def test_a_network_that_does_not_take_the_data_raises_its_own_error():
    with pytest.raises(ValueError, match=r"Dense\(3, 2\): expected input of shape \(N, 3\)"):
        check_network(nn.Dense(3, 2, rng=0), nn.SoftmaxCrossEntropy(), X, Y)
