"""Training steps on a GPU: nnlayers on CuPy beside torch, eagerly, in turn in one process.

    python benchmarks/gpu.py [--steps 50] [--blocks 9] [--profile]

Two networks in float32: 784-1024-1024-10 with SGD and momentum, 256 samples; and the residual network
of the examples with AdamW, 128 images. The batch is on the GPU. A block of steps is timed from an idle
GPU to an idle GPU, and the median of the blocks is printed. A step of a Trainer reads the loss, for
which it waits; torch is timed with that and without. TF32 is off on both sides.

Without a GPU, or without CuPy or torch, it says so, and measures what there is.
"""

import argparse
import cProfile
import pstats
import statistics
import sys
import time
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np

import nnlayers as nn

ROOT = Path(__file__).parents[1]
SIZES = 784, 1024, 1024, 10
WARM_UP = 20


def perceptron():
    """784-1024-1024-10 with SGD and momentum, and the shape of its batch."""
    rng = np.random.default_rng(0)
    first, second, last = (nn.Dense(a, b, rng=rng) for a, b in pairwise(SIZES))
    model = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), last)
    return model, nn.SGD(model.parameters(), lr=0.01, momentum=0.9), (256, 784)


def perceptron_of_torch(torch):
    """The same of torch."""
    first, second, last = (torch.nn.Linear(a, b) for a, b in pairwise(SIZES))
    model = torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.ReLU(), last).cuda()
    return model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def residual():
    """The residual network of the examples with AdamW, and the shape of its batch."""
    model = import_module("residual_network").network(32, np.random.default_rng(0))
    return model, nn.AdamW(model.parameters(), lr=0.001), (128, 28, 28, 1)


def residual_of_torch(torch):
    """The same of torch."""
    model = import_module("memory").network_of_torch().cuda()
    return model, torch.optim.AdamW(model.parameters(), lr=0.001)


NETWORKS = {
    "784-1024-1024-10 at 256": (perceptron, perceptron_of_torch),
    "residual network at 128": (residual, residual_of_torch),
}


def batch(shape):
    """Images and labels, drawn at random."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape, np.float32), rng.integers(0, 10, shape[0])


def our_step(make, cupy):
    """A function that takes a step of nnlayers."""
    model, optimizer, shape = make()
    trainer = nn.Trainer(model.to("cupy"), nn.SoftmaxCrossEntropy(), optimizer)
    x, y = map(cupy.asarray, batch(shape))
    return lambda: trainer.step(x, y)


def their_step(make, shape, torch, *, reads):
    """A function that takes a step of torch, and may read the loss."""
    model, optimizer = make(torch)
    loss = torch.nn.CrossEntropyLoss()
    x, y = batch(shape)
    x = torch.from_numpy(x.transpose(0, 3, 1, 2).copy() if x.ndim == 4 else x).cuda()
    y = torch.from_numpy(y).cuda()

    def step():
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        return value.item() if reads else None

    return step


def libraries():
    """CuPy and torch, each None if it is not installed or finds no GPU, and why."""
    found = {"cupy": None, "torch": None}
    for name in found:
        try:
            module = import_module(name)
            there = module.cuda.is_available() if name == "torch" else module.is_available()
            found[name] = module if there else None
            if not there:
                print(f"{name} is left out: it finds no GPU")
        except Exception as error:  # a missing library of CUDA has many faces
            print(f"{name} is left out: {error}")
    return found["cupy"], found["torch"]


def seconds(step, steps, wait):
    """The seconds of a block of steps."""
    wait()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    wait()
    return time.perf_counter() - start


def race(name, cupy, torch, steps, blocks):
    """Print the milliseconds of a step of each side, which take turns."""
    ours, theirs = NETWORKS[name]
    sides = {}
    if cupy:
        sides["nnlayers"] = our_step(ours, cupy), cupy.cuda.Device().synchronize
    if torch:
        shape = ours()[2]
        for side, reads in (("torch", False), ("torch, reading the loss", True)):
            step = their_step(theirs, shape, torch, reads=reads)
            sides[side] = step, torch.cuda.synchronize
    times = {side: [] for side in sides}
    for step, wait in sides.values():
        seconds(step, WARM_UP, wait)
    for _ in range(blocks):
        for side, (step, wait) in sides.items():
            times[side].append(1000 * seconds(step, steps, wait) / steps)
    medians = {side: statistics.median(values) for side, values in times.items()}
    for side, median in medians.items():
        beside = f"  {median / medians['torch']:.2f} x torch" if "torch" in medians else ""
        print(f"{name}  {side:24}  {median:7.3f} ms ({min(times[side]):.3f} at best){beside}")


def profile(name, cupy, steps):
    """Print where the host spends its time in steps of nnlayers."""
    step, profiler = our_step(NETWORKS[name][0], cupy), cProfile.Profile()
    seconds(step, WARM_UP, cupy.cuda.Device().synchronize)
    profiler.runcall(seconds, step, steps, cupy.cuda.Device().synchronize)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(20)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50, help="in a block")
    parser.add_argument("--blocks", type=int, default=9)
    parser.add_argument("--profile", action="store_true", help="where the host spends its time")
    options = parser.parse_args()
    sys.path += [str(ROOT / "examples"), str(ROOT / "benchmarks" / "layers_beside_torch")]
    cupy, torch = libraries()
    if torch:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    for name in NETWORKS if cupy or torch else ():
        race(name, cupy, torch, options.steps, options.blocks)
        if options.profile and cupy:
            profile(name, cupy, options.steps)


if __name__ == "__main__":
    main()
