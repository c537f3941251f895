"""Callbacks that write files: CsvLog, TensorBoard, Checkpoint."""

import csv
import os
import sys
import types
from typing import ClassVar

import pytest

import nnlayers as nn
from tests.training.callbacks.callbacks_for_tests import DoesIn
from tests.training.trainers_for_tests import X, Y, trainer

OPTIONS = {"batch_size": 25, "rng": 0, "progress": False, "health": False}


def test_the_table_has_all_epochs_after_each_of_them(tmp_path):
    path, lines = tmp_path / "log.csv", []

    class Reads(nn.Callback):
        def after_epoch(self, trainer, figures):
            lines.append(len(path.read_text().splitlines()))

    trained = trainer()
    callbacks = [nn.CsvLog(path), Reads()]
    trained.fit(X, Y, epochs=3, validation_data=(X, Y), callbacks=callbacks, **OPTIONS)
    assert lines == [2, 3, 4]
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(row["val_loss"]) for row in rows] == trained.history["val_loss"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [nn.CsvLog, nn.Checkpoint])
def test_a_path_that_cannot_be_written_is_refused_before_the_first_step(kind, tmp_path):
    for path, error in ((tmp_path / "none" / "log", FileNotFoundError), (tmp_path, IsADirectoryError)):
        trained = trainer()
        with pytest.raises(error):
            trained.fit(X, Y, epochs=1, callbacks=[kind(path)], **OPTIONS)
        assert trained.optimizer.steps == 0


@pytest.mark.parametrize("kind", [nn.CsvLog, nn.Checkpoint])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_file_or_folder_without_permission_is_refused_before_the_first_step(
    kind, is_there, tmp_path, monkeypatch
):
    if is_there:
        (tmp_path / "log").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    trained = trainer()
    with pytest.raises(PermissionError, match=r"may not be written|no file may be created"):
        trained.fit(X, Y, epochs=1, callbacks=[kind(tmp_path / "log")], **OPTIONS)
    assert trained.optimizer.steps == 0


class Writer:
    """What stands in for the writer of tensorboardX."""

    made: ClassVar = []

    def __init__(self, folder, filename_suffix):
        self.suffix = filename_suffix
        self.folder, self.scalars, self.flushed, self.closed = folder, [], 0, 0
        Writer.made.append(self)

    def add_scalar(self, *scalar):
        self.scalars.append(scalar)

    def flush(self):
        self.flushed += 1

    def close(self):
        self.closed += 1


@pytest.fixture
def writers(monkeypatch):
    monkeypatch.setattr(Writer, "made", [])
    fake = types.ModuleType("tensorboardX")
    fake.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "tensorboardX", fake)
    return Writer.made


def test_tensorboard_gets_the_figures_of_epochs_and_the_loss_of_steps(writers, tmp_path):
    schedule = [0.4, 0.3, 0.2, 0.1]
    trained = trainer(lr=schedule.__getitem__)
    losses = []

    class Looks(nn.Callback):
        def after_step(self, trainer):
            losses.append(trainer.place.loss)

    callbacks = [Looks(), nn.TensorBoard(tmp_path, every_steps=2)]
    trained.fit(X, Y, epochs=2, callbacks=callbacks, **OPTIONS)
    (writer,) = writers
    assert writer.folder == str(tmp_path)
    assert (writer.flushed, writer.closed) == (2, 1)
    history = trained.history
    assert history.learning_rates == [0.3, 0.1]  # of the last step of each epoch
    expected = []
    for epoch in (1, 2):
        expected.append(("loss_of_the_step", losses[2 * epoch - 1], 2 * epoch))
        expected += [(name, history[name][epoch - 1], epoch) for name in history]
        expected.append(("learning_rate", history.learning_rates[epoch - 1], epoch))
    assert writer.scalars == expected


def test_tensorboard_closes_its_file_after_an_error_and_opens_one_for_each_fit(writers, tmp_path):
    def fails(trainer):
        raise ZeroDivisionError

    trained, board = trainer(), nn.TensorBoard(tmp_path)
    with pytest.raises(ZeroDivisionError):
        trained.fit(X, Y, epochs=1, callbacks=[board, DoesIn("after_step", fails)], **OPTIONS)
    trained.fit(X, Y, epochs=1, callbacks=[board], **OPTIONS)
    assert [writer.closed for writer in writers] == [1, 1]
    assert writers[0].suffix != writers[1].suffix  # so that the second fit does not overwrite the first


