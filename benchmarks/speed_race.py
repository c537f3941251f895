"""The race of the speed benchmark: workers, one process for each contender, that take turns."""

import contextlib
import functools
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from contenders import kernels

WORKER = Path(__file__).with_name("speed_worker.py")


class Failed(Exception):  # noqa: N818
    """A contender could not do something."""


def environment(name, threads):
    """A contender's variables: how many threads to use, to stay on the processor, and its kernels."""
    # What would slow down one of them: another kernel for OpenBLAS, modules compiled at every import.
    spoiling = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if name not in spoiling}
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    on_cpu = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax"}
    chosen = {"NNLAYERS_KERNELS": kernels(name)}
    return kept | on_cpu | chosen | dict.fromkeys(counts, str(threads))


def keep_to_cores(threads):
    """Let this process use so many cores, where the system can do that: XLA goes by it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


class Remote:
    """A worker: what is asked of it returns its answer, or raises Failed."""

    def __init__(self, name, threads):
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(name, threads),
            preexec_fn=functools.partial(keep_to_cores, threads),
        )
        try:
            self._answer()
        except Failed:
            self.close()
            raise

    def ask(self, do, **command):
        if "case" in command:
            command["case"] = command["case"]._asdict()
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

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def race(what, cases, names, threads, rounds, seconds, also=()):
    """Records of all cases: the seconds that a call took each contender, in each round.

    ``also`` names further things to do, as pairs of a contender and what it does in its turn.
    """
    workers, records = {}, []
    try:
        for name in names:
            try:
                workers[name] = Remote(name, threads)
            except Failed as failure:
                say(f"{name}: left out, {failure}")
        entries = {name: (workers[name], what) for name in workers}
        entries |= {
            f"{n} {also_what}": (workers[n], also_what) for n, also_what in also if n in workers
        }
        for case in cases:
            say(f"{what} {describe(case)}, {threads} threads")
            records.append(
                {
                    "what": what,
                    "case": case._replace(data="")._asdict(),
                    "network": describe(case),
                    "threads": threads,
                }
            )
            # Threads of the one before may still wait in a loop.
            pause = 0.1 if threads > 1 else 0.05
            records[-1] |= run(entries, case, rounds, seconds, pause)
    finally:
        for worker in workers.values():
            worker.close()
    return records


def run(entries, case, rounds, seconds, pause):
    """One case: everyone gets ready, they take turns for some rounds, and forget it."""
    times, ways, first = {}, {}, {}
    for name, (worker, what) in entries.items():
        try:
            answer = worker.ask("prepare", what=what, case=case, warm=True)
            if answer["can"]:
                times[name], ways[name], first[name] = [], answer["way"], answer["first"]
        except Failed as failure:
            say(f"  {name}: -, {failure}")
    for name in in_turn(times, rounds):
        worker, what = entries[name]
        time.sleep(pause)
        try:
            times[name].append(worker.ask("slice", what=what, seconds=seconds)["seconds"])
        except Failed as failure:
            say(f"  {name}: {failure}")
    for worker, _ in entries.values():
        with contextlib.suppress(Failed):
            worker.ask("drop")
    whole = {name: seconds for name, seconds in times.items() if len(seconds) == rounds}
    return {"seconds": whole, "ways": ways, "first": first}


def in_turn(names, rounds):
    """Who is next: all of them in each round, in a new order, so that their neighbours change."""
    rng = random.Random(4)
    for _ in range(rounds):
        yield from rng.sample(list(names), len(names))


def describe(case):
    """The network and the batch, in short: 784-128-10, batch 64."""
    sizes = list(case.sizes)
    if len(sizes) > 6:
        sizes[1:-1] = [f"({len(sizes) - 2} x {sizes[1]})"]
    dropout = f", dropout {case.dropout}" if case.dropout else ""
    return f"{'-'.join(map(str, sizes))}{dropout}, batch {case.batch:,}"


def say(text):
    print(text, file=sys.stderr, flush=True)
