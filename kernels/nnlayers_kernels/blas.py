"""The OpenBLAS of scipy-openblas32, which computes products on one thread."""

import ctypes
import importlib.util
import os
import sys

__all__ = ["describe", "load"]

PREFIX = {"win32": "libscipy_openblas", "darwin": "libscipy_openblas"}.get(sys.platform, "libscipy_openblas")
SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def find() -> str:
    """The path of the library; its package is not imported, which would load it with many threads."""
    spec = importlib.util.find_spec("scipy_openblas32")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        lib = os.path.join(folder, "lib")
        for name in sorted(os.listdir(lib)):
            if name.startswith("libscipy_openblas") and name.endswith(SUFFIX):
                return os.path.join(lib, name)
    raise ImportError("the library of scipy-openblas32 is not installed: pip install scipy-openblas32")


def load() -> ctypes.CDLL:
    """Load it; it starts no threads, neither now nor later."""
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        library = ctypes.CDLL(find())
    except OSError as error:
        raise ImportError(f"the library of scipy-openblas32 cannot be loaded: {error}") from error
    finally:
        if before is None:
            del os.environ["OPENBLAS_NUM_THREADS"]
        else:
            os.environ["OPENBLAS_NUM_THREADS"] = before
    library.scipy_openblas_set_num_threads(1)
    return library


def describe(library: ctypes.CDLL) -> str:
    """``OpenBLAS 0.3.34 SkylakeX``."""
    words = []
    for function in (library.scipy_openblas_get_config, library.scipy_openblas_get_corename):
        function.restype = ctypes.c_char_p
        words.append(function().decode())
    return " ".join([*words[0].split()[:2], words[1]])
