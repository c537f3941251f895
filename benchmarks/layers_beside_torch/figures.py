"""Takes the figures of torch that the tests of layers compare with.

    python benchmarks/layers_beside_torch/figures.py [family ...]

It writes ``tests/layers/figures/<family>.npz``: for each case the layer's repr, the input, the gradient
of the output, and the parameters; torch's output and its gradients, in float64 and in our layout. Run
it by hand, with torch 2.13; no test needs torch.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from pairs import families

FOLDER = Path(__file__).parents[2] / "tests/layers/figures"


def figures(pair):
    """What goes in, and what torch makes of it."""
    layer, module = pair.both("float64")
    x = pair.draw(pair.small, "float64")
    tensors = [pair.tensor(array) for array in x]
    output = pair.call(module, *tensors)
    y = pair.to_ours(output.detach().numpy())
    grad = np.random.default_rng(2).standard_normal(y.shape)
    output.backward(torch.from_numpy(np.ascontiguousarray(pair.to_theirs(grad))))
    found = {"layer": np.array(repr(layer)), "y": y, "grad": grad}
    for number, (array, tensor) in enumerate(zip(x, tensors, strict=True)):
        found[f"x.{number}"] = array
        if tensor.grad is not None:
            found[f"grad.x.{number}"] = pair.to_ours(tensor.grad.numpy())
    paths = {id(parameter): path for path, parameter in layer.named_parameters()}
    for weight in pair.weights(layer, module):
        path = paths[id(weight.ours)]
        found[f"weight.{path}"] = weight.ours.value
        found[f"grad.{path}"] = weight.to_ours(weight.theirs.grad.numpy()).reshape(
            weight.ours.value.shape
        )
    return {f"{pair.name}/{name}": np.asarray(a, order="C") for name, a in found.items()}


def main():
    FOLDER.mkdir(exist_ok=True)
    for family, pairs in families().items():
        if family in (sys.argv[1:] or families()):
            found = [figures(pair) for pair in pairs if pair.small]
            arrays = {name: array for case in found for name, array in case.items()}
            np.savez_compressed(FOLDER / f"{family}.npz", **arrays)
            size = (FOLDER / f"{family}.npz").stat().st_size / 1000
            print(f"{family}: {len(found)} cases, {size:.0f} kB")


if __name__ == "__main__":
    main()
