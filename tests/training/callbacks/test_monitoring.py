"""EarlyStopping and ReduceOnPlateau."""

import numpy as np
import pytest

import nnlayers as nn
from tests.training.callbacks.callbacks_for_tests import Figures
from tests.training.runs_for_tests import RunningMean
from tests.training.trainers_for_tests import X, Y, trainer, weights

OPTIONS = {"batch_size": 25, "rng": 0, "progress": False, "health": False}


def fit(values, *callbacks, trained=None, before=(), **options):
    """A fit in which ``val_accuracy`` has these values; it returns the trainer and all weights."""
    trained = trained or trainer()
    figures = Figures(values, "val_accuracy")
    every = [*before, figures, *callbacks]
    trained.fit(X, Y, epochs=len(values), validation_data=(X, Y), callbacks=every, **OPTIONS, **options)
    return trained, figures.weights


def early_stopping(**options):
    return nn.EarlyStopping("val_accuracy", **{"mode": "min", **options})


def assert_same(trained, state):
    for name, value in trained.model.state_dict().items():
        np.testing.assert_array_equal(value, state[name], name)


@pytest.mark.parametrize(
    ("options", "values", "epochs", "best"),
    [
        ({"patience": 2}, [3, 2, 1, 2, 3, 0], 5, 3),
        ({"patience": 1}, [3, 3, 0], 2, 1),
        ({"patience": 2}, [4, 3, 2, 1], 4, 4),
        ({"patience": 2, "mode": "max"}, [1, 2, 1, 1, 9], 4, 2),
        ({"patience": 2, "min_delta": 0.5}, [3, 2.6, 2.4, 2.3, 2.2], 5, 3),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.5, 1], 2, 1),
        ({"patience": 2}, [None, 2, None, 3, 1], 4, 2),
        ({"patience": 3}, [float("nan"), 2, float("nan"), 1], 4, 4),
        ({"patience": 2}, [float("inf"), float("inf"), 1], 2, 0),
    ],
)
def test_early_stopping_ends_and_puts_the_best_weights_back(options, values, epochs, best):
    stopping = early_stopping(**options)
    trained, measured = fit(values, stopping)
    assert (trained.history.epochs, stopping.best_epoch) == (epochs, best)
    assert_same(trained, measured[best - 1])
    if best not in (0, epochs):
        assert stopping.best == values[best - 1]
        with pytest.raises(AssertionError):
            assert_same(trained, measured[-1])


def test_the_weights_of_the_end_are_kept_if_that_is_asked_for():
    trained, measured = fit([1, 2, 3, 4], early_stopping(patience=2, restore_best=False))
    assert_same(trained, measured[2])


def test_the_best_weights_are_those_that_give_the_best_figure_again():
    trained = trainer(lr=2.0)
    stopping = nn.EarlyStopping(patience=4)
    history = trained.fit(X, Y, epochs=200, validation_data=(X, Y), callbacks=[stopping], **OPTIONS)
    assert stopping.best_epoch < history.epochs
    assert trained.evaluate(X, Y)["loss"] == min(history["val_loss"]) == stopping.best


def test_states_and_parameters_of_the_loss_come_back_too():
    class Scaled(nn.MeanSquaredError):
        def __init__(self):
            self.scale = nn.Parameter(np.ones(1))

        def backward(self, grad=1.0):
            self.scale.add_grad(np.ones(1))
            return super().backward(grad)

    model = nn.Sequential(nn.Dense(4, 3, rng=0), RunningMean(3), nn.Dense(3, 1, rng=1))
    loss = Scaled()
    optimizer = nn.SGD(model.parameters() + loss.parameters(), lr=0.01)
    trained, states = nn.Trainer(model, loss, optimizer), []

    class Looks(nn.Callback):
        def after_epoch(self, trainer, figures):
            states.append((loss.scale.value.copy(), model.layers[1].mean.value.copy()))

    callbacks = [Figures([2, 1, 2, 3], "val_loss"), Looks(), nn.EarlyStopping(patience=2)]
    target = X[:, :1]
    trained.fit(X, target, epochs=4, validation_data=(X, target), callbacks=callbacks, **OPTIONS)
    np.testing.assert_array_equal(loss.scale.value, states[1][0])
    np.testing.assert_array_equal(model.layers[1].mean.value, states[1][1])
    assert states[1][0] != states[3][0]


