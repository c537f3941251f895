"""Whether every altered file of a network is refused, or read as a network that fits it.

    python benchmarks/altered_networks.py [--files 100000] [--seed 0]

A small network is written to an npz and a safetensors file. Bytes are changed, parts are cut off, taken
out or put in elsewhere, and the text in the file is given other words and numbers, with the right
checksum. `nnlayers.load` either raises ValueError or OSError, naming the file, or returns a network; if
it is npz, with the values that were written. It takes little more memory than for the right file.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.io.damaged_networks import Altered, tries


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000, help="of each of the two formats")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = 0
    for suffix in ("npz", "safetensors"):
        with tempfile.TemporaryDirectory() as folder:
            altered = Altered(Path(folder) / f"net.{suffix}")
            counts, slowest, last = Counter(), 0.0, time.perf_counter()
            for name, verdict, content in tries(altered, given.seed, given.files):
                now = time.perf_counter()
                slowest, last = max(slowest, now - last), now
                if verdict in ("loaded", "refused"):
                    counts[name, verdict] += 1
                else:
                    wrong += 1
                    Path(f"wrong-{wrong}.{suffix}").write_bytes(content)
                    print(f"wrong-{wrong}.{suffix}: {name}: {verdict}")
        print(f"{suffix}: {given.files:,} altered files of {len(altered.content):,} bytes")
        for (name, verdict), count in sorted(counts.items()):
            print(f"  {name}: {count:,} {verdict}")
        print(f"  the slowest took {slowest:.2f} s")
    print(f"{wrong} wrong")
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
