"""Checkpoints that do not fit: refused, with nothing changed."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.packing import pack
from nnlayers.training import checkpoint as checkpoints
from tests.training.damaged_for_tests import KIND
from tests.training.runs_for_tests import EPOCHS, Remembers, Run, SaveAt, X, Y, bits


def saved(path, epoch=2, batch=3, callbacks=(), **kind):
    run = Run({**KIND, **kind}, seed=0)
    run.callbacks = list(callbacks)
    run.fit(others=[SaveAt(path, epoch, batch)])
    return path


def check_refused(run, action, message, error=ValueError):
    before = run.everything()
    order = run.options.get("rng")
    state = order.bit_generator.state if isinstance(order, np.random.Generator) else None
    with pytest.raises(error, match=message):
        action()
    assert run.everything() == before
    if state is not None:
        assert order.bit_generator.state == state


def other(**parts):
    """A run whose trainer has another part."""
    run = Run({**KIND, "statistics": False}, seed=1)
    old = run.trainer
    model, loss = parts.get("model", old.model), parts.get("loss", old.loss)
    optimizer = parts.get("optimizer", lambda p: nn.SGD(p, 0.2, momentum=0.9))(model.parameters())
    run.trainer = nn.Trainer(model, loss, optimizer, metrics=[])
    return run


class Twice(nn.SGD):
    """Another optimizer of the same numbers."""


class Wrapped(nn.Sequential):
    """Another container of the same layers."""


class LeakyReLU(nn.ReLU):
    """Another activation."""


def dense(sizes, second=nn.ReLU):
    rng = np.random.default_rng(0)
    layers = [
        nn.Dense(4, sizes, rng=rng),
        second(),
        nn.Dropout(0.3, rng=rng),
        nn.Dense(sizes, 3, rng=rng),
    ]
    return nn.Sequential(*layers)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"model": dense(6, LeakyReLU)}, "another model, with ReLU at layers.1, not LeakyReLU"),
        (
            {"model": Wrapped(*dense(6).layers)},
            "another model, with Sequential at the top, not Wrapped",
        ),
        (
            {"model": dense(7)},
            r"run\.npz: it is a run of another model, with layers\.0\.weight of shape \(4, 6\), "
            r"not \(4, 7\)",
        ),
        ({"model": nn.Sequential(*dense(6).layers[:2], nn.Dense(6, 3, rng=0))}, "Dropout at layers.2"),
        ({"loss": nn.MeanSquaredError()}, "SoftmaxCrossEntropy at the top, not MeanSquaredError"),
        ({"optimizer": lambda p: Twice(p, 0.1)}, "another optimizer, SGD, not Twice"),
        (
            {"optimizer": lambda p: nn.SGD(p[1:], 0.1)},
            "for 3 parameters|does not hold layers.0.weight",
        ),
        ({"optimizer": lambda p: nn.SGD(p, nn.schedules.cosine(0.1, steps=5))}, "has a schedule"),
        ({"optimizer": lambda p: nn.SGD(p[::-1], 0.1, momentum=0.9)}, "0.velocity"),
    ],
)
@pytest.mark.parametrize("by_load", [True, False])
def test_a_run_of_other_parts_is_refused(parts, message, by_load, tmp_path):
    path = saved(tmp_path / "run.npz", statistics=False)
    run = other(**parts)

    def action():
        if by_load:
            run.trainer.load(path)
        else:
            target = Y if not isinstance(run.trainer.loss, nn.MeanSquaredError) else np.eye(3)[Y]
            run.trainer.fit(X, target, epochs=3, checkpoint=path, progress=False)

    check_refused(run, action, message)


@pytest.mark.parametrize(
    ("then", "now", "message"),
    [
        ([Remembers()], [], r"callbacks \['Remembers'\], this fit has \[\]"),
        ([], [Remembers()], r"callbacks \[\], this fit has \['Remembers'\]"),
        (
            [Remembers(), nn.TimeLimit(9)],
            [nn.TimeLimit(9), Remembers()],
            r"\['Remembers', 'TimeLimit'\], this fit has \['TimeLimit', 'Remembers'\]",
        ),
    ],
)
def test_a_run_with_other_callbacks_is_refused(then, now, message, tmp_path):
    path = saved(tmp_path / "run.npz", callbacks=then)
    run = Run(KIND, seed=1)
    check_refused(
        run,
        lambda: run.trainer.fit(*run.data, epochs=3, callbacks=now, checkpoint=path, **run.options),
        message,
    )


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ({}, {"batch_size": 5}, "within epoch 2, with batch_size=4, and this fit has batch_size=5"),
        ({}, {"rng": 3}, "with rng=None or a Generator, and this fit has rng=3"),
        ({"rng": "seed"}, {"rng": None}, "with rng=7, and this fit has rng=None or a Generator"),
        ({}, {"accumulate": 2}, "with accumulate=1, and this fit has accumulate=2"),
        ({"metrics": ["accuracy", "f1"]}, {}, r"metrics=\['accuracy', 'f1'\].*metrics=\['accuracy'\]"),
        ({"data": "batches"}, {}, "with samples=None, and this fit has samples=23"),
    ],
)
def test_other_batches_within_an_epoch_are_refused(kind, options, message, tmp_path):
    path = saved(tmp_path / "run.npz", **kind)
    run = Run(KIND, seed=1)
    run.options |= options
    check_refused(run, lambda: run.fit(checkpoint=path), message)


def test_a_run_within_an_epoch_of_other_batches_can_be_finished_or_begun_anew(tmp_path):
    for load in (False, True):
        path, run = saved(tmp_path / "run.npz"), Run(KIND, seed=1)
        if load:
            run.trainer.load(path)
        run.options["batch_size"] = 5
        where = {"checkpoint": tmp_path / "new.npz" if load else path}
        with pytest.raises(ValueError, match="finish that epoch with the same, or begin anew"):
            run.fit(2, **where)
        run.options["batch_size"] = 4
        run.fit(2, **where)
        run.options["batch_size"] = 5
        with pytest.warns(UserWarning, match="batch_size=4, not 5"):
            assert run.fit(3, **where).trainer.history.epochs == 3
    other = Run(KIND, seed=1)
    other.options["batch_size"] = 5
    assert other.fit(1, checkpoint=tmp_path / "another.npz").trainer.history.epochs == 1


def test_other_batches_are_welcome_between_two_epochs(tmp_path):
    path = saved(tmp_path / "run.npz", batch=None)
    for options in ({"batch_size": 5}, {"rng": 3}, {"rng": None}, {"accumulate": 2}):
        run = Run(KIND, seed=1)
        run.options |= options
        assert run.fit(checkpoint=path).trainer.history.epochs == EPOCHS
        path = saved(tmp_path / "run.npz", batch=None)


def test_another_kind_of_generator_is_refused(tmp_path):
    path = saved(tmp_path / "run.npz")
    run = Run(KIND, seed=1)
    run.options["rng"] = np.random.Generator(np.random.MT19937(0))
    before, state = run.everything(), run.options["rng"].random(3)
    run.options["rng"] = np.random.Generator(np.random.MT19937(0))
    with pytest.raises(ValueError, match=r"run\.npz.*(PCG64|MT19937)"):
        run.fit(checkpoint=path)
    assert run.everything() == before
    np.testing.assert_array_equal(run.options["rng"].random(3), state)


def test_another_version_is_refused(tmp_path, monkeypatch):
    path = saved(tmp_path / "run.npz")
    monkeypatch.setattr(checkpoints, "FORMAT", checkpoints.FORMAT + 1)
    run = Run(KIND, seed=1)
    check_refused(run, lambda: run.trainer.load(path), "run.npz: it has the format 1, expected 2")


def test_a_file_of_something_else_is_refused(tmp_path):
    run = Run(KIND, seed=1)
    Run(KIND, seed=0).fit(1).trainer.save(tmp_path / "run.npz")
    with pytest.raises(
        ValueError, match=r"run\.npz: it holds a training run: use trainer\.load\(path\)"
    ):
        run.trainer.model.load_weights(tmp_path / "run.npz")
    run.trainer.model.save_weights(tmp_path / "weights.npz")
    with pytest.raises(ValueError, match=r"not a training run: was it written by trainer\.save"):
        run.trainer.load(tmp_path / "weights.npz")
    with pytest.raises(FileNotFoundError, match="no such file"):
        run.trainer.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("epochs: 3")
    with pytest.raises(ValueError, match="not a complete npz file"):
        run.trainer.load(tmp_path / "text.npz")


def test_a_callback_that_does_not_take_its_state_back_changes_nothing(tmp_path):
    class Fails(nn.Callback):
        def state_dict(self):
            return {"old": 1}

        def load_state_dict(self, state):
            self.half = 1
            self.value = state["new"]

    def callbacks():
        return [nn.EarlyStopping("loss"), nn.MovingAverage(0.9), Remembers(), Fails()]

    path = saved(tmp_path / "run.npz", callbacks=callbacks())
    run = Run(KIND, seed=1)
    mine, untouched = callbacks(), callbacks()

    def action():
        run.trainer.fit(*run.data, epochs=3, callbacks=mine, checkpoint=path, **run.options)

    with pytest.raises(KeyError) as caught:
        action()
    assert caught.value.__notes__ == [f"in Fails.load_state_dict, for {path}"]
    check_refused(run, action, "new", KeyError)
    assert [bits(vars(c)) for c in mine] == [bits(vars(c)) for c in untouched]


def test_a_run_that_was_loaded_waits_for_a_fit_that_goes_with_it(tmp_path):
    path = saved(tmp_path / "run.npz", callbacks=[Remembers()])
    never = Run(KIND, seed=0)
    never.callbacks = [Remembers()]
    never.fit()
    run = Run(KIND, seed=1)
    run.trainer.load(path)
    check_refused(run, lambda: run.fit(), "has the callbacks|with the callbacks")
    run.callbacks = [Remembers()]
    run.fit(EPOCHS - 1)
    assert run.everything() == never.everything()


@pytest.mark.parametrize(
    "value",
    [
        *(object(), {1: 2}, np.array(["a"]), 1j, {"$tuple": 1}, np.longdouble(1)),
        np.ma.masked_array([1.0, 2.0], [True, False]),
    ],
)
def test_what_a_file_cannot_hold_is_refused_with_its_place(value, tmp_path):
    class Remembers(nn.Callback):
        def state_dict(self):
            return {"value": value}

    run = Run(KIND, seed=0)
    run.callbacks = [Remembers()]
    with pytest.raises(TypeError, match=r"at callbacks\.0\.1\.value"):
        run.fit(others=[SaveAt(tmp_path / "run.npz", 1)])
    with pytest.raises(TypeError, match=r"at value") as error:
        run.fit(checkpoint=tmp_path / "run.npz")
    assert error.value.__notes__ == [
        "in Remembers.state_dict",
        "in the callback Checkpoint.start",
    ]
    assert run.trainer.history.epochs == 1  # no further one
    assert list(tmp_path.iterdir()) == []


def test_a_run_cannot_be_saved_or_loaded_within_a_step(tmp_path):
    class Saves(nn.Callback):
        def after_backward(self, trainer):
            trainer.save(tmp_path / "run.npz")

    class Loads(nn.Callback):
        def after_step(self, trainer):
            trainer.load(path)

    path = saved(tmp_path / "old.npz")
    for callback, message in ((Saves(), "a step is running"), (Loads(), "a fit of this trainer")):
        with pytest.raises(RuntimeError, match=message):
            Run(KIND, seed=0).fit(others=[callback])


def test_a_run_that_was_loaded_is_not_replaced_by_that_of_another_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for epochs, path in enumerate(["one.npz", "two.npz"], 1):
        Run(KIND, seed=epochs).fit(epochs, checkpoint=path)
    run = Run(KIND, seed=3)
    run.trainer.load("one.npz")
    check_refused(
        run,
        lambda: run.fit(checkpoint="two.npz"),
        "run of one.npz was loaded, but checkpoint='two.npz' exists, .*: leave out load",
    )
    assert run.fit(checkpoint="three.npz").everything() == Run(KIND, seed=1).fit().everything()


def test_a_run_that_was_loaded_goes_on_in_its_own_file(tmp_path):
    path = tmp_path / "run.npz"
    Run(KIND, seed=1).fit(1, checkpoint=path)
    run = Run(KIND, seed=3)
    run.trainer.load(path)
    assert run.fit(checkpoint=path).everything() == Run(KIND, seed=1).fit().everything()


def fit_a_candidate(path, epochs=2, lr=0.1, rate=0.1, momentum=0.9, seed=0, rows=23, **others):
    """Train a network of a search; return its trainer."""
    layers = nn.Dense(4, 5, rng=0), nn.ReLU(), nn.Dropout(rate, rng=1), nn.Dense(5, 3, rng=2)
    model = nn.Sequential(*layers)
    optimizer = nn.SGD(model.parameters(), lr, momentum=momentum)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    options = {"checkpoint": path, "rng": seed, **others}
    trainer.fit(X[:rows], Y[:rows], epochs=epochs, progress=False, health=False, **options)
    return trainer


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"lr": 0.2}, r"run\.npz' has a run with lr=0\.1, not 0\.2\. This fit goes on with that run"),
        ({"rate": 0.5}, r"with layers\.2=Dropout\(0\.1\), not Dropout\(0\.5\)\. "),
        ({"lr": 0.2, "momentum": 0.5}, r"with lr=0\.1, not 0\.2; momentum=0\.9, not 0\.5\. "),
        ({"seed": 1}, r"with rng=0, not 1\. "),
        ({"seed": None}, r"with rng=0, not None or a Generator\. "),
        ({"batch_size": 5}, r"with batch_size=32, not 5\. "),
        ({"accumulate": 2}, r"with accumulate=1, not 2\. "),
        ({"rows": 20}, r"with samples=23, not 20\. "),
    ],
)
def test_a_run_of_other_settings_goes_on_with_a_warning(other, message, tmp_path):
    first = fit_a_candidate(tmp_path / "run.npz")
    with pytest.warns(UserWarning, match=message):
        second = fit_a_candidate(tmp_path / "run.npz", **other)
    assert dict(second.history) == dict(first.history)
    assert second.optimizer.lr == 0.1


def test_the_settings_of_the_begin_are_kept(tmp_path):
    """A file goes on without a warning, for whoever gives what it began with, or has now."""
    path = tmp_path / "run.npz"
    trainer = fit_a_candidate(
        path, epochs=3, callbacks=[nn.ReduceOnPlateau("loss", patience=1, min_delta=9)]
    )
    assert trainer.optimizer.lr < 0.05
    for epochs in (4, 5):
        plateau = nn.ReduceOnPlateau("loss", patience=1, min_delta=9)
        again = fit_a_candidate(path, epochs=epochs, callbacks=[plateau])
        assert again.history.epochs == epochs
    again.fit(X, Y, epochs=6, checkpoint=path, callbacks=[plateau], rng=0, progress=False, health=False)
    with pytest.warns(UserWarning, match="with lr=0.1, not 0.2"):
        fit_a_candidate(path, lr=0.2, callbacks=[plateau])


def test_a_run_that_was_loaded_may_have_other_settings(tmp_path):
    first = fit_a_candidate(tmp_path / "run.npz")
    first.load(tmp_path / "run.npz")
    first.optimizer.lr = 0.05
    first.fit(X, Y, epochs=3, checkpoint=tmp_path / "new.npz", rng=0, progress=False, health=False)
    assert fit_a_candidate(tmp_path / "new.npz", epochs=4, lr=0.05).history.epochs == 4


def test_a_schedule_and_a_file_without_settings_go_on_without_a_warning(tmp_path, monkeypatch):
    for steps in (10, 20):
        lr = nn.schedules.cosine(0.1, steps=steps)
        fit_a_candidate(tmp_path / "schedule.npz", epochs=steps // 5, lr=lr)
    with monkeypatch.context() as older:
        older.setattr(checkpoints, "pack", lambda state: pack(state | {"settings": {}}))
        fit_a_candidate(tmp_path / "older.npz")
    fit_a_candidate(tmp_path / "older.npz", lr=0.2, epochs=3)


def test_a_file_that_a_callback_saved_goes_on_without_a_warning(tmp_path):
    """What its run began with is not known: the rate may have been lowered since."""
    path = tmp_path / "run.npz"
    run = fit_a_candidate(None, callbacks=[nn.Checkpoint(path)])
    assert fit_a_candidate(path, lr=0.2).optimizer.lr == run.optimizer.lr


def test_a_warning_about_settings_that_is_an_error_changes_nothing(tmp_path):
    path = tmp_path / "run.npz"
    Run(KIND, seed=0).fit(checkpoint=path)
    run = Run(KIND, seed=1)
    run.trainer.optimizer.lr = 0.7
    check_refused(run, lambda: run.fit(checkpoint=path), "not 0.7", UserWarning)
