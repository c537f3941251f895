"""The health report: what it says of trainings that go wrong, and that it is silent otherwise."""

import copy
import itertools
import pickle
import re
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.watch import observe
from tests.training import healthy
from tests.training.trainers_for_tests import X, Y, trainer, weights
from tests.training.unhealthy import (
    HEALTHY,
    NOISE,
    UNHEALTHY,
    A,
    B,
    Fit,
    Huber,
    Own,
    network,
    regression,
)


def said(fit, **options):
    """The trainer after a fit, and the warnings."""
    trained = fit.trainer()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit.fit(trained, **options)
        except FloatingPointError:
            assert trained.history.epochs < fit.epochs
    assert {warning.category for warning in caught} <= {nn.HealthWarning}
    return trained, [str(warning.message) for warning in caught]


@pytest.mark.parametrize("key", UNHEALTHY)
def test_a_training_that_goes_wrong_is_told_why(key):
    fit = UNHEALTHY[key]
    trained, texts = said(fit)
    finding = trained.health[fit.name]
    assert finding.cause.endswith(".")
    assert finding.remedy.endswith(".")
    assert finding.cause in str(trained.health)
    if fit.name != "not-finite":  # that is an error, not a warning
        assert sum(finding.cause in text for text in texts) == 1
    assert trained.health.problems == []


