"""A run that goes on from a file is, bit by bit, the run that was never stopped."""

import random

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training.health.looks import sampled
from tests.training.runs_for_tests import AXES, EPOCHS, OPTIMIZERS, Run, SaveAt, X, Y, draw

PLAIN = {
    "dropout": 0.3,
    "schedule": False,
    "statistics": True,
    "accumulate": 1,
    "callbacks": True,
    "metrics": None,
    "validation": False,
    "weights": False,
    "data": "arrays",
}


def check_goes_on(kind, path, epoch, batch, by_load):
    never = Run(kind, seed=0).fit(others=[SaveAt(path, epoch, batch)])
    again = Run(kind, seed=1)
    if by_load:
        again.trainer.load(path)
        again.fit(EPOCHS - again.trainer.history.epochs)
    else:
        again.fit(checkpoint=path)
    assert again.everything() == never.everything()


@pytest.mark.parametrize("number", range(60))
def test_runs_of_all_kinds_go_on_bit_by_bit(number, tmp_path):
    kind, chosen = draw(number), random.Random(1000 + number)
    batch = chosen.choice([None, *range(kind["accumulate"], 7, kind["accumulate"])])
    epoch = chosen.randint(1, EPOCHS - (batch is None))
    check_goes_on(kind, tmp_path / "run.npz", epoch, batch, by_load=chosen.random() < 0.5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("rng", AXES["rng"])
@pytest.mark.parametrize("batch", [None, 1, 6])
def test_every_optimizer_and_order_goes_on_bit_by_bit(optimizer, rng, batch, tmp_path):
    kind = {**PLAIN, "optimizer": optimizer, "rng": rng}
    check_goes_on(kind, tmp_path / "run.npz", 2, batch, by_load=False)


class StopAt(nn.Callback):
    def __init__(self, hook, epoch, batch):
        self.where = hook, epoch, batch

    def after_step(self, trainer):
        if self.where == ("after_step", trainer.place.epoch, trainer.place.batch):
            trainer.stop()

    def after_epoch(self, trainer, figures):
        if self.where[:2] == ("after_epoch", trainer.place.epoch):
            trainer.stop()


@pytest.mark.parametrize("stop", [("after_step", 2, 3), ("after_step", 3, 6), ("after_epoch", 2, None)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_stopped_run_goes_on_from_its_checkpoint(stop, optimizer, tmp_path):
    kind = {**PLAIN, "optimizer": optimizer, "rng": "generator"}
    never = Run(kind, seed=0).fit(checkpoint=tmp_path / "never.npz")
    Run(kind, seed=0).fit(checkpoint=tmp_path / "run.npz", others=[StopAt(*stop)])
    again = Run(kind, seed=1).fit(checkpoint=tmp_path / "run.npz")
    assert again.everything() == never.everything()


def test_a_run_goes_on_from_a_checkpoint_of_some_steps_before_it_was_killed(tmp_path):
    class KillAt(nn.Callback):
        def after_backward(self, trainer):
            if (trainer.place.epoch, trainer.place.batch) == (3, 2):
                raise ZeroDivisionError

    kind = {**PLAIN, "optimizer": "momentum", "rng": "generator"}
    never = Run(kind, seed=0).fit()
    point = nn.Checkpoint(tmp_path / "run.npz", every_steps=4)
    with pytest.raises(ZeroDivisionError):
        Run(kind, seed=0).fit(checkpoint=point, others=[KillAt()])
    again = Run(kind, seed=1).fit(checkpoint=nn.Checkpoint(tmp_path / "run.npz", every_steps=4))
    assert again.everything() == never.everything()


@pytest.mark.parametrize("rng", ["seed", "generator", "shared with dropout"])
@pytest.mark.parametrize("error", [RuntimeError("disk full"), KeyboardInterrupt()], ids=type)
def test_a_run_that_failed_in_a_step_is_saved_as_it_was_before_the_step(error, rng, tmp_path):
    class Fails(nn.Callback):
        def after_backward(self, trainer):
            if (trainer.place.epoch, trainer.place.batch) == (2, 3):
                raise error

    kind = {**PLAIN, "optimizer": "momentum", "rng": rng, "callbacks": False}
    never, failed, again = Run(kind, seed=0).fit(), Run(kind, seed=0), Run(kind, seed=1)
    try:
        failed.fit(others=[Fails()])
    except RuntimeError:
        assert failed.trainer.failure is error
    else:
        assert failed.trainer.interrupted
    assert (failed.trainer.place.epoch, failed.trainer.optimizer.steps) == (2, 8)
    failed.trainer.save(tmp_path / "run.npz")
    again.fit(checkpoint=tmp_path / "run.npz")
    assert again.everything() == never.everything()


def test_a_step_that_was_taken_is_not_taken_again(tmp_path):
    calls = [False] * 4 + [True] + [False] * 99  # the first is the check of the data

    @nn.metrics.mean_over_samples
    def fails_once(prediction, target):
        if len(target) == 4 and calls.pop(0):
            raise KeyboardInterrupt
        return 0.0

    kind = {**PLAIN, "optimizer": "momentum", "rng": "seed", "weights": True, "callbacks": False}
    runs = [Run(kind, seed=0) for _ in range(3)]
    for run in runs[1:]:
        run.trainer.metrics = {"fails_once": fails_once}
    never, failed, again = runs
    never.fit()
    failed.fit()
    assert (failed.trainer.interrupted, failed.trainer.optimizer.steps) == (True, 4)
    failed.trainer.save(tmp_path / "run.npz")
    again.fit(checkpoint=tmp_path / "run.npz")
    assert again.trainer.optimizer.steps == never.trainer.optimizer.steps
    np.testing.assert_equal(again.trainer.model.state_dict(), never.trainer.model.state_dict())


def test_a_run_that_was_loaded_can_be_saved_again_before_it_goes_on(tmp_path):
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    kind = {**PLAIN, "optimizer": "momentum", "rng": "generator"}
    never = Run(kind, seed=0).fit(others=[SaveAt(one, 2, 3)])
    between = Run(kind, seed=1)
    between.trainer.fit(X, Y, epochs=1, progress=False)  # a fit before, of which nothing may be left
    between.trainer.load(one)
    between.trainer.save(other)
    again = Run(kind, seed=2).fit(checkpoint=other)
    assert again.everything() == never.everything()


def test_epochs_are_a_total_with_a_checkpoint(tmp_path):
    kind = {**PLAIN, "optimizer": "momentum", "rng": "seed", "callbacks": False}
    path = tmp_path / "run.npz"
    for epochs, total in ((2, 2), (3, 3), (1, 3), (3, 3)):
        run = Run(kind, seed=0).fit(epochs, checkpoint=path)
        assert run.trainer.history.epochs == total
    assert run.everything() == Run(kind, seed=0).fit(3).everything()


def test_an_epoch_that_was_cut_short_is_not_ended_if_there_are_enough_before_it(tmp_path):
    kind = {**PLAIN, "optimizer": "momentum", "rng": "seed", "callbacks": False}
    Run(kind, seed=0).fit(others=[SaveAt(tmp_path / "run.npz", 3, 2)])
    again = Run(kind, seed=0).fit(2, checkpoint=tmp_path / "run.npz")
    assert again.trainer.history.epochs == 2


def test_a_checkpoint_that_stands_first_saves_the_others_after_their_turn(tmp_path):
    class Copy(nn.Callback):
        is_last = True

        def after_epoch(self, trainer, figures):
            if trainer.place.epoch == 2:
                (tmp_path / "second.npz").write_bytes((tmp_path / "run.npz").read_bytes())

    kind = {**PLAIN, "optimizer": "SGD", "rng": "seed"}
    never = Run(kind, seed=0)
    never.trainer.fit(
        *never.data,
        epochs=EPOCHS,
        callbacks=[nn.Checkpoint(tmp_path / "run.npz"), *never.callbacks, Copy()],
        **never.options,
    )
    again = Run(kind, seed=1).fit(checkpoint=tmp_path / "second.npz")
    assert again.everything() == never.everything()


def test_a_run_that_early_stopping_ended_stays_ended(tmp_path):
    def fit(patience=1):
        run = Run({**PLAIN, "optimizer": "momentum", "rng": "seed", "callbacks": False}, seed=0)
        run.callbacks = [nn.EarlyStopping("loss", patience=patience, min_delta=10)]
        return run.fit(20, checkpoint=tmp_path / "run.npz")

    first = fit()
    assert first.trainer.history.epochs == 2
    assert fit().everything() == first.everything()
    assert fit(patience=3).trainer.history.epochs == 4


def test_the_states_of_functions_and_batches_are_theirs(tmp_path):
    batches = [(X[:12], Y[:12]), (X[12:], Y[12:])]
    kind = {**PLAIN, "optimizer": "momentum", "rng": "seed"}
    for data in (batches, lambda: iter(batches)):
        never, again = Run(kind, seed=0), Run(kind, seed=1)
        for run in (never, again):
            run.data, run.options = (data,), {"progress": False}
        path = tmp_path / "run.npz"
        never.fit(others=[SaveAt(path, 2, 1)])
        again.fit(checkpoint=path)
        assert again.everything() == never.everything()
        path.unlink()


def test_large_states_of_other_generators_go_into_the_file(tmp_path):
    def make(seed):
        rng = np.random.Generator(np.random.MT19937(seed))
        model = nn.Sequential(nn.Dense(4, 8, rng=seed), nn.Dropout(0.5, rng=rng), nn.Dense(8, 3, rng=1))
        return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))

    options = {"batch_size": 4, "rng": 3, "progress": False}
    never, again = make(0), make(1)
    never.fit(X, Y, epochs=1, **options)
    never.save(tmp_path / "run.npz")
    never.fit(X, Y, epochs=1, **options)
    again.load(tmp_path / "run.npz")
    again.fit(X, Y, epochs=1, **options)
    assert dict(again.history) == dict(never.history)


def test_the_health_report_begins_with_the_weights_of_the_file(tmp_path):
    kind = {**PLAIN, "optimizer": "momentum", "rng": "seed", "callbacks": False}
    path = tmp_path / "run.npz"
    Run(kind, seed=0).fit(2, checkpoint=path)
    again, found = Run(kind, seed=1), []
    again.options["health"] = True

    class Looks(nn.Callback):
        def start(self, trainer):
            watch = next(c for c in trainer._loop.callbacks.all if hasattr(c, "initial"))
            found.append((watch.initial[0], sampled(trainer.model.parameters()[0])))

    again.fit(3, checkpoint=path, others=[Looks()])
    np.testing.assert_array_equal(*found[0])


def test_a_trainer_that_was_never_fitted_can_be_saved(tmp_path):
    kind = {**PLAIN, "optimizer": "momentum", "rng": "seed"}
    first, never, again = Run(kind, seed=0), Run(kind, seed=0).fit(), Run(kind, seed=1)
    first.trainer.save(tmp_path / "run.npz")
    again.fit(checkpoint=tmp_path / "run.npz")
    assert again.everything() == never.everything()


def test_a_run_is_saved_by_a_start_hook_as_it_was_loaded(tmp_path):
    class SaveInStart(nn.Callback):
        def start(self, trainer):
            trainer.save(tmp_path / "start.npz")

    kind = {**PLAIN, "optimizer": "momentum", "rng": "shared with dropout"}
    never = Run(kind, seed=0).fit(others=[SaveAt(tmp_path / "run.npz", 2, 3)])
    between, again = Run(kind, seed=1), Run(kind, seed=2)
    between.callbacks.insert(0, SaveInStart())
    between.fit(checkpoint=tmp_path / "run.npz")
    again.fit(checkpoint=tmp_path / "start.npz")
    assert again.everything() == never.everything()


def test_a_step_that_was_cut_short_after_the_update_is_not_taken_again(tmp_path):
    kind = {**PLAIN, "optimizer": "momentum", "rng": "shared with dropout", "callbacks": False}
    never, failed, again = Run(kind, seed=0).fit(), Run(kind, seed=0), Run(kind, seed=1)

    class Interrupted(type(failed.trainer.optimizer)):
        def step(self):
            super().step()
            if self.steps == 5:
                raise KeyboardInterrupt

    failed.trainer.optimizer.__class__ = Interrupted
    failed.fit()
    assert (failed.trainer.interrupted, failed.trainer.optimizer.steps) == (True, 5)
    failed.trainer.optimizer.__class__ = type(again.trainer.optimizer)
    failed.trainer.save(tmp_path / "run.npz")
    again.fit(checkpoint=tmp_path / "run.npz")
    assert again.trainer.optimizer.steps == never.trainer.optimizer.steps
    np.testing.assert_equal(again.trainer.model.state_dict(), never.trainer.model.state_dict())


@pytest.mark.parametrize("metrics", [None, ["f1"]])
def test_ctrl_c_while_the_validation_data_are_measured_does_not_lose_the_epoch(metrics, tmp_path):
    presses = [False] * 4 + [True] + [False] * 99  # the check; two batches in each epoch

    class Press(nn.SoftmaxCrossEntropy):
        def evaluate(self, prediction, target, weights=None):
            if len(prediction) == 11 and presses.pop(0):
                raise KeyboardInterrupt
            return super().evaluate(prediction, target, weights)

    kind = {**PLAIN, "optimizer": "momentum", "rng": "generator", "metrics": metrics}
    validation = [(X[:11], Y[:11]), (X[11:22], Y[11:22])]
    never, stopped, again = Run(kind, seed=0), Run(kind, seed=0), Run(kind, seed=1)
    for run in (never, stopped, again):
        run.options["validation_data"] = validation
    never.fit()
    stopped.trainer.loss = Press()
    stopped.fit(checkpoint=tmp_path / "run.npz")
    assert (stopped.trainer.interrupted, stopped.trainer.history.epochs) == (True, 1)
    again.trainer.loss = Press()
    again.fit(checkpoint=tmp_path / "run.npz")
    assert again.everything() == never.everything()


@pytest.mark.parametrize("stop", [1, 3])
def test_functions_that_return_batches_go_on_at_the_next_batch(stop, tmp_path):
    x, y = np.arange(80.0).reshape(20, 4), np.arange(20) % 3

    def fitted(path, callbacks=()):
        model = nn.Sequential(nn.Dense(4, 3, rng=0))
        trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
        options = {"checkpoint": tmp_path / path, "callbacks": callbacks, "progress": False}
        trainer.fit(lambda: nn.batches(x, y, batch_size=5, rng=0), epochs=1, **options)
        return model.layers[0].weight.value

    fitted("stopped.npz", [StopAt("after_step", 1, stop)])
    np.testing.assert_array_equal(fitted("stopped.npz"), fitted("whole.npz"))
