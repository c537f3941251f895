"""Training, evaluation and prediction from streams."""

import threading

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.data.streaming import reader
from tests.training.trainers_for_tests import X, Y, trainer, weights

BUFFER = 24 * 15  # bytes: fifteen rows


def stream(x=X, y=Y, **options):
    return nn.stream(x, y, **({"batch_size": 8, "buffer_bytes": BUFFER, "rng": 0} | options))


@pytest.fixture(autouse=True)
def blocks_of_three_rows(monkeypatch):
    """So that a small set has many."""
    monkeypatch.setattr(reader, "BLOCK_BYTES", 24 * 3)


@pytest.fixture(autouse=True)
def no_thread_stays():
    """No test leaves a thread behind."""
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "nn.stream"]


class Ends(nn.Callback):
    """Does something after so many steps of this fit."""

    def __init__(self, steps, action=lambda trainer: trainer.stop()):
        self.steps, self.action = steps, action

    def after_step(self, trainer):
        self.steps -= 1
        if self.steps == 0:
            self.action(trainer)


def test_a_fit_takes_the_steps_of_its_epochs():
    one, other, data = trainer(), trainer(), stream()
    one.fit(data, epochs=3, progress=False)
    for _ in range(3):
        for x, y in data.epoch(other.optimizer.steps):
            other.step(x, y)
    np.testing.assert_array_equal(weights(one), weights(other))


def test_without_shuffling_it_is_training_on_batches_in_order():
    one, other = trainer(), trainer()
    one.fit(stream(shuffle=False), epochs=2, progress=False)
    other.fit(nn.batches(X, Y, batch_size=8, shuffle=False), epochs=2, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))
    assert dict(one.history) == dict(other.history)


@pytest.mark.parametrize("rng", [0, "generator", None])
@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("steps", [1, 3, 7, 8, 12])
def test_a_run_that_goes_on_is_the_same_as_one_that_was_never_stopped(steps, accumulate, rng, tmp_path):
    def make():
        return stream(rng=np.random.default_rng(5) if rng == "generator" else rng)

    def options(*callbacks):
        return {"epochs": 3, "progress": False, "accumulate": accumulate, "callbacks": callbacks}

    path = tmp_path / "run.npz"
    whole, stopped, again = trainer(), trainer(), trainer()
    data = make()
    whole.fit(data, **options())
    twin = make()
    twin.seed = data.seed  # without a seed, each stream has its own
    stopped.fit(twin, **options(Ends(steps, lambda t: (t.save(path), t.stop()))))
    again.load(path)
    last = again.place.epoch if again.place.ended else again.place.epoch - 1
    fitted = {**options(), "epochs": 3 - last}
    again.fit(make(), **fitted)
    np.testing.assert_array_equal(weights(again), weights(whole))
    assert dict(again.history) == dict(whole.history)


def test_a_run_goes_on_without_reading_what_it_has_seen(tmp_path):
    class Counted:
        shape, dtype, rows = X.shape, X.dtype, 0

        def __getitem__(self, rows):
            self.rows += rows.stop - rows.start
            return X[rows]

    path, counted = tmp_path / "run.npz", Counted()
    one, other = trainer(), trainer()
    one.fit(stream(), epochs=1, progress=False, callbacks=[Ends(6, lambda t: (t.save(path), t.stop()))])
    other.load(path)
    other.fit(stream(counted), epochs=1, progress=False)
    assert counted.rows <= 24
    assert other.optimizer.steps == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rng": 1}, "with rng=0, and this fit has rng=1"),
        ({"batch_size": 9}, "with batch_size=8, and this fit has batch_size=9"),
        ({"rows": slice(49)}, "with samples=50, and this fit has samples=49"),
        ({"buffer_bytes": 2 * BUFFER}, "with buffer_bytes=360, and this fit has buffer_bytes=720"),
        ({"shuffle": False}, "with shuffle=True, and this fit has shuffle=False"),
    ],
)
def test_a_run_goes_on_within_an_epoch_only_in_the_same_order(options, message, tmp_path):
    path, one, other = tmp_path / "run.npz", trainer(), trainer()
    one.fit(stream(), epochs=1, progress=False, callbacks=[Ends(3, lambda t: (t.save(path), t.stop()))])
    other.load(path)
    with pytest.raises(ValueError, match=message):
        other.fit(stream(**options), epochs=1, progress=False)


def test_validation_and_evaluation_are_in_order_and_exact():
    one, other = trainer(), trainer()
    one.fit(stream(), epochs=2, validation_data=stream(), progress=False)
    other.fit(stream(), epochs=2, validation_data=(X, Y), progress=False)
    np.testing.assert_allclose(one.history["val_loss"], other.history["val_loss"], rtol=1e-6)
    assert one.history["val_accuracy"] == other.history["val_accuracy"]
    assert one.evaluate(stream(rng=1)) == one.evaluate(stream(shuffle=False))


def test_the_same_stream_may_be_for_training_and_validation():
    one, other, data = trainer(), trainer(), stream()
    one.fit(data, epochs=2, validation_data=data, progress=False)
    other.fit(stream(), epochs=2, validation_data=stream(), progress=False)
    assert dict(one.history) == dict(other.history)


def test_predictions_are_in_the_order_of_the_data():
    trained = trainer()
    expected = trained.model.predict(X)
    for data in (stream(), nn.stream(X, batch_size=7), stream(shuffle=False)):
        np.testing.assert_allclose(trained.predict(data), expected, rtol=1e-5, atol=1e-6)


