"""How fast is nnlayers? Training steps, epochs, predictions, memory and imports, beside its peers.

python benchmarks/speed.py                            # everything: half an hour
python benchmarks/speed.py step epoch --threads 1 16  # some measures, with one and with 16 threads
python benchmarks/speed.py --quick                    # a quick look
python benchmarks/speed.py --check                    # do all contenders compute the same?
python benchmarks/speed.py --draw speed.json          # the page and charts of an earlier run

It writes a page of tables and charts, and the raw figures, into docs/speed, by the number of cores.

Every contender runs in a process of its own, and they take turns, one slice of time each, for several
rounds: what disturbs the machine disturbs all of them. The figures are medians over the rounds.
nnlayers takes part twice: with its compiled kernels (the extra nnlayers[fast]) and with NumPy only.
Contenders that are not installed are left out. Leave the machine alone meanwhile: with several threads,
a core that is busy elsewhere can make a step of NumPy's or torch's take a hundred times as long.
"""

import argparse
import contextlib
import functools
import importlib.metadata
import importlib.util
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

from contenders import MODULES, NUMPY_ONLY, OURS, Case, kernels
from speed_charts import charts
from speed_race import Failed, Remote, environment, in_turn, race, say
from speed_report import tables

SMALL, MEDIUM = (784, 128, 10), (784, 256, 128, 10)
PAGES = Path(__file__).parent.parent / "docs" / "speed"
STEPS = (
    Case((64, 32, 10), 32),
    Case(SMALL, 64),
    Case(MEDIUM, 128),
    Case(MEDIUM, 128, dropout=0.2),
    Case((784, 1024, 1024, 10), 256),
    Case((784, 2048, 2048, 2048, 10), 512),
    Case((64, *[64] * 20, 10), 64),
)
PRODUCTS = (  # which of these shapes is the fastest depends on the machine
    Case((784, 256), 128),
    Case((512, 512), 512),
    Case((1024, 1024), 256),
    Case((2048, 2048), 512),
)
EPOCHS = (Case(SMALL, 64), Case(MEDIUM, 128))
PREDICTIONS = (Case((64, 32, 10), 1), Case(MEDIUM, 1), Case(MEDIUM, 10_000))
SIZES = {
    "batch": [Case(MEDIUM, 4**n) for n in range(7)],
    "width": [Case((784, 4**n, 4**n, 10), 128) for n in range(2, 7)],
    "depth": [Case((64, *[64] * 2**n, 10), 64) for n in range(7)],
}
IMPORTS = {  # the contender, and statements: nnlayers loads most of itself when it is first used
    "numpy": ("numpy", "import numpy"),
    "nnlayers": ("nnlayers", "import nnlayers"),
    "nnlayers, first layer": ("nnlayers", "import nnlayers; nnlayers.Dense"),
    NUMPY_ONLY: (NUMPY_ONLY, "import nnlayers"),
    f"{NUMPY_ONLY}, first layer": (NUMPY_ONLY, "import nnlayers; nnlayers.Dense"),
    "torch": ("torch", "import torch"),
    "jax": ("jax", "import jax"),
    "keras": ("keras", "import keras"),
    "scikit-learn": ("scikit-learn", "import sklearn.neural_network"),
    "thinc": ("thinc", "import thinc.api"),
}
DISTRIBUTIONS = (
    "numpy",
    "nnlayers",
    "nnlayers-kernels",
    "scipy-openblas32",
    "torch",
    "jax",
    "keras",
    "scikit-learn",
    "thinc",
)
TRAINERS = (*OURS, "torch", "keras", "scikit-learn")


def compare(what, cases, options, rounds, names=tuple(MODULES), also=()):
    """Let the contenders race, with each number of threads."""
    names = [name for name in names if name in options.only]
    return [
        record
        for threads in options.threads
        for record in race(what, cases, names, threads, rounds, options.slice, also)
    ]


def measure_step(options):
    return compare("step", STEPS[: 4 if options.quick else None], options, options.rounds)


