"""The contenders of the speed benchmark compute the same thing, and its pages match its figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEED = ROOT / "benchmarks" / "speed.py"


def test_nnlayers_agrees_with_the_handwritten_step():
    command = [sys.executable, SPEED, "--check", "--only", "nnlayers", "nnlayers Trainer.step"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("agrees") == 4


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "speed").glob("*.json")), ids=lambda p: p.stem)
def test_the_page_matches_its_figures(path, monkeypatch):
    monkeypatch.syspath_prepend(SPEED.parent)
    from speed_report import tables

    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert page.startswith(tables(json.loads(path.read_text())))
