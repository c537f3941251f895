"""How fast is nnlayers? Training steps, epochs, predictions, memory and imports, beside its peers.

python benchmarks/speed.py                            # everything: half an hour
python benchmarks/speed.py step epoch --threads 1 16  # some measures, with one and with 16 threads
python benchmarks/speed.py --quick                    # a quick look
python benchmarks/speed.py --check                    # do all contenders compute the same?
python benchmarks/speed.py --draw speed.json          # tables and charts of an earlier run

Every contender runs in a process of its own, and they take turns, one slice of time each, for several
rounds: what disturbs the machine disturbs all of them. The figures are medians over the rounds.
Contenders that are not installed are left out.
"""

import argparse
import functools
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from contenders import MODULES, Case
from speed_report import charts, tables

WORKER = Path(__file__).with_name("speed_worker.py")
DISTRIBUTIONS = ("numpy", "nnlayers", "torch", "jax", "keras", "scikit-learn", "thinc")
PAUSE = 0.05  # seconds before a turn: the threads of the one before may still wait in a loop

STEPS = (
    Case((64, 32, 10), 32),
    Case((784, 128, 10), 64),
    Case((784, 256, 128, 10), 128),
    Case((784, 256, 128, 10), 128, dropout=0.2),
    Case((784, 1024, 1024, 10), 256),
    Case((784, 2048, 2048, 2048, 10), 512),
    Case((64, *[64] * 20, 10), 64),
)
EPOCHS = (Case((784, 128, 10), 64), Case((784, 256, 128, 10), 128))
PREDICTIONS = (
    Case((64, 32, 10), 1),
    Case((784, 256, 128, 10), 1),
    Case((784, 256, 128, 10), 10_000),
)
SIZES = {
    "batch": [Case((784, 256, 128, 10), 4**n) for n in range(7)],
    "width": [Case((784, 4**n, 4**n, 10), 128) for n in range(2, 7)],
    "depth": [Case((64, *[64] * 2**n, 10), 64) for n in range(7)],
}
SIZED = ("floor", "numpy", "nnlayers", "torch", "jax")
STARTED = ("nnlayers", "torch", "keras", "scikit-learn")
IMPORTS = {
    "numpy": "numpy",
    "nnlayers": "nnlayers",
    "torch": "torch",
    "jax": "jax",
    "keras": "keras",
    "scikit-learn": "sklearn.neural_network",
    "thinc": "thinc.api",
}


class Failed(Exception):  # noqa: N818
    """A contender could not do something."""


def environment(threads):
    """The variables of a worker, which every library reads when it is imported."""
    kept = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    on_cpu = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax"}
    return kept | on_cpu | dict.fromkeys(counts, str(threads))


