"""A worker of the speed benchmark: one contender in a process of its own, commanded on stdin.

Called with the contender's name. It reads one JSON object a line and answers with one; what the
contender itself prints goes to stderr.
"""

import importlib
import json
import math
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from contenders import MODULES, Case

WARM_UP = 0.1  # seconds, for each way


class Prepared:
    """What can be run in slices: the fastest way, and an estimate of how long it takes."""

    def __init__(self, contender, what, case, warm):
        make = getattr(contender, what, None)
        if make is None:
            raise NotImplementedError(f"it has no {what}")
        self.finish = getattr(contender, "finish", lambda value: None)
        ways = make(case)
        self.way, self.estimate, self.first = ways[0], math.inf, None
        for way in ways if warm else ():
            value = self._run(way, 1)[1]  # what is compiled, or loaded when it is first used
            self.first = value if self.first is None else self.first
            estimate, calls, spent = math.inf, 1, 0.0
            while spent < WARM_UP:
                seconds = self._run(way, calls)[0]
                estimate, calls, spent = min(estimate, seconds / calls), calls * 2, spent + seconds
            if estimate < self.estimate:
                self.way, self.estimate = way, estimate

    def _run(self, way, calls):
        call, finish = way.call, self.finish
        start = time.perf_counter()
        for _ in range(calls):
            value = call()
        finish(value)
        return time.perf_counter() - start, value

    def calls(self, count):
        """Run it so many times: the seconds that a call takes, and what the last one returned."""
        seconds, value = self._run(self.way, count)
        self.estimate = seconds / count
        return self.estimate, value

    def slice(self, seconds):
        """Run it for about so many seconds, after a moment in which the processor's caches fill."""
        if self.estimate < seconds / 10:
            self._run(self.way, max(1, int(seconds / 10 / self.estimate)))
        return self.calls(max(1, round(seconds / self.estimate)))


def memory():
    """Resident memory of this process in MiB, now and at its peak."""
    try:
        status = Path("/proc/self/status").read_text().splitlines()
        sizes = dict(line.split(":", 1) for line in status)
        now, peak = (int(sizes[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
    except (OSError, KeyError):
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        now, peak = None, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return {"now": now, "peak": peak}


def check(contender):
    """How far each way to step, after 20 steps, is from the step written by hand."""
    from contenders import by_hand

    case = Case((64, 32, 16, 10), 32, lr=0.1, decay=0.01)
    x, y = case.rows()
    steps, found = 20, {}

    def trained(way):
        for _ in range(steps):
            way.call()
        return [(np.array(weight), np.array(bias)) for weight, bias in way.weights()]

    reference = trained(by_hand.step(case)[0])
    moved = max(abs(a - b).max() for (a, _), (b, _) in zip(reference, case.weights(), strict=True))
    for way in contender.step(case):
        if way.weights is not None:
            weights = trained(way)
            off = max(abs(a - b).max() for (a, _), (b, _) in zip(weights, reference, strict=True))
            loss, wanted = by_hand.loss(weights, x, y), by_hand.loss(reference, x, y)
            found[way.name] = {"loss": abs(loss - wanted), "weights": float(off / moved)}
    for way in contender.predict(case) if hasattr(contender, "predict") else ():
        label = by_hand.logits(case.weights(), x).argmax(axis=1)
        wrong = (np.asarray(way.call()).argmax(axis=1) != label).mean()
        found[f"prediction {way.name}".strip()] = {"labels": float(wrong)}
    return found


def answer(contender, prepared, command):
    """Do what one command says."""
    match command.pop("do"):
        case "prepare":
            case = Case(**command["case"])
            case = case._replace(sizes=tuple(case.sizes))
            ready = Prepared(contender, command["what"], case, command["warm"])
            prepared[command["what"]] = ready
            first = ready.first if isinstance(ready.first, float) else None
            return {"way": ready.way.name, "value": first}
        case "slice":
            return {"seconds": prepared[command["what"]].slice(command["seconds"])[0]}
        case "calls":
            return {"seconds": prepared[command["what"]].calls(command["count"])[0]}
        case "memory":
            return memory()
        case "check":
            return check(contender)
        case _:
            prepared.clear()
            return {}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    prepared, contender = {}, None
    try:
        contender = importlib.import_module(f"contenders.{MODULES[sys.argv[1]]}")
        reply = {}
    except ImportError as error:
        reply = {"error": f"not installed: {error}"}
    print(json.dumps(reply), file=answers, flush=True)
    for line in sys.stdin:
        try:
            reply = answer(contender, prepared, json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)


if __name__ == "__main__":
    main()
