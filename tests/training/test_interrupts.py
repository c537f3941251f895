"""Ctrl-C during training."""

import _thread
import math
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training import interrupts, progress
from tests.layers_for_tests import pending
from tests.training.trainers_for_tests import X, Y, trainer, weights


@pytest.fixture(autouse=True)
def _default_handler(monkeypatch):
    """Install Python's own handler: a shell may have started the tests with Ctrl-C ignored."""
    monkeypatch.setattr(interrupts.Interrupts, "unknown", (-math.inf, None))  # what other tests pressed
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    after = signal.signal(signal.SIGINT, old)
    assert after is signal.default_int_handler, "fit left its handler behind"


def press(times=1):
    for _ in range(times):
        os.kill(os.getpid(), signal.SIGINT)


class Pressing(nn.Layer):
    """Presses Ctrl-C in the forward passes of these numbers, or in the first prediction after one."""

    def __init__(self, *numbers, after=None, press=press):
        self.numbers, self.after, self.press = numbers, after, press
        self.passes = 0
        self.predictions = 0

    def forward(self, x):
        self.passes += 1
        self.predictions = 0
        if self.passes in self.numbers:
            self.press()
        return x

    def predict(self, x):
        self.predictions += 1
        if self.passes == self.after and self.predictions == 1:
            self.press()
        return x

    def backward(self, grad):
        return grad


def pressing(*numbers, metrics=None, optimizer=nn.SGD, **options):
    """A trainer whose model presses Ctrl-C; `fit` takes 5 steps an epoch."""
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Pressing(*numbers, **options))
    optimizer = optimizer(model.parameters(), lr=0.1, momentum=0.9)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)


def fit(trained, epochs=1, progress=False, **options):
    return trained.fit(X, Y, epochs=epochs, batch_size=10, rng=0, progress=progress, **options)


class PressedInUpdate(nn.SGD):
    """Presses Ctrl-C in every update of a parameter."""

    def update(self, value, grad, lr, velocity):
        press()
        super().update(value, grad, lr, velocity)
        press()


def after_steps(count):
    """The weights of `pressing` after some steps that nothing interrupts."""
    trained = pressing()
    for x, y in list(nn.batches(X, Y, batch_size=10, rng=np.random.default_rng([0, 1])))[:count]:
        trained.step(x, y)
    return weights(trained)


def test_ctrl_c_ends_training_and_keeps_the_history():
    trained = pressing(12)
    history = fit(trained, epochs=100)
    assert trained.interrupted
    assert history.epochs == 2
    assert trained.optimizer.steps == 12  # the weights have the steps of the epoch that was cut short
    assert not any(pending(trained.model))
    assert fit(trained).epochs == 3
    assert not trained.interrupted


@pytest.mark.parametrize("again", [False, True])
def test_ctrl_c_never_interrupts_an_update(again):
    trained = pressing(*[1] * again, optimizer=PressedInUpdate)
    if again:
        with pytest.raises(KeyboardInterrupt):
            fit(trained)
    else:
        fit(trained)  # presses within one update count as one
    assert trained.interrupted
    assert trained.optimizer.steps == 1
    np.testing.assert_array_equal(weights(trained), after_steps(1))


def test_the_second_ctrl_c_raises_at_once_and_keeps_the_history():
    trained = pressing(13, press=lambda: press(2))
    with pytest.raises(KeyboardInterrupt):
        fit(trained, epochs=100)
    assert trained.interrupted
    assert (trained.history.epochs, trained.optimizer.steps) == (2, 12)
    assert not any(pending(trained.model))
    assert trained.model[0].weight.grad is None
    assert fit(trained).epochs == 3


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_during_validation_ends_the_epoch_without_a_line_in_the_history(times):
    trained = pressing(after=10, press=lambda: press(times))
    options = {"epochs": 100, "validation_data": (X, Y)}
    if times == 2:
        with pytest.raises(KeyboardInterrupt):
            fit(trained, **options)
    else:
        fit(trained, **options)
    assert trained.interrupted
    assert (trained.history.epochs, trained.optimizer.steps) == (1, 10)


def test_ctrl_c_during_validation_waits_for_its_batch_only():
    trained = pressing(after=5)
    fit(trained, epochs=3, validation_data=(np.zeros((5000, 4)), np.zeros(5000, int)))
    assert trained.interrupted
    assert trained.model[1].predictions == 1  # of five batches


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_after_the_last_step_leaves_a_whole_history(times, monkeypatch):
    class Closing(progress.Progress):
        def close(self):
            press(times)  # held back, they count as one

    monkeypatch.setattr(progress, "progress_line", Closing)
    trained = pressing()
    assert fit(trained, epochs=2, progress=True).epochs == 2
    assert trained.interrupted


