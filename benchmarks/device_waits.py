"""What every layer and loss of the gradient table asks of a GPU: calls, copies to it, and waits for it.

    python benchmarks/device_waits.py

It runs on the stand-in for CuPy of the tests, so it counts, and times nothing. A call is a function of
CuPy, which starts work on the GPU, or only makes a view; a copy goes from the host to the GPU and does
not wait. It exits with 1 if a layer, or a loss, waits for the GPU.
"""

import inspect
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np

import nnlayers as nn
from nnlayers.core.structures import each
from tests.devices import rows, stand_in
from tests.devices.log import watched

WIDTH = 58


def of_layer(model, x):
    """The logs of a forward, a backward and a prediction."""
    model.to("cupy")
    x = rows.on_device(x)
    with watched() as forward:
        y = model.forward(x)
    grad = each(np.ones_like, y)
    with watched() as backward:
        model.backward(grad)
    with watched() as predict:
        model.predict(x)
    return forward, backward, predict


def of_loss(loss, y, t):
    loss.to("cupy")
    y, t = rows.on_device(y), rows.on_device(t)
    with watched() as forward:
        loss.forward(y, t)
    with watched() as backward:
        loss.backward()
    with watched() as evaluate:
        loss.evaluate(y, t)
    return forward, backward, evaluate


def show(name, logs):
    """Print a row, and return its waits."""
    print(
        f"{name:{WIDTH}}"
        + "".join(f"{log.calls:7}{len(log.copies):7}{len(log.waits):6}" for log in logs)
    )
    return [wait for log in logs for wait in log.waits]


def step(features, hidden, samples, residual):
    """The calls of a step: forward and backward of a network and its loss."""
    layers = [nn.Dense(features, hidden, rng=0), nn.ReLU()]
    inner = [nn.Dense(hidden, hidden, rng=1), nn.ReLU()]
    layers += [nn.Residual(*inner, nn.Dense(hidden, hidden, rng=2))] * 2 if residual else inner
    model = nn.Sequential(*layers, nn.Dense(hidden, 10, rng=3)).to("cupy")
    loss = nn.SoftmaxCrossEntropy()
    rng = np.random.default_rng(0)
    x = rows.on_device(rng.standard_normal((samples, features), np.float32))
    labels = rows.on_device(rng.integers(0, 10, samples))
    with watched() as log:
        value = loss.forward(model.forward(x), labels)
        model.backward_parameters(loss.backward())
    with watched() as reading:
        float(value)
    return log, reading


def main():
    sys.modules["cupy"] = stand_in.module()
    rng, waits = np.random.default_rng(0), []
    print(f"{'':{WIDTH}}{'forward':>20}{'backward':>20}{'predict, evaluate':>20}")
    print(f"{'':{WIDTH}}" + f"{'calls':>7}{'copies':>7}{'waits':>6}" * 3)
    for line in rows.LAYERS:
        waits += show(rows.title(line), of_layer(rows.made(line[0]), rows.inputs(*line[1:], rng)))
    for loss, shape, target in rows.LOSSES:
        sizes = {n: rows.SIZES[n] for n in inspect.signature(target).parameters if n in rows.SIZES}
        logs = of_loss(loss, rows.inputs(shape, None, rng), target(rng, **sizes))
        waits += show(rows.title((loss, shape)), logs)
    print(f"\n{len(rows.LAYERS)} layers, {len(rows.LOSSES)} losses: {len(waits)} waits")
    for wait in waits:
        print(f"  {wait}")
    for name, options in {
        "784-1024-1024-10, batch 256": (784, 1024, 256, False),
        "two residual blocks of 1024, batch 128": (784, 1024, 128, True),
    }.items():
        log, reading = step(*options)
        counts = f"{log.calls} calls, {len(log.copies)} copies, {len(log.waits)} waits"
        print(f"{name}: {counts} in a forward and a backward, {len(reading.waits)} to read the loss")
    return len(waits)


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
