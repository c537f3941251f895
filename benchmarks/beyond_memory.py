"""Training from files of 3 GB in a process of 300 MB, beside the same training from memory.

    python benchmarks/beyond_memory.py [--rows 1000000] [--rounds 5] [--kinds npz,memmap]

Each kind of file is written into a temporary folder (22 GB in all), and removed again. In each round,
a process trains from memory, on a set that fits, and one from each kind of files, in turn; what counts
is the ratio of the medians. Before each run, the files are dropped from the page cache, but not from a
cache of the disk or of the host of a virtual machine. On Linux, as root, the process runs in a control
group of memory with the limit, so that what it reads cannot stay in memory; elsewhere nothing is
limited. The peak of its own memory is quoted in both cases. It needs a machine that does nothing else.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

FEATURES, CLASSES, IN_MEMORY = 784, 10, 100_000  # rows of the set that fits: 314 MB
SHARD = 10_000  # rows
LIMIT = 300 << 20
GROUPS = Path("/sys/fs/cgroup")


def chunks(rows):
    """The set, some rows at a time: a center for each class, and noise, from one block of noise."""
    import numpy as np

    rng = np.random.default_rng(0)
    noise = rng.standard_normal((SHARD, FEATURES), np.float32)
    centers = rng.standard_normal((CLASSES, FEATURES), np.float32) / 8
    for start in range(0, rows, SHARD):
        y = rng.integers(CLASSES, size=min(SHARD, rows - start))
        yield start, noise[rng.permutation(SHARD)[: len(y)]] + centers[y], y


def write_memmap(folder, rows):
    import numpy as np

    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (rows, FEATURES))
    y = np.lib.format.open_memmap(folder / "y.npy", "w+", np.int64, (rows,))
    for start, part, labels in chunks(rows):
        x[start : start + len(part)], y[start : start + len(part)] = part, labels
    x.flush()
    y.flush()


def write_npz(folder, rows):
    import numpy as np

    for start, x, y in chunks(rows):
        np.savez(folder / f"{start // SHARD}.npz", x=x, y=y)


def write_npy(folder, rows):
    import numpy as np

    for start, x, y in chunks(rows):
        np.save(folder / f"x-{start // SHARD}.npy", x)
        np.save(folder / f"y-{start // SHARD}.npy", y)


def write_hdf5(folder, rows):
    import h5py

    with h5py.File(folder / "set.h5", "w") as file:
        x = file.create_dataset("x", (rows, FEATURES), "f4", chunks=(100, FEATURES))
        y = file.create_dataset("y", (rows,), "i8", chunks=(SHARD,))
        for start, part, labels in chunks(rows):
            x[start : start + len(part)], y[start : start + len(part)] = part, labels


def write_zarr(folder, rows):
    import zarr

    group = zarr.create_group(folder / "set.zarr")
    shape = (rows, FEATURES)
    x = group.create_array("x", shape=shape, chunks=(1000, FEATURES), dtype="f4", compressors=None)
    y = group.create_array("y", shape=(rows,), chunks=(SHARD,), dtype="i8")
    for start, part, labels in chunks(rows):
        x[start : start + len(part)], y[start : start + len(part)] = part, labels


def table(x, y):
    import pyarrow

    values = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(x.ravel()), FEATURES)
    return pyarrow.table({"x": values, "y": y})


def write_parquet(folder, rows):
    from pyarrow import parquet

    for start, x, y in chunks(rows):
        path = folder / f"{start // SHARD}.parquet"
        options = {"use_dictionary": False, "compression": "none"}
        parquet.write_table(table(x, y), path, row_group_size=1000, **options)


def write_feather(folder, rows):
    from pyarrow import feather

    for start, x, y in chunks(rows):
        path = folder / f"{start // SHARD}.feather"
        feather.write_feather(table(x, y), path, chunksize=1000, compression="uncompressed")


WRITE = {
    "memmap": write_memmap,
    "npy": write_npy,
    "npz": write_npz,
    "hdf5": write_hdf5,
    "zarr": write_zarr,
    "parquet": write_parquet,
    "feather": write_feather,
}


def open_stream(kind, folder, batch_size):
    import numpy as np

    import nnlayers as nn

    options = {"batch_size": batch_size, "rng": 0}
    if kind == "memmap":
        arrays = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in "xy")
        return nn.stream(*arrays, **options)
    if kind == "hdf5":
        import h5py

        file = h5py.File(folder / "set.h5")
        return nn.stream(file["x"], file["y"], **options)
    if kind == "zarr":
        import zarr

        group = zarr.open(folder / "set.zarr", mode="r")
        return nn.stream(group["x"], group["y"], **options)
    return nn.stream(folder, inputs="x", targets="y", **options)


class Peak(threading.Thread):
    """The memory of its own that the process has, looked at twenty times a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.bytes, self.done = [], threading.Event()

    def run(self):
        while not self.done.wait(0.05):
            self.bytes.append(own_memory())


