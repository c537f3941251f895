"""How much faster several ranks train than one, and what a reduction costs.

    python benchmarks/distributed_scaling.py [--rounds 5] [--steps 30]

Weak scaling: each rank has batches of 256. Strong scaling: the ranks share batches of 256. Beside them
stand as many processes that train alone at the same time: they tell what the machine itself loses when
all its cores are busy. The network has 1.9 million parameters (784-1024-1024-10). All take turns, in a
new order in every round, in processes of their own with one thread. Of the median times of a step, the
median over the rounds is shown, and the least.
"""

import argparse
import os
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

import nnlayers as nn
from tests.distributed.mpi_for_tests import start

BATCH = 256
SIZES = 1_000, 10_000, 100_000, 1_000_000, 10_000_000


class Clock(nn.Callback):
    """Measures steps, but for the first ones."""

    def __init__(self, first):
        self.first, self.moments = first, []

    def after_step(self, trainer):
        self.moments.append(time.perf_counter())

    def seconds(self):
        return statistics.median(np.diff(self.moments[self.first :]))


def step_worker(batch, steps):
    """Print the seconds of a step with so many samples a rank."""
    parallel, clock = nn.distributed.DataParallel(), Clock(5)
    rng = np.random.default_rng(0)
    samples = batch * parallel.ranks * (steps + 5)
    x = rng.standard_normal((min(samples, 8192), 784)).astype(np.float32)
    y = rng.integers(0, 10, len(x))
    layers = nn.Dense(784, 1024, rng=0), nn.ReLU(), nn.Dense(1024, 1024, rng=1), nn.ReLU()
    model = nn.Sequential(*layers, nn.Dense(1024, 10, rng=2))
    trainer = nn.Trainer(
        model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.01), metrics=[]
    )
    epochs = -(-samples // len(x))
    callbacks = [parallel, clock]
    trainer.fit(
        x, y, epochs=epochs, batch_size=batch, rng=0, progress=False, health=False, callbacks=callbacks
    )
    if parallel.rank == 0:
        print(clock.seconds())


def reduction_worker():
    """Print the seconds of a reduction, by size: with the wait before it, and the copies around it."""
    from mpi4py import MPI

    from nnlayers.distributed.gradients import Gradients, Room
    from nnlayers.distributed.link import the_link

    link, room = the_link(), Room()
    link.meet()
    for size in SIZES:
        parameter, seconds = nn.Parameter(np.zeros(size)), []
        for _ in range(20):
            parameter.grad = np.ones(size, np.float32)
            MPI.COMM_WORLD.Barrier()
            begin = time.perf_counter()
            gradients = Gradients([parameter], [], room)
            link.add(np.zeros(17))
            link.add_many(gradients.fill(0.5, 0.5))
            gradients.hand_out(has_samples=True)
            seconds.append(time.perf_counter() - begin)
        if link.rank == 0:
            print(size, statistics.median(seconds))


def measured(ranks, *words, apart=1):
    """What the first ranks print of so many runs at the same time."""
    runs = [start(ranks, str(Path(__file__)), *map(str, words)) for _ in range(apart)]
    printed = [run.communicate(timeout=600)[0] for run in runs]
    if any(run.returncode for run in runs):
        raise SystemExit("\n".join(printed))
    return printed


def seconds_of(kind, ranks, steps):
    """The seconds of a step; the longest one of processes that train apart."""
    if kind == "apart":
        return max(map(float, measured(1, "step", BATCH, steps, apart=ranks)))
    batch = BATCH if kind == "weak" else BATCH // ranks
    return float(measured(ranks, "step", batch, steps)[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--ranks", type=int, nargs="*", default=[2])
    parser.add_argument("worker", nargs="*")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if given.worker:
        kind, *sizes = given.worker
        return reduction_worker() if kind == "reduction" else step_worker(*map(int, sizes))
    turns = [("weak", 1)]
    turns += [(kind, ranks) for ranks in given.ranks for kind in ("apart", "weak", "strong")]
    seconds = {turn: [] for turn in turns}
    for number in range(given.rounds):
        for turn in random.Random(number).sample(turns, len(turns)):
            seconds[turn].append(seconds_of(*turn, given.steps))
    print("| | ranks | ms a step | efficiency | least ms | efficiency |\n|---|---|---|---|---|---|")
    for (kind, ranks), found in seconds.items():
        row = f"| {kind} | {ranks} |"
        for least in (statistics.median, min):
            ideal = least(seconds["weak", 1]) / (ranks if kind == "strong" else 1)
            row += f" {least(found) * 1e3:.1f} | {ideal / least(found):.2f} |"
        print(row)
    print(f"\n| numbers | ms for a reduction on {given.ranks[-1]} ranks |\n|---|---|")
    for line in measured(given.ranks[-1], "reduction")[0].splitlines():
        size, duration = line.split()
        print(f"| {int(size):,} | {float(duration) * 1e3:.3f} |")
    return None


if __name__ == "__main__":
    main()
