"""Every example runs, in seconds."""

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SMALL = {
    "custom_layer": {"epochs": 2, "progress": False},
    "gradient_check": {},
    "digits": {"epochs": 4, "final_epochs": 1, "progress": False},
}


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_stands_in_the_table():
    assert sorted(SMALL) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


def test_the_gradient_check_shows_a_failure_and_a_report(tmp_path, capsys):
    checks = load("gradient_check").main(path=tmp_path / "chart.png")
    printed = capsys.readouterr().out
    assert printed.startswith("Forgetful.backward: the gradient of the input is wrong")
    assert "Normalize: " in printed
    assert printed.splitlines()[-1] == f"Checks passed: {checks}"
    assert (tmp_path / "chart.png").exists()


@pytest.mark.parametrize("name", ["custom_layer", "digits"])
def test_the_example_runs_and_learns(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    accuracy = load(name).main(**SMALL[name])
    assert accuracy > 0.8
    assert capsys.readouterr().out.splitlines()[-1] == f"Held-out accuracy: {100 * accuracy:.1f} %"


def test_the_digits_are_drawn(tmp_path):
    load("digits").main(**SMALL["digits"], path=tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_the_digits_reach_their_accuracy(tmp_path):
    module = load("digits")
    found = [module.main(seed=seed, path=tmp_path / "digits.png", progress=False) for seed in range(3)]
    assert min(found) >= 0.965
    assert sum(found) / len(found) >= 0.98