def test_tensorboard_asks_no_schedule_beyond_its_last_step(writers, tmp_path):
    def ends(step):
        return [0.1, 0.1][step]

    trainer(lr=ends).fit(X, Y, epochs=1, callbacks=[nn.TensorBoard(tmp_path)], **OPTIONS)
    assert writers[0].scalars[-1] == ("learning_rate", 0.1, 1)


def test_tensorboard_refuses_every_steps_of_0(writers, tmp_path):
    with pytest.raises(ValueError, match="TensorBoard: every_steps must be at least 1"):
        nn.TensorBoard(tmp_path, every_steps=0)


def test_without_the_package_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"TensorBoard: pip install 'nnlayers\[tensorboard\]'"):
        nn.TensorBoard(tmp_path)


def test_each_fit_has_an_event_file_of_its_own(tmp_path):
    pytest.importorskip("tensorboardX")
    for _ in range(2):  # in one second
        trainer().fit(X, Y, epochs=1, callbacks=[nn.TensorBoard(tmp_path)], **OPTIONS)
    one, other = tmp_path.iterdir()
    assert b"learning_rate" in one.read_bytes()
    assert b"learning_rate" in other.read_bytes()


def saves(monkeypatch, checkpoint, epochs, others=()):
    """The steps and epochs at which a checkpoint is saved."""
    found, save = [], nn.Trainer.save

    def saved(trainer, path):
        found.append((trainer.optimizer.steps, trainer.history.epochs))
        save(trainer, path)

    monkeypatch.setattr(nn.Trainer, "save", saved)
    trainer().fit(X, Y, epochs=epochs, callbacks=[checkpoint, *others], **OPTIONS)
    return found


def test_a_checkpoint_is_written_after_each_epoch(tmp_path, monkeypatch):
    assert saves(monkeypatch, nn.Checkpoint(tmp_path / "a"), 3) == [(2, 1), (4, 2), (6, 3)]


def test_a_checkpoint_is_written_every_few_epochs_and_after_the_last_one(tmp_path, monkeypatch):
    point = nn.Checkpoint(tmp_path / "a", every_epochs=2)
    assert saves(monkeypatch, point, 5) == [(4, 2), (8, 4), (10, 5)]


def test_a_checkpoint_is_written_every_few_steps_as_well(tmp_path, monkeypatch):
    point = nn.Checkpoint(tmp_path / "a", every_steps=3)
    assert saves(monkeypatch, point, 3) == [(2, 1), (3, 1), (4, 2), (6, 2), (6, 3)]


def test_a_checkpoint_is_written_when_a_stop_cuts_an_epoch_short(tmp_path, monkeypatch):
    stop = DoesIn("after_step", lambda trainer: trainer.stop(), epoch=2)
    point = nn.Checkpoint(tmp_path / "a")
    assert saves(monkeypatch, point, 3, [stop]) == [(2, 1), (3, 1)]


def test_a_stop_after_an_epoch_is_saved_even_between_two_of_the_epochs(tmp_path, monkeypatch):
    stop = DoesIn("after_epoch", lambda trainer: trainer.stop(), epoch=3)
    point = nn.Checkpoint(tmp_path / "a", every_epochs=2)
    assert saves(monkeypatch, point, 9, [stop]) == [(4, 2), (6, 3)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": 3}, "expected the path of a file, got 3"),
        ({"path": "a", "every_epochs": 0}, "every_epochs must be at least 1"),
        ({"path": "a", "every_steps": 1.5}, "every_steps"),
    ],
)
def test_impossible_checkpoints_are_refused(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        nn.Checkpoint(**options)


def test_a_path_may_be_bytes(tmp_path):
    path = bytes(tmp_path / "run.npz")
    trainer().fit(X, Y, epochs=1, checkpoint=path, **OPTIONS)
    assert trainer().fit(X, Y, epochs=2, checkpoint=path, **OPTIONS).epochs == 2


@pytest.mark.parametrize("path", [True, 5, nn.Checkpoint])
def test_what_is_not_a_path_is_refused_by_name(path):
    with pytest.raises(TypeError, match=r"Trainer\.fit: checkpoint: expected the path of a file, got"):
        trainer().fit(X, Y, epochs=1, progress=False, checkpoint=path)
    with pytest.raises(TypeError, match="Checkpoint: expected the path of a file, got"):
        nn.Checkpoint(path)
