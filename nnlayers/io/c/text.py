"""The text of a header: comments, sizes, weights, functions and a self-test."""

import re
import textwrap
from string import Template
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.io.c.writer import CWriter
from nnlayers.io.samples import TOLERANCE
from nnlayers.io.standalone import described, plain_names

HEADER = Template("""\
/*
$notes
 *
 * C99, or C++17: cc -std=c99 -O2 program.c -lm
 * Input and output must not overlap. ${name}_predict_in may run in several threads at once, each with a
 * workspace of its own; ${name}_predict has a static one. ${name}_self_test returns 0 if all is well.
 */
#if defined(__cplusplus) && __cplusplus < 201703L && !defined(_MSC_VER)
#error "the weights are hexadecimal numbers, which C++ knows since C++17: give -std=c++17"
#endif
#ifndef ${NAME}_INCLUDED
#define ${NAME}_INCLUDED
$includes
#define ${NAME}_INPUTS $inputs
#define ${NAME}_OUTPUTS $outputs
#define ${NAME}_WORKSPACE $size

$weights
static inline void ${name}_predict_in(const $kind *input, $real *output, $real *workspace)
{
    (void)workspace;
$body
}

static inline void ${name}_predict(const $kind *input, $real *output)
{
    static $real workspace[${NAME}_WORKSPACE];
    ${name}_predict_in(input, output, workspace);
}

static inline int ${name}_self_test(void)
{
$rows
$expected
    static $real found[${NAME}_OUTPUTS];
    for (int row = 0; row < $count; row++) {
        ${name}_predict(rows + row * ${NAME}_INPUTS, found);
        for (int j = 0; j < ${NAME}_OUTPUTS; j++) {
            const $real a = found[j], b = expected[row * ${NAME}_OUTPUTS + j];
            const $real difference = a < b ? b - a : a - b;
            if (!(a == b || difference <= $tolerance || (a != a && b != b))) return 1;
        }
    }
    return 0;
}

#endif
""")
PROGRAM = Template("""\
#include <stdio.h>
#include "network.h"

int main(void)
{
    static $kind x[${NAME}_INPUTS];
    static $real y[${NAME}_OUTPUTS];
    FILE *rows = fopen("rows", "rb"), *found = fopen("found", "wb");
    if (!rows || !found) return 2;
    while (fread(x, sizeof x, 1, rows) == 1) {
        ${name}_predict(x, y);
        if (fwrite(y, sizeof y, 1, found) != 1) return 2;
    }
    y[0] = ($real)${name}_self_test();
    return fwrite(y, sizeof y[0], 1, found) != 1 || fclose(found);
}
""")


class CMemory(NamedTuple):
    """The bytes of memory that a network in C needs, as `to_c` returns them.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    >>> memory = nn.io.to_c(model, "net.h", compiler=None)
    >>> memory.weights, memory.workspace  # 67 numbers and 8, of 4 bytes
    (268, 32)
    """

    weights: int
    """Constants, for which a microcontroller has flash memory."""
    workspace: int
    """Numbers between the layers, beside input and output."""


def c_texts(c: CWriter, rows: Array, expected: Array) -> tuple[str, str, CMemory]:
    """The header of a network, a program that tries it, and the memory that it needs.

    Raises
    ------
    TypeError, ValueError
        A layer has no function, or gives another shape than ``predict``.
    """
    x = c.array(rows.shape[1:], integers=rows.dtype.kind == "i")
    y = c.run(c.model, x)
    if y.number == x.number:  # nothing was computed
        y = c.each(y, "v")
    if y.shape != expected.shape[1:]:
        raise ValueError(f"to_c: the C code gives shape {y.shape}, and predict {expected.shape[1:]}")
    body, size = c.body(x, y)
    words = {"columns": c.model.known_column_names(), "classes": c.model.class_names}
    names_of = [_words(f"{c.prefix}_{word}", plain_names(names)) for word, names in words.items()]
    weights = "\n".join([*filter(None, names_of), *c.constants])
    memory = CMemory(sum(map(len, c.arrays)), size * c.dtype.itemsize)
    notes = [
        described(c.model),
        f"Input: {x.size} numbers, shape {x.shape}. Output: {y.size} numbers, shape {y.shape}.",
        f"Memory: {memory.weights} bytes of weights, {memory.workspace} bytes of workspace.",
    ]
    tables = c.table("rows", rows), c.table("expected", expected)
    math = c.needs_math or bool(re.search(r"\b(NAN|INFINITY)\b", "".join([weights, body, *tables])))
    includes = ["#include <math.h>"] * math + ["#include <stdint.h>"] * x.integers
    finite = np.abs(expected[np.isfinite(expected)])
    names = {
        "notes": "\n".join(f" * {line}" for note in notes for line in textwrap.wrap(note, 100)),
        "name": c.prefix, "NAME": c.prefix.upper(), "includes": "\n".join(["", *includes]),
        "inputs": x.size, "outputs": y.size, "size": max(size, 1), "weights": weights, "body": body,
        "real": c.real("float"), "kind": "int32_t" if x.integers else c.real("float"),
        "rows": textwrap.indent(tables[0], " " * 4), "expected": textwrap.indent(tables[1], " " * 4),
        "count": len(rows), "tolerance": c.number(TOLERANCE * finite.max(initial=1e-30)),
    }  # fmt: skip
    return HEADER.substitute(names), PROGRAM.substitute(names), memory


def _words(name: str, words: list[Any]) -> str:
    """The definition of an array of words in UTF-8, in which only plain characters are not codes."""
    plain = {*range(32, 127)} - {*b'"\\?'}
    texts = [
        "".join(
            chr(byte) if byte in plain else f"\\{byte:03o}"
            for byte in str(word).encode(errors="backslashreplace")
        )
        for word in words
    ]
    listed = ",\n".join(f'    "{text}"' for text in texts)
    return f"static const char *const {name}[{len(words)}] = {{\n{listed}\n}};\n" if words else ""
