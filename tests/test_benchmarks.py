"""The contenders of the speed benchmark compute the same thing, and its pages match its figures."""

import importlib
import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEED = ROOT / "benchmarks" / "speed.py"
FIGURES = sorted((ROOT / "docs" / "speed").glob("*.json"))


WITH_KERNELS = ["nnlayers", "nnlayers Trainer.step"]
WITH_NUMPY = ["nnlayers, NumPy only", "nnlayers, NumPy only, Trainer.step"]
INSTALLED = importlib.util.find_spec("nnlayers_kernels") is not None


@pytest.fixture
def module(monkeypatch):
    """Imports a module of the benchmarks by its name."""
    monkeypatch.syspath_prepend(SPEED.parent)
    return importlib.import_module


def check(names):
    command = [sys.executable, SPEED, "--check", "--only", *names]
    return subprocess.run(command, capture_output=True, text=True)


def test_nnlayers_agrees_with_the_handwritten_step():
    names = WITH_NUMPY + WITH_KERNELS * INSTALLED
    done = check(names)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("agrees") == 2 * len(names)


@pytest.mark.skipif(INSTALLED, reason="the compiled kernels are installed")
def test_contenders_with_compiled_kernels_are_left_out_without_them():
    done = check(WITH_KERNELS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""
    assert "nnlayers and nnlayers Trainer.step: left out" in done.stderr
    assert "pip install 'nnlayers[fast]'" in done.stderr


@pytest.mark.parametrize(
    ("name", "kernels"),
    [("nnlayers Trainer.step", "compiled"), ("nnlayers, NumPy only", "numpy"), ("floor", "")],
)
def test_each_contender_is_told_its_kernels(module, monkeypatch, name, kernels):
    monkeypatch.setenv("NNLAYERS_KERNELS", "numpy")
    assert module("speed_race").environment(name, 2)["NNLAYERS_KERNELS"] == kernels


def test_the_summary_compares_with_numpy_only_and_the_fastest_peer(module):
    numpy_only = "nnlayers, NumPy only"
    seconds = {"numpy": [1e-5], "nnlayers": [2e-4], numpy_only: [4e-4], "torch": [8e-4], "jax": [1e-3]}
    lines = module("speed_report").summary([{"network": "3-2", "threads": 1, "seconds": seconds}])
    assert (
        lines.splitlines()[0]
        == "| network, batch | 1 thread: nnlayers | / NumPy only | / fastest peer |"
    )
    assert lines.splitlines()[2] == "| 3-2 | 200\u00a0µs | 0.50 | 0.25 |"


def test_neighbours_change_from_round_to_round(module):
    names = [f"contender {number}" for number in range(12)]
    in_turn = module("speed_race").in_turn
    turns = list(in_turn(names, 11))
    rounds = [turns[start : start + 12] for start in range(0, len(turns), 12)]
    assert all(sorted(order) == sorted(names) for order in rounds)
    neighbours = Counter(pair for order in rounds for pair in itertools.pairwise(order))
    assert max(neighbours.values()) <= 4
    assert turns == list(in_turn(names, 11))


def test_operations_and_parameters_of_a_network(module):
    case = module("contenders").Case((3, 4, 2), 5)
    assert case.parameters == 3 * 4 + 4 + 4 * 2 + 2
    forward, weights, inputs = (3 * 4 + 4 * 2), (3 * 4 + 4 * 2), 4 * 2
    assert case.flops == 2 * 5 * (forward + weights + inputs)


def test_a_limit_is_the_products_at_the_best_rate_and_one_pass(module):
    case = {"sizes": [3, 4, 2], "batch": 5, "dropout": 0.0, "lr": 0.01, "decay": 0.0, "data": ""}
    step = {"case": case, "network": "3-4-2, batch 5", "threads": 1}
    slow, fast = ({"floor": [seconds]} for seconds in (2.0, 1.0))  # a product of 1e4 operations
    rates = [
        {"what": "rate", "case": {"sizes": [10, 50], "batch": 10}, "threads": 1, "seconds": seconds}
        for seconds in (slow, fast)
    ]
    passes = [step | {"what": "update", "seconds": {"floor": [0.07, 0.06]}}]
    # 480 operations at 1e4 a second, and the faster pass
    steps = [step | {"seconds": {"nnlayers": [0.3, 0.216, 0.2]}}]
    lines = "\n".join(
        module("speed_report").limits_section(rates + passes, {"measures": {"step": steps}})
    )
    assert "| 3-4-2, batch 5 | 0.0 | 60.0\u00a0ms | 0 | 108\u00a0ms | - | 2.00 | - |" in lines


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (4.5e-7, "0.45\u00a0µs"),
        (2.01e-5, "20.1\u00a0µs"),
        (1.409e-3, "1.41\u00a0ms"),
        (0.304, "304\u00a0ms"),
        (2.5, "2,500\u00a0ms"),
    ],
)
def test_durations_have_three_digits_and_a_unit(module, seconds, text):
    assert module("speed_report").duration(seconds) == text


@pytest.mark.parametrize("path", FIGURES, ids=lambda p: p.stem)
def test_the_page_matches_its_figures(path, module):
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert page.startswith(module("speed_report").tables(json.loads(path.read_text())))


def test_the_speed_page_opens_with_the_figures_of_two_cores(module):
    figures = json.loads((ROOT / "docs" / "speed" / "2-cores.json").read_text())
    page = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    assert module("speed_report").summary(figures["measures"]["step"]) in page
