"""Layers beside figures of torch 2.13, taken by benchmarks/layers_beside_torch/figures.py."""

import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from tests.test_gradients import public

FILES = sorted(Path(__file__).parent.glob("figures/*.npz"))
FAMILIES = Path(__file__).parents[2] / "benchmarks/layers_beside_torch/families"
FIGURES = defaultdict(dict)
for file in FILES:
    with np.load(file) as arrays:
        for name in arrays:
            case, what = name.split("/", 1)
            FIGURES[f"{file.stem}: {case}"][what] = arrays[name]

WITHOUT_FIGURES = {
    *(nn.Dropout, nn.SpatialDropout, nn.GaussianNoise),  # torch draws other random numbers
    *(nn.Fork, nn.Parallel, nn.Identity, nn.Concatenate, nn.Add),  # no arithmetic but sums
    *(nn.Standardize, nn.PositionalEncoding),  # torch has none
    nn.Elementwise,  # a base class
}


def test_every_family_and_every_layer_has_figures():
    assert [file.stem for file in FILES] == sorted(file.stem for file in FAMILIES.glob("[a-z]*.py"))
    calls = " ".join(str(figures["layer"]) for figures in FIGURES.values())
    named = {getattr(nn, name) for name in re.findall(r"(\w+)\(", calls)}
    assert named == public(nn.Layer) - WITHOUT_FIGURES


@pytest.mark.parametrize("case", FIGURES)
def test_values_and_gradients_are_those_of_torch(case):
    figures = FIGURES[case]
    layer = eval(str(figures["layer"]), vars(nn)).astype(np.float64)  # its repr
    parameters = dict(layer.named_parameters())
    for path, parameter in parameters.items():
        parameter.value[...] = figures[f"weight.{path}"]
    x = tuple(figures[name] for name in sorted(figures) if name.startswith("x."))
    y = layer.forward(x if len(x) > 1 else x[0])
    gradients = layer.backward(figures["grad"])
    np.testing.assert_allclose(y, figures["y"], rtol=1e-12, atol=1e-13)
    gradients = gradients if len(x) > 1 else (gradients,)
    for number, (array, gradient) in enumerate(zip(x, gradients, strict=True)):
        if array.dtype.kind == "f":
            np.testing.assert_allclose(gradient, figures[f"grad.x.{number}"], rtol=1e-11, atol=1e-12)
        else:
            assert gradient is None
    for path, parameter in parameters.items():
        np.testing.assert_allclose(parameter.grad, figures[f"grad.{path}"], rtol=1e-11, atol=1e-12)
