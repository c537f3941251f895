"""Losses of several outputs."""

import copy

import numpy as np
import pytest

import nnlayers as nn


class Scaled(nn.Loss):
    """L = mean (scale y - t)², with a scale that is learned; it takes no weights."""

    def __init__(self):
        self.scale = nn.Parameter(1.0, decay=False)

    def forward(self, prediction, target):
        difference = self.scale.value * prediction - target
        self.save_for_backward(prediction, difference)
        return float(np.square(difference).mean())

    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = 2 * grad * difference / difference.size
        self.scale.add_grad((slope * prediction).sum())
        return slope * self.scale.value


@pytest.fixture
def data(rng):
    """Two predictions with their targets: classes and numbers."""
    y = rng.standard_normal((6, 4)), rng.standard_normal((6, 2))
    return y, (rng.integers(0, 4, 6), rng.standard_normal((6, 2)))


def two(factors=(1.0, 0.5)):
    return nn.Losses([nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()], factors=factors)


def alone(y, t, weights=(None, None)):
    """The values and the gradients of both losses, each by itself."""
    classes, squares = nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()
    values = classes.forward(y[0], t[0], weights[0]), squares.forward(y[1], t[1], weights[1])
    return values, (classes.backward(), squares.backward())


def test_it_is_the_sum_of_the_losses_with_their_factors(data):
    (first, second), gradients = alone(*data)
    loss = two()
    assert loss.forward(*data) == pytest.approx(first + 0.5 * second, rel=1e-14)
    found = loss.backward(3.0)
    assert type(found) is tuple
    np.testing.assert_allclose(found[0], 3 * gradients[0])
    np.testing.assert_allclose(found[1], 1.5 * gradients[1])
    assert two(None).evaluate(*data) == pytest.approx(first + second, rel=1e-14)
    assert two([0, 1]).evaluate(*data) == second


def test_weights_are_for_all_losses_or_for_each(data, rng):
    w, v = rng.uniform(0, 2, 6), rng.uniform(0, 2, (6, 2))
    w[0] = 0
    for given, each in [(w, (w, w)), ((w, v), (w, v)), ((None, v), (None, v)), ((w, None), (w, None))]:
        (first, second), gradients = alone(*data, each)
        loss = two()
        expected = first + 0.5 * second
        assert loss.evaluate(*data, given) == loss.forward(*data, given) == pytest.approx(expected)
        found = loss.backward()
        np.testing.assert_allclose(found[0], gradients[0])
        np.testing.assert_allclose(found[1], 0.5 * gradients[1])
    assert two().forward(*data, np.zeros(6)) == 0


def test_losses_may_nest_as_the_outputs_do(data):
    (y, t), rows = data, np.arange(6.0)
    loss = nn.Losses([two(), nn.MeanAbsoluteError()], factors=[2, 1])
    value = loss.forward((y, rows), (t, rows + 1))
    assert value == pytest.approx(2 * two().evaluate(y, t) + 1)
    (first, second), third = loss.backward()
    np.testing.assert_allclose(first, 2 * alone(y, t)[1][0])
    np.testing.assert_allclose(second, alone(y, t)[1][1])
    np.testing.assert_allclose(third, -1 / 6)
    weights = ((None, np.ones(6)), np.ones(6))
    assert loss.evaluate((y, rows), (t, rows + 1), weights) == pytest.approx(value)


def test_one_loss_may_stand_for_both_outputs(rng):
    y, t = (np.ones(2), np.full(3, 2.0)), (np.zeros(2), np.zeros(3))
    one = nn.MeanSquaredError()
    loss = nn.Losses([one, one])
    assert loss.forward(y, t) == 5
    first, second = loss.backward()
    assert (first.tolist(), second.tolist()) == ([1, 1], [4 / 3] * 3)


def test_evaluate_saves_nothing_and_asks_each_loss(data):
    class Softer(nn.SoftmaxCrossEntropy):
        def evaluate(self, prediction, target, weights=None):
            return 7.0

    loss = nn.Losses([Softer(), nn.MeanSquaredError()], factors=[1, 0])
    assert loss.evaluate(*data) == 7
    assert loss.forward(*data) != 7
    loss.clear_saved()
    assert loss.pending == loss.losses[0].pending == loss.losses[1].pending == 0


def test_parameters_of_the_losses_are_found_and_trained(data):
    loss = nn.Losses([nn.SoftmaxCrossEntropy(), Scaled()], factors=[1, 2])
    assert [path for path, _ in loss.named_parameters()] == ["losses.1.scale"]
    twin = copy.deepcopy(loss)
    loss.forward(*data)
    loss.backward()
    twin.losses[1].forward(data[0][1], data[1][1])
    twin.losses[1].backward(2.0)
    assert loss.losses[1].scale.grad == twin.losses[1].scale.grad


