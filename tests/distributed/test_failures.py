"""A rank that fails, ends or is killed ends all, with its error on the screen."""

import re
import time

import pytest

from tests.distributed.mpi_for_tests import needs_mpi, run

pytestmark = needs_mpi

ENDED = "rank 0: RuntimeError: DataParallel: rank 1 of 2 has ended, and no longer takes part"
FAILED = "rank 0: RuntimeError: DataParallel: rank 1 of 2 has failed: ValueError: it has failed"


@pytest.mark.parametrize(
    ("scenario", "code", "words"),
    [
        ("raises in a callback", 1, f"{FAILED}\nin the callback At.after_step"),
        ("fails before fit", 1, FAILED),
        ("exits before anything", 1, ENDED),
        ("closes its output", 1, ENDED),
        ("has NaN", 1, r"rank 0: FloatingPointError: .* rank 1 of 2 .* batch 6: the loss is nan"),
        ("catches and fits again", 1, "no longer together, since rank 1 of 2 has failed: ValueError"),
        ("overrides step", 1, r"Trainer.step was not called in a step"),
        ("is killed", 9, ""),
        ("is interrupted", 0, "(?s)(fit has ended, interrupted True.*){2}"),
    ],
)
def test_all_end_with_the_error_of_the_rank_that_fails(scenario, code, words):
    begin = time.monotonic()
    runner = ("-m", "mpi4py") if scenario != "fails before fit" else ()
    ended_with, printed = run(2, "tests.distributed.failing_for_tests", scenario, runner=runner)
    assert ended_with == code, printed
    assert re.search(words, printed), printed
    assert time.monotonic() - begin < 15


def test_the_mpiexec_of_another_mpi_is_refused():
    code, printed = run(1, "tests.distributed.lonely_for_tests", PMI_SIZE="", OMPI_COMM_WORLD_SIZE="4")
    assert code == 1
    assert "this is one of 4 processes, but mpi4py sees only itself" in printed