def test_weights_come_with_the_batches():
    w = np.random.default_rng(3).uniform(0.1, 2, len(X))
    one, other = trainer(), trainer()
    one.fit(nn.stream(X, Y, w, batch_size=8, shuffle=False), epochs=2, progress=False)
    batches = nn.batches(X, Y, w, batch_size=8, shuffle=False)
    other.fit(batches, epochs=2, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))


def test_a_stream_without_targets_is_refused_before_anything_is_read():
    with pytest.raises(
        ValueError,
        match=r"got one of x alone: nn\.stream\(x, y\), or nn\.stream\(path, targets=\.\.\.\)",
    ):
        trainer().fit(nn.stream(X), epochs=1, progress=False)


@pytest.mark.parametrize("option", ["batch_size", "rng", "sample_weight"])
def test_options_of_arrays_are_refused(option):
    with pytest.raises(ValueError, match=f"{option} goes with arrays, but x gives batches"):
        trainer().fit(stream(), epochs=1, progress=False, **{option: 1})


def test_progress_knows_the_samples_of_an_epoch(capsys):
    trainer().fit(stream(), epochs=1)
    assert "epoch 1/1" in capsys.readouterr().err


def test_labels_that_are_wrong_are_named_when_they_come():
    y = Y.copy()
    y[-1] = 7
    trained = trainer()
    with pytest.raises(
        ValueError, match=r"expected labels in 0 \.\.\. 2, got labels from 0 to 7"
    ) as info:
        trained.fit(stream(y=y, shuffle=False), epochs=1, progress=False)
    assert any(note.endswith(", row 49 (counted from 0)") for note in info.value.__notes__)


def raise_in_a_step(trainer):
    raise RuntimeError("in a step")


@pytest.mark.parametrize("end", ["stop", "step", "data", "data of the validation"])
def test_no_thread_stays_when_a_fit_ends_early(end):
    bad = X.copy()
    bad[40] = np.nan
    trained, before = trainer(), threading.active_count()
    action = raise_in_a_step if end == "step" else lambda trainer: trainer.stop()
    callbacks = [Ends(2, action)] if end in ("stop", "step") else []
    data = stream(bad if end == "data" else X)
    validation = stream(bad) if "validation" in end else None
    if end == "stop":
        trained.fit(data, epochs=2, progress=False, callbacks=callbacks)
    else:
        with pytest.raises(
            (RuntimeError, ValueError), match=r"in a step|x holds nan at row 40"
        ) as info:
            trained.fit(data, epochs=2, progress=False, callbacks=callbacks, validation_data=validation)
        assert info.value is trained.failure
    assert threading.active_count() == before


def test_a_learning_rate_is_found_with_a_stream():
    curve = nn.find_learning_rate(trainer(), stream(), steps=20)
    assert len(curve.losses) == 20


def in_hdf5(folder):
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "set.h5", "w") as file:
        file["x"], file["y"] = X, Y
    file = h5py.File(folder / "set.h5")
    return file["x"], file["y"]


def in_zarr(folder):
    zarr = pytest.importorskip("zarr")
    group = zarr.create_group(folder / "set.zarr")
    return tuple(group.create_array(name, data=data) for name, data in (("x", X), ("y", Y)))


@pytest.mark.parametrize("write", [in_hdf5, in_zarr])
def test_arrays_in_files_are_not_read_whole_unasked(write, tmp_path):
    x, y = write(tmp_path)
    trained, match = (
        trainer(),
        r"it is in a file and would be read whole: give a Trainer nn\.stream\(x, y\), or",
    )
    for call in (
        lambda: trained.fit(x, Y, epochs=1, progress=False),
        lambda: trained.fit(X, y, epochs=1, progress=False),
        lambda: trained.evaluate(x, y),
        lambda: trained.fit(X, Y, validation_data=(x, y), epochs=1, progress=False),
        lambda: nn.batches(x, y),
        lambda: nn.train_test_split(x, y, test_size=0.2),
        lambda: trained.model.predict(x),
    ):
        with pytest.raises(TypeError, match=match):
            call()
    np.testing.assert_allclose(trained.predict(x), trained.predict(X), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        trained.predict(x, batch_size=7), trained.predict(X), rtol=1e-5, atol=1e-6
    )
    trained.fit(stream(x, y), epochs=1, progress=False)
    assert trained.evaluate(stream(x, y)) == trained.evaluate(stream())


def test_a_run_goes_on_within_an_epoch_only_with_the_same_blocks(monkeypatch, tmp_path):
    path, one, other = tmp_path / "run.npz", trainer(), trainer()
    one.fit(stream(), epochs=1, progress=False, callbacks=[Ends(3, lambda t: (t.save(path), t.stop()))])
    other.load(path)
    monkeypatch.setattr(reader, "BLOCK_BYTES", 24 * 4)
    with pytest.raises(ValueError, match="with blocks="):
        other.fit(stream(), epochs=1, progress=False)


def test_a_wrong_label_is_named_with_its_file_and_row(tmp_path):
    for start in range(0, len(X), 10):
        labels = Y[start : start + 10].copy()
        if start == 20:
            labels[7] = 99
        np.savez(tmp_path / f"{start:03}.npz", x=X[start : start + 10], y=labels)
    data = nn.stream(tmp_path, targets="y", batch_size=5, buffer_bytes=1, shuffle=False)
    with pytest.raises(ValueError, match=r"labels from \d+ to 99") as caught:
        trainer().fit(data, epochs=1, progress=False)
    assert any("020.npz, row 7 (counted from 0)" in note for note in caught.value.__notes__)