LOOPS = pytest.mark.parametrize("new", [False, True], ids=["one trainer", "a grid of trainers"])


@LOOPS
def test_a_loop_around_fit_can_look_and_stop(new):
    trained, turns = pressing(12), 0
    for _ in range(100):
        trained = pressing(12) if new and turns == 2 else trained
        fit(trained, epochs=3 if new else 1)
        turns += 1
        if trained.interrupted:
            break
    assert turns == (1 if new else 3)


@LOOPS
def test_the_second_ctrl_c_ends_a_loop_around_fit_that_does_not_look(new):
    trained = pressing(3, 8)
    fit(trained)
    with pytest.raises(KeyboardInterrupt):
        fit(pressing(3) if new else trained)


def test_a_program_that_looked_has_its_next_fit_ended_by_one_ctrl_c():
    for _ in range(3):
        trained = pressing(3)
        fit(trained)
        assert trained.interrupted


def test_looking_does_not_make_the_loop_of_one_trainer_endless():
    trained = pressing(3, 8)
    fit(trained)
    assert trained.interrupted
    with pytest.raises(KeyboardInterrupt):
        fit(trained)


def test_after_an_exception_the_next_ctrl_c_is_the_first_again():
    for _ in range(2):
        trained = pressing(3, press=lambda: press(2))
        with pytest.raises(KeyboardInterrupt):
            fit(trained)
        fit(pressing(3))
        interrupts.Interrupts.unknown = (-math.inf, None)


def test_a_ctrl_c_of_a_minute_ago_is_forgotten(monkeypatch):
    clock = iter([0.0, 61.0, 122.0])
    monkeypatch.setattr(interrupts.time, "monotonic", lambda: next(clock))
    trained = pressing(3, 8, 13)
    for _ in range(3):
        fit(trained)
        assert trained.history.epochs == 0


@pytest.mark.parametrize("press", [_thread.interrupt_main, lambda: signal.raise_signal(signal.SIGINT)])
def test_other_ways_to_interrupt_are_alike(press):
    trained = pressing(7, press=press)
    assert fit(trained, epochs=9).epochs == 1
    assert trained.interrupted


def test_a_keyboard_interrupt_of_the_model_is_alike():
    def interrupt():
        raise KeyboardInterrupt

    trained = pressing(7, 8, press=interrupt)
    assert fit(trained, epochs=9).epochs == 1
    assert trained.interrupted
    with pytest.raises(KeyboardInterrupt):
        fit(trained)


def test_after_an_error_the_handler_is_put_back():
    def fail():
        press()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(pressing(3, press=fail))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_that_the_program_sets_during_fit_stays():
    heard = []
    fit(pressing(3, press=lambda: signal.signal(signal.SIGINT, lambda *args: heard.append(1))))
    press()
    assert signal.signal(signal.SIGINT, signal.default_int_handler) is not signal.default_int_handler
    assert heard == [1]


def test_a_handler_of_a_fit_that_has_ended_is_pythons_own():
    class Keeps(nn.Callback):
        def start(self, trainer):
            self.old = signal.signal(signal.SIGINT, signal.SIG_IGN)

    keeps = Keeps()
    fit(pressing(), callbacks=[keeps])
    signal.signal(signal.SIGINT, keeps.old)
    with pytest.raises(KeyboardInterrupt):
        press()
    trained = pressing(optimizer=PressedInUpdate)
    fit(trained)
    assert (trained.interrupted, trained.optimizer.steps) == (True, 1)


@pytest.mark.parametrize("times", [1, 2])
def test_a_fit_within_another_one_ends_both(times):
    inner = pressing(
        8, press=lambda: press(times)
    )  # in its second fit, when an epoch of the outer ends

    @nn.metrics.mean_over_samples
    def metric(prediction, target):
        fit(inner)
        return 0.0

    outer = pressing(metrics=[metric])
    if times == 2:
        with pytest.raises(KeyboardInterrupt):
            fit(outer, epochs=3)
    else:
        fit(outer, epochs=3)
    assert outer.interrupted
    assert (outer.history.epochs, outer.optimizer.steps) == (0, 5)
    assert (
        inner.history.epochs == 3 - times
    )  # the first Ctrl-C lets the inner one end, the second does not


def test_the_second_ctrl_c_leaves_a_fit_within_a_callback():
    inner, outer = pressing(3, 8), pressing()

    class Trains(nn.Callback):
        def after_epoch(self, trainer, figures):
            fit(inner, epochs=100)

    with pytest.raises(KeyboardInterrupt):
        fit(outer, epochs=3, callbacks=[Trains()])
    assert (inner.optimizer.steps, outer.optimizer.steps) == (7, 5)
    assert inner.interrupted
    assert outer.interrupted
    assert fit(inner).epochs == 2  # the next one is the first again


