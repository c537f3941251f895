"""The progress line."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training import progress
from tests.training.runs_for_tests import SaveAt


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def fit(metrics=None, epochs=3, **options):
    model = nn.Dense(2, 2, rng=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)
    x, y = np.eye(2).repeat(10, axis=0), np.arange(2).repeat(10)
    return trainer.fit(x, y, epochs=epochs, batch_size=4, validation_data=(x, y), rng=0, **options)


def test_a_log_gets_one_line_per_epoch(without_tqdm, monkeypatch):
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    history = fit()
    lines = log.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == ["1/3", "2/3", "3/3"]
    for word in ("samples/s", "left", "loss", "accuracy", "val_loss", "val_accuracy"):
        assert word in lines[0]
    assert "0:00 left" in lines[2]
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert f"{name} {history[name][1]:.4f}" in lines[1]


def test_speed_and_remaining_time_are_correct(without_tqdm, monkeypatch):
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    monkeypatch.setattr(progress.time, "perf_counter", lambda: 1000.0)
    line = progress.progress_line(4, 6, 500)
    monkeypatch.setattr(progress.time, "perf_counter", lambda: 1100.0)
    line.done = 500
    line.draw(5, 500, {}, ended=True)  # 1,000 samples of 1,500 in 100 seconds
    assert log.getvalue().split("  ")[:3] == ["epoch 5/6", "10 samples/s", "0:50 left"]


def test_the_tqdm_bar_counts_samples(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    line = progress.progress_line(4, 6, 500)
    line.end_epoch(4, 500, {})
    line.draw(5, 200, {"loss": 0.5})
    assert (line.bar.n, line.bar.total, line.bar.postfix) == (700, 1500, "loss 0.5000")
    line.end_epoch(5, 500, {})
    line.draw(6, 500, {}, ended=True)
    assert line.bar.n == 1500
    line.close()


def test_it_is_redrawn_only_a_few_times_per_second(monkeypatch):
    drawn = []
    shown = progress.ShowProgress(1000)
    shown.line = progress.Progress(1, 1, 1000)
    shown.line.draw = lambda epoch, seen, figures: drawn.append((seen, figures))
    place = SimpleNamespace(epoch=1, samples=0)
    trainer = SimpleNamespace(place=place, rank=0, figures_so_far=lambda: {"loss": 2.0})
    clock = iter(np.arange(0.05, 100, 0.01))
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    for seen in range(1, 101):
        place.samples = seen
        shown.after_step(trainer)
    assert 5 < len(drawn) < 20
    assert drawn[0][1] == {"loss": 2.0}


def test_a_run_that_is_complete_says_so(without_tqdm, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for shown in (
        "epoch 3/3",
        "run.npz: the run is complete, with 3 epochs; to go on, give more epochs",
    ):
        monkeypatch.setattr(sys, "stderr", log := io.StringIO())
        fit(checkpoint="run.npz")
        assert log.getvalue().splitlines()[-1].startswith(shown)
    assert len(log.getvalue().splitlines()) == 1
    fit(checkpoint="run.npz", progress=False)
    assert len(log.getvalue().splitlines()) == 1


def test_a_run_that_a_callback_has_ended_says_so(without_tqdm, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        monkeypatch.setattr(sys, "stderr", log := io.StringIO())
        stopping = nn.EarlyStopping("loss", patience=1, min_delta=100.0)
        fit(checkpoint="run.npz", callbacks=[stopping])
    assert log.getvalue() == "run.npz: a callback has ended the run, after epoch 2 of 3\n"


def test_a_run_that_is_within_a_later_epoch_says_so(without_tqdm, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    fit(callbacks=[SaveAt("run.npz", 2, 3)], progress=False)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    fit(epochs=1, checkpoint="run.npz")
    text = "the run is within epoch 2, past epochs=1; to go on, give more epochs"
    assert log.getvalue() == f"run.npz: {text}\n"
    assert fit(epochs=2, checkpoint="run.npz").epochs == 2


def test_a_run_that_a_callback_has_ended_within_an_epoch_says_so(without_tqdm, monkeypatch, tmp_path):
    class Stops(nn.Callback):
        def start(self, trainer):
            trainer.stop()

    monkeypatch.chdir(tmp_path)
    fit(callbacks=[SaveAt("run.npz", 2, 3)], progress=False)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    fit(checkpoint="run.npz", callbacks=[Stops()])
    assert log.getvalue() == "run.npz: a callback has ended the run, within epoch 2 of 3\n"


@pytest.mark.parametrize(("batch", "place"), [(None, "epoch 2"), (3, "epoch 2, batch 3")])
def test_a_run_that_goes_on_says_where(batch, place, without_tqdm, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    fit(callbacks=[SaveAt("run.npz", 2, batch)], progress=False)
    saved = (tmp_path / "run.npz").read_bytes()
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    fit(checkpoint="run.npz")
    lines = log.getvalue().splitlines()
    assert lines[0] == f"run.npz: the run goes on after {place}"
    assert [line.split()[1] for line in lines[1:]] == ["3/3"] if batch is None else ["2/3", "3/3"]
    (tmp_path / "run.npz").write_bytes(saved)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    fit(checkpoint="run.npz", progress=False)
    assert log.getvalue() == ""


@pytest.mark.parametrize(("progress", "lines"), [(None, 0), (0, 0), (np.True_, 1), (2, 1)])
def test_progress_is_shown_once_or_not_at_all(progress, lines, capsys):
    model = nn.Sequential(nn.Dense(2, 2, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(np.eye(2), np.array([0, 1]), epochs=1, rng=0, progress=progress, health=False)
    out, err = capsys.readouterr()
    assert (out + err).count("epoch 1/1") == lines
