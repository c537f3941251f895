"""How good is the gradient checker? Planted bugs that it finds, correct layers that it leaves alone.

python benchmarks/gradient_checkers.py                    # 20 seeds for bugs, 200 for correct layers
python benchmarks/gradient_checkers.py --seeds 2 10       # a quick look
python benchmarks/gradient_checkers.py --peers            # torch's and JAX's checkers on the same, too
"""

import argparse
import platform
import sys
import time
import warnings
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from nnlayers.testing import GradientError, LayerCheckError, check_layer, check_loss
from nnlayers.testing.settings import undiagnosed
from tests.catalogue import BUGS, CORRECT


def check(entry, seed):
    """Run our checker on a bug or a correct layer."""
    if entry.of == "loss":
        target, values = entry.target, entry.values
        return check_loss(entry.make(), prediction=entry.shape, target=target, values=values, seed=seed)
    return check_layer(entry.make, entry.shape, values=entry.values, seed=seed)


def try_bug(index, seeds):
    """How often a bug was found; with the first seed, whether by a wrong value and with its cause."""
    bug, found, named, by_value = BUGS[index], 0, False, False
    for seed in range(seeds):
        try:
            with nullcontext() if seed == 0 else undiagnosed():
                check(bug, seed)
        except LayerCheckError as error:
            found += 1
            if seed == 0:
                by_value = isinstance(error, GradientError)
                named = by_value and bool(error.causes)
    return index, found, named, by_value


def try_correct(index, seeds):
    """How often a correct layer was flagged, what could not be verified, and the median time."""
    layer, alarms, unsure, compared, times = CORRECT[index], [], 0, 0, []
    for seed in range(seeds):
        start = time.perf_counter()
        try:
            report = check(layer, seed)
            unsure += report.outcomes["unsure"]
            compared += sum(report.outcomes.values())
        except LayerCheckError as error:
            alarms.append((seed, str(error).splitlines()[0]))
        times.append(time.perf_counter() - start)
    return index, alarms, unsure, compared, float(np.median(times))


def quietly(function, indices, seeds, processes):
    """Run one of the above for all, in several processes, with a line of progress."""
    warnings.simplefilter("ignore")
    with ProcessPoolExecutor(
        processes, initializer=warnings.simplefilter, initargs=("ignore",)
    ) as pool:
        for done, result in enumerate(pool.map(function, indices, [seeds] * len(indices)), 1):
            print(f"\r{function.__name__} {done}/{len(indices)}", end="", file=sys.stderr, flush=True)
            yield result
    print(file=sys.stderr)


def main():
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", nargs=2, type=int, default=(20, 200), metavar=("BUGS", "CORRECT"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--peers", action="store_true", help="torch and JAX too, where installed")
    options = parser.parse_args()
    bug_seeds, correct_seeds = options.seeds

    bugs = list(quietly(try_bug, range(len(BUGS)), bug_seeds, options.processes))
    correct = list(quietly(try_correct, range(len(CORRECT)), correct_seeds, options.processes))
    peers = {}
    if options.peers:
        import peers as others

        peers = others.measure(BUGS, CORRECT)

    print(f"{date.today()}, Python {platform.python_version()}, NumPy {np.__version__}")
    print(
        f"{len(BUGS)} bugs x {bug_seeds} seeds, {len(CORRECT)} correct layers x {correct_seeds} seeds\n"
    )
    print("| bugs | planted | " + " | ".join(["found in 19 of 20 seeds", *peers]) + " |")
    print("|---|---|---" + "|---" * len(peers) + "|")
    families = defaultdict(list)
    for index, found, _, _ in bugs:
        families[BUGS[index].family].append((index, found >= 0.95 * bug_seeds))
    families["all"] = [pair for pairs in list(families.values()) for pair in pairs]
    for family, pairs in families.items():
        cells = [len(pairs), sum(ok for _, ok in pairs)]
        cells += [sum(index in peer.found for index, _ in pairs) for peer in peers.values()]
        print(f"| {family} | " + " | ".join(map(str, cells)) + " |")
    if peers:
        cells = [f"{peer.alarms} of {peer.tried}" for peer in peers.values()]
        flagged = sum(bool(alarms) for _, alarms, *_ in correct)
        print(f"| correct layers flagged | {len(CORRECT)} | {flagged} | {' | '.join(cells)} |")

    for index, found, _, _ in bugs:
        if found < bug_seeds:
            print(f"\nfound in {found} of {bug_seeds} seeds: {BUGS[index].name}", end="")
    runs = len(CORRECT) * correct_seeds
    print(f"\n\ncorrect layers flagged: {sum(len(alarms) for _, alarms, *_ in correct)} of {runs} runs")
    for index, alarms, *_ in correct:
        if alarms:
            print(f"  {CORRECT[index].name}: {len(alarms)} seeds, for example {alarms[0]}")
    unsure, compared = sum(c[2] for c in correct), sum(c[3] for c in correct)
    print(f"not verifiable: {unsure} of {compared} comparisons ({unsure / compared:.3%})")
    times = sorted((c[4], CORRECT[c[0]].name) for c in correct)
    middle, most = 1000 * times[len(times) // 2][0], 1000 * times[-1][0]
    print(f"time for one layer: median {middle:.0f} ms, most {most:.0f} ms ({times[-1][1]})")
    wrong = [named for _, _, named, by_value in bugs if by_value]
    print(f"a cause, or a line that repairs it, is named: {sum(wrong)} of {len(wrong)} wrong values")


if __name__ == "__main__":
    main()
