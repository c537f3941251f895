"""What is in use: versions, compiled kernels, their BLAS and threads."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nnlayers import __version__
from nnlayers.core import compiled
from nnlayers.core.checks import whole_number

__all__ = ["set_threads", "show_config"]

VARIABLES = (compiled.VARIABLE, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def show_config() -> None:
    """Print what is in use: versions, the machine, kernels, BLAS and threads.

    Add it to a bug report, or to figures of speed. Environment variables that change any of it are
    shown if they are set.

    Examples
    --------
    >>> nn.show_config()  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    nnlayers 0...
    Python 3...
    NumPy 2...
    ...
    """
    facts = dict(_facts())
    width = max(map(len, facts))
    print("\n".join(f"{name:{width}}  {fact}" for name, fact in facts.items()))  # noqa: T201


def set_threads(count: int) -> None:
    """Set the number of threads of the compiled kernels.

    At the start it is ``OMP_NUM_THREADS``, or the number of cores. The results do not depend on it.
    NumPy's own matrix products keep theirs.

    Parameters
    ----------
    count : int
        The number of threads, the calling one among them. More than 64 are not used; on Windows, one.

    Raises
    ------
    RuntimeError
        Compiled kernels are not in use.
    ValueError, TypeError
        ``count`` is not a whole number of at least 1.

    Examples
    --------
    >>> nn.set_threads(2)  # doctest: +SKIP
    """
    count = whole_number(count, "count", "set_threads")
    if not compiled.extension:
        switched_off = compiled.why_numpy.startswith(compiled.VARIABLE)
        way_out = f"unset {compiled.VARIABLE}" if switched_off else f"install them: {compiled.INSTALL}"
        raise RuntimeError(
            f"set_threads({count}): compiled kernels are not in use ({compiled.why_numpy}), and NumPy "
            "takes its number of threads when it is imported. Set OMP_NUM_THREADS in the environment "
            f"before Python starts, or {way_out}"
        )
    compiled.extension.set_threads(count)


def _facts() -> Iterator[tuple[str, str]]:
    """What is in use, fact by fact, with its name."""
    yield "nnlayers", __version__
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "NumPy", np.__version__
    yield "BLAS of NumPy", _blas_of_numpy()
    yield "platform", platform.platform()
    yield "processor", f"{_processor()}, {_cores()} of {os.cpu_count()} cores"
    if extension := compiled.extension:
        yield "kernels", f"compiled, nnlayers-kernels {extension.__version__}"
        yield "BLAS of kernels", extension.blas()
        yield "threads of kernels", str(extension.threads())
    else:
        yield "kernels", f"NumPy ({compiled.why_numpy})"
    for name in VARIABLES:
        if name in os.environ:
            yield name, os.environ[name]


def _blas_of_numpy() -> str:
    """The name and the version of the BLAS that NumPy was built with."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def _processor() -> str:
    """The name of the processor; Linux has it in a file only."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _cores() -> int:
    """The number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1
