"""Compiled kernels for nnlayers, in the place of its NumPy functions of the same names."""

import os

from nnlayers_kernels._kernels import attach, compiled, set_threads, threads
from nnlayers_kernels.blas import address, describe, load

__all__ = ["INTERFACE", "blas", "compiled", "set_threads", "threads"]

__version__ = "0.2.0"
INTERFACE = 1  # of the kernels: their names, arguments and results


def default_threads() -> int:
    """OMP_NUM_THREADS, or its first number (``4,2``); else the number of usable cores."""
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if first.isdecimal() and int(first) > 0:
        return int(first)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blas() -> str:
    """The BLAS, its version and its name of the processor, such as ``OpenBLAS 0.3.34 SkylakeX``."""
    return describe(library)


library = load()
attach(address(library, "cblas_sgemm"), address(library, "cblas_sgemv"))
set_threads(default_threads())
