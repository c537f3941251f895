"""The documentation site: every public name is in its reference, and its pages need no other site."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

import nnlayers as nn
from nnlayers import testing
from nnlayers.testing import strategies

DOCS = Path(__file__).parent.parent / "docs"
BUILT = DOCS / "_build" / "html"
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=\"([^\"]*)\"|<link\b[^>]*\bhref=\"([^\"]*)\""
)
built = pytest.mark.skipif(not BUILT.exists(), reason="make docs builds the site and runs this")
IN_STYLES = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//")


def extension(name, *needed):
    """A fixture of one of our extensions of Sphinx, and what it imports from elsewhere."""

    @pytest.fixture(name=name)
    def module(monkeypatch):
        for package in needed:
            pytest.importorskip(package)
        monkeypatch.syspath_prepend(DOCS / "_ext")
        yield importlib.import_module(name)
        for path in (DOCS / "_ext").glob("*.py"):
            sys.modules.pop(path.stem, None)

    return module


family = extension("family")
signatures = extension("signatures", "sphinx")
uses = extension("uses")
search_words = extension("search_words", "sphinx")
versions = extension("versions")


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
    title = "Features brought to a common scale"
    assert list(family.lines(found))[:6] == [
        *(title, "-" * len(title), ""),
        *(".. autoclass:: nnlayers.Standardize", "   :members: fit", "   :exclude-members: __new__"),
    ]


def test_the_summary_links_each_name_to_its_entry(family):
    text = "\n".join(family.summary(family.entries("nnlayers.schedules")))
    assert "   * - :py:obj:`schedules.cosine <nnlayers.schedules.cosine>`\n     - A cosine" in text
    assert text.count(".. list-table::") == 1


def test_every_page_of_the_reference_begins_with_a_summary():
    for page in pages_of_the_reference():
        text = page.read_text(encoding="utf-8")
        assert page.name == "index.md" or text.index(".. summary::") < text.index(".. family::")


def test_signatures_have_the_types_of_the_sources(signatures):
    def shown(thing, what, signature):
        return signatures.readable(None, what, "", thing, None, signature, "")

    dense, result = shown(nn.Dense, "class", "()")
    assert dense.startswith("(in_features: int, out_features: int, *, bias: bool=True, initializer: ")
    assert "initializer: Callable=he_normal, rng: int | Generator | None=None" in dense
    assert result == ""
    descent, _ = shown(nn.SGD, "class", "(parameters, lr, *, momentum=0.0)")
    assert descent.endswith("lr: float | Callable, *, momentum: float=0.0)")
    assert shown(nn.ReLU, "class", "()") == ("()", "")
    assert shown(nn.schedules.cosine, "class", "()")[0].startswith("(lr: float, steps: int, ")
    assert shown(nn.Layer.forward, "method", "(x)") == ("(x)", "")
    saved = shown(nn.save, "function", "(model, path)")
    assert saved == ("(model: ~nnlayers.Layer, path: str | Path)", "None")


def test_the_examples_that_use_a_name_are_found(uses):
    assert "digits" in uses.uses()[id(nn.Dense)]
    assert "gradient_check" in uses.uses()[id(testing.check_layer)]


def test_every_page_of_the_reference_is_in_its_table():
    index = (DOCS / "reference" / "index.md").read_text(encoding="utf-8")
    for page in pages_of_the_reference():
        assert page.name == "index.md" or f"({page.name})" in index


def test_the_list_of_versions_begins_with_the_latest(versions, tmp_path):
    for name in ("0.9.0", "0.10.0", "1.0.0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
    (tmp_path / "drafts").mkdir()
    linked = re.findall(r'href="(.*)/index.html"', versions.page(tmp_path))
    assert linked == ["1.0.0", "0.10.0", "0.9.0"]


class Page(HTMLParser):
    """The links of a built page, their targets in it, and what screen readers ask for."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places, self.headings, self.faults, self.open = [], [], [], [], []
        self.lang = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, pairs):
        given = dict(pairs)
        named = bool(given.get("aria-label") or given.get("title"))
        if tag == "html":
            self.lang = given.get("lang")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if place := given.get("id"):
            self.places.append(place)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img":
            self.handle_data(given.get("alt") or "")
            if "alt" not in given:
                self.faults.append(f"no alternative text: {given.get('src')}")
        if tag == "input" and given.get("type") not in {"hidden", "submit"} and not named:
            self.faults.append(f"no label: {given}")
        if tag in {"a", "button", "th"}:
            self.open.append([tag, self.getpos()[0], named])

    def handle_startendtag(self, tag, pairs):
        self.handle_starttag(tag, pairs)

    def handle_data(self, text):
        for part in self.open:
            part[2] |= bool(text.strip())

    def handle_endtag(self, tag):
        if self.open and tag == self.open[-1][0]:
            tag, line, named = self.open.pop()
            if not named:
                self.faults.append(f"line {line}: nothing to read in <{tag}>")