def measure_limits(options):
    """What bounds a step: the best rate of products, and one pass over the parameters."""
    return [
        record
        for what, cases in (("rate", PRODUCTS), ("update", STEPS))
        for record in compare(what, cases, options, options.few, ["floor"])
    ]


def measure_epoch(options):
    cases = [case._replace(data=options.data) for case in EPOCHS]
    names = (*TRAINERS, "torch DataLoader")
    also = [(name, "plain_loop") for name in OURS]
    return compare("epoch", cases, options, options.few, names, also)


def measure_predict(options):
    return compare("predict", PREDICTIONS, options, options.rounds)


def measure_sizes(options):
    names = ("floor", "numpy", *OURS, "torch", "jax")
    chosen = {axis: cases[:: 3 if options.quick else 1] for axis, cases in SIZES.items()}
    axes = [axis for axis, cases in chosen.items() for _ in cases]
    records = compare(
        "step", [case for cases in chosen.values() for case in cases], options, options.few, names
    )
    return [
        {"axis": axis, **record}
        for axis, record in zip(axes * len(options.threads), records, strict=True)
    ]


def measure_memory(options):
    """The peak of a training run and of predictions, and how nnlayers grows; a process each."""
    case = EPOCHS[-1]._replace(data=options.data)
    whole = case._replace(batch=options.samples)
    threads = max(options.threads)
    record = {"threads": threads, "peak": {}, "growth": {}, "calls": options.growth}

    def sizes(name, what, task, counts):
        with Remote(name, threads) as worker:
            worker.ask("prepare", what=what, case=task, warm=False)
            return [worker.ask("calls", what=what, count=count) for count in counts]

    for name in [name for name in TRAINERS if name in options.only]:
        say(f"memory {name}")
        try:
            found = [sizes(name, *task, [1])[0] for task in (("epoch", case), ("predict", whole))]
            record["peak"][name] = [size["VmHWM"] for size in found]
        except Failed as failure:
            say(f"  {name}: -, {failure}")
    first, last = options.growth
    for name in [name for name in OURS if name in record["peak"]]:
        for what in ("step", "predict"):
            found = sizes(name, what, case, [first, last - first])
            record["growth"][f"{name}: {what}"] = [size["VmRSS"] for size in found]
    return [record]


def measure_import(options):
    """Whole processes: one that imports and ends, and one up to its first finished epoch."""
    threads = max(options.threads)
    case = EPOCHS[0]._replace(data=options.data)

    def importing(name, statements):
        command, env = [sys.executable, "-c", statements], environment(name, threads)
        if subprocess.run(command, env=env, stderr=subprocess.DEVNULL).returncode:
            raise Failed("not installed")

    def first_epoch(name):
        with Remote(name, threads) as worker:
            worker.ask("prepare", what="epoch", case=case, warm=False)
            worker.ask("calls", what="epoch", count=1)

    def seconds(tasks, rounds):
        times = {}
        for name in tasks:
            try:
                tasks[name]()  # fills the disk's cache
                times[name] = []
            except Failed as failure:
                say(f"  {name}: -, {failure}")
        for name in in_turn(times, rounds):
            start = time.perf_counter()
            tasks[name]()
            times[name].append(time.perf_counter() - start)
        return times

    imports = {
        key: functools.partial(importing, name, statements)
        for key, (name, statements) in IMPORTS.items()
        if name in options.only
    }
    epochs = {name: functools.partial(first_epoch, name) for name in TRAINERS if name in options.only}
    record = {"threads": threads, "import": seconds(imports, options.rounds)}
    return [record | {"first epoch": seconds(epochs, options.few)}]


MEASURES = {
    "step": measure_step,
    "limits": measure_limits,
    "epoch": measure_epoch,
    "predict": measure_predict,
    "sizes": measure_sizes,
    "memory": measure_memory,
    "import": measure_import,
}


