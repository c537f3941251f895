"""The gradient checker finds every planted bug of the benchmark, and flags no correct layer."""

import importlib.util
import sys
from pathlib import Path

import pytest

from nnlayers.testing import LayerCheckError, check_layer, check_loss

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def load(name):
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def check(entry):
    if entry.of == "loss":
        return check_loss(
            entry.make(), prediction=entry.shape, target=entry.target, values=entry.values
        )
    return check_layer(entry.make, entry.shape, values=entry.values)


BUGS = load("planted_bugs").BUGS
CORRECT = load("correct_layers").CORRECT


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_the_planted_bug_is_found(bug):
    with pytest.raises(LayerCheckError) as info:
        check(bug)
    lines = str(info.value).splitlines()
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("layer", CORRECT, ids=[layer.name for layer in CORRECT])
def test_the_correct_layer_passes(layer):
    report = check(layer)
    assert report.checks > 0
    assert report.never_verified() == []


def test_there_are_enough_of_both():
    assert len(BUGS) >= 120
    assert len(CORRECT) >= 60
    assert len({bug.family for bug in BUGS}) == 8
