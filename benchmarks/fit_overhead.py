"""What `Trainer.fit`, with all its default callbacks, costs beside a loop by hand over the same steps.

    OMP_NUM_THREADS=1 python benchmarks/fit_overhead.py

The loop shuffles, steps, and adds up the loss and the accuracy; `fit` also checks the data, guards each
step, watches the training and writes its line of progress. They take turns in one process; the time of
the processor is counted, which neighbours disturb less.
"""

import argparse
import io
import itertools
import statistics
import time
from contextlib import redirect_stderr, redirect_stdout

import numpy as np

import nnlayers as nn

CASES = [((784, 256, 128, 10), 128, 20_000, 6), ((64, 32, 10), 32, 30_000, 6)]


def network(sizes):
    layers = []
    for number, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
        layers += [nn.Dense(fan_in, fan_out, rng=number), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    return model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), 0.01, weight_decay=1e-4)


def by_hand(model, loss, optimizer, x, y, epochs, batch_size):
    for epoch in range(epochs):
        total = right = 0.0
        for xb, yb in nn.batches(x, y, batch_size=batch_size, rng=epoch):
            prediction = model.forward(xb)
            total += len(xb) * loss.forward(prediction, yb)
            right += (prediction.argmax(axis=1) == yb).sum()
            model.backward_parameters(loss.backward())
            optimizer.step()
    return total / len(x), right / len(x)


def seconds_of(way):
    """The time of the processor that a call takes; what it writes is not shown."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        start = time.process_time()
        way()
        return time.process_time() - start


def race(sizes, batch_size, samples, epochs, rounds):
    """The medians of both, in seconds; the first round warms up."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((samples, sizes[0]), np.float32)
    y = (x @ rng.standard_normal((sizes[0], sizes[-1]), np.float32)).argmax(axis=1)
    parts, trainer = network(sizes), nn.Trainer(*network(sizes))
    ways = {
        "by hand": lambda: by_hand(*parts, x, y, epochs, batch_size),
        "fit": lambda: trainer.fit(x, y, epochs=epochs, batch_size=batch_size, rng=0),
    }
    times = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name in sorted(ways, reverse=number % 2 == 1):
            times[name].append(seconds_of(ways[name]))
    return (statistics.median(taken[1:]) for taken in times.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    print(f"{'milliseconds':28}{'by hand':>10}{'fit':>10}{'ratio':>8}")
    for sizes, batch_size, samples, epochs in CASES:
        a, b = race(sizes, batch_size, samples, epochs, given.rounds)
        name = f"{'-'.join(map(str, sizes))}, batch {batch_size}"
        print(f"{name:28}{1000 * a:10.0f}{1000 * b:10.0f}{b / a:8.3f}", flush=True)


if __name__ == "__main__":
    main()
