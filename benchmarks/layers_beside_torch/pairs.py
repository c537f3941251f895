"""A layer of ours beside a module of torch: what the figures and the race have in common."""

import functools
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

FAMILIES = Path(__file__).with_name("families")


def same(array):
    return array


def channels_first(x):
    return np.moveaxis(x, -1, 1)


def channels_last(x):
    """Back again; what has no positions stays."""
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


class Weight(NamedTuple):
    """A parameter of ours, torch's that means the same, and how to turn one into the other."""

    ours: Any
    theirs: torch.nn.Parameter
    to_theirs: Callable[[np.ndarray], np.ndarray] = same
    to_ours: Callable[[np.ndarray], np.ndarray] = same


class Pair(NamedTuple):
    """One case: makers of both, and the shapes of inputs, ours; small ones for the figures."""

    name: str
    layer: Callable[[], Any]
    module: Callable[[], torch.nn.Module]
    small: Sequence[Any] = ()  # a shape, or a tuple of shapes
    large: Sequence[Any] = ()  # shapes that are raced
    weights: Callable[[Any, Any], list[Weight]] = lambda layer, module: []
    inputs: Callable[[Any, Any], Any] | None = None  # (rng, shape) -> array, or tuple of arrays
    to_theirs: Callable[[np.ndarray], np.ndarray] = same  # of inputs and outputs: NHWC to NCHW, say
    to_ours: Callable[[np.ndarray], np.ndarray] = same
    call: Callable[..., torch.Tensor] = lambda module, *x: module(*x)

    def draw(self, shape, dtype, seed=0):
        """The input, as a tuple of arrays."""
        rng = np.random.default_rng(seed)
        x = (self.inputs or (lambda rng, shape: rng.standard_normal(shape)))(rng, shape)
        x = x if isinstance(x, tuple) else (x,)
        return tuple(a.astype(dtype) if a.dtype.kind == "f" else a for a in x)

    def both(self, dtype):
        """The layer and the module, with the same weights."""
        layer, module = self.layer().astype(dtype), self.module().to(getattr(torch, dtype))
        rng = np.random.default_rng(1)
        for weight in self.weights(layer, module):
            value = weight.ours.value
            value += 0.1 * rng.standard_normal(value.shape).astype(dtype)  # nothing is 0 or 1
            with torch.no_grad():
                theirs = np.ascontiguousarray(weight.to_theirs(value))
                weight.theirs.copy_(torch.from_numpy(theirs).reshape(weight.theirs.shape))
        return layer, module

    def tensor(self, array, *, needs_gradient=True):
        """An array of ours as a tensor of theirs."""
        if array.dtype.kind != "f":
            return torch.from_numpy(array)
        tensor = torch.from_numpy(np.ascontiguousarray(self.to_theirs(array)))
        return tensor.requires_grad_(needs_gradient)


@functools.cache
def families():
    """The pairs of each family, by its name."""
    names = sorted(path.stem for path in FAMILIES.glob("[a-z]*.py"))
    return {name: importlib.import_module(f"families.{name}").PAIRS for name in names}
