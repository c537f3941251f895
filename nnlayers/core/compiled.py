"""Compiled kernels in the place of NumPy functions, where the extra ``nnlayers[fast]`` is installed."""

import importlib
import os
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

INTERFACE = 1  # of the kernels: their names, arguments and results
VARIABLE = "NNLAYERS_KERNELS"
INSTALL = "pip install 'nnlayers[fast]' (make fast in a checkout)"
F = TypeVar("F", bound=Callable[..., object])


def load(choice: str) -> tuple[Any, str]:
    """The module of the compiled kernels and ``""``; or None and the reason for using NumPy."""
    if choice not in ("", "numpy", "compiled"):
        raise ValueError(
            f"{VARIABLE}={choice}: expected numpy (no compiled kernels), compiled (an error where they "
            "are not installed), or nothing (compiled kernels where they are installed)"
        )
    if choice == "numpy":
        return None, f"{VARIABLE}=numpy"
    try:
        module = importlib.import_module("nnlayers_kernels")
        if module.INTERFACE != INTERFACE:
            raise ImportError(f"version {module.__version__} does not fit this version of nnlayers")
    except Exception as error:  # a damaged file, a missing library, another NumPy
        missing = isinstance(error, ModuleNotFoundError) and error.name == "nnlayers_kernels"
        why = "nnlayers-kernels is not installed" if missing else f"nnlayers-kernels: {error}"
        if choice == "compiled":
            raise ImportError(f"{VARIABLE}=compiled, but {why}. Install it: {INSTALL}") from error
        if not missing:
            way_out = f"Install it anew, {INSTALL}, or set {VARIABLE}=numpy"
            warnings.warn(f"{why}. NumPy is used. {way_out}.", RuntimeWarning, stacklevel=2)
        return None, why
    return module, ""


extension, why_numpy = load(os.environ.get(VARIABLE, ""))


def compiled(function: F) -> F:
    """The compiled kernel of the function's name; the function itself, if there is none.

    A kernel hands what it does not take (another dtype, layout or library, a wrong shape) to the
    function, which is its ``__self__``.
    """
    return extension.compiled(function) if extension else function
