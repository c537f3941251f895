"""Checkpoints that are damaged: refused, with nothing changed, or harmless."""

import random

import numpy as np
import pytest

from nnlayers.core.npz import read_arrays, write_arrays
from tests.training.damaged_for_tests import CHANGES, KIND, Damages, changed
from tests.training.runs_for_tests import Run
from tests.training.test_checkpoint_refused import check_refused, saved


def test_numbers_that_fail_half_way_change_nothing(tmp_path):
    path = saved(tmp_path / "run.npz")
    arrays, _ = read_arrays(path)
    text = arrays["text"].tobytes().decode()
    for old, new in (
        ('"has_uint32": 0', '"has_uint32": "x"'),
        ('"momentum": 0.9', '"momentum": -1'),
        ('"epochs": 1', '"epochs": "many"'),
        ('"facts"', '"fact"'),
        ('"columns"', '"rows"'),
        ('"batch": 3', '"badge": 3'),
        ('"$array": "0"', '"$array": "1"'),
        ("}", ""),
        (text, "[]"),
        (text, "[" * 100_000),
    ):
        assert old in text
        damaged = text.replace(old, new, 1).encode()
        write_arrays(path, {**arrays, "text": np.frombuffer(damaged, np.uint8)})
        run = Run(KIND, seed=1)
        check_refused(run, lambda run=run: run.fit(checkpoint=path), r"run\.npz: ")


@pytest.fixture(scope="module")
def damages(tmp_path_factory):
    return Damages(tmp_path_factory.mktemp("damaged") / "run.npz")


def test_a_file_that_is_cut_off_is_refused(damages):
    size = len(damages.content)
    for length in (0, 1, *range(7, size, 97), size - 1):
        assert damages.load(damages.content[:length]) == "refused"


@pytest.mark.parametrize("change", CHANGES)
def test_an_altered_byte_is_refused_or_harmless(damages, change):
    positions = random.Random(change).sample(range(len(damages.content)), 60)
    directory = damages.content.rindex(b"PK\x01\x02")  # of the zip archive: it claims sizes
    for position in (*positions, *range(directory + 20, directory + 28)):
        found = damages.load(changed(damages.content, position, change))
        assert found in ("refused", "loaded")  # the latter: with the values that were written


def test_a_damaged_array_of_a_run_is_told_from_a_number(tmp_path):
    path = saved(tmp_path / "run.npz")
    arrays, _ = read_arrays(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(arrays["0"].tobytes(), (arrays["0"] + 1).tobytes(), 1))
    with pytest.raises(ValueError, match=r"run\.npz: array 0: it is damaged \(its checksum differs\)"):
        Run(KIND, seed=1).trainer.load(path)
