"""The page about the checker has a line for every exact check."""

import re
from pathlib import Path

from nnlayers.testing.contract import CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "checker.md"
ROW = re.compile(r"^\| `(\w+)` \| ([\w, ]+) \|", re.MULTILINE)
WORDS = {
    ("layer", "loss", "function"): "all",
    ("layer", "loss"): "layers, losses",
    ("layer",): "layers",
    ("loss",): "losses",
}


def test_the_page_has_every_exact_check_once_with_its_kinds():
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    expected = [(name, WORDS[tuple(check.kinds)]) for name, check in CHECKS.items()]
    assert sorted(rows) == sorted(expected)
