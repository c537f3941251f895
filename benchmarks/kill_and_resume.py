"""Whether a run that is killed at random moments always goes on, bit by bit as if it never was.

    python benchmarks/kill_and_resume.py [--kills 500]

A process trains a small model and saves it every few steps; SIGKILL ends it at a random moment, another
process goes on from the file, and so on, until one ends by itself. Its weights, statistics, optimizer,
history, random sources and callbacks are then compared with those of a run without any file. The runs
differ in optimizer, dropout, schedule and statistics, and by chance in everything else.
"""

import argparse
import itertools
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import nnlayers as nn
from tests.training.runs_for_tests import AXES, Run, draw

EPOCHS, EVERY_STEPS = 20, 2
KILLS = 25  # of one run at most
DIFFERENT = ("optimizer", "dropout", "schedule", "statistics")


def kinds():
    """All combinations of what has to differ; the rest is drawn. Without a seed, no run is repeated."""
    for number, values in enumerate(itertools.product(*(AXES[name] for name in DIFFERENT))):
        kind = draw(number) | dict(zip(DIFFERENT, values, strict=True))
        yield kind | ({"rng": "generator"} if kind["rng"] == "none" else {})


def train(kind, folder):
    """Train, or go on with training, in a process of its own."""
    path = folder / "run.npz"
    run = Run(kind, seed=1 if path.exists() else 0)  # whatever goes on has to come from the file
    run.fit(EPOCHS, checkpoint=nn.Checkpoint(path, every_steps=EVERY_STEPS))
    (folder / "end.partial").write_text(repr(run.everything()))
    (folder / "end.partial").rename(folder / "end")


def killed_until_it_ends(kind, folder, kills, chance, processes):
    """Kill a run at most so often; the number of kills, and what was wrong in the end."""
    count, seconds = 0, 0.2
    while True:
        process = processes.Process(target=train, args=(kind, folder))
        begin = time.perf_counter()
        process.start()
        process.join(chance.uniform(0, seconds) if count < kills else None)
        if process.exitcode is None:
            process.kill()
            process.join()
            seconds *= 1.05  # so that runs on a slow machine end as well
        if process.exitcode == 0:
            break
        if process.exitcode > 0:
            return count, f"a process ended with an error after {time.perf_counter() - begin:.2f} s"
        count += 1
    never = Run(kind, seed=0).fit(EPOCHS)
    if (folder / "end").read_text() != repr(never.everything()):
        return count, "it ended in another way than the run that was never killed"
    left = sorted(path.name for path in folder.iterdir())
    return count, "" if left == ["end", "run.npz"] else f"files were left behind: {left}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["nnlayers", "tests.training.runs_for_tests"])
    kills = right = runs = 0
    for kind in itertools.cycle(list(kinds())):
        if kills >= given.kills:
            break
        with tempfile.TemporaryDirectory() as folder:
            found = killed_until_it_ends(
                kind, Path(folder), min(KILLS, given.kills - kills), chance, processes
            )
        count, problem = found
        kills, runs = kills + count, runs + 1
        right += 0 if problem else count
        words = ", ".join(f"{name}={value}" for name, value in kind.items())
        print(f"{problem or 'right'} after {count} kills: {words}")
    different = min(runs, len(list(kinds())))
    print(f"{right} of {kills} kills, in {runs} runs of {different} combinations")
    return kills - right


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
