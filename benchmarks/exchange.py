"""Whether networks of PyTorch and Keras compute the same here, and those of here the same there.

    python benchmarks/exchange.py [--only torch keras] [--references tests/io/references]

Each network gets random weights and statistics there. They are loaded from everything that
may hold them: dicts, modules, lists, and files of every kind. Outputs are compared, and those of a new
network there with the weights that are written here. With --references, small files are written, which
the tests read.
"""

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))


def difference(found, expected):
    """The largest difference, as a share of the largest output."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=["torch", "keras"], default=["torch", "keras"])
    parser.add_argument("--references", type=Path, help="a folder for small files")
    given = parser.parse_args()
    wrong = 0
    for library in given.only:
        if importlib.util.find_spec(library) is None:
            print(f"{library}: left out, it is not installed")
            continue
        module = importlib.import_module(f"exchange_{library}")
        results = []
        with tempfile.TemporaryDirectory() as folder:
            for name, way, value in module.compare(Path(folder)):
                results.append((name, way, value))
                print(f"{library:6} {name:18} {way:28} {value:.1e}")
        failed = sum(value > module.ROUNDING for _, _, value in results)
        networks = len({name for name, _, _ in results})
        print(
            f"{library}: {networks} networks, {len(results)} ways, {len(results) - failed} equal to "
            f"{module.ROUNDING:g} of the largest output"
        )
        wrong += failed
        if given.references:
            module.write_references(given.references)
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
