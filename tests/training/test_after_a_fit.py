"""What a fit leaves for the next one: built-in callbacks after a restart, copies of the trainer."""

import copy
import pickle

import pytest

import nnlayers as nn


@pytest.fixture
def data():
    x, y = nn.datasets.load_digits()
    return x[:200], y[:200]


def make_trainer():
    model = nn.Sequential(nn.Dense(64, 8, rng=0), nn.ReLU(), nn.Dense(8, 10, rng=1))
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))


def fit_with_early_stopping(path, data, patience=2):
    trainer = make_trainer()
    stopping = nn.EarlyStopping("penalty", patience=patience, mode="max")  # it is always 0
    trainer.fit(*data, epochs=20, rng=0, progress=False, callbacks=[stopping], checkpoint=path)
    return trainer, stopping


def test_a_run_that_early_stopping_has_ended_goes_on_with_more_patience(tmp_path, data):
    fit_with_early_stopping(tmp_path / "run.npz", data)
    assert fit_with_early_stopping(tmp_path / "run.npz", data, patience=5)[0].history.epochs == 6


def test_a_moving_average_begins_anew_in_the_fit_after_a_continued_one(tmp_path, data):
    path = tmp_path / "run.npz"
    trainer, average = make_trainer(), nn.MovingAverage(0.9)
    trainer.fit(*data, epochs=1, rng=0, progress=False, callbacks=[average], checkpoint=path)

    trainer, average = make_trainer(), nn.MovingAverage(0.9)
    trainer.fit(*data, epochs=2, rng=0, progress=False, callbacks=[average], checkpoint=path)
    assert average.steps == 14
    trainer.fit(*data, epochs=1, rng=0, progress=False, callbacks=[average])
    assert average.steps == 7


@pytest.mark.parametrize("monitor", ["val_loss_1", "loss_1"])
def test_only_a_lack_of_validation_data_is_said_to_be_one(monitor, data):
    with pytest.raises(ValueError, match="there is no figure") as error:
        make_trainer().fit(
            *data,
            epochs=1,
            validation_data=data,
            progress=False,
            callbacks=[nn.EarlyStopping(monitor)],
        )
    assert "validation_data" not in str(error.value)
    with pytest.raises(ValueError, match="give fit validation_data"):
        make_trainer().fit(*data, epochs=1, progress=False, callbacks=[nn.EarlyStopping()])


@pytest.mark.parametrize("again", [copy.deepcopy, lambda trainer: pickle.loads(pickle.dumps(trainer))])
def test_a_trainer_can_be_copied_whatever_its_last_fit_was_given(again, data, capsys):
    trainer = make_trainer()
    trainer.fit(lambda: nn.batches(*data, rng=0), epochs=2, callbacks=[nn.EarlyStopping("loss")])
    other = again(trainer)
    assert (other.place.epoch, other.place.ended, other.failure) == (2, True, None)
    assert other.history["loss"] == trainer.history["loss"]
    assert len(pickle.dumps(other)) < 10_000  # without the data
    for each in (trainer, other):
        each.fit(*data, epochs=1, rng=0, progress=False)
    assert other.history["loss"] == trainer.history["loss"]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda trainer: pickle.loads(pickle.dumps(trainer))])
def test_a_copy_that_a_callback_makes_of_the_trainer_can_be_trained(again, data):
    class Keep(nn.Callback):
        def after_epoch(self, trainer, figures):
            copies.append(again(trainer))

    copies = []
    trainer = make_trainer()
    trainer.fit(*data, epochs=2, rng=0, progress=False, callbacks=[Keep()])
    copies[0].fit(*data, epochs=1, rng=0, progress=False)
    assert copies[0].history["loss"] == trainer.history["loss"]


def test_the_predictions_of_an_epoch_are_let_go_when_it_has_ended(data):
    model = nn.Sequential(nn.Dense(64, 10, rng=0))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=["f1"])
    trainer.fit(*data, epochs=2, progress=False)
    assert trainer._loop.totals.kept == []
    assert "loss" in trainer.figures_so_far()