def write_data(folder, samples):
    """The data set of the epochs: Fashion-MNIST or, where it is not installed, noise like it."""
    import nnlayers as nn

    name = "Fashion-MNIST"
    try:
        x, _, y, _ = nn.datasets.load_fashion_mnist()
    except FileNotFoundError:
        name, rng = "noise of the shape of Fashion-MNIST", np.random.default_rng(0)
        x, y = rng.random((60_000, 784), dtype=np.float32), rng.integers(0, 10, 60_000)
    np.save(f"{folder}/x.npy", x[:samples])
    np.save(f"{folder}/y.npy", y[:samples])
    return name


def about():
    """What the figures depend on."""
    processor = platform.processor()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].partition(":")[2].strip() if names else processor
    versions = {}
    for name in DISTRIBUTIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        say(f"The machine is busy (load {load:.1f}): do not trust the figures with several threads.")
    return {
        "date": f"{datetime.now():%Y-%m-%d %H:%M}",
        "processor": processor,
        "cores": os.cpu_count(),
        "load": load,
        "python": platform.python_version(),
        "versions": versions,
    }


def check(options):
    """Compare all contenders with what was written by hand; returns whether they agree."""
    agree = True
    for name in options.only:
        try:
            with Remote(name, 1) as worker:
                found = worker.ask("check")
        except Failed as failure:
            say(f"{name}: -, {failure}")
            continue
        for way, errors in found.items():
            # A sample at the kink of a ReLU can move a weight by a part of a thousand.
            fine = all(error < (1e-2 if what == "weights" else 1e-3) for what, error in errors.items())
            agree = agree and fine
            figures = ", ".join(f"{what} off by {error:.1e}" for what, error in errors.items())
            print(f"{'agrees ' if fine else 'DIFFERS'}  {name}, {way.strip()}: {figures}")
    return agree


def report(results, path):
    """Print the tables; write them as a page beside the file of results, with the charts."""
    text = tables(results)
    print(text)
    for chart, title in charts(results, path.with_suffix("")):
        text += f"\n![{title}]({Path(chart).name})\n"
    path.with_suffix(".md").write_text(text, encoding="utf-8")
    say(f"wrote {path.with_suffix('.md')}")


def installed(names):
    """The contenders without those of the compiled kernels, where these are not installed."""
    if importlib.util.find_spec("nnlayers_kernels"):
        return names
    needing = [name for name in names if kernels(name) == "compiled"]
    if needing:
        say(f"{' and '.join(needing)}: left out, without the extra: pip install 'nnlayers[fast]'")
    return [name for name in names if name not in needing]


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("measures", nargs="*", help=f"of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--rounds", type=int, help="turns of each contender (11)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", choices=MODULES, default=MODULES, metavar="CONTENDER")
    parser.add_argument("--out", type=Path, default=PAGES / f"{os.cpu_count()}-cores.json")
    parser.add_argument("--quick", action="store_true", help="few rounds, short turns, little data")
    parser.add_argument("--check", action="store_true", help="only compare what they compute")
    parser.add_argument("--draw", type=Path, nargs="+", default=[], metavar="RESULTS")
    options = parser.parse_args()
    if unknown := set(options.measures) - set(MEASURES):
        parser.error(f"no measure {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    options.rounds = options.rounds or (3 if options.quick else 11)
    options.few = min(options.rounds, 5)
    options.slice = 0.05 if options.quick else 0.15
    options.samples = 6_000 if options.quick else 60_000
    options.growth = (100, 1_100) if options.quick else (1_000, 11_000)
    return options


def main():
    options = arguments()
    for path in options.draw:
        report(json.loads(path.read_text()), path)
    if options.draw:
        return
    options.only = installed(options.only)
    if options.check:
        sys.exit(0 if check(options) else 1)
    results = {**about(), "rounds": options.rounds, "samples": options.samples, "measures": {}}
    with tempfile.TemporaryDirectory() as options.data:
        results["data"] = write_data(options.data, options.samples)
        options.out.parent.mkdir(exist_ok=True)
        for name in options.measures or MEASURES:
            start = time.perf_counter()
            results["measures"][name] = MEASURES[name](options)
            say(f"{name}: {time.perf_counter() - start:.0f} s")
            options.out.write_text(json.dumps(results, indent=1) + "\n")
    report(results, options.out)


if __name__ == "__main__":
    main()
