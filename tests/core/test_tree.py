"""Finding the parts of a layer: the layers, parameters and states in its attributes."""

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Residual


def test_parts_are_found_in_attributes_lists_tuples_and_dicts():
    class Holder(nn.Layer):
        def __init__(self):
            self.name = "no parameter"
            self.b = nn.Parameter(1.0)
            self.a = [nn.Parameter(2.0), (nn.Parameter(3.0), "neither")]
            self.heads = {"left": nn.Dense(1, 1, bias=False), "right": nn.State(4.0)}
            self.rng = np.random.default_rng(0)

    layer = Holder()
    assert [path for path, _ in layer.named_parts()] == [
        "b", "a.0", "a.1.0", "heads.left", "heads.left.weight", "heads.right", "rng",
    ]  # fmt: skip
    assert [path for path, _ in layer.named_parameters()] == ["b", "a.0", "a.1.0", "heads.left.weight"]
    assert list(layer.state_dict()) == ["b", "a.0", "a.1.0", "heads.left.weight", "heads.right"]


def test_a_shared_object_is_found_once():
    shared = nn.Dense(2, 2)
    model = nn.Sequential(shared, Residual(shared))
    assert [path for path, _ in model.named_parameters()] == ["layers.0.weight", "layers.0.bias"]


def test_two_objects_with_the_same_path_are_rejected():
    class Holder(nn.Layer):
        def __init__(self):
            self.part = {1: nn.Parameter(1.0), "1": nn.Parameter(2.0)}

    with pytest.raises(ValueError, match=r"two objects with the path 'part.1'"):
        Holder().parameters()


def test_a_layer_that_contains_itself_is_rejected():
    inner = Residual(None)
    outer = Residual(inner)
    inner.body = outer
    with pytest.raises(ValueError, match=r"Residual contains itself, at body\.body"):
        outer.parameters()
