"""Build of the extension; everything else is in pyproject.toml."""

import glob
import sys

import numpy
from setuptools import Extension, setup

# Without -ffast-math, NaN and infinity stay; without contraction, each step rounds as NumPy's does.
# -fopenmp-simd allows the sums that say so to be reordered; it needs no OpenMP.
GCC = (
    "-std=gnu11 -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp-simd "
    "-fvisibility=hidden -pthread"
)
MSVC = "/std:c11 /O2"
on_windows = sys.platform == "win32"

setup(
    ext_modules=[
        Extension(
            "nnlayers_kernels._kernels",
            sorted(glob.glob("src/*.c")),
            depends=sorted(glob.glob("src/*.h")),
            include_dirs=[numpy.get_include()],
            define_macros=[("Py_LIMITED_API", "0x030B0000")],
            extra_compile_args=(MSVC if on_windows else GCC).split(),
            extra_link_args=[] if on_windows else ["-pthread", "-lm"],
            py_limited_api=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
