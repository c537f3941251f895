"""The examples that search hyper-parameters, with workers that are killed and Ctrl-C."""

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

import nnlayers as nn
from tests.test_examples import load, run

ROUNDS = 3, 9


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def example():
    pytest.importorskip("distributed")
    return load("search_dask")


@pytest.fixture(scope="module")
def client(example):
    with example.connect(workers=2) as client:
        yield client


@pytest.fixture(scope="module")
def drawn(example):
    rates = 0.01, 0.02, 0.05, 0.1
    return {f"lr={lr}": {"lr": lr, "units": 16, "dropout": 0.1} for lr in rates}


@pytest.fixture(scope="module")
def undisturbed(example, client, drawn, tmp_path_factory):
    return example.search(client, drawn, ROUNDS, tmp_path_factory.mktemp("undisturbed"))


class LogOfEpochs:
    """Writes a line for each epoch that a worker trains, and makes it last."""

    def __init__(self, path):
        self.path = path

    def setup(self, worker):
        self.after_epoch = after_epoch = nn.History.after_epoch

        def slower(history, trainer, figures):
            after_epoch(history, trainer, figures)
            with open(self.path, "a") as file:
                file.write(f"{os.getpid()} {trainer.optimizer.lr} {trainer.place.epoch}\n")
            time.sleep(0.03)

        nn.History.after_epoch = slower

    def teardown(self, worker):
        nn.History.after_epoch = self.after_epoch

    def lines(self):
        """The process, the learning rate and the epoch of each."""
        text = self.path.read_text() if self.path.exists() else ""
        return [
            (int(pid), float(lr), int(epoch)) for pid, lr, epoch in map(str.split, text.splitlines())
        ]

    def kill(self, epoch):
        """Kill the first worker that has trained a candidate up to this epoch."""
        while not (there := [pid for pid, _, last in self.lines() if last == epoch]):
            time.sleep(0.01)
        os.kill(there[0], signal.SIGKILL)
        self.killed = there[0]


@pytest.fixture
def log(client, tmp_path):
    from distributed import WorkerPlugin

    plugin = type("Log", (LogOfEpochs, WorkerPlugin), {})(tmp_path / "log")
    client.register_plugin(plugin, name="log")
    yield plugin
    client.unregister_worker_plugin("log")


def test_the_search_on_dask_runs_draws_and_learns(client, capsys):
    address = client.scheduler.address
    example = load("search_dask")
    accuracy = example.main(count=3, rounds=(2, 6), address=address, path=Path("picture.png"))
    assert accuracy > 0.8
    assert Path("picture.png").read_bytes().startswith(b"\x89PNG")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"Test accuracy: {100 * accuracy:.1f} %"
    assert sum(line.startswith("6 epochs") for line in lines) == 1


def test_a_killed_worker_changes_nothing(example, client, drawn, undisturbed, log, tmp_path):
    killer = threading.Thread(target=log.kill, args=[5])
    killer.start()
    found = example.search(client, drawn, ROUNDS, tmp_path)
    killer.join()
    assert list(found.items()) == list(undisturbed.items())
    lines = log.lines()
    _, rate, last = [line for line in lines if line[0] == log.killed][-1]
    after = [epoch for pid, lr, epoch in lines if lr == rate and pid != log.killed and epoch >= last]
    assert after[0] in (last, last + 1)  # it went on: no epoch before was trained again
    assert [epoch for pid, lr, epoch in lines if lr == rate].count(1) == 1


def test_one_worker_finds_what_two_find(example, client, drawn, undisturbed, tmp_path):
    worker, *_ = client.scheduler_info()["workers"]
    alone = SimpleNamespace(submit=partial(client.submit, workers=[worker]))
    found = example.search(alone, drawn, ROUNDS, tmp_path)
    assert list(found.items()) == list(undisturbed.items())


def test_a_search_goes_on_after_ctrl_c(
    example, client, drawn, undisturbed, tmp_path, monkeypatch, capsys
):
    as_completed = example.as_completed

    def interrupted(tasks):
        yield next(iter(as_completed(tasks)))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(example, "as_completed", interrupted)
        found = example.search(client, drawn, ROUNDS, tmp_path)
    [(who, losses)] = found.items()
    assert losses == undisturbed[who][:3]
    assert "start the program again" in capsys.readouterr().out
    found = example.search(client, drawn, ROUNDS, tmp_path)
    again = example.search(client, drawn, ROUNDS, tmp_path)  # all files are there
    assert list(found.items()) == list(again.items()) == list(undisturbed.items())


def test_ctrl_c_is_not_for_the_workers(client):
    def ignores():
        return signal.getsignal(signal.SIGINT) is signal.SIG_IGN

    assert all(client.run(ignores).values())


def test_a_candidate_that_diverges_is_left_out(example, client, drawn, tmp_path, capsys):
    wild = {"wild": {"lr": 1e30, "units": 16, "dropout": 0.1}, "tame": drawn["lr=0.1"]}
    found = example.search(client, wild, (1, 2), tmp_path)
    assert list(found) == ["tame"]
    assert len(found["tame"]) == 2
    assert "wild: left out: Trainer.fit: epoch 1" in capsys.readouterr().out


def test_the_search_with_joblib_runs_draws_and_learns():
    pytest.importorskip("sklearn")
    accuracy, output = run("search_joblib")
    assert accuracy > 0.8
    assert output.splitlines()[-1] == f"Held-out accuracy: {100 * accuracy:.1f} %"
    assert "Health report: nothing noticed." in output


def test_a_search_of_scikit_learn_goes_to_the_workers_of_dask(client):
    pytest.importorskip("sklearn")
    import joblib
    from sklearn.model_selection import GridSearchCV

    from nnlayers.sklearn import NNClassifier

    x, y = nn.datasets.load_digits()
    grid = {"learning_rate": [0.001, 0.01], "callbacks": [[nn.EarlyStopping("loss")]]}
    search = GridSearchCV(NNClassifier((16,), epochs=2, random_state=0), grid, cv=2)
    here = search.fit(x, y).cv_results_["mean_test_score"]
    with joblib.parallel_config("dask", n_jobs=2):
        there = search.fit(x, y).cv_results_["mean_test_score"]
    assert there.tolist() == here.tolist()
    assert len(search.best_estimator_.trainer_.history["loss"]) == 2
