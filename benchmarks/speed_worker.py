"""A worker of the speed benchmark: one contender in a process of its own, commanded on stdin.

Called with the contender's name. It reads one JSON object a line and answers with one; what the
contender itself prints goes to stderr.
"""

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from contenders import MODULES, Case, by_hand

WARM_UP = 0.1  # seconds, for each way


class Worker:
    """Answers commands: each method without an underscore is one."""

    def __init__(self, name):
        module, self._prefix = MODULES[name]
        self._module = importlib.import_module(f"contenders.{module}")
        self._finish = getattr(self._module, "finish", lambda value: None)
        self._prepared = {}  # by what they do: the way, and the seconds that a call takes

    def _ways(self, what, case):
        make = getattr(self._module, self._prefix + what, None)
        return make(case) if make else []

    def _time(self, way, calls):
        """The seconds of one call, of so many, and what the last one returned."""
        start = time.perf_counter()
        for _ in range(calls):
            value = way.call()
        self._finish(value)
        return (time.perf_counter() - start) / calls, value

    def prepare(self, what, case, warm):
        """Get ready to do something, in the fastest way or, without ``warm``, the first."""
        case = Case(**case | {"sizes": tuple(case["sizes"])})
        ways = self._ways(what, case)
        if not ways:
            return {"can": False}
        first = None
        if warm:  # glibc keeps freed memory by the largest block freed so far: the same for everybody
            np.empty(31 << 20, np.uint8)
        for way in ways if warm else ways[:1]:
            seconds, calls = float("inf"), 1
            if warm:
                _, value = self._time(way, 1)  # whatever is compiled or loaded when first used
                first = value if isinstance(value, float) else None
                end = time.perf_counter() + WARM_UP
                while time.perf_counter() < end:
                    seconds = min(seconds, self._time(way, calls)[0])
                    calls *= 2
            if what not in self._prepared or seconds < self._prepared[what][1]:
                self._prepared[what] = way, seconds
        return {"can": True, "way": self._prepared[what][0].name, "first": first}

    def slice(self, what, seconds):
        """Run for about so many seconds, after a moment in which the processor's caches fill."""
        way, estimate = self._prepared[what]
        if estimate < seconds / 10:
            estimate, _ = self._time(way, int(seconds / 10 / estimate))
        estimate, _ = self._time(way, max(1, round(seconds / estimate)))
        self._prepared[what] = way, estimate
        return {"seconds": estimate}

    def calls(self, what, count):
        """Run so many times; answers with the memory of the process, in MiB, now and at its peak."""
        self._time(self._prepared[what][0], count)
        try:
            lines = Path("/proc/self/status").read_text().splitlines()
            status = dict(line.split(":", 1) for line in lines)
            return {key: int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")}
        except OSError:  # not Linux; macOS counts in bytes
            unit = 1 << (20 if sys.platform == "darwin" else 10)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
            return {"VmRSS": None, "VmHWM": peak}

    def drop(self):
        self._prepared.clear()
        return {}

    def check(self):
        """How far each way to step, after 20 steps, and to predict is from what was written by hand."""
        case = Case((64, 32, 16, 10), 32, lr=0.1, decay=0.01)
        x, y = case.rows()

        def trained(way):
            for _ in range(20):
                way.call()
            return [(np.array(weight), np.array(bias)) for weight, bias in way.weights()]

        def distance(these, others):
            return float(max(abs(a - b).max() for (a, _), (b, _) in zip(these, others, strict=True)))

        wanted = trained(by_hand.step(case)[0])
        moved = distance(wanted, case.weights())
        found = {}
        for way in self._ways("step", case):
            if way.weights:
                weights = trained(way)
                loss = abs(by_hand.loss(weights, x, y) - by_hand.loss(wanted, x, y))
                found[f"step {way.name}"] = {"loss": loss, "weights": distance(weights, wanted) / moved}
        labels = by_hand.logits(case.weights(), x).argmax(axis=1)
        for way in self._ways("predict", case):
            wrong = np.asarray(way.call()).argmax(axis=1) != labels
            found[f"predict {way.name}"] = {"labels": float(wrong.mean())}
        return found


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = None
    command = {"do": "start", "name": sys.argv[1]}
    while command:
        try:
            do = command.pop("do")
            if do == "start":
                worker, answer = Worker(**command), {}
            else:
                answer = getattr(worker, do)(**command)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
        line = sys.stdin.readline()
        command = json.loads(line) if line else None


if __name__ == "__main__":
    main()
