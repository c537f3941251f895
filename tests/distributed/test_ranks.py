"""Several ranks check their weights, data, statistics and files, all in one start of mpiexec."""

import re

import pytest

import nnlayers as nn
from nnlayers import launched
from nnlayers.training import ranks
from tests.distributed.mpi_for_tests import ROOT, needs_mpi, run_well

pytestmark = needs_mpi


def test_the_ranks_find_their_weights_data_statistics_and_files_right(tmp_path):
    printed = run_well(2, "tests.distributed.checks_for_tests", tmp_path)
    assert printed.count("check_") == 18
    assert printed.count("all have said goodbye") == 2


def test_without_mpiexec_there_is_one_rank():
    x, y = nn.datasets.load_digits()
    trainers = []
    for callbacks in ([], [nn.distributed.DataParallel()]):
        model = nn.Sequential(nn.Dense(64, 10, rng=0))
        trainers.append(nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1)))
        trainers[-1].fit(x[:99], y[:99], epochs=2, rng=0, progress=False, callbacks=callbacks)
    assert dict(trainers[0].history) == dict(trainers[1].history)
    assert (trainers[1].rank, trainers[1].ranks) == (0, 1)


def test_other_words_for_statistics_are_refused():
    with pytest.raises(ValueError, match="expected statistics to be 'average' or 'own', got 'mean'"):
        nn.distributed.DataParallel(statistics="mean")


def test_the_script_of_the_page_runs_on_several_ranks(tmp_path):
    page = (ROOT / "docs" / "distributed.md").read_text(encoding="utf-8")
    script = re.search(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / "train.py").write_text(script)
    printed = run_well(2, "train.py", cwd=tmp_path)
    assert printed.count("History(5 epochs") == 1
    assert (tmp_path / "run.npz").exists()


def test_the_word_of_another_library_is_answered_with_the_call():
    with pytest.raises(
        AttributeError, match=r"use fit\(\.\.\., callbacks=\[nn\.distributed\.DataParallel"
    ):
        nn.distributed.DistributedDataParallel  # noqa: B018


def test_a_process_says_goodbye_under_every_launcher_that_fit_knows():
    assert launched.LAUNCHERS == ranks.LAUNCHERS
