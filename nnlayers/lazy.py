"""Public names of a package that are imported when one of them is first used."""

import inspect
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, parts: Sequence[str], modules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of a package.

    Parameters
    ----------
    package
        The package's name.
    parts
        Its modules whose ``__all__`` are the names of the package, those that are needed most often
        first: they are imported one after another until one has the name.
    modules
        Its modules that are in ``__all__`` themselves; others are found, too.
    """
    names = vars(sys.modules[package])

    def load(part: str) -> list[str]:
        module = import_module(f"{package}.{part}")
        for name in module.__all__:
            names.setdefault(name, getattr(module, name))
        return list(module.__all__)

    def load_all() -> list[str]:
        names.setdefault("__all__", [*(name for part in parts for name in load(part)), *modules])
        return list(names["__all__"])

    def get(name: str) -> Any:
        if name == "__all__":
            return load_all()
        if name.startswith("_"):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if not f"{error.name}.".startswith(f"{package}."):  # something that a module of ours needs
                raise
        for part in parts:
            load(part)
            if name in names:
                return names[name]
        from nnlayers.core.answers.names import no_such_name  # imports the core

        frame = inspect.currentframe()
        raise no_such_name(name, load_all(), package, frame and frame.f_back)

    return get, lambda: sorted({*names, *load_all()})
