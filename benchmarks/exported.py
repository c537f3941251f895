"""Microseconds a row: `to_c`, `to_numpy` and `predict`, and ONNX Runtime if it is installed.

    OMP_NUM_THREADS=1 python benchmarks/exported.py --rounds 7

Rows are given one after another, in one thread; the best round counts. The sizes are those of the C
code of the network alone, in bytes, by ``size`` of an object file.
"""

import argparse
import importlib.util
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

import nnlayers as nn
from nnlayers.io.samples import sample_inputs

PROGRAM = """
#include <stdio.h>
#include <time.h>
#include "net.h"
int main(void) {
    static float x[NET_INPUTS], y[NET_OUTPUTS];
    volatile float sum = 0;
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        const clock_t start = clock();
        for (int i = 0; i < ROWS; i++) {
            x[0] = (float)i;
            net_predict(x, y);
            sum += y[0];
        }
        const double taken = (double)(clock() - start) / CLOCKS_PER_SEC / ROWS;
        best = taken < best ? taken : best;
    }
    printf("%g", best);
    return net_self_test();
}
"""


def networks():
    rng = np.random.default_rng(0)
    for sizes in ((784, 128, 10), (64, 128, 10)):
        a, b, c = sizes
        yield (
            "-".join(map(str, sizes)),
            nn.Sequential(nn.Dense(a, b, rng=rng), nn.ReLU(), nn.Dense(b, c, rng=rng)),
        )
    yield "convolutions", nn.Sequential(
        nn.Conv2D(1, 8, 3, padding="same", rng=rng), nn.BatchNorm(8), nn.ReLU(), nn.MaxPool2D(2),
        nn.Conv2D(8, 16, 3, padding="same", rng=rng), nn.ReLU(), nn.MaxPool2D(2), nn.Flatten(),
        nn.Dense(784, 10, rng=rng), input_shape=(28, 28, 1),
    )  # fmt: skip


def of_python(function, row, rounds):
    """Seconds a call."""
    count, best = 200, 1e9
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(count):
            function(row)
        best = min(best, (time.perf_counter() - start) / count)
    return best


def of_c(model, folder, options, rounds, rows):
    """Seconds a row, and the size of the code and the constants."""
    nn.io.to_c(model, folder / "net.h", compiler=None)
    text = PROGRAM.replace("ROUNDS", str(rounds)).replace("ROWS", str(rows))
    (folder / "x.c").write_text(text)
    start = time.perf_counter()
    subprocess.run(["cc", "-std=c99", *options, "x.c", "-o", "x", "-lm"], cwd=folder, check=True)
    compiled = time.perf_counter() - start
    done = subprocess.run(["./x"], cwd=folder, check=True, capture_output=True, text=True)
    return float(done.stdout), compiled


def of_code(folder, options):
    """Bytes of instructions, without constants."""
    (folder / "y.c").write_text(
        '#include "net.h"\nvoid run(const float *x, float *y, float *w) { net_predict_in(x, y, w); }\n'
    )
    subprocess.run(["cc", "-std=c99", *options, "-c", "y.c", "-o", "y.o"], cwd=folder, check=True)
    done = subprocess.run(["size", "-A", "y.o"], cwd=folder, check=True, capture_output=True, text=True)
    return sum(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith(".text"))


def of_onnx(model, folder, row, rounds):
    """Seconds a row of ONNX Runtime, if both can be had."""
    if importlib.util.find_spec("onnxruntime") is None or not hasattr(nn.io, "to_onnx"):
        return None
    import onnxruntime

    nn.io.to_onnx(model, folder / "net.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "net.onnx"), options)
    name = session.get_inputs()[0].name
    return of_python(lambda x: session.run(None, {name: x}), row, rounds)


def main(rounds=5, rows=2000):
    head = ("", "cc -O2", "cc -O3", "cc -O3 -march=native", "NumPy file", "predict", "onnxruntime")
    print(
        "microseconds a row".ljust(20)
        + "".join(word.rjust(max(12, len(word) + 2)) for word in head[1:])
    )
    for name, model in networks():
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            row = sample_inputs(model, model.input_shape, 1)
            c = [
                of_c(model, folder, options, rounds, rows)
                for options in (["-O2"], ["-O3"], ["-O3", "-march=native"])
            ]
            nn.io.to_numpy(model, folder / "net.py")
            names = {}
            exec((folder / "net.py").read_text(encoding="utf-8"), names)
            found = [seconds for seconds, _ in c]
            found += [of_python(names["predict"], row, rounds), of_python(model.predict, row, rounds)]
            found.append(of_onnx(model, folder, row, rounds))
            shown = ["-" if seconds is None else f"{1e6 * seconds:.1f}" for seconds in found]
            print(
                name.ljust(20)
                + "".join(s.rjust(max(12, len(w) + 2)) for s, w in zip(shown, head[1:], strict=True))
            )
            memory = nn.io.to_c(model, folder / "net.h", compiler=None)
            code = {option: of_code(folder, [option]) for option in ("-Os", "-O2")}
            print(
                f"  {memory.weights:,} bytes of weights, {memory.workspace:,} of workspace, code "
                f"{code['-Os']:,} (-Os) or {code['-O2']:,} (-O2); compiled in {c[0][1]:.1f} s"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2000)
    main(**vars(parser.parse_args()))