LOOP = """
import signal, sys
import numpy as np, nnlayers as nn

class Saying(nn.Trainer):
    def step(self, x, y):
        if not said:
            said.append(print("training", flush=True))
        return super().step(x, y)

signal.signal(signal.SIGINT, signal.default_int_handler)
model = nn.Dense(4, 3, rng=0)
trainer = Saying(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
x, y = np.zeros((200, 4)), np.arange(200) % 3
try:
    for turn in range(9):
        said = []
        trainer.fit(x, y, epochs=1_000_000, rng=0)
        if sys.argv[1] == "looks" and trainer.interrupted:
            break
except KeyboardInterrupt:
    print("raised in turn", turn)
else:
    print("ended in turn", turn)
history = trainer.history
print(trainer.interrupted, {len(column) for column in history.values()} <= {history.epochs})
"""


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
@pytest.mark.parametrize(
    ("kind", "presses", "end"), [("looks", 1, "ended in turn 0"), ("does not", 2, "raised in turn 1")]
)
def test_a_loop_around_fit_in_a_program_of_its_own_can_be_stopped(kind, presses, end):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen([sys.executable, "-c", LOOP, kind], **pipes) as process:
        for _ in range(presses):
            assert process.stdout.readline() == "training\n"
            process.send_signal(signal.SIGINT)
        assert process.stdout.read().splitlines() == [end, "True True"]
    assert process.returncode == 0


def test_a_custom_signal_handler_is_left_alone():
    heard = []
    old = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        assert fit(pressing(2), epochs=3).epochs == 3
    finally:
        signal.signal(signal.SIGINT, old)
    assert heard == [signal.SIGINT]


def test_fit_works_outside_the_main_thread():
    trained = trainer()
    thread = threading.Thread(target=lambda: trained.fit(X, Y, epochs=2, rng=0, progress=False))
    thread.start()
    thread.join()
    assert trained.history.epochs == 2


class StepsItself(nn.Trainer):
    """A trainer whose step calls that of the optimizer."""

    def step(self, x, y):
        value = self.loss.forward(self.model.forward(x), y)
        self.model.backward_parameters(self.loss.backward())
        self.optimizer.step()
        return value


def test_a_second_ctrl_c_waits_for_an_update_in_an_overridden_step():
    class PressesTwice(nn.SGD):
        updates = 0

        def update(self, value, grad, lr, velocity):
            type(self).updates += 1
            if self.updates in (5, 6):  # in the second step
                os.kill(os.getpid(), signal.SIGINT)
            super().update(value, grad, lr, velocity)

    model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    trained = StepsItself(model, nn.SoftmaxCrossEntropy(), PressesTwice(model.parameters(), lr=0.1))
    trained.fit(X, Y, epochs=3, batch_size=10, rng=0, progress=False)
    assert trained.interrupted
    assert PressesTwice.updates == 8  # two whole steps of four parameters


def test_a_ctrl_c_during_the_last_look_ends_nothing():
    trained = None

    class Slow(nn.Layer):
        looks = 0

        def forward(self, x):
            return x

        def predict(self, x):
            if trained and len(trained.history.get("loss", ())) == 2:
                type(self).looks += 1
                if self.looks == 1:
                    os.kill(os.getpid(), signal.SIGINT)
            return x

        def backward(self, grad):
            return grad

    model = nn.Sequential(nn.Dense(4, 3, rng=0), Slow())
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    trained.fit(X, Y, epochs=2, batch_size=10, rng=0, progress=False)
    assert Slow.looks >= 1
    assert trained.interrupted
    assert trained.history.epochs == 2


@pytest.mark.parametrize("progress", [True, False])
def test_the_progress_line_says_that_ctrl_c_was_heard(progress, capsys):
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Pressing(12))
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    trained.fit(X, Y, epochs=100, batch_size=10, rng=0, progress=progress)
    assert ("Ctrl-C has ended this fit" in capsys.readouterr().err) == progress


class PressesIn(nn.Callback):
    """Presses Ctrl-C twice in a hook, which then goes on for long."""

    def __init__(self, hook, calls):
        def long(*args):
            press(2)
            calls.append(hook)

        setattr(self, hook, long)


@pytest.mark.parametrize("hook", ["start", "after_backward", "after_step", "after_epoch", "finish"])
def test_the_second_ctrl_c_leaves_a_callback_at_once(hook):
    calls, trained = [], pressing()
    with pytest.raises(KeyboardInterrupt):
        fit(trained, epochs=2, callbacks=[PressesIn(hook, calls)])
    assert calls == []
    assert trained.interrupted


