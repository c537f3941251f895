"""Compiled kernels in the place of NumPy functions, where they are installed."""

import contextlib
import importlib
import os
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., object])

extension: Any = None
"""The module of compiled kernels, if there is one."""

if os.environ.get("NNLAYERS_KERNELS", "") != "numpy":
    with contextlib.suppress(ImportError):
        extension = importlib.import_module("nnlayers_kernels")


def compiled(function: F) -> F:
    """The compiled kernel of the function's name; the function itself, if there is none.

    A kernel hands what it does not take (another dtype, layout or library, a wrong shape) to the
    function, which is its ``__self__``.
    """
    kernel: F = extension.compiled(function) if extension else function
    return kernel
