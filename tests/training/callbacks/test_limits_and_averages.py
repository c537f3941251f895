"""TimeLimit and MovingAverage."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training.callbacks import limits
from tests.training.callbacks.callbacks_for_tests import DoesIn
from tests.training.runs_for_tests import RunningMean
from tests.training.trainers_for_tests import X, Y, trainer, weights

OPTIONS = {"batch_size": 10, "rng": 0, "progress": False, "health": False}


@pytest.fixture
def clock(monkeypatch):
    """A clock that steps forward by a second whenever a step is taken."""

    class Clock(nn.Callback):
        now = 100.0

        def after_step(self, trainer):
            self.now += 1

    clock = Clock()
    monkeypatch.setattr(limits.time, "monotonic", lambda: clock.now)
    return clock


def test_the_time_limit_ends_a_fit_with_the_step_that_reaches_it(clock):
    trained, limit = trainer(), nn.TimeLimit(7)
    trained.fit(X, Y, epochs=9, callbacks=[clock, limit], **OPTIONS)
    assert (trained.optimizer.steps, trained.history.epochs, limit.elapsed) == (7, 1, 7.0)


def test_each_fit_has_its_own_time(clock):
    trained, limit = trainer(), nn.TimeLimit(7)
    for steps in (7, 14):
        trained.fit(X, Y, epochs=9, callbacks=[clock, limit], **OPTIONS)
        assert trained.optimizer.steps == steps
        clock.now += 1000


def test_the_time_of_a_run_before_counts_but_not_the_time_between(clock, tmp_path):
    def fit(seconds, epochs=9):
        trained = trainer()
        callbacks = [clock, nn.TimeLimit(seconds)]
        path = tmp_path / "run.npz"
        trained.fit(X, Y, epochs=epochs, callbacks=callbacks, checkpoint=path, **OPTIONS)
        return trained.optimizer.steps

    assert fit(7, epochs=1) == 5
    clock.now += 1000
    assert fit(7) == 7
    assert fit(7) == 7  # the time is over
    assert fit(9) == 9


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "1 h"])
def test_impossible_times_are_refused(seconds):
    with pytest.raises((ValueError, TypeError), match="TimeLimit"):
        nn.TimeLimit(seconds)


class Values(nn.Callback):
    """The weights after each step."""

    def __init__(self):
        self.of_steps = []

    def after_step(self, trainer):
        self.of_steps.append(trainer.model.state_dict())


def averaged(first, of_steps, decay):
    """The moving average in plain float64."""
    average = {name: value.astype(np.float64) for name, value in first.items()}
    for t, values in enumerate(of_steps, 1):
        d = min(decay, (1 + t) / (10 + t))
        average = {name: d * average[name] + (1 - d) * values[name] for name in average}
    return average


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9, 0.999])
def test_the_model_has_the_average_in_the_end(decay):
    trained, values = trainer(), Values()
    first = trained.model.state_dict()
    trained.fit(X, Y, epochs=3, callbacks=[values, nn.MovingAverage(decay)], **OPTIONS)
    expected = averaged(first, values.of_steps, decay)
    for name, value in trained.model.state_dict().items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6)


def test_small_changes_count_in_float16_too():
    model, values = trainer().model.astype(np.float16), Values()
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.02))
    first = trained.model.state_dict()
    trained.fit(X, Y, epochs=200, callbacks=[values, nn.MovingAverage(0.99)], **OPTIONS)
    expected = averaged(first, values.of_steps, 0.99)
    for name, value in trained.model.state_dict().items():
        assert value.dtype == np.float16
        np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-6)


def test_training_goes_on_with_the_weights_and_validation_has_the_average():
    with_average, without = trainer(), trainer()
    values, others, measured = Values(), Values(), []

    class Looks(nn.Callback):
        def after_epoch(self, trainer, figures):
            model = trainer.evaluated_model
            found = nn.Trainer(model, trainer.loss, nn.SGD(model.parameters(), 0.1)).evaluate(X, Y)
            measured.append((found["loss"], figures["val_loss"]))

    options = {"epochs": 3, "validation_data": (X, Y), **OPTIONS}
    with_average.fit(X, Y, callbacks=[values, nn.MovingAverage(0.9), Looks()], **options)
    without.fit(X, Y, callbacks=[others], **options)
    for one, other in zip(values.of_steps, others.of_steps, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    assert with_average.history["loss"] == without.history["loss"]
    assert with_average.history["val_loss"] != without.history["val_loss"]
    assert all(one == other for one, other in measured)
    assert with_average.evaluate(X, Y)["loss"] == with_average.history["val_loss"][-1]


def test_running_statistics_are_those_of_the_model():
    model = nn.Sequential(nn.Dense(4, 5, rng=0), RunningMean(5), nn.Dense(5, 3, rng=1))
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    values = Values()
    trained.fit(X, Y, epochs=2, callbacks=[values, nn.MovingAverage(0.9)], **OPTIONS)
    np.testing.assert_array_equal(model.layers[1].mean.value, values.of_steps[-1]["layers.1.mean"])


def test_a_second_fit_averages_from_the_weights_that_it_begins_with(tmp_path):
    trained, average = trainer(), nn.MovingAverage(0.9)
    trained.fit(X, Y, epochs=1, callbacks=[average], checkpoint=tmp_path / "run.npz", **OPTIONS)
    trained = trainer()
    again = nn.MovingAverage(0.9)
    trained.fit(X, Y, epochs=2, callbacks=[again], checkpoint=tmp_path / "run.npz", **OPTIONS)
    first, values = trained.model.state_dict(), Values()
    trained.fit(X, Y, epochs=1, callbacks=[again, values], **OPTIONS)
    expected = averaged(first, values.of_steps, 0.9)
    for name, value in trained.model.state_dict().items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6)


def test_after_an_error_the_model_has_its_own_weights():
    def fails(trainer):
        raise ZeroDivisionError

    trained, values = trainer(), Values()
    callbacks = [nn.MovingAverage(0.9), values, DoesIn("after_epoch", fails)]
    with pytest.raises(ZeroDivisionError):
        trained.fit(X, Y, epochs=1, callbacks=callbacks, **OPTIONS)
    expected = np.concatenate([value.ravel() for value in values.of_steps[-1].values()])
    np.testing.assert_array_equal(weights(trained), expected)


def test_the_average_of_float16_weights_goes_on_moving(tmp_path):
    def make():
        model = trainer().model.astype(np.float16)
        return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=1e-2))

    trained, values, average = make(), Values(), nn.MovingAverage(0.999)
    first = trained.model.state_dict()
    trained.fit(X, Y, epochs=40, callbacks=[values, average], **OPTIONS)
    expected = averaged(first, values.of_steps, 0.999)
    for name, value in trained.model.state_dict().items():
        assert value.dtype == np.float16
        np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-4)

    path = tmp_path / "run.npz"
    for epochs in (20, 40):
        resumed, again = make(), nn.MovingAverage(0.999)
        resumed.fit(X, Y, epochs=epochs, callbacks=[again], checkpoint=path, **OPTIONS)
    for name, value in average.state_dict()["values"].items():
        np.testing.assert_array_equal(value, again.state_dict()["values"][name])


def test_a_second_average_is_refused_before_the_first_step():
    trained, before = trainer(), weights(trainer())
    with pytest.raises(ValueError, match="give one MovingAverage"):
        trained.fit(X, Y, epochs=1, callbacks=[nn.MovingAverage(), nn.MovingAverage(0.9)], **OPTIONS)
    np.testing.assert_array_equal(weights(trained), before)
    trained.fit(X, Y, epochs=1, callbacks=[nn.MovingAverage()], **OPTIONS)


@pytest.mark.parametrize("decay", [1, -0.1, 2, float("nan"), "0.9"])
def test_impossible_decays_are_refused(decay):
    with pytest.raises((ValueError, TypeError), match="MovingAverage"):
        nn.MovingAverage(decay)
