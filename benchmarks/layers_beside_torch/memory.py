"""The memory and the time of training steps of the residual network, beside torch's.

    python benchmarks/layers_beside_torch/memory.py [--threads 1] [--batch 256] [--steps 6]

Each side trains in a process of its own. What the steps need is the peak of its memory, as the system
counts it, less what the process held before them. The sides take turns, three each, and the medians are
printed. It reads ``/proc``, so it runs on Linux only.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

EXAMPLES = Path(__file__).parents[2] / "examples"
CHANNELS = 32


def ours(x, y):
    """A function that does a training step."""
    import nnlayers as nn

    sys.path.insert(0, str(EXAMPLES))
    from residual_network import network

    model = network(CHANNELS, np.random.default_rng(0))
    optimizer = nn.AdamW(model.parameters(), lr=0.001)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    return lambda: trainer.step(x, y)


def network_of_torch():
    """The same network of torch."""
    from torch import nn

    def convolution(inputs, outputs, stride=1):
        yield nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        yield nn.BatchNorm2d(outputs)

    class Residual(nn.Sequential):
        def forward(self, x):
            return x + super().forward(x)

    def block(channels):
        parts = *convolution(channels, channels), nn.ReLU(), *convolution(channels, channels)
        return Residual(*parts), nn.ReLU()

    wide = CHANNELS * 7 // 4
    return nn.Sequential(
        nn.Conv2d(1, CHANNELS, 3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(CHANNELS),
        nn.ReLU(),
        *block(CHANNELS),
        *convolution(CHANNELS, wide, stride=2),
        nn.ReLU(),
        *block(wide),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(wide, 10),
    )


def theirs(x, y):
    """A step of torch."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model, loss = network_of_torch(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    images, labels = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.from_numpy(y)

    def step():
        optimizer.zero_grad()
        loss(model(images), labels).backward()
        optimizer.step()

    return step


def held():
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def peak():
    """Megabytes that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def measure(side, batch, steps):
    """Print the megabytes that the steps needed, and the milliseconds of one."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, 28, 28, 1), np.float32)
    y = rng.integers(0, 10, batch)
    make = ours if side == "ours" else theirs
    make(x[:2], y[:2])()  # libraries make their own things in a first step
    step, before, times = make(x, y), held(), []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(peak() - before, 1000 * statistics.median(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--side", choices=["ours", "theirs"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        measure(options.side, options.batch, options.steps)
        return
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
    environment = os.environ | dict.fromkeys(names, str(options.threads))
    found = {"ours": [], "theirs": []}
    for _ in range(3):
        for side, figures in found.items():
            command = [sys.executable, __file__, "--side", side]
            command += ["--batch", str(options.batch), "--steps", str(options.steps)]
            run = subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, check=True, text=True
            )
            figures.append([float(figure) for figure in run.stdout.split()])
    print(f"{options.batch} images, {options.threads} thread(s)")
    print(f"{'':14}{'nnlayers':>10}{'torch':>10}{'ratio':>8}")
    for row, name in enumerate(["megabytes", "milliseconds"]):
        us, them = (statistics.median(figures[row] for figures in found[side]) for side in found)
        print(f"{name:14}{us:10.1f}{them:10.1f}{us / them:8.2f}")


if __name__ == "__main__":
    main()