def test_the_best_weights_are_back_after_a_stop_but_not_after_an_error():
    class StopAt(nn.Callback):
        def after_step(self, trainer):
            if trainer.place.epoch == 4:
                trainer.stop()

    class FailAt(nn.Callback):
        def after_step(self, trainer):
            if trainer.place.epoch == 4:
                raise ZeroDivisionError

    trained, measured = fit([2, 1, 2, 3], early_stopping(), StopAt())
    assert_same(trained, measured[1])
    trained = trainer()
    with pytest.raises(ZeroDivisionError):
        fit([2, 1, 2, 3], early_stopping(), FailAt(), trained=trained)
    with pytest.raises(AssertionError):
        assert_same(trained, measured[1])


@pytest.mark.parametrize("average_first", [True, False])
def test_the_best_average_comes_back_in_both_orders(average_first):
    average, stopping = nn.MovingAverage(0.5), early_stopping(patience=2)
    after = [stopping] if average_first else [stopping, average]
    before = [average] if average_first else []
    trained, measured = fit([3, 1, 2, 3], *after, before=before)
    assert_same(trained, measured[1])


def test_a_second_fit_begins_anew():
    stopping, trained = early_stopping(patience=2), trainer()
    fit([1, 2, 3], stopping, trained=trained)
    assert trained.history.epochs == 3
    figures = Figures([0, 0, 0, 9, 10, 11, 12], "val_accuracy")
    trained.fit(X, Y, epochs=4, validation_data=(X, Y), callbacks=[figures, stopping], **OPTIONS)
    assert (trained.history.epochs, stopping.best_epoch) == (6, 4)


@pytest.mark.parametrize(
    ("monitor", "mode"),
    [
        ("val_loss", "min"),
        ("loss", "min"),
        ("val_mean_absolute_error", "min"),
        ("val_rmse", "min"),
        ("val_accuracy", "max"),
        ("val_f1", "max"),
        ("roc_auc", "max"),
        ("val_r2", "max"),
        ("val_precision", "max"),
        ("val_recall", "max"),
        ("val_average_precision", "max"),
        ("val_loss_0", "min"),
        ("penalty", "min"),
        ("val_top_5_accuracy", "max"),
        ("val_matthews_corrcoef", "max"),
        ("val_cohen_kappa_score", "max"),
        ("brier_score_loss", "min"),
        ("d2_absolute_error_score", "max"),
    ],
)
def test_whether_larger_is_better_follows_from_the_name(monitor, mode):
    assert nn.EarlyStopping(monitor).mode == mode
    assert nn.EarlyStopping(monitor, mode="min").mode == "min"


@pytest.mark.parametrize("monitor", ["val_error2", "val_profit", "neg_mean_squared_error", ""])
@pytest.mark.parametrize("kind", [nn.EarlyStopping, nn.ReduceOnPlateau])
def test_a_name_that_does_not_say_which_is_better_needs_a_mode(kind, monitor):
    with pytest.raises(
        ValueError, match=r"values are better: if it is right, give mode=\"min\" or mode=\"max\""
    ):
        kind(monitor)
    assert kind(monitor, mode="max").mode == "max"


@pytest.mark.parametrize(
    ("monitor", "message"),
    [
        (
            "val_acuracy_score",
            r"'val_acuracy_score' to monitor, only loss, .*accuracy \(give fit validation_data",
        ),
        ("acuracy_score", r"no figure 'acuracy_score' to monitor, only loss, penalty, accuracy\n"),
    ],
)
@pytest.mark.parametrize("kind", [nn.EarlyStopping, nn.ReduceOnPlateau])
def test_a_monitor_that_no_figure_has_lists_the_figures(kind, monitor, message):
    trained = trainer()
    with pytest.raises(ValueError, match=message) as caught:
        trained.fit(X, Y, epochs=3, callbacks=[kind(monitor)], **OPTIONS)
    assert caught.value.__notes__ == [f"in the callback {kind.__name__}.after_epoch"]
    assert trained.history.epochs == 1