@cache
def built_pages():
    """The pages of the site by their paths."""
    return {path: Page(path) for path in sorted(BUILT.rglob("*.html"))}


@built
@pytest.mark.parametrize("path", sorted(BUILT.rglob("*.html")), ids=lambda path: path.stem)
def test_a_built_page_is_accessible(path):
    page = built_pages()[path]
    assert not page.faults
    assert page.lang == "en"
    assert page.headings.count(1) == 1
    for above, below in zip([0, *page.headings], page.headings, strict=False):
        assert below <= above + 1, f"a heading of level {below} below one of level {above}"
    assert not [place for place, count in Counter(page.places).items() if count > 1]


@built
def test_the_links_of_the_built_pages_lead_somewhere():
    pages = built_pages()
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                assert link.startswith(("https://", "mailto:")), f"{path.name}: {link}"
                continue
            name, _, place = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            if os.environ.get("NNLAYERS_VERSIONS") and not target.is_relative_to(BUILT):
                continue  # the list of versions
            assert target.is_file(), f"{path.name}: {link}"
            if place and target.suffix == ".html":
                assert place in pages[target].places, f"{path.name}: {link}"


QUERIES = {  # beside those of search_words.py
    "Conv2D": "reference/layers",
    "GPU": "gpu",
    "Adam": "reference/optimizers",
    "LSTM": "reference/layers",
    "TensorBoard": "reference/training",
    "scikit-learn": "scikit-learn",
    "softmax": "reference/losses",
    "confusion matrix": "reference/metrics",
    "regression": "gallery/regression",
    "install": "installation",
    "dropout": "reference/layers",
    "Trainer.fit": "reference/training",
    "load_digits": "reference/data",
}


@built
@pytest.mark.skipif(not shutil.which("node"), reason="the search is JavaScript")
def test_the_search_finds_the_page_that_is_wanted(search_words):
    words = {word: page for page in search_words.WORDS for word in search_words.words_of(page)}
    wanted = QUERIES | words
    command = ["node", str(Path(__file__).with_name("search_for_tests.js")), str(BUILT)]
    asked = json.dumps([*wanted])
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout
    for (query, page), found in zip(wanted.items(), json.loads(answer), strict=True):
        assert page in [*dict.fromkeys(found)][:3], f"{query}: {found[:5]}"


def test_the_words_for_the_search_name_pages(search_words):
    for page in search_words.WORDS:
        assert (DOCS / f"{page}.md").exists(), page


@built
def test_the_built_pages_load_nothing_from_outside():
    pages = list(BUILT.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        for sources in LOADED.findall(page.read_text(encoding="utf-8")):
            assert not re.match(r"(https?:)?//", "".join(sources)), f"{page.name} loads {sources}"
    for sheet in BUILT.rglob("*.css"):
        assert not IN_STYLES.search(sheet.read_text(encoding="utf-8")), sheet.name
