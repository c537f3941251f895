"""A network as one header of C99, which needs nothing but a compiler."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.files import FilePath, check_writable, file_name, write_whole
from nnlayers.core.layer import Layer
from nnlayers.core.notices import notice
from nnlayers.core.placement import on_host
from nnlayers.io.c import elementwise, windows  # noqa: F401 (they register functions)
from nnlayers.io.c.layers import c_code
from nnlayers.io.c.text import CMemory, c_texts
from nnlayers.io.c.writer import CWriter
from nnlayers.io.samples import check_agreement, predicted, sample_inputs, sample_shape_of

__all__ = ["CMemory", "to_c"]

SECONDS = 120
KEYWORDS = re.compile(
    "auto|bool|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|inline"
    "|int|long|register|restrict|return|short|signed|sizeof|static|struct|switch|typedef|union|unsigned"
    "|void|volatile|while"
)


def to_c(
    model: Layer,
    path: FilePath,
    *,
    name: str | None = None,
    input_shape: int | Sequence[Any] | None = None,
    compiler: str | None = "cc",
) -> CMemory:
    """Write a network as one header of C99: weights, a function for one row, and a self-test.

    The code allocates nothing, and includes at most ``math.h`` and ``stdint.h``. For ``name="net"``
    there are

    * ``void net_predict(const float *input, float *output)``, with a static workspace,
    * ``void net_predict_in(const float *input, float *output, float *workspace)``, which may run in
      several threads at once, each with its own workspace of ``NET_WORKSPACE`` numbers,
    * ``int net_self_test(void)``, 0 if three rows give what ``predict`` gave for them,
    * ``NET_INPUTS`` and ``NET_OUTPUTS``, the sizes of input and output, which must not overlap,
    * ``net_columns`` and ``net_classes``, the names of the columns and classes, if the model has them.

    Parameters
    ----------
    model : Layer
        A network with one array as input and one as output, in float32 or float64.
    path : path of a file
        Usually ends in ``.h``.
    name : str, optional
        What all names in the file begin with; by default the name of the file, without its suffix.
    input_shape : tuple of int, optional
        The shape of one sample, if the model does not know it.
    compiler : str or None
        The C compiler that tries the header before it is written. If it is missing, a warning says so;
        with None, nothing is tried.

    Returns
    -------
    CMemory
        The bytes of the weights and of the workspace.

    Raises
    ------
    TypeError
        A layer has no function in `c_code`; the message says how to register one. Or the model has
        several inputs or outputs, or is not in one dtype.
    ValueError
        The name is not one of C, the shape is missing, the header does not compile, or it gives
        something else than ``predict``. Nothing was written.
    OSError
        The file cannot be written.

    Notes
    -----
    The weights are hexadecimal numbers, exactly those of the model, as C99 and C++17 have them. Sums
    are in another order than in NumPy: outputs agree to rounding.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    >>> nn.io.to_c(model, "net.h", compiler=None)
    CMemory(weights=268, workspace=32)
    """
    who = "to_c"
    check_writable(path)
    model = on_host(model)
    stem = os.path.splitext(os.path.basename(file_name(path)))[0]
    c = CWriter(c_code, model, _checked_name(stem if name is None else str(name)))
    c.check_layers(model)
    shape = sample_shape_of(model, input_shape, who)
    rows = sample_inputs(model, shape)
    expected = predicted(model, rows, who)
    if isinstance(rows, tuple) or isinstance(expected, tuple):
        raise TypeError(f"{who}: expected a model with one array as input and one as output")
    if expected.dtype != c.dtype:
        raise TypeError(f"{who}: expected a model with outputs in {c.dtype}, got {expected.dtype}")
    if 0 in rows.shape or 0 in expected.shape:
        raise ValueError(f"{who}: expected sizes of at least 1, got shape {shape}")
    if model.takes_integers:
        rows = rows.astype(np.int32)
    text, program, memory = c_texts(c, rows, expected)
    if compiler is not None:
        _try(text, program, rows, expected, compiler)
    with write_whole(path) as file:
        file.write(text.encode("ascii"))
    return memory


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", name) or KEYWORDS.fullmatch(name):
        raise ValueError(
            f"to_c: expected a name that C allows, of letters, digits and '_', got {name!r}: "
            "give one, as in name='net'"
        )
    return name


def _try(header: str, program: str, rows: Array, expected: Array, compiler: str) -> None:
    """Compile the header, run it, and compare; warn if it cannot be compiled or run here.

    Raises
    ------
    ValueError
        It does not compile, it crashes, or it gives something else than expected.
    """
    hint = "it was not tried: compile it, and call its self-test"
    if shutil.which(compiler) is None:
        notice(f"to_c: there is no compiler {compiler!r} here for the header, so {hint}")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("network.h", header), ("program.c", program)):
            Path(folder, name).write_text(content, encoding="ascii")
        rows.tofile(Path(folder, "rows"))
        commands = [compiler, "-std=c99", "-O1", "program.c", "-o", "program", "-lm"], ["./program"]
        try:
            for command in commands:
                done = subprocess.run(
                    command,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=SECONDS,
                    check=False,
                )
                if done.returncode:
                    said = done.stderr.strip()[:500] or f"status {done.returncode}"
                    raise ValueError(
                        f"to_c: {' '.join(command)} failed, and no file is written: {said}"
                    )
        except (OSError, subprocess.TimeoutExpired) as error:
            notice(f"to_c: {error}, so {hint}")
            return
        found = np.fromfile(Path(folder, "found"), expected.dtype)
    check_agreement(found[:-1].reshape(expected.shape), expected, "to_c")
    if found[-1]:
        raise ValueError("to_c: the self-test of the header fails, and no file is written")
