"""Whether a run on several ranks of which one is killed always goes on, bit by bit as if it never was.

    python benchmarks/distributed_kills.py [--kills 100] [--ranks 2]

SIGKILL ends a random rank at a random moment; the same command goes on from the file, and so on, until
it ends by itself. Weights and history of every rank are then compared with those of an undisturbed run.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

from tests.distributed.mpi_for_tests import start

MODULE = "tests.distributed.going_on_for_tests"
EPOCHS = 300
KILLS = 10  # of one run at most


def processes_of(folder):
    """The numbers of the processes that train in a folder, mpiexec and its helpers apart."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if "python" in Path(os.fsdecode(words[0])).name and os.fsencode(folder) in words:
            found.append(int(process.name))
    return found


def killed_until_it_ends(folder, ranks, kills, chance):
    """The number of kills; the same command is started again after each."""
    count = 0
    while True:
        process = start(ranks, MODULE, folder, "killed", EPOCHS)
        if count < kills:
            time.sleep(chance.uniform(0.3, 4))
            if there := processes_of(folder):
                os.kill(chance.choice(there), signal.SIGKILL)
        printed, _ = process.communicate()
        if process.returncode == 0 and (folder / f"killed-{ranks - 1}.npz").exists():
            return count, ""
        if process.returncode in (1, 2):
            return count, printed
        count += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    kills = wrong = runs = 0
    with tempfile.TemporaryDirectory() as whole:
        start(given.ranks, MODULE, whole, "whole", EPOCHS).communicate()
        while kills < given.kills:
            with tempfile.TemporaryDirectory() as folder:
                allowed = min(KILLS, given.kills - kills)
                count, problem = killed_until_it_ends(Path(folder), given.ranks, allowed, chance)
                for rank in range(given.ranks) if not problem else ():
                    one = np.load(Path(whole) / f"whole-{rank}.npz")
                    two = np.load(Path(folder) / f"killed-{rank}.npz")
                    if any(not np.array_equal(one[name], two[name]) for name in one):
                        problem = f"rank {rank} ended in another way than the run that was never killed"
            kills, runs, wrong = kills + count, runs + 1, wrong + bool(problem)
            print(f"{problem or 'right'} after {count} kills", flush=True)
            if not count:
                break
    print(f"{kills} kills in {runs} runs, {wrong} of which ended in another way")
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
