"""Whether every damage of a checkpoint is refused, or harmless: each length, each byte.

    python benchmarks/damaged_checkpoints.py [--every 1]

A small checkpoint is cut off at every length, and every byte of it is changed in three ways. Loading
it either raises ValueError or OSError and changes nothing, or loads the values as they were written;
it never takes memory that the file does not account for.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.training.damaged_for_tests import CHANGES, Damages, changed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="only every so many positions")
    given = parser.parse_args()
    counts, wrong = Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        damages = Damages(Path(folder) / "run.npz")
        content = damages.content
        positions = range(0, len(content), given.every)
        tries = [(f"cut off at {n}", "cut off", content[:n]) for n in positions]
        for change in CHANGES:
            name = f"changed by {change:#04x}"
            tries += [(f"{n} {name}", name, changed(content, n, change)) for n in positions]
        for name, kind, damaged in tries:
            try:
                counts[kind, damages.load(damaged)] += 1
            except Exception as error:
                wrong += 1
                print(f"{name}: {type(error).__name__}: {error}")
    print(f"a checkpoint of {len(content):,} bytes, {len(positions):,} positions")
    for (kind, verdict), count in sorted(counts.items()):
        print(f"{kind}: {count:,} {verdict}")
    print(f"{wrong} wrong of {len(tries):,}")
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
