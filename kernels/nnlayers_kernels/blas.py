"""The OpenBLAS of scipy-openblas32, apart from NumPy's own and kept to one thread."""

import ctypes
import importlib.util
import os
import sys

__all__ = ["address", "describe", "load"]

FILE = "libscipy_openblas" + {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
THREADS = "OPENBLAS_NUM_THREADS"


def find() -> str:
    """The path of the library. Its package is not imported, which would load it with many threads."""
    package = importlib.util.find_spec("scipy_openblas32")
    if package is None or not package.submodule_search_locations:
        raise ImportError("scipy-openblas32 is not installed: pip install scipy-openblas32")
    return os.path.join(package.submodule_search_locations[0], "lib", FILE)


def load() -> ctypes.CDLL:
    """Load the library; it starts no threads."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        library = ctypes.CDLL(find())
    except OSError as error:
        raise ImportError(f"the library of scipy-openblas32 cannot be loaded: {error}") from error
    finally:
        if before is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = before
    library.scipy_openblas_set_num_threads(1)
    return library


def address(library: ctypes.CDLL, function: str) -> int:
    """The address of a function, which is prefixed with ``scipy_`` in this library."""
    return ctypes.cast(library[f"scipy_{function}"], ctypes.c_void_p).value or 0


def describe(library: ctypes.CDLL) -> str:
    """The name and version of the library, and the processor whose loops it runs."""
    texts = []
    for function in (library.scipy_openblas_get_config, library.scipy_openblas_get_corename):
        function.restype = ctypes.c_char_p
        texts.append(function().decode())
    config, core = texts
    return " ".join([*config.split()[:2], core])