def own_memory():
    """The anonymous memory of this process, in bytes: without what is mapped from files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon")), 0)


def work(kind, folder, rows, trained, batch_size, hidden):
    """Train on so many rows, the first ones of an epoch of the files; print the figures."""
    import numpy as np

    import nnlayers as nn
    from nnlayers.data.streaming.ahead import Reading

    waits, result = [], Reading.result

    def timed(reading):
        begin = time.perf_counter()
        found = result(reading)
        waits.append(time.perf_counter() - begin)
        return found

    Reading.result = timed
    model = nn.Sequential(
        nn.Dense(FEATURES, hidden, rng=0), nn.ReLU(), nn.Dense(hidden, CLASSES, rng=1)
    )
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    options = {"progress": False, "health": False}
    if kind == "memory":
        parts = list(chunks(min(rows, IN_MEMORY)))
        x, y = (np.concatenate([part[index] for part in parts]) for index in (1, 2))
        data = {"x": x, "y": y, "epochs": max(1, trained // len(x)), "batch_size": batch_size, "rng": 0}
    else:
        data = {"x": open_stream(kind, folder, batch_size), "epochs": 1}

    class Stop(nn.Callback):
        """Ends the fit when enough rows were seen."""

        def after_step(self, trainer):
            if trainer.optimizer.steps * batch_size >= trained:
                trainer.stop()

    options["callbacks"] = [Stop()]
    peak = Peak()
    peak.start()
    begin, own = time.perf_counter(), time.process_time()
    trainer.fit(**data, **options)
    seconds, own = time.perf_counter() - begin, time.process_time() - own
    peak.done.set()
    rows = trainer.optimizer.steps * batch_size
    half = len(peak.bytes) // 2
    peaks = [max(part, default=0) >> 20 for part in (peak.bytes[:half], peak.bytes[half:])]
    figures = {"speed": rows / seconds, "cpu": own / rows, "wait": sum(waits) / rows, "peaks": peaks}
    print(json.dumps(figures))


class Group:
    """A control group of memory with a limit, for one process; not there where none can be made."""

    def __init__(self):
        old = (GROUPS / "memory/memory.limit_in_bytes").exists()
        self.path = GROUPS / ("memory" if old else "") / f"nnlayers-{os.getpid()}"
        self.limit = "memory.limit_in_bytes" if old else "memory.max"
        try:
            self.path.mkdir()
            (self.path / self.limit).write_text(str(LIMIT), encoding="ascii")
            self.works = True
        except OSError:
            self.works = False

    def enter(self):
        (self.path / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")

    def remove(self):
        if self.path.exists():
            self.path.rmdir()


def drop_from_cache(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def run(kind, folder, arguments, group=None):
    drop_from_cache(folder)
    command = [sys.executable, __file__, "--work", kind, "--folder", str(folder)]
    for name in ("rows", "trained", "batch_size", "hidden"):
        command += [f"--{name.replace('_', '-')}", str(getattr(arguments, name))]
    enter = group.enter if group and group.works else None
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=enter, check=False)
    if done.returncode:
        raise SystemExit(f"{kind}: {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def line(kind, runs, from_memory):
    """The medians of the runs of a kind, beside those from memory."""
    speed, other = (statistics.median(run["speed"] for run in each) for each in (runs, from_memory))
    cpu, wait = (statistics.median(run[name] for run in runs) * 1e6 for name in ("cpu", "wait"))
    peaks = [max(run["peaks"][half] for run in runs) for half in range(2)]
    return (
        f"{kind:8} {speed:9,.0f} rows/s, {speed / other:.2f} of memory; {cpu:.1f} µs of the processors "
        f"a row, {wait:.1f} µs of waits for data; own memory at most "
        f"{peaks[0]} MB in the first half, {peaks[1]} MB in the second"
    )


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--trained", type=int, default=1_000_000, help="rows to train on in a run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--kinds", default=",".join(WRITE))
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.work:
        sizes = arguments.batch_size, arguments.hidden
        work(arguments.work, arguments.folder, arguments.rows, arguments.trained, *sizes)
        return
    group = Group()
    words = f"{LIMIT >> 20} MB by a control group" if group.works else "no limit, peaks are quoted"
    gigabytes = arguments.rows * (FEATURES * 4 + 8) / 1e9
    print(f"{arguments.rows:,} rows, {gigabytes:.2f} GB; memory of a process: {words}")
    kinds = arguments.kinds.split(",")
    found = {kind: [] for kind in ("memory", *kinds)}
    try:
        with tempfile.TemporaryDirectory(prefix="nnlayers-") as name:
            for kind in kinds:
                print(f"writing {kind}", file=sys.stderr)
                (folder := Path(name, kind)).mkdir()
                WRITE[kind](folder, arguments.rows)
            for number in range(arguments.rounds):
                for kind in found:
                    limited = None if kind == "memory" else group
                    found[kind].append(run(kind, Path(name, kind), arguments, limited))
                    print(f"round {number + 1}, {kind}: {found[kind][-1]}", file=sys.stderr)
        for kind, runs in found.items():
            print(line(kind, runs, found["memory"]))
    finally:
        group.remove()


if __name__ == "__main__":
    main()
