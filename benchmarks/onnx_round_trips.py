"""Every layer as an ONNX file: what onnxruntime computes of it, and what it is when it is read back.

    python benchmarks/onnx_round_trips.py [--float64]

A line for each network of the tests: the nodes, the largest difference of onnxruntime's outputs from
those of `predict`, and of those of the network that was read back, as a part of the largest output.
"""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import onnx
from onnxruntime import InferenceSession

import nnlayers as nn
from nnlayers.core.structures import arrays_in
from tests.io.onnx.networks import networks, some_inputs


def difference(found, expected):
    pairs = zip(found, expected, strict=True)
    return max(np.abs(one - other).max() / np.abs(other).max(initial=1.0) for one, other in pairs)


def flat(x):
    return [array for _, array in arrays_in(x)]


def row(path, model, options):
    """The nodes, both differences, and the layers that were read."""
    inputs = flat(model.convert_input(some_inputs(model, options, 4)))
    nn.io.to_onnx(model, path, **options)
    nodes = len(onnx.load(path).graph.node) - 1
    inputs = [array.astype(np.int64) if array.dtype.kind == "i" else array for array in inputs]
    x = tuple(inputs) if len(inputs) > 1 else inputs[0]
    expected = flat(model.predict(x))
    read = nn.io.from_onnx(path)
    own = difference(flat(read.predict(x)), expected)
    try:
        session = InferenceSession(str(path), providers=["CPUExecutionProvider"])
        feed = {item.name: array for item, array in zip(session.get_inputs(), inputs, strict=True)}
        run = f"{difference(session.run(None, feed), expected):.0e}"
    except Exception:
        run = "no kernel"
    return nodes, run, f"{own:.0e}", " ".join(type(layer).__name__ for layer in read.layers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--float64", action="store_true", help="convert all networks to float64")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # onnxruntime has few kernels for float64
    count = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, model, options in networks():
            try:
                model = model.astype(np.float64) if given.float64 else model
                nodes, run, own, layers = row(Path(folder) / "a.onnx", model, options)
                print(f"{name:32} {nodes:3} nodes  {run:>9}  {own}  {layers[:60]}")
                count += 1
            except Exception as error:
                refused += 1
                print(f"{name:32} {type(error).__name__}: {error}")
    print(f"{count} written, run and read back, {refused} refused")
    return refused


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
