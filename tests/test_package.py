"""The package as a whole: its names, what importing it costs, which way imports run."""

import ast
import graphlib
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nnlayers as nn

PACKAGE = Path(nn.__file__).parent
MODULES = [name for _, name, _ in pkgutil.walk_packages([str(PACKAGE)], "nnlayers.")]
if not importlib.util.find_spec("sklearn"):
    MODULES.remove("nnlayers.sklearn")
FAMILIES = ["config", "core", "data", "layers", "losses", "metrics", "optimizers", "training"]
LAZY = ["data", "io", "losses", "plots", "testing"]  # whose modules are imported when they are used
FLOORS = {  # a module imports from lower floors, and from its own
    "lazy": 1, "version": 1, "core": 1,
    "losses": 2, "optimizers": 2, "metrics": 2, "data": 2, "datasets": 2,
    "layers": 3, "plots": 3,
    "training": 4, "io": 4, "testing": 4,
    "config": 5, "distributed": 5, "launched": 5, "sklearn": 5, "": 5,
}  # fmt: skip


def source(module):
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imports(module):
    """The modules of the package that a module imports, inside functions too, but not for types."""
    tree = ast.parse(source(module).read_text(encoding="utf-8"))
    for_types = [
        n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)
    ]
    ignored = {id(node) for block in for_types for node in ast.walk(block)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in ignored:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & set(MODULES)
            rest = len(submodules) < len(node.names)
            found |= submodules | ({node.module} if rest else set())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "nnlayers"}


def floor(module):
    return FLOORS[(*module.split("."), "")[1]]


def test_all_names_what_there_is():
    names = {name for name in dir(nn) if name.isidentifier() and not name.startswith("_")}
    public = names - {"TYPE_CHECKING"}
    modules = {name.split(".")[1] for name in MODULES}
    assert set(nn.__all__) == public - (modules - {"datasets", "io", "plots", "schedules"})
    assert len(nn.__all__) == len(set(nn.__all__))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_names_of_a_family_are_public(family):
    names = importlib.import_module(f"nnlayers.{family}").__all__
    assert set(names) <= set(nn.__all__)
    for name in names:
        assert getattr(nn, name) is getattr(importlib.import_module(f"nnlayers.{family}"), name)


