"""What is said about versions, kernels and threads."""

import platform
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core import compiled

ROOT = Path(__file__).parent.parent
EXTENSION = SimpleNamespace(__version__="9.8", blas=lambda: "OpenBLAS 0.3 Fast", threads=lambda: 3)


@pytest.fixture
def facts(capsys):
    """A function that returns what ``show_config`` prints, fact by fact."""

    def shown():
        nn.show_config()
        lines = capsys.readouterr().out.splitlines()
        width = lines[0].index(nn.__version__)
        assert all(line[width - 2 : width] == "  " and line[width] != " " for line in lines)
        return {line[:width].strip(): line[width:] for line in lines}

    return shown


def test_versions_and_the_machine_are_shown(facts):
    found = facts()
    assert found["nnlayers"] == nn.__version__
    assert platform.python_version() in found["Python"]
    assert found["NumPy"] == np.__version__
    assert found["BLAS of NumPy"]
    assert found["platform"] == platform.platform()
    assert found["processor"].endswith(" cores")


def test_the_kernels_have_the_version_of_nnlayers():
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    kernels = tomllib.loads((ROOT / "kernels/pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = (ROOT / "kernels/nnlayers_kernels/__init__.py").read_text(encoding="utf-8")
    assert kernels["version"] == nn.__version__
    assert ours["optional-dependencies"]["fast"] == [f"{kernels['name']}=={nn.__version__}"]
    assert re.findall(r'^__version__ = "(.*)"$', source, re.MULTILINE) == [nn.__version__]
    assert re.findall(r"^INTERFACE = (\d+)", source, re.MULTILINE) == [str(compiled.INTERFACE)]


def test_the_citation_and_the_changelog_have_the_version_and_its_date():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    version = re.search(r"^version: (.*)\ndate-released: (.*)$", citation, re.MULTILINE).groups()
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version == re.search(r"^## \[(\d.*)\] - (.*)$", changes, re.MULTILINE).groups()
    assert version[0] == nn.__version__


def test_compiled_kernels_are_shown_with_their_blas_and_threads(facts, monkeypatch):
    monkeypatch.setattr(compiled, "extension", EXTENSION)
    found = facts()
    assert found["kernels"] == "compiled, nnlayers-kernels 9.8"
    assert found["BLAS of kernels"] == "OpenBLAS 0.3 Fast"
    assert found["threads of kernels"] == "3"


def test_the_reason_for_numpy_is_shown(facts, monkeypatch):
    monkeypatch.setattr(compiled, "extension", None)
    monkeypatch.setattr(compiled, "why_numpy", "NNLAYERS_KERNELS=numpy")
    found = facts()
    assert found["kernels"] == "NumPy (NNLAYERS_KERNELS=numpy)"
    assert "threads of kernels" not in found


def test_variables_are_shown_where_they_are_set(facts, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    found = facts()
    assert found["OMP_NUM_THREADS"] == "2"
    assert "OPENBLAS_NUM_THREADS" not in found


def test_the_threads_of_compiled_kernels_are_set(monkeypatch):
    given = []
    monkeypatch.setattr(compiled, "extension", SimpleNamespace(set_threads=given.append))
    nn.set_threads(4)
    assert given == [4]


def test_without_compiled_kernels_threads_are_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(compiled, "extension", None)
    monkeypatch.setattr(compiled, "why_numpy", "nnlayers-kernels is not installed")
    with pytest.raises(RuntimeError, match=r"OMP_NUM_THREADS in the environment .*nnlayers\[fast\]"):
        nn.set_threads(4)


def test_with_compiled_kernels_switched_off_threads_are_refused_with_the_way_back(monkeypatch):
    monkeypatch.setattr(compiled, "extension", None)
    monkeypatch.setattr(compiled, "why_numpy", compiled.load("numpy")[1])
    with pytest.raises(RuntimeError, match=r"or unset NNLAYERS_KERNELS$"):
        nn.set_threads(4)


@pytest.mark.parametrize("count", [0, -1, 1.5, None])
def test_impossible_numbers_of_threads_are_refused(count):
    with pytest.raises((TypeError, ValueError), match="count"):
        nn.set_threads(count)