def keep_to_cores(threads):
    """Let this process use so many cores, where the system can do that: XLA goes by it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


class Worker:
    """A contender in its own process."""

    def __init__(self, name, threads):
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads),
            preexec_fn=functools.partial(keep_to_cores, threads),
        )
        try:
            self._answer()
        except Failed:
            self.close()
            raise

    def ask(self, do, **command):
        try:
            self.process.stdin.write(json.dumps({"do": do, **command}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("its process has ended") from None
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"its process ended with code {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def prepare(self, what, case, warm=True):
        return self.ask("prepare", what=what, case=case._asdict(), warm=warm)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Field:
    """The workers of all contenders with one number of threads."""

    def __init__(self, names, threads):
        self.threads = threads
        self.workers = {}
        for name in names:
            try:
                self.workers[name] = Worker(name, threads)
            except Failed as failure:
                say(f"{name}: left out, {failure}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.workers.values():
            worker.close()

    def compare(self, what, case, rounds, slice_seconds, also=()):
        """Let all who can do it take turns; ``also`` names further (contender, function) entries."""
        record = {"case": case._replace(data="")._asdict(), "threads": self.threads}
        record |= {"seconds": {}, "way": {}, "value": {}}
        say(f"{what} {case.sizes} at {case.batch}, dropout {case.dropout}, {self.threads} threads")
        entries = {name: (worker, what) for name, worker in self.workers.items()}
        entries |= {f"{n}.{w}": (self.workers[n], w) for n, w in also if n in self.workers}
        for name, (worker, function) in list(entries.items()):
            try:
                answer = worker.prepare(function, case)
            except Failed as failure:
                say(f"  {name}: -, {failure}")
                del entries[name]
                continue
            record["seconds"][name] = []
            record["way"][name], record["value"][name] = answer["way"], answer["value"]
        for number in range(rounds):
            for name in turns(list(entries), number):
                worker, function = entries[name]
                time.sleep(PAUSE)
                answer = worker.ask("slice", what=function, seconds=slice_seconds)
                record["seconds"][name].append(answer["seconds"])
        for worker in self.workers.values():
            worker.ask("drop")
        return record


def turns(names, number):
    """The order in a round: each begins in turn, and every other round runs backwards."""
    start = number // 2 % max(1, len(names))
    order = names[start:] + names[:start]
    return order[::-1] if number % 2 else order


def say(text):
    print(text, file=sys.stderr, flush=True)


def compare_all(what, cases, options, rounds, names=None, also=()):
    """Records of all cases, with each number of threads."""
    names = [name for name in names or options.only if name in options.only]
    records = []
    for threads in options.threads:
        with Field(names, threads) as field:
            records += [field.compare(what, case, rounds, options.slice, also) for case in cases]
    return records


def measure_step(options):
    names = [name for name in MODULES if name != "torch DataLoader"]
    return compare_all("step", STEPS[: 4 if options.quick else None], options, options.rounds, names)


def measure_epoch(options):
    names = ("nnlayers", "torch", "torch DataLoader", "keras", "scikit-learn")
    cases = [case._replace(data=options.data) for case in EPOCHS]
    also = [("nnlayers", "plain_steps")]
    return compare_all("epoch", cases, options, min(options.rounds, 3), names, also)


def measure_predict(options):
    names = ("numpy", "nnlayers", "torch", "jax", "keras", "scikit-learn", "thinc")
    return compare_all("predict", PREDICTIONS, options, options.rounds, names)


def measure_sizes(options):
    records = []
    for axis, cases in SIZES.items():
        chosen = cases[::3] if options.quick else cases
        found = compare_all("step", chosen, options, min(options.rounds, 3), SIZED)
        records += [{"axis": axis, **record} for record in found]
    return records


def measure_memory(options):
    """The peak of a training run and of predictions, and how nnlayers grows; a process each."""
    case = EPOCHS[-1]._replace(data=options.data)
    everything = case._replace(batch=options.samples)
    record = {"threads": max(options.threads), "peak": {}, "growth": {}}
    for name in [name for name in STARTED if name in options.only]:
        for what, task in (("epoch", case), ("predict", everything)):
            say(f"memory {what} {name}")
            try:
                with Worker(name, record["threads"]) as worker:
                    worker.prepare(what, task, warm=False)
                    worker.ask("calls", what=what, count=1)
                    record["peak"].setdefault(name, {})[what] = worker.ask("memory")["peak"]
            except Failed as failure:
                say(f"  {name}: -, {failure}")
    for what in ("step", "predict") if "nnlayers" in options.only else ():
        with Worker("nnlayers", record["threads"]) as worker:
            worker.prepare(what, case, warm=False)
            counts = (100, 1_000) if options.quick else (1_000, 10_000)
            for count in counts:
                worker.ask("calls", what=what, count=count)
                record["growth"].setdefault(what, []).append(worker.ask("memory")["now"])
            record["calls"] = [counts[0], sum(counts)]
    return [record]


def measure_import(options):
    """Whole processes: one that imports and ends, and one up to its first finished epoch."""
    threads = max(options.threads)
    case = EPOCHS[0]._replace(data=options.data)

    def imported(module):
        command = [sys.executable, "-c", f"import {module}"]
        done = subprocess.run(command, env=environment(threads), capture_output=True, text=True)
        if done.returncode:
            raise Failed(done.stderr.strip().rpartition("\n")[2])

    def first_epoch(name):
        with Worker(name, threads) as worker:
            worker.prepare("epoch", case, warm=False)
            worker.ask("calls", what="epoch", count=1)

    tasks = {
        "import": {name: functools.partial(imported, module) for name, module in IMPORTS.items()},
        "first epoch": {name: functools.partial(first_epoch, name) for name in STARTED},
    }
    record = {"threads": threads}
    for what, by_name in tasks.items():
        rounds = options.rounds if what == "import" else min(options.rounds, 3)
        chosen = {name: task for name, task in by_name.items() if name in options.only}
        record[what] = timed_in_turn(what, chosen, rounds)
    return [record]


def timed_in_turn(what, tasks, rounds):
    """Seconds of each task in each round, after a round that fills the disk's cache."""
    seconds = {}
    for name, task in tasks.items():
        say(f"{what} {name}")
        try:
            task()
            seconds[name] = []
        except Failed as failure:
            say(f"  {name}: -, {failure}")
    for number in range(rounds):
        for name in turns(list(seconds), number):
            start = time.perf_counter()
            tasks[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


MEASURES = {
    "step": measure_step,
    "epoch": measure_epoch,
    "predict": measure_predict,
    "sizes": measure_sizes,
    "memory": measure_memory,
    "import": measure_import,
}


def write_data(folder, samples):
    """The data set of the epochs: Fashion-MNIST or, where it is not installed, noise like it."""
    import nnlayers as nn

    try:
        x, _, y, _ = nn.datasets.load_fashion_mnist()
        name = "Fashion-MNIST"
    except FileNotFoundError:
        rng = np.random.default_rng(0)
        x, y = rng.random((60_000, 784), dtype=np.float32), rng.integers(0, 10, 60_000)
        name = "noise of the shape of Fashion-MNIST"
    np.save(f"{folder}/x.npy", np.ascontiguousarray(x[:samples], np.float32))
    np.save(f"{folder}/y.npy", y[:samples].astype(np.int64))
    return name


def about():
    """What the figures depend on."""
    processor = platform.processor()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    versions = {}
    for name in DISTRIBUTIONS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            say(f"{name}: left out, not installed")
    return {
        "date": f"{datetime.now():%Y-%m-%d %H:%M}",
        "processor": processor,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }


def check(options):
    """Compare all contenders with the step written by hand; returns whether they agree."""
    agree = True
    for name in options.only:
        try:
            with Worker(name, 1) as worker:
                found = worker.ask("check")
        except Failed as failure:
            say(f"{name}: -, {failure}")
            continue
        for way, errors in found.items():
            # A sample that is at a kink of a ReLU can move a weight by a part of a thousand.
            fine = all(error < (1e-2 if what == "weights" else 1e-3) for what, error in errors.items())
            agree = agree and fine
            figures = ", ".join(f"{what} off by {error:.1e}" for what, error in errors.items())
            print(f"{'agrees ' if fine else 'DIFFERS'}  {' '.join((name, way))}: {figures}")
    return agree


def report(results, path):
    """Print the tables and draw the charts beside the file of results."""
    print(tables(results))
    for chart in charts(results, path.with_suffix("")):
        say(f"wrote {chart}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("measures", nargs="*", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--rounds", type=int, help="turns of each contender (11)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--only", nargs="+", choices=MODULES, default=list(MODULES), metavar="CONTENDER"
    )
    parser.add_argument("--out", type=Path, default=Path("speed.json"))
    parser.add_argument("--quick", action="store_true", help="few rounds, short turns, little data")
    parser.add_argument("--check", action="store_true", help="only compare what they compute")
    parser.add_argument("--draw", type=Path, nargs="+", metavar="RESULTS")
    options = parser.parse_args()
    if unknown := set(options.measures) - set(MEASURES):
        parser.error(f"no measure {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    if options.check:
        sys.exit(0 if check(options) else 1)
    for path in options.draw or ():
        report(json.loads(path.read_text()), path)
    if options.draw:
        return

    options.rounds = options.rounds or (3 if options.quick else 11)
    options.slice = 0.05 if options.quick else 0.15
    options.samples = 6_000 if options.quick else 60_000
    results = {**about(), "rounds": options.rounds, "samples": options.samples, "measures": {}}
    with tempfile.TemporaryDirectory() as options.data:
        results["data"] = write_data(options.data, options.samples)
        for name in options.measures or MEASURES:
            start = time.perf_counter()
            results["measures"][name] = MEASURES[name](options)
            say(f"{name}: {time.perf_counter() - start:.0f} s")
            options.out.write_text(json.dumps(results, indent=1) + "\n")
    report(results, options.out)


if __name__ == "__main__":
    main()
