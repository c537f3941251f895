"""The package as a whole: its names, what importing it costs, which way imports run."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nnlayers as nn

PACKAGE = Path(nn.__file__).parent
MODULES = [name for _, name, _ in pkgutil.walk_packages([str(PACKAGE)], "nnlayers.")]


def imports(module):
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {
        name for node in top for name in [getattr(node, "module", None), *(a.name for a in node.names)]
    }


def test_all_names_what_there_is():
    public = {name for name in vars(nn) if name.isidentifier() and not name.startswith("_")}
    modules = {name.split(".")[1] for name in MODULES} | {"testing"}
    assert set(nn.__all__) == public - (modules - {"datasets", "plots"})
    assert nn.__all__ == sorted(nn.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n))


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_and_names_what_it_has(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for exported in getattr(module, "__all__", ()):
        assert hasattr(module, exported)


@pytest.mark.parametrize("name", [name for name in nn.__all__ if name not in ("datasets", "plots")])
def test_every_public_name_is_documented(name):
    thing = getattr(nn, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for method, function in vars(thing).items():
            if not method.startswith("_") and inspect.isfunction(function):
                assert inspect.getdoc(getattr(thing, method)), f"{name}.{method}"


def test_importing_it_imports_nothing_that_is_slow():
    code = "import sys, nnlayers; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "nnlayers.plots" in loaded
    for slow in ("numpy.random", "zipfile", "matplotlib", "hypothesis", "tqdm", "nnlayers.testing"):
        assert slow not in loaded


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("parameter", ["layer", "sequential", "losses", "optimizers", "trainer"]),
        ("layer", ["layers", "sequential", "losses", "optimizers", "trainer"]),
        ("losses", ["layer", "layers", "sequential", "optimizers", "trainer"]),
        ("optimizers", ["layer", "layers", "sequential", "losses", "trainer"]),
        ("sequential", ["layers", "losses", "optimizers", "trainer", "data"]),
        ("layers/dense", ["sequential", "losses", "optimizers", "trainer", "data"]),
    ],
)
def test_imports_run_one_way(module, never):
    assert imports(module).isdisjoint(f"nnlayers.{name}" for name in [*never, "plots", "testing"])