@pytest.mark.parametrize("kind", [nn.EarlyStopping, nn.ReduceOnPlateau])
@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_a_figure_of_validation_data_without_them_is_refused_before_the_first_step(kind, name):
    trained = trainer()
    message = f"'val_{name}' needs validation data: give fit .*, or monitor '{name}'"
    with pytest.raises(ValueError, match=message):
        trained.fit(X, Y, epochs=3, callbacks=[kind(f"val_{name}")], **OPTIONS)
    assert trained.optimizer.steps == 0


@pytest.mark.parametrize("kind", [nn.EarlyStopping, nn.ReduceOnPlateau])
def test_a_patience_in_the_place_of_the_monitor_is_named(kind):
    with pytest.raises(TypeError, match=r"the name of a figure, .* got 5: give patience=5"):
        kind(5)
    with pytest.raises(TypeError, match=r"the name of a figure, .* got None$"):
        kind(None)


def test_a_figure_of_an_earlier_fit_does_not_stand_for_one_of_this_fit():
    trained = trainer()
    trained.fit(X, Y, epochs=1, validation_data=(X, Y), **OPTIONS)
    with pytest.raises(ValueError, match="'val_accuracy' needs validation data"):
        trained.fit(X, Y, epochs=9, callbacks=[nn.EarlyStopping("val_accuracy")], **OPTIONS)


def test_a_metric_may_have_its_first_value_in_a_later_epoch():
    trained, measured = fit([None, None, 2, 1, 3, 3], early_stopping(patience=3))
    assert_same(trained, measured[3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, "EarlyStopping: patience must be at least 1"),
        ({"patience": 1.5}, "EarlyStopping"),
        ({"min_delta": -1}, "EarlyStopping.*min_delta"),
        ({"mode": "auto"}, "expected mode to be 'min' or 'max', got 'auto'"),
    ],
)
def test_impossible_arguments_are_refused(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        nn.EarlyStopping(**options)


def test_the_rate_is_lowered_on_a_plateau():
    rates = []

    class Looks(nn.Callback):
        def after_epoch(self, trainer, figures):
            rates.append(trainer.optimizer.lr)

    plateau = nn.ReduceOnPlateau("val_accuracy", mode="min", patience=2, factor=0.5, min_lr=0.03)
    fit([3, 3, 3, 3, 3, 2, 2, 2, 2], plateau, Looks(), trained=trainer(lr=0.1))
    assert rates == [0.1, 0.1, 0.05, 0.05, 0.03, 0.03, 0.03, 0.03, 0.03]


def test_a_rate_below_the_smallest_is_not_raised():
    trained, _ = fit(
        [1, 1], nn.ReduceOnPlateau("loss", min_delta=9, patience=1, min_lr=0.5), trained=trainer(lr=0.1)
    )
    assert trained.optimizer.lr == 0.1


def test_a_schedule_is_refused_before_the_first_step():
    trained = trainer(lr=nn.schedules.cosine(0.1, steps=10))
    before = weights(trained)
    with pytest.raises(ValueError, match="ReduceOnPlateau: the learning rate is the schedule cosine"):
        trained.fit(X, Y, epochs=1, callbacks=[nn.ReduceOnPlateau("loss")], **OPTIONS)
    np.testing.assert_array_equal(weights(trained), before)


@pytest.mark.parametrize("factor", [0, 1, 2, -0.5])
def test_a_factor_that_does_not_lower_is_refused(factor):
    with pytest.raises(ValueError, match="factor"):
        nn.ReduceOnPlateau(factor=factor)
