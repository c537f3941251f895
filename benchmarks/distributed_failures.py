"""Every failure of a rank, many times: how long it takes until all have ended, and how many hang.

    python benchmarks/distributed_failures.py [--times 20] [--ranks 2]

A scenario hangs if it has not ended after a minute. The time is that of the whole program, with the
start of Python; the longest of each scenario is shown.
"""

import argparse
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.distributed.failing_for_tests import SCENARIOS
from tests.distributed.mpi_for_tests import start

MODULE = "tests.distributed.failing_for_tests"
SECONDS = 60
RUNNERS = ("-m", "mpi4py"), ()  # in turn
OUTSIDE = {
    "Ctrl-C for mpiexec": [signal.SIGINT],
    "Ctrl-C for mpiexec, twice": [signal.SIGINT, signal.SIGINT],
    "mpiexec is terminated": [signal.SIGTERM],
    "mpiexec is killed": [signal.SIGKILL],
}
"""What happens to mpiexec from outside, a while after the start."""


def ended(scenario, ranks, runner):
    """The seconds until a scenario has ended, and its exit code; None if it hangs."""
    begin = time.perf_counter()
    process = start(ranks, MODULE, scenario, runner=runner)
    for number in OUTSIDE.get(scenario, ()):
        time.sleep(2 if number != signal.SIGINT else 1.5)
        begin = time.perf_counter()
        process.send_signal(number)
    try:
        printed, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return time.perf_counter() - begin, process.returncode, printed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--only", help="scenarios with these words in their names")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    names = [n for n in (*SCENARIOS, *OUTSIDE) if not given.only or given.only in n]
    hung = 0
    print("| scenario | longest time to the end | exit codes | hung |\n|---|---|---|---|")
    for name in names:
        runners = itertools.islice(itertools.cycle(RUNNERS), given.times)
        found = [ended(name, given.ranks, runner) for runner in runners]
        whole = [outcome for outcome in found if outcome]
        codes = ", ".join(f"{code} ({n})" for code, n in Counter(code for _, code, _ in whole).items())
        longest = max((seconds for seconds, *_ in whole), default=0)
        hung += len(found) - len(whole)
        print(f"| {name} | {longest:.1f} s | {codes} | {len(found) - len(whole)} |", flush=True)
    print(f"\n{given.times * len(names)} failures, {hung} of them hung")
    return hung


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
