"""The lines of the gradient table that a family has, each in a module: layers with their options."""

import importlib
import pkgutil

FAMILIES = sorted(module.name for module in pkgutil.iter_modules(__path__))
ROWS = [row for name in FAMILIES for row in importlib.import_module(f"{__name__}.{name}").ROWS]
