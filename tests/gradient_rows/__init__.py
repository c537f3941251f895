"""Rows of the gradient table, a module for each family."""

import importlib
import pkgutil

FAMILIES = sorted(module.name for module in pkgutil.iter_modules(__path__))
ROWS = [row for name in FAMILIES for row in importlib.import_module(f"{__name__}.{name}").ROWS]
