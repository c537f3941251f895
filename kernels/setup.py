"""Build of the extension; everything else is in pyproject.toml."""

import sys

import numpy
from setuptools import Extension, setup

SOURCES = ["module", "bindings", "products", "elementwise", "sums", "cross_entropy", "updates", "sharing", "pool"]
# Not -ffast-math: NaN and infinity must stay. No contraction: results are those of NumPy's steps.
UNIX = ["-std=gnu11", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fvisibility=hidden"]
MSVC = ["/O2", "/std:c11"]

setup(
    ext_modules=[
        Extension(
            "nnlayers_kernels._kernels",
            [f"src/{name}.c" for name in SOURCES],
            include_dirs=[numpy.get_include()],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=MSVC if sys.platform == "win32" else [*UNIX, "-pthread"],
            extra_link_args=[] if sys.platform == "win32" else ["-pthread"],
            libraries=[] if sys.platform == "win32" else ["m"],
            py_limited_api=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
