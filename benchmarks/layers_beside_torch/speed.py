"""The time of a training pass of layers, forward and backward, beside torch's.

    python benchmarks/layers_beside_torch/speed.py [--threads 1] [--rounds 9] [part of a name ...]

Each side has a process of its own; they take turns, and the ratio of the medians is printed. Both
compute in float32, with the gradient of the input.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

from pairs import families

SECONDS = 0.15  # of a turn


def cases():
    for pairs in families().values():
        for pair in pairs:
            for shape in pair.large:
                yield f"{pair.name} {shape}", pair, shape


def steps(pair, shape, side):
    """A function that does one training pass."""
    import numpy as np
    import torch

    layer, module = pair.both("float32")
    x = pair.draw(shape, "float32")
    if side == "ours":
        x = x if len(x) > 1 else x[0]
        grad = np.random.default_rng(2).standard_normal(layer.forward(x).shape, np.float32)
        layer.clear_saved()
        parameters = layer.parameters()

        def step():
            for parameter in parameters:
                parameter.grad = None
            layer.forward(x)
            layer.backward(grad)
    else:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        tensors = [pair.tensor(array) for array in x]
        grad = torch.randn_like(pair.call(module, *tensors))

        def step():
            for tensor in [*tensors, *module.parameters()]:
                tensor.grad = None
            pair.call(module, *tensors).backward(grad)

    return step


def work(side):
    """Answer each line, the name of a case, with the seconds of one pass."""
    known = {name: (pair, shape) for name, pair, shape in cases()}
    step = ready = None
    for line in sys.stdin:
        name = line.strip()
        if name != ready:
            step, ready = steps(*known[name], side), name
            step()
        start, count = time.perf_counter(), 0
        while time.perf_counter() < start + SECONDS:
            step()
            count += 1
        print((time.perf_counter() - start) / count, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--work", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    parser.add_argument("parts", nargs="*")
    options = parser.parse_args()
    if options.work:
        return work(options.work)
    counts = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
    environment = os.environ | dict.fromkeys(counts, str(options.threads))
    sides = {
        side: subprocess.Popen(
            [sys.executable, __file__, "--work", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for side in ("ours", "theirs")
    }
    title = f"milliseconds, {options.threads} thread(s)"
    print(f"{title:48}{'nnlayers':>10}{'torch':>10}{'ratio':>8}")
    for name, _, _ in cases():
        if options.parts and not any(part in name for part in options.parts):
            continue
        times = {side: [] for side in sides}
        for number in range(options.rounds):
            for side in sorted(sides, reverse=number % 2 == 1):
                print(name, file=sides[side].stdin, flush=True)
                times[side].append(1000 * float(sides[side].stdout.readline()))
        ours, theirs = (statistics.median(times[side]) for side in ("ours", "theirs"))
        print(f"{name:48}{ours:10.3f}{theirs:10.3f}{ours / theirs:8.2f}", flush=True)
    for process in sides.values():
        process.stdin.close()
        process.wait()
    return None


if __name__ == "__main__":
    main()
