"""The documentation site: every public name is in its reference, and its pages need no other site."""

import re
from pathlib import Path

import pytest

import nnlayers as nn
from nnlayers import testing
from nnlayers.testing import strategies

DOCS = Path(__file__).parent.parent / "docs"
BUILT = DOCS / "_build" / "html"
DIRECTIVE = re.compile(
    r"^\.\. (currentmodule|autoclass|autoexception|autofunction|autodata):: (\S+)$", re.M
)
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=\"([^\"]*)\"|<link\b[^>]*\bhref=\"([^\"]*)\""
)
IN_STYLES = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//")


def documented():
    for page in sorted((DOCS / "reference").glob("*.md")):
        module = ""
        for directive, name in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            if directive == "currentmodule":
                module = name
            else:
                yield f"{module}.{name}"


def test_the_reference_has_every_public_name_once():
    public = {name for name in nn.__all__ if name not in ("datasets", "plots")}
    modules = {nn: public}
    modules |= {module: module.__all__ for module in (nn.datasets, nn.plots, testing, strategies)}
    expected = [f"{module.__name__}.{name}" for module, names in modules.items() for name in names]
    assert sorted(documented()) == sorted(expected)


def test_every_page_of_the_reference_is_in_its_table():
    index = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    for page in (DOCS / "reference").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index


@pytest.mark.skipif(not BUILT.exists(), reason="make docs builds the site and runs this")
def test_the_built_pages_load_nothing_from_outside():
    pages = list(BUILT.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        for sources in LOADED.findall(page.read_text(encoding="utf-8")):
            assert not re.match(r"(https?:)?//", "".join(sources)), f"{page.name} loads {sources}"
    for sheet in BUILT.rglob("*.css"):
        assert not IN_STYLES.search(sheet.read_text(encoding="utf-8")), sheet.name
