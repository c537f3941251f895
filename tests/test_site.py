"""The documentation site: every public name is in its reference, and its pages need no other site."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import nnlayers as nn
from nnlayers import testing
from nnlayers.testing import strategies

DOCS = Path(__file__).parent.parent / "docs"
BUILT = DOCS / "_build" / "html"
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=\"([^\"]*)\"|<link\b[^>]*\bhref=\"([^\"]*)\""
)
IN_STYLES = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//")


@pytest.fixture
def family(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "_ext")
    yield importlib.import_module("family")
    sys.modules.pop("family")


def pages_of_the_reference():
    return sorted((DOCS / "reference").glob("*.md"))


def public_names():
    """Every public name, those of public modules below the module's."""
    modules = {"nnlayers": nn, "nnlayers.testing": testing, "nnlayers.testing.strategies": strategies}
    modules["nnlayers.sklearn"] = importlib.import_module("nnlayers.sklearn")
    modules["nnlayers.distributed"] = nn.distributed
    modules |= {
        f"nnlayers.{name}": getattr(nn, name)
        for name in nn.__all__
        if isinstance(getattr(nn, name), ModuleType)
    }
    for path, module in modules.items():
        for name in module.__all__:
            if not isinstance(getattr(module, name), ModuleType):
                yield f"{path}.{name}"


def test_the_reference_has_every_public_name_once(family):
    pytest.importorskip("sklearn")
    pages = [page.read_text(encoding="utf-8") for page in pages_of_the_reference()]
    documented = [entry.name for page in pages for entry in family.entries_of_page(page)]
    assert sorted(documented) == sorted(public_names())


def test_the_reference_names_nothing_by_hand():
    for page in pages_of_the_reference():
        assert ".. auto" not in page.read_text(encoding="utf-8"), page.name


def test_the_directive_finds_members_that_are_a_class_of_its_own(family):
    layers = {entry.name: entry for entry in family.entries("nnlayers.layers", sections=True)}
    assert layers["nnlayers.Standardize"].members == ("fit",)
    assert layers["nnlayers.Dense"].members == ()
    assert layers["nnlayers.Dense"].section == "The fully connected layer"
    core = {entry.name: entry for entry in family.entries("nnlayers.core", hide=("pending",))}
    assert {"forward", "save_for_backward", "state_dict"} < {*core["nnlayers.Layer"].members}
    assert "pending" not in core["nnlayers.Layer"].members


def test_the_directive_orders_and_selects(family):
    options = (
        "   :first: two MeanSquaredError\n   :skip: classification binary several\n   :kind: class\n"
    )
    found = family.entries_of_page(f".. family:: nnlayers.losses\n{options}")
    names = ["MeanSquaredError", "Loss", "Pointwise", "Huber", "MeanAbsoluteError"]
    assert [entry.name for entry in found] == [f"nnlayers.{name}" for name in names]


def test_the_directive_writes_a_title_for_each_section(family):
    found = family.entries("nnlayers.layers", sections=True, first=("standardize",))
    assert list(family.lines(found))[:6] == [
        *(".. rubric:: Features brought to a common scale", "   :heading-level: 3", ""),
        *(".. autoclass:: nnlayers.Standardize", "   :members: fit", "   :exclude-members: __new__"),
    ]


def test_every_page_of_the_reference_is_in_its_table():
    index = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    for page in pages_of_the_reference():
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
