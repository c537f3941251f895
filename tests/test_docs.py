"""Every code block of the README and of the pages runs, page by page, in order."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

import nnlayers
from nnlayers.testing import checks

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(
    r"^```python\n((?:(?!^```).)*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)")


def comparable(printed):
    """What is printed, wherever its lines end; estimated errors differ from machine to machine."""
    return re.sub(r"\+- \S+", "+- error", " ".join(printed.split()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_the_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    shown = dict(OUTPUT.findall(text))
    names = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 1
        code = "\n" * line + block[1]
        exec(compile(code, page, "exec"), names)
        printed = capsys.readouterr().out
        if block[1] in shown:
            assert comparable(printed) == comparable(shown[block[1]]), f"{page.name}:{line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_the_page_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("module", [checks])
def test_the_examples_of_the_docstrings_run(module):
    found = doctest.testmod(module, extraglobs={"np": np, "nn": nnlayers})
    assert found.failed == 0
    assert found.attempted > 0
