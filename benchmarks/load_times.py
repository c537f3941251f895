"""How long it takes from a file of 10 MB to a network that predicts, beside torch and safetensors.

    python benchmarks/load_times.py [--rounds 7]

The same network, 784-1024-1024-600-10. Each round starts a process for each way, in random order, which
loads the file twenty times; the median counts. "network" is what a user does: build the network, then
load it. "arrays" is the file alone, into arrays that are not looked at (safetensors then maps the file,
and reads it later).
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

SIZES = (784, 1024, 1024, 600, 10)
REPEATS = 20


def ours():
    import nnlayers as nn

    layers = [layer for pair in pairwise(SIZES) for layer in (nn.Dense(*pair), nn.ReLU())]
    return nn, nn.Sequential(*layers[:-1])


def theirs():
    import torch

    torch.set_num_threads(1)
    layers = [layer for pair in pairwise(SIZES) for layer in (torch.nn.Linear(*pair), torch.nn.ReLU())]
    return torch.nn.Sequential(*layers[:-1])


def write(folder):
    import torch
    from safetensors.torch import save_file

    nn, model = ours()
    nn.save(model, folder / "ours.npz")
    nn.save(model, folder / "ours.safetensors")
    torch.save(theirs().state_dict(), folder / "torch.pt")
    save_file(theirs().state_dict(), folder / "torch.safetensors")


def way_of(name, folder):
    """The function that loads, of each name."""
    if name.startswith("nnlayers"):
        import nnlayers as nn

        path = folder / ("ours.npz" if "npz" in name else "ours.safetensors")
        nn.load(path)
        if "arrays" in name:
            from nnlayers.core.weights import read_file

            return lambda: read_file(path)
        return lambda: nn.load(path)
    import torch
    from safetensors.torch import load_file

    torch.set_num_threads(1)
    if "safetensors" in name:
        arrays = lambda: load_file(folder / "torch.safetensors")  # noqa: E731
    else:
        arrays = lambda: torch.load(folder / "torch.pt", weights_only=True)  # noqa: E731
    if "arrays" in name:
        return arrays

    def network():
        model = theirs()
        model.load_state_dict(arrays())
        return model

    return network


WAYS = [
    f"{program}, {what}"
    for what in ("network", "arrays")
    for program in ("nnlayers npz", "nnlayers safetensors", "torch pt", "torch safetensors")
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--way")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.way:
        load = way_of(given.way, given.folder)
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            load()
            times.append(time.perf_counter() - start)
        print(statistics.median(times))
        return
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        found = {way: [] for way in WAYS}
        for _ in range(given.rounds):
            for way in random.sample(WAYS, len(WAYS)):
                command = [sys.executable, __file__, "--way", way, "--folder", name]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found[way].append(float(done.stdout) * 1e3)
    for way, times in found.items():
        print(f"{way:32} {statistics.median(times):7.2f} ms   fastest {min(times):7.2f}")


if __name__ == "__main__":
    main()
