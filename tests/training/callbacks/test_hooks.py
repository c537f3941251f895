"""Callbacks: when hooks are called, in which order, and what ends a fit."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training.callbacks.base import OTHER_HOOKS
from tests.training.callbacks.callbacks_for_tests import DoesIn, Records
from tests.training.trainers_for_tests import X, Y, trainer, weights

HOOKS = list(OTHER_HOOKS)
OPTIONS = {"batch_size": 25, "rng": 0, "progress": False}  # two batches an epoch


def no_gradients(trained):
    return all(parameter.grad is None for parameter in trained.model.parameters())


def test_the_repr_of_a_callback_is_the_call_that_makes_it():
    class Mine(nn.Callback):
        def __init__(self, size, word="a"):
            self.size, self.word = size, word

    shown = [nn.EarlyStopping("loss", patience=3), nn.TimeLimit(9), nn.Checkpoint("run.npz"), Mine(2)]
    assert list(map(repr, shown)) == [
        "EarlyStopping(monitor='loss', patience=3, mode='min')",
        "TimeLimit(9.0)",
        "Checkpoint('run.npz')",
        "Mine(2)",
    ]
    assert repr(nn.LayerStatistics(X)).startswith("LayerStatistics(")


def test_every_hook_is_called_at_its_moment():
    seen = Records()
    trainer().fit(X, Y, epochs=2, callbacks=[seen], **OPTIONS)
    epochs = [
        (hook, epoch, batch)
        for epoch in (1, 2)
        for hook, batch in (
            *(("after_backward", 1), ("after_step", 1)),
            *(("after_backward", 2), ("after_step", 2), ("after_epoch", 2)),
        )
    ]
    expected = [("start", 0, 0), *epochs, ("finish", 2, 2)]
    assert [tuple(entry[1:]) for entry in seen.log] == expected


def test_hooks_are_called_in_the_order_of_the_list_and_finish_in_the_opposite_one():
    log = []
    trainer().fit(X, Y, epochs=1, callbacks=[Records("a", log), Records("b", log)], **OPTIONS)
    for hook in HOOKS:
        names = [name for name, called, *_ in log if called == hook]
        once = ["b", "a"] if hook == "finish" else ["a", "b"]
        assert names == once * (len(names) // 2)
        assert names


def test_gradients_are_there_after_backward_and_parameters_are_not_yet_changed():
    found = []

    class Looks(nn.Callback):
        def start(self, trainer):
            self.before = weights(trainer)

        def after_backward(self, trainer):
            same = np.array_equal(weights(trainer), self.before)
            found.append((same, no_gradients(trainer)))

        def after_step(self, trainer):
            found.append((np.array_equal(weights(trainer), self.before), no_gradients(trainer)))

    trainer().fit(X, Y, epochs=1, callbacks=[Looks()], **{**OPTIONS, "batch_size": 50})
    assert found == [(True, False), (False, True)]


def test_after_epoch_gets_the_figures_of_the_history():
    found = []

    class Looks(nn.Callback):
        def after_epoch(self, trainer, figures):
            found.append(
                (dict(figures), {name: column[-1] for name, column in trainer.history.items()})
            )

    trainer().fit(X, Y, epochs=2, validation_data=(X, Y), callbacks=[Looks()], **OPTIONS)
    assert len(found) == 2
    assert all(given == there and "val_accuracy" in given for given, there in found)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_raises_ends_the_fit_with_the_history_kept(hook):
    def fails(trainer):
        raise ZeroDivisionError("mine")

    seen, trained = Records(), trainer()
    fails_in = DoesIn(hook, fails, epoch=0 if hook == "start" else 2)
    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        trained.fit(X, Y, epochs=3, callbacks=[seen, fails_in], **OPTIONS)
    assert f"in the callback DoesIn.{hook}" in caught.value.__notes__
    epochs = {"start": 0, "after_backward": 1, "after_step": 1, "after_epoch": 2, "finish": 3}
    assert trained.history.epochs == epochs[hook]
    assert no_gradients(trained)
    assert trained.model.pending == 0
    assert seen.hooks[-1] == "finish"
    assert trained.failure is (None if hook == "finish" else caught.value)
    trained.fit(X, Y, epochs=1, **OPTIONS)
    assert trained.history.epochs == epochs[hook] + 1


def test_an_error_in_a_step_keeps_the_weights_before_it():
    def fails(trainer):
        raise ZeroDivisionError

    trained, before = trainer(), []

    class Looks(nn.Callback):
        def after_step(self, trainer):
            before.append(weights(trainer))

    with pytest.raises(ZeroDivisionError):
        trained.fit(
            X, Y, epochs=3, callbacks=[Looks(), DoesIn("after_backward", fails, epoch=2)], **OPTIONS
        )
    np.testing.assert_array_equal(weights(trained), before[-1])
    assert trained.optimizer.steps == 2


def test_all_finish_even_if_one_of_them_raises():
    def fails(trainer):
        raise ZeroDivisionError("mine")

    seen, average = Records(), nn.MovingAverage()
    trained = trainer()
    with pytest.raises(ZeroDivisionError):
        trained.fit(X, Y, epochs=1, callbacks=[seen, average, DoesIn("finish", fails)], **OPTIONS)
    assert seen.hooks[-1] == "finish"
    assert trained.evaluated_model is trained.model


@pytest.mark.parametrize("fails_before", [False, True])
def test_all_finish_even_if_one_of_them_is_interrupted(fails_before):
    def presses(trainer):
        raise KeyboardInterrupt

    def fails(trainer):
        raise ZeroDivisionError

    seen, trained = Records(), trainer()
    callbacks = [seen, DoesIn("finish", presses), DoesIn("finish", fails)]
    callbacks += [DoesIn("after_step", fails)] * fails_before
    with pytest.raises(KeyboardInterrupt):
        trained.fit(X, Y, epochs=1, callbacks=callbacks, **OPTIONS)
    assert seen.hooks[-1] == "finish"


def test_an_error_in_finish_is_a_note_of_the_error_that_ended_the_fit():
    def fails(trainer):
        raise ZeroDivisionError("first")

    def fails_too(trainer):
        raise LookupError("second")

    callbacks = [DoesIn("after_step", fails), DoesIn("finish", fails_too)]
    with pytest.raises(ZeroDivisionError, match="first") as caught:
        trainer().fit(X, Y, epochs=1, callbacks=callbacks, **OPTIONS)
    notes = caught.value.__notes__
    assert notes[-1] == "LookupError('second') in the callback DoesIn.finish"


def test_only_what_was_started_finishes():
    def fails(trainer):
        raise ZeroDivisionError

    log = []
    callbacks = [Records("a", log), DoesIn("start", fails), Records("b", log)]
    with pytest.raises(ZeroDivisionError):
        trainer().fit(X, Y, epochs=1, callbacks=callbacks, **OPTIONS)
    assert [entry[:2] for entry in log] == [("a", "start"), ("a", "finish")]


def test_finish_follows_ctrl_c_and_a_loss_that_is_not_finite():
    def presses(trainer):
        raise KeyboardInterrupt

    seen, trained = Records(), trainer()
    trained.fit(X, Y, epochs=3, callbacks=[seen, DoesIn("after_step", presses, 2)], **OPTIONS)
    assert (trained.interrupted, trained.history.epochs, seen.hooks[-1]) == (True, 1, "finish")
    seen, trained = Records(), trainer(lr=1e30)
    with pytest.raises(FloatingPointError):
        trained.fit(X, Y, epochs=9, callbacks=[seen], health=False, **OPTIONS)
    assert seen.hooks[-1] == "finish"


@pytest.mark.parametrize(
    ("hook", "epoch", "calls"),
    [
        ("start", 0, ["start", "finish"]),
        ("after_backward", 1, ["start", "after_backward", "after_step", "finish"]),
        ("after_step", 1, ["start", "after_backward", "after_step", "finish"]),
        ("after_epoch", 1, ["start", *["after_backward", "after_step"] * 2, "after_epoch", "finish"]),
        ("finish", 0, ["start", *["after_backward", "after_step"] * 2, "after_epoch", "finish"]),
    ],
)
def test_stop_ends_the_fit_in_every_hook(hook, epoch, calls):
    seen, trained = Records(), trainer()
    epochs = 1 if hook == "finish" else 3
    stops = DoesIn(hook, lambda trainer: trainer.stop(), epoch)
    trained.fit(X, Y, epochs=epochs, callbacks=[stops, seen], **OPTIONS)
    assert seen.hooks == calls
    assert trained.history.epochs == calls.count("after_epoch")
    assert trained.fit(X, Y, epochs=2, **OPTIONS).epochs == calls.count("after_epoch") + 2


def test_stop_outside_of_a_fit_does_nothing():
    trained = trainer()
    trained.stop()
    trained.fit(X, Y, epochs=1, **OPTIONS)
    trained.stop()
    assert trained.fit(X, Y, epochs=1, **OPTIONS).epochs == 2


def test_a_gradient_that_a_hook_made_not_finite_is_not_stepped_on():
    def spoils(trainer):
        trainer.model.parameters()[0].grad[0, 0] = np.nan

    trained, untouched = trainer(), trainer()
    with pytest.raises(FloatingPointError, match=r"layers\.0\.weight"):
        trained.fit(X, Y, epochs=1, callbacks=[DoesIn("after_backward", spoils)], **OPTIONS)
    np.testing.assert_array_equal(weights(trained), weights(untouched))


def test_a_fit_within_a_fit_is_refused():
    def fits(trainer):
        trainer.fit(X, Y, epochs=1, **OPTIONS)

    with pytest.raises(RuntimeError, match="a fit of this trainer is running, at epoch 1, batch 2"):
        trainer().fit(X, Y, epochs=1, callbacks=[DoesIn("after_epoch", fits)], **OPTIONS)


@pytest.mark.parametrize("verb", ["step", "fit"])
@pytest.mark.parametrize("is_other", [False, True])
def test_a_step_or_fit_within_a_step_is_refused(verb, is_other):
    def train(trainer):
        model = trainer.model
        optimizer = nn.SGD(model.parameters(), lr=0.1)
        other = nn.Trainer(model, trainer.loss, optimizer) if is_other else trainer
        if verb == "step":
            other.step(X, Y)
        else:
            other.fit(X, Y, epochs=1, **OPTIONS)

    trained, before = trainer(), weights(trainer())
    words = "a fit of this trainer is running" if (verb, is_other) == ("fit", False) else "a step is"
    with pytest.raises(RuntimeError, match=words) as error:
        trained.fit(X, Y, epochs=1, callbacks=[DoesIn("after_backward", train)], **OPTIONS)
    assert error.value.__notes__ == ["in the callback DoesIn.after_backward"]
    np.testing.assert_array_equal(weights(trained), before)
    trained.fit(X, Y, epochs=1, callbacks=[DoesIn("after_step", lambda t: t.step(X, Y))], **OPTIONS)
    assert trained.optimizer.steps == 3


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_of_other_libraries_are_refused_in_the_class(hook):
    for other in OTHER_HOOKS[hook]:
        with pytest.raises(TypeError, match=rf"Mine: a hook {other} is never called: define {hook}\("):
            type("Mine", (nn.Callback,), {other: lambda self, trainer: None})


def test_an_attribute_that_is_called_like_a_hook_of_others_is_allowed():
    assert type("Mine", (nn.Callback,), {"on_epoch_end": "a text"}).on_epoch_end == "a text"


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (None, TypeError, "expected a list of callbacks, got None"),
        (
            nn.EarlyStopping(),
            TypeError,
            r"expected a list of callbacks: give \[EarlyStopping\(\.\.\.\)\]",
        ),
        (nn.EarlyStopping, TypeError, r"a list of callbacks: give \[EarlyStopping\(\.\.\.\)\]"),
        ([nn.EarlyStopping], TypeError, r"make an instance, EarlyStopping\(\.\.\.\)"),
        ([print], TypeError, "expected callbacks to be nn.Callback objects, got <built-in"),
        ([Records()] * 2, ValueError, "the same one is listed twice"),
    ],
)
def test_what_is_not_a_list_of_callbacks_is_refused(given, error, message):
    trained = trainer()
    with pytest.raises(error, match=message):
        trained.fit(X, Y, epochs=1, callbacks=given, **OPTIONS)
    assert trained.optimizer.steps == 0


def test_a_hook_with_other_arguments_is_refused_before_the_first_step():
    class Short(nn.Callback):
        def after_epoch(self, trainer):
            pass

    trained = trainer()
    with pytest.raises(TypeError, match=r"Short\.after_epoch is called with \(trainer, figures\)"):
        trained.fit(X, Y, epochs=1, callbacks=[Short()], **OPTIONS)
    assert trained.optimizer.steps == 0


@pytest.mark.parametrize(("hook", "epochs"), [("start", 0), ("after_step", 1), ("after_epoch", 1)])
def test_a_layer_that_a_hook_unfreezes_has_to_be_in_the_optimizer(hook, epochs):
    model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    model.layers[0].trainable = False
    optimizer = nn.SGD(model.layers[2].parameters(), lr=0.1)
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)

    def unfreeze(trainer):
        trainer.model.layers[0].trainable = True

    callbacks = [DoesIn(hook, unfreeze)]
    with pytest.raises(ValueError, match=r"does not hold layers\.0\.weight, layers\.0\.bias"):
        trained.fit(X, Y, epochs=3, callbacks=callbacks, progress=False)
    assert trained.history.epochs == epochs
