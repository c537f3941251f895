"""Runs on several ranks that are stopped and go on, on as many ranks or on others."""

import shutil

import numpy as np

from tests.distributed.mpi_for_tests import needs_mpi, run_well

pytestmark = needs_mpi

MODULE = "tests.distributed.going_on_for_tests"


def end(folder, name, rank=0):
    with np.load(folder / f"{name}-{rank}.npz") as found:
        return dict(found)


def assert_same(one, two, limit=0.0):
    assert set(one) == set(two)
    for name, value in one.items():
        np.testing.assert_allclose(value, two[name], limit, limit, err_msg=name)


def test_a_run_that_goes_on_within_an_epoch_is_the_undisturbed_one_bit_by_bit(tmp_path):
    run_well(2, MODULE, tmp_path, "whole")
    run_well(2, MODULE, tmp_path, "other", 4, 14)  # in the second epoch of nine steps
    stopped = end(tmp_path, "other")
    assert len(stopped["history.loss"]) == 1
    run_well(2, MODULE, tmp_path, "other")
    for rank in range(2):
        assert_same(end(tmp_path, "other", rank), end(tmp_path, "whole"))


def test_another_number_of_ranks_goes_on_where_it_was(tmp_path):
    run_well(2, MODULE, tmp_path, "two", 3, 0, 0)
    run_well(2, MODULE, tmp_path, "begin", 3, 14, 0)
    for ranks in (1, 3):
        name = f"on {ranks}"
        shutil.copy(tmp_path / "begin.run", tmp_path / f"{name}.run")
        run_well(ranks, MODULE, tmp_path, name, 3, 0, 0)
        assert_same(end(tmp_path, name), end(tmp_path, "two"), 1e-12)
