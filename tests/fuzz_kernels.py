"""Compare compiled kernels with their NumPy functions in very many random calls.

    python -m tests.fuzz_kernels --calls 1000000 --seed 0 --at-once 2

A finding ends it and says the seed, with which ``--calls 1`` repeats the call.
"""

import argparse
import random
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

from nnlayers.core.compiled import extension
from tests.core.kernel_calls import NAMES
from tests.core.kernel_results import finding, numpy_functions


def compare(seeds):
    """Make the calls of these seeds, up to the first finding, which is returned."""
    numpy_kernels = numpy_functions()
    for seed in seeds:
        name = NAMES[seed % len(NAMES)]
        extension.set_threads(seed // 100 % 5 + 1)
        choices = random.Random(seed).choice, random.Random(seed).choice
        try:
            found = finding(name, getattr(numpy_kernels, name), *choices)
        except Exception as error:
            error.add_note(f"seed {seed}, {name}")
            raise
        if found:
            return f"seed {seed}, {name}: {found}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first call")
    parser.add_argument("--at-once", type=int, default=1, help="Python threads that call")
    given = parser.parse_args()
    if not extension:
        sys.exit("nnlayers-kernels is not in use: make fast")
    warnings.simplefilter("ignore")  # for all threads
    seeds = range(given.seed, given.seed + given.calls)
    with ThreadPoolExecutor(given.at_once) as threads:
        findings = threads.map(compare, [seeds[i :: given.at_once] for i in range(given.at_once)])
        sys.exit("\n".join(filter(None, findings)) or None)


if __name__ == "__main__":
    main()