def test_an_error_names_the_output_and_leaves_nothing_behind(data):
    (y, t), loss = data, two()
    with pytest.raises(ValueError, match=r"MeanSquaredError.*expected a target of the pred") as error:
        loss.forward(y, (t[0], t[1][:, :1]))
    assert error.value.__notes__ == ["in losses.1, MeanSquaredError"]
    assert loss.pending == loss.losses[0].pending == 0
    with pytest.raises(ValueError, match=r"expected labels in 0 \.\.\. 3") as error:
        loss.check_target((t[0] + 1, t[1]), ((6, 4), (6, 2)))
    assert error.value.__notes__ == ["in losses.0, SoftmaxCrossEntropy"]
    with pytest.raises(ValueError, match=r"expected weights of shape \(6,\)") as error:
        loss.evaluate(y, t, np.ones((6, 2)))
    assert error.value.__notes__ == ["in losses.0, SoftmaxCrossEntropy"]
    with pytest.raises(TypeError, match="takes no weights") as error:
        nn.Losses([nn.SoftmaxCrossEntropy(), Scaled()]).forward(y, t, np.ones(6))
    assert error.value.__notes__ == ["in losses.1, Scaled"]
    with pytest.raises(RuntimeError, match="backward without its forward"):
        loss.backward()


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda y, t: (y[0], t), TypeError, r"the prediction to be a tuple of 2.*of shape \(6, 4\)$"),
        (lambda y, t: (y, t[0]), TypeError, r"the target to be a tuple of 2, one for each loss"),
        (lambda y, t: (y, [*t]), TypeError, r"got a list of 2: write \(a, b\), not \[a, b\]$"),
        (lambda y, t: (y[:1], t), ValueError, "the prediction .* got a tuple of 1"),
        (lambda y, t: (y, (*t, t[0])), ValueError, "the target .* got a tuple of 3"),
        (lambda y, t: (y, t, (None,)), ValueError, "the weights to be a tuple of 2"),
        (lambda y, t: (y, t, (1.0, 2.0)), ValueError, r"expected weights of shape \(6,\), got \(\)"),
    ],
)
def test_what_is_not_a_tuple_of_as_many_is_refused(change, error, match, data):
    for verb in (two().forward, two().evaluate):
        with pytest.raises(error, match=match):
            verb(*change(*data))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([],), TypeError, r"a list of at least one loss, got \[\]$"),
        ((nn.Huber(),), TypeError, r"got Huber\(\): write Losses\(\[Huber\(\), ...\]\)$"),
        (([nn.Huber(), nn.Huber],), TypeError, r"a Loss at place 1, .*: make one, Huber\(\)$"),
        (([nn.Huber(), "mse"],), TypeError, "a Loss at place 1, got 'mse'"),
        (([nn.Huber()], [1, 2]), ValueError, r"1 factors, one for each loss, got \[1, 2\]$"),
        (([nn.Huber()], 2.0), ValueError, "1 factors, one for each loss, got 2.0"),
        (([nn.Huber()], [np.nan]), ValueError, "finite numbers, got nan"),
        (([nn.Huber()], ["1"]), ValueError, "finite numbers, got '1'"),
    ],
)
def test_losses_and_factors_that_do_not_fit_are_refused(arguments, error, match):
    with pytest.raises(error, match=f"Losses: expected .*{match}"):
        nn.Losses(*arguments)


def test_its_repr_is_the_call_that_makes_it():
    assert repr(two()) == "Losses([SoftmaxCrossEntropy(), MeanSquaredError()], factors=[1.0, 0.5])"


def test_a_trainer_reports_the_loss_of_each_output(data, rng):
    x, (_, t) = rng.standard_normal((6, 3)).astype(np.float32), data
    model = nn.Fork(nn.Dense(3, 4, rng=0), nn.Dense(3, 2, rng=0))
    trainer = nn.Trainer(model, two(), nn.SGD(model.parameters(), lr=0.1))
    history = trainer.fit(x, t, epochs=2, rng=0, progress=False, health=False)
    assert list(history) == ["loss", "penalty", "loss_0", "loss_1"]
    figures = trainer.evaluate(x, t)
    y = trainer.predict(x)
    (first, second), _ = alone(y, t)
    assert figures == pytest.approx({"loss": first + 0.5 * second, "loss_0": first, "loss_1": second})


def test_a_trainer_refuses_a_network_with_another_number_of_outputs(data, rng):
    x, (_, t) = rng.standard_normal((6, 3)).astype(np.float32), data
    for model in (nn.Dense(3, 4), nn.Fork(nn.Dense(3, 4), nn.Dense(3, 2), nn.Dense(3, 1))):
        trainer = nn.Trainer(model, two(), nn.SGD(model.parameters(), lr=0.1))
        with pytest.raises(ValueError, match=r"expected a network with 2 outputs, .*end in a Fork"):
            trainer.fit(x, t, epochs=1)
