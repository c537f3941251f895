"""The time of an optimizer's step beside torch's, of one thread, in turn in one process.

    OMP_NUM_THREADS=1 python benchmarks/optimizers.py

The parameters are those of a network 784-256-128-10 in float32, about 235,000 numbers. Both take steps
from the same gradients; the median over all rounds is printed in microseconds, with the ratio.
"""

import statistics
import time

import numpy as np
import torch

import nnlayers as nn

SHAPES = [(784, 256), (256,), (256, 128), (128,), (128, 10), (10,)]
PAIRS = {
    "SGD, momentum": (
        lambda ps: nn.SGD(ps, 0.01, momentum=0.9),
        lambda ps: torch.optim.SGD(ps, 0.01, momentum=0.9, foreach=False),
    ),
    "Adam": (nn.Adam, torch.optim.Adam),
    "AdamW": (nn.AdamW, torch.optim.AdamW),
    "RMSProp": (nn.RMSProp, torch.optim.RMSprop),
    "Adagrad": (nn.Adagrad, torch.optim.Adagrad),
}


def main(rounds=200):
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape, np.float32) for shape in SHAPES]
    grads = [0.01 * rng.standard_normal(shape, np.float32) for shape in SHAPES]
    print(f"{'microseconds':16}{'nnlayers':>10}{'torch':>10}{'ratio':>8}")
    for name, (ours, theirs) in PAIRS.items():
        mine = [nn.Parameter(array) for array in arrays]
        others = [torch.nn.Parameter(torch.from_numpy(array.copy())) for array in arrays]
        for parameter, grad in zip(others, grads, strict=True):
            parameter.grad = torch.from_numpy(grad)
        optimizer, other = ours(mine), theirs(others)
        times = ([], [])
        for _ in range(rounds):
            for parameter, grad in zip(mine, grads, strict=True):
                parameter.add_grad(grad)
            for taken, step in zip(times, (optimizer.step, other.step), strict=True):
                start = time.perf_counter()
                step()
                taken.append(time.perf_counter() - start)
        a, b = (1e6 * statistics.median(taken) for taken in times)
        print(f"{name:16}{a:10.0f}{b:10.0f}{a / b:8.2f}")


if __name__ == "__main__":
    main()