def test_every_finding_is_provoked_here_and_listed_in_the_documentation():
    folder = Path(nn.__file__).parent / "training/health"
    code = "".join(path.read_text() for path in folder.glob("*.py"))
    page = Path(__file__).parents[2].joinpath("docs/going-wrong.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    names = set(re.findall(r'Finding\(\s*"([a-z-]+)"', code))
    assert names == set(re.findall(r"`([a-z-]+)`", "".join(rows)))
    assert names == {fit.name for fit in UNHEALTHY.values()}


@pytest.mark.parametrize("key", HEALTHY)
def test_a_healthy_training_is_told_nothing(key):
    trained, texts = said(HEALTHY[key])
    assert texts == []
    assert not trained.health
    assert trained.health.problems == []


@pytest.mark.parametrize("seed", range(26))
def test_nothing_is_said_of_trainings_drawn_at_random(seed):
    assert healthy.run(seed)[1] == []


@pytest.mark.parametrize("key", ["pixels", "softmax", "a rate of 1e-8", "batch larger than the data"])
def test_the_report_can_be_switched_off(key):
    trained, texts = said(UNHEALTHY[key], health=False)
    assert texts == []
    assert not trained.health


@pytest.mark.parametrize(
    ("key", "match"),
    [
        ("a rate of 1e-8", "Raise the learning rate; it is 1e-08"),
        (
            "a limit of 1e-6 for gradients",
            "Raise clip_norm: it is 1e-06, and the norm of the gradients",
        ),
        ("dead output", "that of all weights is 0"),
        ("a schedule that has ended", "gave 0 in .* of the steps"),
        ("targets of 1e-8", "The targets are small"),
        ("a layer without its gradient", "layers.0.factor was not changed"),
        ("a branch that passes no gradient on", r"layers.0.layers.1.layers.0.weight \(and 1 more\)"),
    ],
)
def test_the_remedy_goes_with_the_cause(key, match):
    finding = said(UNHEALTHY[key])[0].health[UNHEALTHY[key].name]
    assert re.search(match, str(finding))


# What is certain is said at once


@pytest.mark.parametrize(
    ("key", "at_once"),
    [
        ("pixels", True),
        ("Standardize before its fit", True),
        ("softmax", True),
        ("batch larger than the data", True),
        ("biases of -100", True),
        ("a rate of 1e-8", False),
        ("labels at random", False),
    ],
)
def test_what_is_certain_is_said_before_the_first_step(key, at_once):
    fit = UNHEALTHY[key]
    trained = fit.trainer()
    before = trained.model.state_dict()
    with warnings.catch_warnings():
        warnings.simplefilter("error", nn.HealthWarning)
        with pytest.raises(nn.HealthWarning, match=fit.name):
            fit.fit(trained)
    finding = trained.health[fit.name]
    assert finding.at_once == at_once
    unchanged = all((before[k] == v).all() for k, v in trained.model.state_dict().items())
    assert unchanged == at_once
    assert finding.epoch == trained.history.epochs == (0 if at_once else fit.epochs)


def test_units_that_die_in_a_long_training_are_noticed_while_it_runs():
    class Killer(nn.SGD):
        def step(self):
            super().step()
            if self.steps == 50:
                self.parameters[1].value[...] = -100

    fit = Fit("dead-units", method=Killer, epochs=400)
    trained, texts = said(fit)
    finding = trained.health["dead-units"]
    assert finding.at_once
    assert 0 < finding.epoch < 400
    assert sum("dead-units" in text for text in texts) == 1


def test_the_warning_points_to_the_line_that_calls_fit():
    trained = Fit("").trainer()
    with pytest.warns(nn.HealthWarning) as caught:
        trained.fit(X[:, [0, 1, 2, 3] * 2], Y, epochs=5, batch_size=1000, progress=False)
    assert caught[0].filename == __file__


def test_a_short_trial_is_judged_but_nothing_is_said():
    trained = Fit("").trainer()
    x = np.zeros((50, trained.model[0].in_features))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained.fit(x, Y[:50], epochs=2, rng=0, progress=False)
    assert "constant-inputs" in trained.health
    with pytest.warns(nn.HealthWarning, match="constant-inputs"):
        trained.fit(x, Y[:50], epochs=5, rng=0, progress=False)


# Several fits


def test_the_epochs_of_several_fits_on_the_same_data_count_together():
    fit = Fit("loss-at-chance", lambda: nn.Dense(8, 4, rng=0), x=NOISE, y=np.arange(1600) % 4)
    trained, texts = fit.trainer(), []
    for epoch in range(8):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trained.fit(fit.x, fit.y, epochs=1, rng=epoch, progress=False)
        texts += caught
    assert "loss-at-chance" in trained.health
    assert len(texts) == 1  # each thing is said once in a loop of short fits
    assert trained.health.epochs == 8


@pytest.mark.parametrize("loss", [nn.MeanSquaredError, Huber])
def test_each_thing_is_said_once_in_a_loop_of_short_fits_though_its_numbers_change(loss):
    trained = regression("", loss=loss, optimizer={"lr": 1e-8}).trainer()
    counts = []
    for epochs in (1,) * 16 + (5,):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trained.fit(A, 1e4 * B + 1e5, epochs=epochs, batch_size=4, rng=0, progress=False)
        counts.append(sum("target-scale" in str(warning.message) for warning in caught))
    assert counts == [1] + 15 * [0] + [1]  # the last, longer one is not of such a loop


def test_other_data_begin_a_new_report():
    trained = Fit("").trainer()
    x, y = UNHEALTHY["pixels"].x, UNHEALTHY["pixels"].y
    trained.fit(x / 128 - 1, y, epochs=3, rng=0, progress=False)
    trained.fit(x / 128 - 1, (y == 0).astype(int), epochs=2, rng=0, progress=False)
    assert (trained.health.epochs, len(trained.health.losses)) == (2, 2)
    assert trained.history.epochs == 5


# It changes nothing


@pytest.mark.parametrize("momentum", [0, 0.9])
def test_training_is_bit_identical_with_and_without(momentum):
    found = []
    for health in (True, False):
        trained = trainer(momentum=momentum, weight_decay=0.01)
        rng = np.random.default_rng(5)
        trained.fit(X, Y, epochs=40, batch_size=8, rng=rng, progress=False, health=health)
        state = trained.model[2].rng.bit_generator.state["state"]
        found.append((weights(trained), dict(trained.history), state, rng.random()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]


def test_a_layer_whose_predict_draws_and_counts_is_not_disturbed():
    class Restless(nn.Layer):
        def __init__(self):
            self.rng = np.random.default_rng(0)
            self.calls = [0]

        def forward(self, x):
            self.calls[0] += 1
            return x + self.rng.random(x.shape, dtype=np.float32) * self.calls[0]

        predict = forward

        def backward(self, grad):
            return grad

    found = []
    for health in (True, False):
        model = nn.Sequential(nn.Dense(4, 3, rng=0), Restless())
        trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
        trained.fit(X, Y, epochs=2, rng=0, progress=False, health=health)
        found.append((weights(trained), model[1].calls[0]))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_a_loss_that_remembers_is_not_disturbed():
    class Counting(nn.MeanSquaredError):
        calls = 0

        def value(self, y, t):
            self.calls += 1
            return super().value(y, t)

    counts = []
    for health in (True, False):
        trained = regression("", loss=Counting).trainer()
        trained.fit(A, B, epochs=2, rng=0, progress=False, health=health)
        counts.append(trained.loss.calls)
    assert counts[0] == counts[1]


def test_parameters_are_not_copied_for_a_look():
    model, seen = network(), []
    twin = observe(model, "predict", X[:, [0, 1, 2, 3] * 2], lambda *a: seen.append(a), shared=[])
    assert twin.shape == (50, 4)
    assert seen[0][1].weight is not model[0].weight
    seen.clear()
    observe(model, "predict", np.ones((2, 8)), lambda *a: seen.append(a), shared=model.parameters())
    assert seen[0][1].weight is model[0].weight
    assert seen[0][1] is not model[0]


@pytest.mark.parametrize(("epochs", "looks"), [(1, 2), (20, 2), (400, 4)])
def test_looks_are_few_however_long_the_training_is(epochs, looks, monkeypatch):
    from nnlayers.training.health import watcher as health

    counted, real = itertools.count(1), health.look
    monkeypatch.setattr(health, "look", lambda *a, **k: (next(counted), real(*a, **k))[1])
    trained = trainer()
    trained.fit(X[:32], Y[:32], epochs=epochs, rng=0, progress=False, health=True)
    assert next(counted) - 1 <= looks
    assert len(trained.health.updates) <= 3


def test_a_loop_around_short_fits_looks_at_few_of_them(monkeypatch):
    from nnlayers.training.health import watcher as health

    counted, real = itertools.count(1), health.look
    monkeypatch.setattr(health, "look", lambda *a, **k: (next(counted), real(*a, **k))[1])
    trained = trainer()
    for epoch in range(40):
        trained.fit(X[:32], Y[:32], epochs=1, rng=epoch, progress=False)
    assert next(counted) - 1 == 2 * 6  # before and after fits 1, 2, 4, 8, 16, 32
    assert trained.health.epochs == len(trained.health.losses) == 40


# What cannot be looked at


class Locked(nn.Layer):
    """Cannot be copied."""

    def __init__(self):
        self.lock = threading.Lock()

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad


def test_a_model_that_cannot_be_copied_trains_and_is_judged_by_what_is_known():
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Locked())
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.warns(nn.HealthWarning, match="large-batch"):
        trained.fit(X, Y, epochs=5, batch_size=100, rng=0, progress=False)
    assert trained.history.epochs == 5
    assert "cannot pickle" in str(trained.health)


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_what_fails_in_a_look_does_not_end_the_training(verb):
    trained = trainer()
    twin = copy.deepcopy
    thing = {"predict": trained.model[0], "evaluate": trained.loss}[verb]

    class Fragile(type(thing)):
        def __deepcopy__(self, memo):
            raise RuntimeError("not me")

    thing.__class__ = Fragile
    assert twin is copy.deepcopy
    trained.fit(X, Y, epochs=4, batch_size=8, rng=0, progress=False)
    assert trained.history.epochs == 4
    assert any("not me" in problem for problem in trained.health.problems)


def test_an_interrupted_fit_is_judged_by_the_epochs_that_it_had():
    class Stop(nn.SGD):
        def step(self):
            super().step()
            if self.steps == 400:
                raise KeyboardInterrupt

    fit = Fit("loss-at-chance", lambda: nn.Dense(8, 4, rng=0), x=NOISE, y=np.arange(1600) % 4)
    fit.method, fit.epochs = Stop, 100
    trained, texts = said(fit)
    assert trained.interrupted
    assert "loss-at-chance" in trained.health
    assert len(texts) == 1


# The report as an object


def test_a_report_can_be_read():
    trained, _ = said(UNHEALTHY["pixels"])
    health = trained.health
    assert len(health) == len(list(health)) == len(health.findings)
    assert health[0] is health["input-scale"]
    assert "input-scale" in health
    assert health[0] in health
    assert "no-such" not in health
    with pytest.raises(KeyError, match="no finding is named 'no-such'; there are"):
        health["no-such"]
    assert "input-scale (before the first step)" in str(health)
    assert "loss-at-chance (after epoch 15)" in str(health)
    assert repr(health).startswith("Health(input-scale, ")
    assert set(health[0].numbers) == {"mean", "deviation"}


def test_a_trainer_with_a_report_can_be_copied_and_pickled():
    trained, _ = said(UNHEALTHY["a rate of 1e-8"])
    for twin in (copy.deepcopy(trained), pickle.loads(pickle.dumps(trained))):
        assert str(twin.health) == str(trained.health)
        assert twin.health["small-updates"] == trained.health["small-updates"]


def test_a_new_trainer_has_an_empty_report():
    health = trainer().health
    assert not health
    assert str(health) == "Health report: nothing was looked at."


# A loss that is not finite


@pytest.mark.parametrize(
    ("x", "y", "before", "lr", "match"),
    [
        (1e5 * A.astype(np.float64), B, [], 0.1, r"The scale of the inputs .* Standardize the inputs"),
        (1e5 * A, B, [], 0.1, r"The scale of the inputs .* Standardize the inputs"),
        (A + 1e5, B, [], 0.1, r"The scale of the inputs .* Standardize the inputs"),
        (1e5 * A, B, [nn.Standardize(8)], 0.1, r"Standardize\(8\) .layers.0. was never fitted"),
        (A, 1e12 * B, [], 1.0, r"The targets are large: .* Train on \(y - mean\) / std"),
        (A, B, [], 1e9, r"Lowering the learning rate often helps; it is 1e\+09"),
    ],
    ids=["float64", "inputs", "offset", "Standardize", "targets", "rate"],
)
@pytest.mark.parametrize("verb", ["fit", "step"])
def test_a_divergence_names_the_cause_that_fits(x, y, before, lr, match, verb):
    model = network(before=copy.deepcopy(before), out=1).astype(x.dtype)
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=lr))
    with pytest.raises(FloatingPointError, match=match):  # noqa: PT012 (the step that fails is not known)
        for _ in range(200 if verb == "step" else 1):
            if verb == "step":
                trained.step(x, y)
            else:
                trained.fit(x, y, epochs=40, rng=0, progress=False, health=False)


def test_large_targets_are_named_for_other_losses_too():
    model = network(out=1)
    trained = nn.Trainer(model, Own(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match="The targets are large"):
        trained.step(A, 1e4 * B)  # cosh overflows


def test_a_first_step_that_is_not_finite_is_not_blamed_on_the_rate():
    model = network(initializer=lambda shape, rng, dtype: np.full(shape, 1e30))
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match="No step was taken yet, so look at that layer"):
        trained.step(X[:, [0, 1, 2, 3] * 2], Y)


@pytest.mark.parametrize("callback", [nn.EarlyStopping(), nn.ReduceOnPlateau()])
def test_nothing_is_said_of_a_fit_that_a_callback_refuses_to_start(callback):
    fit = next(fit for fit in UNHEALTHY.values() if fit.name == "input-scale")
    trained = fit.trainer()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="needs validation data"):
            fit.fit(trained, callbacks=[callback])
