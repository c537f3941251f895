"""Many networks in one C program, which is compiled once."""

import shutil
import subprocess

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.io.samples import sample_inputs

STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-Wframe-larger-than=2048"]
STRICT += ["-Wshadow", "-Wconversion", "-Wsign-conversion", "-Wdouble-promotion"]
C99, CPP17 = ("cc", "-std=c99", "x.c"), ("g++", "-std=c++17", "x.cpp")
SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
MAIN = """
    FILE *file = fopen("{name}.out", "wb");
    static {real} {name}_y[{NAME}_OUTPUTS];
    static {kind} {name}_x[{NAME}_INPUTS];
    FILE *rows = fopen("{name}.in", "rb");
    while (fread({name}_x, sizeof {name}_x, 1, rows) == 1) {{
        {name}_predict({name}_x, {name}_y);
        fwrite({name}_y, sizeof {name}_y, 1, file);
    }}
    fclose(file);
    fclose(rows);
    if ({name}_self_test()) return 1;
"""
needs_c = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def run(folder, source, compiler=C99, options=()):
    """Compile a program without a warning, and run it; what it prints."""
    command, standard, name = compiler
    if shutil.which(command) is None:
        pytest.skip(f"there is no {command}")
    (folder / name).write_text(source, encoding="ascii")
    line = [command, standard, *STRICT, *(options or ["-O1"]), name, "-o", "x", "-lm"]
    subprocess.run(line, cwd=folder, check=True, timeout=300)
    return subprocess.run(
        ["./x"], cwd=folder, check=True, timeout=60, capture_output=True, text=True
    ).stdout


def outputs(folder, models, compiler=C99, options=()):
    """The outputs in C and by predict of models, given with input shapes."""
    includes, mains, expected = [], [], []
    for number, (model, shape) in enumerate(models):
        name = f"net{number}"
        nn.io.to_c(model, folder / f"{name}.h", input_shape=shape, compiler=None)
        rows = sample_inputs(model, shape, 4)
        if rows.dtype.kind == "i":
            rows = rows.astype(np.int32)
        rows.tofile(folder / f"{name}.in")
        expected.append(model.predict(rows))
        kinds = {"f": "float", "d": "double", "i": "int32_t"}
        real, kind = kinds[expected[-1].dtype.char], kinds[rows.dtype.char]
        includes.append(f'#include "{name}.h"\n')
        mains.append("{" + MAIN.format(name=name, NAME=name.upper(), real=real, kind=kind) + "}\n")
    program = (
        f"#include <stdio.h>\n{''.join(includes)}int main(void) {{\n{''.join(mains)}return 0;\n}}\n"
    )
    run(folder, program, compiler, options)
    for number, y in enumerate(expected):
        yield np.fromfile(folder / f"net{number}.out", y.dtype).reshape(y.shape), y


def assert_same(found, expected, tolerance=1e-5):
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