@pytest.mark.parametrize("validation", [False, True])
def test_the_second_ctrl_c_leaves_a_source_of_batches_at_once(validation):
    passed = []

    def batches():
        yield X[:10], Y[:10]
        if trained.optimizer.steps == (5 if validation else 1):
            press(2)
            passed.append(trained.optimizer.steps)
        yield X[10:20], Y[10:20]

    trained = pressing()
    data, options = ((X, Y), {"validation_data": batches}) if validation else ((batches,), {})
    options |= {"batch_size": 10} if validation else {}
    with pytest.raises(KeyboardInterrupt):
        trained.fit(*data, epochs=2, progress=False, **options)
    assert passed == []
    assert trained.optimizer.steps == (5 if validation else 1)
    assert fit(trained, epochs=1).epochs == 1


class Closes:
    """Batches that press Ctrl-C while they are closed, as if closing took long."""

    def __init__(self, times):
        self.times, self.pressed, self.passed = times, 0, 0

    def __iter__(self):
        try:
            yield from [(X[:10], Y[:10])] * 3
        finally:
            if self.times:
                self.pressed += 1
                press(self.times)
                self.passed += 1


@pytest.mark.parametrize("steps", [1, 2, 4, 5])
@pytest.mark.parametrize("by", ["Ctrl-C", "stop"])
@pytest.mark.parametrize("is_function", [False, True])
def test_the_second_ctrl_c_leaves_a_source_that_is_closed_at_once(is_function, by, steps):
    class Ends(nn.Callback):
        def after_step(self, trainer):
            if trainer.optimizer.steps == steps:
                press() if by == "Ctrl-C" else trainer.stop()
                source.times = 1 if by == "Ctrl-C" else 2

    source, trained = Closes(0), pressing()
    data = (lambda: iter(source)) if is_function else source
    with pytest.raises(KeyboardInterrupt):
        trained.fit(data, epochs=3, progress=False, callbacks=[Ends()])
    assert (trained.optimizer.steps, source.pressed, source.passed) == (steps, 1, 0)


def test_the_second_ctrl_c_leaves_validation_data_that_are_closed_at_once():
    trained, source = pressing(after=5), Closes(0)

    def begin():
        source.times = 1
        press()

    trained.model[1].press = begin
    with pytest.raises(KeyboardInterrupt):
        fit(trained, validation_data=source)
    assert (trained.optimizer.steps, source.pressed, source.passed) == (5, 1, 0)


def test_a_generator_that_a_user_gave_goes_on_after_ctrl_c():
    given = ((X[:10], Y[:10]) for _ in range(5))
    trained = pressing(2)
    trained.fit(given, epochs=1, progress=False)
    assert (trained.interrupted, trained.optimizer.steps) == (True, 2)
    assert len(list(given)) == 3


@pytest.mark.parametrize("rows", [len(Y), 7])  # of the training data, or the validation data
def test_the_second_ctrl_c_leaves_a_metric_at_once(rows):
    passed = []

    def metric(prediction, target):
        if trained.optimizer.steps and len(target) == rows:
            press(2)
            passed.append(rows)
        return 0.0

    trained = pressing(metrics=[metric])
    with pytest.raises(KeyboardInterrupt):
        fit(trained, validation_data=(X[:7], Y[:7]))
    assert passed == []


def test_the_second_ctrl_c_in_a_callback_waits_for_the_step_of_another_optimizer():
    other = pressing(optimizer=PressedInUpdate)

    class Trains(nn.Callback):
        def after_step(self, trainer):
            press()
            other.step(X[:10], Y[:10])

    trained = pressing()
    with pytest.raises(KeyboardInterrupt):
        fit(trained, callbacks=[Trains()])
    assert other.optimizer.steps == 1
    np.testing.assert_array_equal(weights(other), after_steps_of_rows())


def after_steps_of_rows():
    trained = pressing()
    trained.step(X[:10], Y[:10])
    return weights(trained)


def test_the_second_ctrl_c_waits_for_a_file(tmp_path, monkeypatch):
    trained, path = pressing(), tmp_path / "run.npz"
    save, saved = type(trained).save, []

    def pressed(self, path):
        press(2)
        save(self, path)
        saved.append(path)

    monkeypatch.setattr(type(trained), "save", pressed)
    fit(trained, epochs=2, checkpoint=path)  # held back, they count as one
    assert trained.interrupted
    assert (saved, trained.history.epochs) == ([str(path)], 1)
