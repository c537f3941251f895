"""Compiled kernels for nnlayers, in the place of its NumPy functions of the same names."""

import ctypes
import os

from nnlayers_kernels._kernels import attach, compiled, set_threads, threads
from nnlayers_kernels.blas import describe, load

__all__ = ["INTERFACE", "blas", "compiled", "set_threads", "threads"]

__version__ = "0.1.0"
INTERFACE = 1  # of the kernels: their names, arguments and results


def default_threads() -> int:
    """OMP_NUM_THREADS, or its first number (``4,2``), if it is one; else the number of usable cores."""
    number = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if number.isdecimal() and int(number) > 0:
        return int(number)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blas() -> str:
    """The name and version of the BLAS and the processor that it found: ``OpenBLAS 0.3.34 SkylakeX``."""
    return describe(library)


library = load()
attach(*[ctypes.cast(library[f"scipy_cblas_{name}"], ctypes.c_void_p).value for name in ("sgemm", "sgemv")])
set_threads(default_threads())
