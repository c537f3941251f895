"""Every code block of the README and of the pages runs, page by page, in order."""

import doctest
import importlib
import importlib.util
import pkgutil
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import nnlayers
from tests.devices import stand_in

ROOT = Path(__file__).parent.parent
DOCS = sorted(page for page in ROOT.glob("docs/**/*.md") if "_build" not in page.parts)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
MODULES = [name for _, name, _ in pkgutil.walk_packages(nnlayers.__path__, "nnlayers.")]
if not importlib.util.find_spec("sklearn"):
    MODULES.remove("nnlayers.sklearn")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
OUTPUT = re.compile(
    r"^```python\n((?:(?!^```).)*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL
)
OPTIONAL = re.compile(
    r"^import (torch|jax|onnxruntime|h5py|zarr|pyarrow)$|\bnn\.io\.\w+_(onnx)\(|\.(safetensors)\"",
    re.MULTILINE,
)
"""What a block needs that may not be installed; then it is left out."""
LINK = re.compile(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)")


def name(page):
    return page.relative_to(ROOT).as_posix()


def comparable(printed):
    """What is printed, wherever its lines end; estimated errors differ from machine to machine."""
    return re.sub(r"\+- \S+", "+- error", " ".join(printed.split()))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_code_of_the_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    if "\nimport cupy\n" in text:
        monkeypatch.setitem(sys.modules, "cupy", stand_in.module())
    if "\nimport pandas\n" in text:
        pytest.importorskip("pandas")
    if "DataParallel()" in text:
        pytest.importorskip("mpi4py")
    if "\nfrom nnlayers.sklearn " in text:
        pytest.importorskip("sklearn")
    if "\nfrom dask." in text:
        pytest.importorskip("distributed")
    shown = dict(OUTPUT.findall(text))
    names = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        needed = {module for found in OPTIONAL.findall(block[1]) for module in found if module}
        if not all(map(importlib.util.find_spec, needed)):
            continue
        line = text[: block.start()].count("\n") + 1
        code = "\n" * line + block[1]
        exec(compile(code, page, "exec"), names)
        printed = capsys.readouterr().out
        if block[1] in shown:
            assert comparable(printed) == comparable(shown[block[1]]), f"{name(page)}:{line}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_links_of_the_page_are_valid(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{name(page)} links to {target}"


@pytest.mark.parametrize("module", MODULES)
def test_the_docstring_examples_run(module, tmp_path, monkeypatch):
    if module.startswith("nnlayers.io.onnx."):
        pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    names = {"np": np, "nn": nnlayers}
    assert doctest.testmod(importlib.import_module(module), extraglobs=names).failed == 0
