import subprocess
import sys

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import arrays_in
from nnlayers.io.samples import sample_inputs
from tests.io.networks import NETWORKS, SEQUENCES, moved, rows


def load(path):
    """The names of a written file."""
    names = {"__name__": "written"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


def assert_same(model, shape, path, tolerance=2e-6):
    nn.io.to_numpy(model, path, input_shape=shape)
    x = sample_inputs(model, shape, 5)
    found, expected = load(path)["predict"](x), model.predict(x)
    for (_, one), (_, other) in zip(arrays_in(found), arrays_in(expected), strict=True):
        assert one.dtype == other.dtype
        scale = np.abs(other).max()
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("name", [*NETWORKS, *SEQUENCES])
def test_every_layer_in_numpy_is_equal_to_predict(name, tmp_path):
    model, shape = {**NETWORKS, **SEQUENCES}[name]
    assert_same(model, shape, tmp_path / "net.py")