@pytest.mark.parametrize("kind", [nn.Layer, nn.Loss, nn.Optimizer])
def test_every_layer_loss_and_optimizer_of_the_modules_is_public(kind):
    hidden = {
        "nnlayers.layers.container.Container",  # a base class
        "nnlayers.layers.convolution.Convolution",  # another one
        "nnlayers.layers.pooling.Pool2D",  # and another
        "nnlayers.layers.recurrent.Cell",  # and another
        "nnlayers.layers.recurrent.Recurrent",  # and another
        "nnlayers.layers.channel_norms.FixedBatchNorm",  # what for_inference returns
        "nnlayers.io.onnx.axes.Permute",  # in networks that were read from ONNX files
        "nnlayers.io.onnx.axes.Reverse",  # another one
        "nnlayers.io.onnx.axes.Select",  # and another
        "nnlayers.io.onnx.wiring.Wired",  # and another
        "nnlayers.optimizers.adaptive.Adaptive",  # a base class
        "nnlayers.testing.objectives.Objective",  # what the checker makes of a network
        "nnlayers.testing.pairs.Pair",  # what it makes of a plain function
    }
    for name in MODULES:
        for thing in vars(importlib.import_module(name)).values():
            if inspect.isclass(thing) and issubclass(thing, kind) and thing.__module__ == name:
                full = f"{name}.{thing.__name__}"
                assert full in hidden or getattr(nn, thing.__name__, None) is thing, full


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_and_names_what_it_has(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for exported in getattr(module, "__all__", ()):
        assert hasattr(module, exported)


@pytest.mark.parametrize("name", sorted({*nn.__all__} - {"datasets", "io", "plots"}))
def test_every_public_name_is_documented(name):
    thing = getattr(nn, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for method, function in vars(thing).items():
            if not method.startswith("_") and inspect.isfunction(function):
                assert inspect.getdoc(getattr(thing, method)), f"{name}.{method}"


def run(code):
    """What a new Python prints, word by word."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_it_imports_no_family():
    loaded = run("import sys, nnlayers; print(*sys.modules)")
    ours = {name for name in loaded if name.startswith("nnlayers.")}
    assert ours == {"nnlayers.launched", "nnlayers.lazy", "nnlayers.version"}
    assert "numpy" not in loaded


def test_the_plugin_of_pytest_imports_no_family():
    loaded = run("import sys, nnlayers.testing.plugin; print(*sys.modules)")
    ours = {name for name in loaded if name.startswith("nnlayers.")}
    assert ours == {"nnlayers.launched", "nnlayers.lazy", "nnlayers.version", "nnlayers.testing"} | {
        f"nnlayers.testing.{name}" for name in ("plugin", "settings")
    }


def test_the_first_layer_imports_the_families_that_it_needs():
    loaded = run("import sys, nnlayers as nn; nn.Dense; print(*sys.modules)")
    assert "nnlayers.layers.dense" in loaded
    for other in ("nnlayers.training", "nnlayers.plots", "nnlayers.data.tables", "nnlayers.testing"):
        assert other not in loaded


def test_all_names_import_nothing_that_is_slow():
    loaded = run("import sys; from nnlayers import *; print(*sys.modules)")
    assert "nnlayers.plots" in loaded
    for slow in ("numpy.random", "zipfile", "matplotlib", "hypothesis", "tqdm", "nnlayers.testing"):
        assert slow not in loaded


@pytest.mark.parametrize(
    "code",
    [
        "import nnlayers as nn; print(nn.Trainer.__name__)",
        "from nnlayers import Trainer; print(Trainer.__name__)",
        "from nnlayers import *; print(Trainer.__name__)",
        "import nnlayers as nn; print([name for name in dir(nn) if name == 'Trainer'][0])",
        "import nnlayers as nn; print(nn.training.Trainer.__name__)",
        "from nnlayers.training import Trainer; print(Trainer.__name__)",
        "import inspect, nnlayers as nn; print(dict(inspect.getmembers(nn))['Trainer'].__name__)",
    ],
)
def test_a_name_is_found_in_every_way(code):
    assert run(code) == ["Trainer"]


@pytest.mark.parametrize("package", ["", *LAZY])
def test_modules_and_public_names_differ(package):
    """Otherwise one of them would hide the other, by the order of imports."""
    module = importlib.import_module(f"nnlayers.{package}".rstrip("."))
    inner = {name for _, name, _ in pkgutil.iter_modules(module.__path__)}
    assert inner & {*module.__all__} <= {"datasets", "io", "plots"}


def test_own_names_in_the_package_stay():
    code = (
        "import nnlayers as nn; nn.Trainer = 'mine'; nn.Dense, nn.accuracy; dir(nn); print(nn.Trainer)"
    )
    assert run(code) == ["mine"]


def test_private_names_import_nothing():
    code = (
        "import sys, nnlayers as nn; print(hasattr(nn, '__wrapped__'), 'nnlayers.core' in sys.modules)"
    )
    assert run(code) == ["False", "False"]


def test_a_module_that_lacks_what_it_needs_says_so():
    code = (
        "import sys, nnlayers as nn; sys.modules['numpy'] = None\n"
        "try: nn.optimizers\n"
        "except ModuleNotFoundError as error: print(error.name)"
    )
    assert run(code) == ["numpy"]


@pytest.mark.parametrize("module", ["nnlayers", *MODULES])
def test_imports_go_up_the_floors(module):
    for name in imports(module):
        assert floor(name) <= floor(module), f"{module} imports {name}, which is on a higher floor"


def circle(graph):
    """The modules of a circle, in their order; empty if there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def test_there_is_no_circle_of_imports():
    assert circle({module: imports(module) - {module} for module in ["nnlayers", *MODULES]}) == []


def test_a_circle_of_imports_would_be_found():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def test_no_module_reaches_for_private_names_of_another():
    found, allowed = [], ["_replace", "_set_new_active_manager"]  # of namedtuples, of matplotlib
    for module in MODULES:
        tree = ast.parse(source(module).read_text(encoding="utf-8"))
        here = {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        here |= {
            t.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute)
            for t in [n]
            if isinstance(n.ctx, ast.Store)
        }
        declared = [n.target for n in ast.walk(tree) if isinstance(n, ast.AnnAssign)]  # slots
        here |= {t.id for t in declared if isinstance(t, ast.Name)}
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnlayers"):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.Attribute) and node.attr not in here:
                names = [node.attr]
            found += [
                f"{module}: {n}"
                for n in names
                if n.startswith("_") and not n.endswith("__") and n not in allowed
            ]
    assert not found
