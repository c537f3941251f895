"""Layers beside figures of torch 2.13, taken by benchmarks/layers_beside_torch/figures.py."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn

FIGURES = defaultdict(dict)
for file in sorted(Path(__file__).parent.glob("figures/*.npz")):
    with np.load(file) as arrays:
        for name in arrays:
            case, what = name.split("/", 1)
            FIGURES[f"{file.stem}: {case}"][what] = arrays[name]


@pytest.mark.parametrize("case", FIGURES)
def test_values_and_gradients_are_those_of_torch(case):
    figures = FIGURES[case]
    layer = eval(str(figures["layer"]), vars(nn)).astype(np.float64)  # its repr
    parameters = dict(layer.named_parameters())
    for path, parameter in parameters.items():
        parameter.value[...] = figures[f"weight.{path}"]
    x = tuple(figures[name] for name in sorted(figures) if name.startswith("x."))
    x = x if len(x) > 1 else x[0]
    y = layer.forward(x)
    gradients = layer.backward(figures["grad"])
    np.testing.assert_allclose(y, figures["y"], rtol=1e-12, atol=1e-13)
    for number, gradient in enumerate(gradients if isinstance(gradients, tuple) else [gradients]):
        if f"grad.x.{number}" in figures:
            np.testing.assert_allclose(gradient, figures[f"grad.x.{number}"], rtol=1e-11, atol=1e-12)
    for path, parameter in parameters.items():
        np.testing.assert_allclose(parameter.grad, figures[f"grad.{path}"], rtol=1e-11, atol=1e-12)
