"""Whether altered files of weights of other libraries are refused, or give arrays of the right shapes.

    python benchmarks/altered_weights.py [--files 100000] [--only keras hdf5 safetensors torch]

Files of tests/io/references, and smaller ones, are cut off, and bytes in them are changed, removed,
repeated, or replaced by those of another file; in archives also those of the members, and numbers in
headers become large ones. Loading one either raises ValueError or OSError and changes nothing, or loads
arrays of the right shapes, in a limited time and memory. HDF5 and torch are written in C: files are
tried in a process of their own, which is started again behind a file that ends it. These are kept.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

import nnlayers as nn
from tests.io.exchanged_for_tests import KERAS_NETWORKS, NETWORKS, REFERENCES

KINDS = {"keras": "keras", "hdf5": "weights.h5", "safetensors": "safetensors", "torch": "pt"}
MEMORY = 2**29  # bytes, more than the process has before the first file
SECONDS = 10  # for a file


def small():
    return nn.Sequential(nn.Dense(2, 3), nn.Dense(3, 2, bias=False))


def bases(kind):
    """Whole files of a kind, and the functions that make their models; the first one is small."""
    if kind in ("keras", "hdf5"):
        arrays = [np.ones((2, 3), "f4"), np.ones(3, "f4"), np.ones((3, 2), "f4")]
        found = [(small_hdf5(arrays), small)]
        if kind == "keras":
            layers = [
                {"class_name": "Dense", "config": {"name": name}} for name in ("dense", "dense_1")
            ]
            config = json.dumps({"class_name": "Sequential", "config": {"layers": layers}})
            found = [
                (archive({"config.json": config.encode(), "model.weights.h5": found[0][0]}), small)
            ]
        names = ["mlp"] if kind == "hdf5" else ["mlp", "residual", "recurrent"]
        for name in names:
            found.append(
                ((REFERENCES / f"keras/{name}.{KINDS[kind]}").read_bytes(), KERAS_NETWORKS[name][0])
            )
        return found
    if kind == "safetensors":
        names = ["rnn", "mlp", "bfloat16", "residual"]
        makers = [NETWORKS["mlp" if name == "bfloat16" else name][0] for name in names]
        files = [(REFERENCES / f"torch/{name}.safetensors").read_bytes() for name in names]
        return list(zip(files, makers, strict=True))
    import torch

    content = io.BytesIO()
    values = {key: torch.from_numpy(array) for key, array in nn.io.to_torch(small()).items()}
    torch.save(values, content)
    old = io.BytesIO()
    torch.save(values, old, _use_new_zipfile_serialization=False)
    mlp = (REFERENCES / "torch/mlp.pt").read_bytes()
    return [(content.getvalue(), small), (old.getvalue(), small), (mlp, NETWORKS["mlp"][0])]


def small_hdf5(arrays):
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for path, array in zip(["dense/vars/0", "dense/vars/1", "dense_1/vars/0"], arrays, strict=True):
            file[f"layers/{path}"] = array
    return content.getvalue()


def archive(members, method=zipfile.ZIP_STORED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return content.getvalue()


def members_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def altered(content, other, rng):
    """A copy with one to four changes; of a member of an archive in two of three cases."""
    if content[:4] == b"PK\3\4" and rng.random() < 0.67:
        members = members_of(content)
        name = rng.choice(list(members))
        members[name] = altered(members[name], other, rng)
        return archive(members, rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        place = rng.randrange(len(data) or 1)
        if rng.random() < 0.3:  # headers come first
            place = rng.randrange(min(len(data), 512) or 1)
        length = rng.choice([1, 1, 2, 4, 8, 16, 100])
        change = rng.randrange(9)
        if change == 0:
            data[place : place + 1] = bytes([rng.randrange(256)])
        elif change == 1 and data:
            data[place % len(data)] ^= 1 << rng.randrange(8)
        elif change == 2:
            data[place : place + length] = rng.choice([b"\0", b"\xff"]) * length
        elif change == 3:
            number = rng.choice([2**31 - 1, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1, len(data), 0, 1])
            data[place : place + 8] = struct.pack("<Q", number)
        elif change == 4:
            del data[place : place + length]
        elif change == 5:
            data[place:place] = data[place : place + length]
        elif change == 6:
            start = rng.randrange(len(other))
            data[place : place + length] = other[start : start + length]
        elif change == 7:
            del data[place:]
        else:
            data = bytearray(other_number(bytes(data), rng))
    return bytes(data)


def other_number(data, rng):
    """One of the numbers in a text, replaced by another one."""
    numbers = list(re.finditer(rb"\d+", data[:20_000]))
    if not numbers:
        return data
    found = rng.choice(numbers)
    number = rng.choice(
        [b"0", b"1", b"-1", b"9" * 19, b"9" * 400, b"4294967296", b"1e9", b"true", b'"a"']
    )
    return data[: found.start()] + number + data[found.end() :]


def try_file(kind, path, model):
    """What becomes of loading it: "refused", "loaded", or what is wrong."""
    before = {name: state.value.copy() for name, state in model.named_states()}
    load = nn.io.load_keras if kind in ("keras", "hdf5") else nn.io.load_torch
    try:
        load(model, path)
    except (ValueError, OSError) as error:
        states = model.named_states()
        if not all(np.array_equal(before[n], state.value, equal_nan=True) for n, state in states):
            return "wrong: refused, but changed"
        return "refused" if len(str(error)) < 20_000 else "wrong: an error of more than 20,000 letters"
    except TypeError as error:
        return (
            "refused" if "real numbers" in str(error) or "plain tensor" in str(error) else repr(error)
        )
    except Exception as error:
        return f"wrong: {type(error).__name__}: {error}"[:300]
    same = all(before[name].shape == state.value.shape for name, state in model.named_states())
    return "loaded" if same else "wrong: other shapes"


def worker(kind, first, last, seed, progress):
    """Try a range of files; the counts are printed, and the number of each is written before it."""
    files = bases(kind)
    models = [make() for _, make in files]
    warnings.simplefilter("ignore")
    counts = Counter()
    with tempfile.TemporaryDirectory() as folder, open(progress, "r+b", buffering=0) as note:
        path = Path(folder) / f"altered.{KINDS[kind]}"
        path.write_bytes(files[0][0])
        try_file(kind, path, models[0])  # what is imported counts before the limit
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        longest = 0.0
        for number in range(first, last):
            note.seek(0)
            note.write(struct.pack("<q", number))
            content, which = file_of(files, number, seed)
            path.write_bytes(content)
            signal.alarm(SECONDS)  # ends the process
            start = time.perf_counter()
            counts[try_file(kind, path, models[which])] += 1
            longest = max(longest, time.perf_counter() - start)
            signal.alarm(0)
    print(json.dumps([counts, longest]))


def file_of(files, number, seed):
    """The altered file of a number, and which one it was made of: the small one mostly."""
    rng = random.Random(f"{seed} {number}")
    which = 0 if rng.random() < 0.8 else rng.randrange(len(files))
    other, _ = rng.choice(files)
    return altered(files[which][0], other, rng), which


def run(kind, files, seed, kept):
    """The counts of what became of so many files, and the longest time."""
    counts, longest, first = Counter(), 0.0, 0
    with tempfile.NamedTemporaryFile() as progress:
        while first < files:
            last = min(first + 5000, files)
            progress.seek(0)
            progress.write(struct.pack("<q", first))
            progress.flush()
            command = [sys.executable, __file__, "--worker", kind, str(first), str(last), str(seed)]
            done = subprocess.run([*command, progress.name], capture_output=True, text=True)
            if done.returncode == 0:
                found, seconds = json.loads(done.stdout.splitlines()[-1])
                counts.update(found)
                longest, first = max(longest, seconds), last
                continue
            number = struct.unpack("<q", Path(progress.name).read_bytes())[0]
            ended = signal.Signals(-done.returncode).name if done.returncode < 0 else done.stderr[-300:]
            counts[f"wrong: the process ended: {ended}"] += 1
            content, which = file_of(bases(kind), number, seed)
            kept.mkdir(exist_ok=True)
            (kept / f"{kind}-{which}-{number}.{KINDS[kind]}").write_bytes(content)
            if number > first:  # the files before it, whose counts are lost
                counts["before one that ended the process"] += number - first
            first = number + 1
    return counts, longest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()) / "altered_weights")
    parser.add_argument("--worker", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        kind, first, last, seed, progress = given.worker
        worker(kind, int(first), int(last), seed, progress)
        return 0
    wrong = 0
    for kind in given.only:
        package = {"keras": "h5py", "hdf5": "h5py"}.get(kind, kind)
        if kind != "safetensors" and importlib.util.find_spec(package) is None:
            print(f"{kind}: left out, {package} is not installed")
            continue
        start = time.perf_counter()
        counts, longest = run(kind, given.files, str(given.seed), given.kept)
        wrong += sum(count for name, count in counts.items() if name.startswith("wrong"))
        seconds = time.perf_counter() - start
        print(f"{kind}: {given.files:,} files in {seconds:.0f} s, each in at most {longest:.2f} s")
        for name, count in counts.most_common():
            print(f"  {count:7,} {name}")
    return wrong


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        raise SystemExit(min(main(), 1))
