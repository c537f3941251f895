"""Several ranks train as one process does with all their batches together."""

import numpy as np
import pytest

from nnlayers.distributed.gradients import PACKED_BELOW
from tests.distributed.equal_for_tests import CASES, outcome, trained
from tests.distributed.mpi_for_tests import needs_mpi, run_well

pytestmark = needs_mpi


@pytest.fixture(scope="module")
def alone():
    return {
        f"{case}/{name}": value for case in CASES for name, value in outcome(trained(case, 1)).items()
    }


@pytest.mark.parametrize(
    ("ranks", "every", "packed_below"),
    [
        (2, 1, PACKED_BELOW),
        (2, 1, 5),
        (3, 2, 5),
        (4, 3, PACKED_BELOW),
    ],  # 5: all but one bias alone
)
def test_ranks_train_as_one_process_with_their_batches_together(
    ranks, every, packed_below, alone, tmp_path
):
    run_well(ranks, "tests.distributed.equal_for_tests", tmp_path / "end", every, packed_below)
    cases = CASES[::every]
    for rank in range(ranks):
        with np.load(tmp_path / f"end-{rank}.npz") as found:
            expected = {n: value for n, value in alone.items() if n.partition("/")[0] in cases}
            assert set(found) == set(expected)
            for name, value in expected.items():
                limit = 1e-5 if name.startswith("float32/") else 1e-12
                np.testing.assert_allclose(found[name], value, limit, limit, err_msg=f"{rank}: {name}")
