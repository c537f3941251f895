"""The gradient checks of torch and JAX on the same layers, at the same points.

A layer of nnlayers becomes a function with a gradient of its own (``autograd.Function``,
``custom_vjp``), in float64, with the checker's defaults. Whatever they raise counts as found.
"""

import itertools
from typing import NamedTuple

import numpy as np

from nnlayers.core.structures import arrays_in
from nnlayers.testing.subjects import LayerSubject, LossSubject

POINTS = 4  # the first cases of the plan: all sizes different, all equal, all one, one of them one


class Peer(NamedTuple):
    """The bugs that it found (their places in the list), and the correct points that it flagged."""

    found: set
    alarms: int
    tried: int


def trials(entry):
    """Our trials at the first points of the plan."""
    if entry.of == "loss":
        subject = LossSubject(entry.make(), entry.shape, entry.target, entry.values)
    else:
        subject = LayerSubject(entry.make, entry.shape, entry.values)
    return map(subject.trial, itertools.islice(subject.cases(0), POINTS))


def as_function(trial):
    """Forward, and forward with backward, as functions of the blocks; several outputs are a tuple."""
    names = list(trial.blocks)

    def run(blocks):
        thing, x = trial.fresh(), trial.x
        own = dict(thing.named_parameters())
        for name, block in zip(names, blocks, strict=True):
            if name in trial.inputs:
                x = trial.with_input(x, name, np.array(block))
            else:
                own[name].value[...] = block
        return thing, trial.forward(thing, x)

    def forward(*blocks):
        outputs = tuple(np.array(y) for _, y in arrays_in(run(blocks)[1]))
        return outputs if len(outputs) > 1 else outputs[0]

    def vjp(upstream, *blocks):
        thing, _ = run(blocks)
        gradients = trial.take_gradients(thing, _in_form_of(trial.upstream, upstream))
        zeros = dict(zip(names, map(np.zeros_like, blocks), strict=True))
        return tuple(zeros[n] if gradients[n] is None else np.asarray(gradients[n]) for n in names)

    return forward, vjp, [trial.blocks[name] for name in names]


def _in_form_of(ours, theirs):
    """The upstream gradients of all outputs in the form of ours: a number, an array, or a tuple."""
    flat = iter(theirs if isinstance(theirs, tuple) else (theirs,))

    def place(item):
        if isinstance(item, tuple):
            return tuple(map(place, item))
        upstream = np.array(next(flat))
        return float(upstream) if isinstance(item, float) else None if item is None else upstream

    return place(ours)


def torch_flags(trial, fast):
    """Whether torch.autograd.gradcheck objects."""
    import torch

    forward, vjp, blocks = as_function(trial)

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *tensors):
            ctx.save_for_backward(*tensors)
            y = forward(*(t.numpy() for t in tensors))
            return tuple(map(torch.from_numpy, y)) if isinstance(y, tuple) else torch.from_numpy(y)

        @staticmethod
        def backward(ctx, *upstream):
            arrays = [t.numpy() for t in ctx.saved_tensors]
            gradients = vjp(tuple(u.numpy() for u in upstream), *arrays)
            return tuple(torch.from_numpy(np.array(g)) for g in gradients)

    inputs = [torch.from_numpy(block.copy()).requires_grad_() for block in blocks]
    try:
        return not torch.autograd.gradcheck(Function.apply, inputs, fast_mode=fast)
    except Exception:
        return True


def jax_flags(trial):
    """Whether jax.test_util.check_grads objects, in reverse mode."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    forward, vjp, blocks = as_function(trial)
    y = forward(*blocks)
    form = jax.tree.map(lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype), y)

    @jax.custom_vjp
    def function(*blocks):
        return jax.pure_callback(forward, form, *blocks)

    def backward(blocks, upstream):
        shapes = tuple(jax.ShapeDtypeStruct(block.shape, np.float64) for block in blocks)
        return jax.pure_callback(vjp, shapes, upstream, *blocks)

    function.defvjp(lambda *blocks: (function(*blocks), blocks), backward)
    try:
        check_grads(function, tuple(blocks), order=1, modes=["rev"])
    except Exception:
        return True
    return False


def measure(bugs, correct):
    """What the peers that are installed find."""
    checkers = {}
    try:
        import torch  # noqa: F401

        checkers["torch gradcheck"] = lambda trial: torch_flags(trial, fast=False)
        checkers["torch, fast mode"] = lambda trial: torch_flags(trial, fast=True)
    except ImportError:
        pass
    try:
        import jax  # noqa: F401

        checkers["jax check_grads"] = jax_flags
    except ImportError:
        pass
    return {name: _measure(flags, bugs, correct) for name, flags in checkers.items()}


def _measure(flags, bugs, correct):
    found = set()
    for index, bug in enumerate(bugs):
        try:
            if any(flags(trial) for trial in trials(bug) if trial.blocks):
                found.add(index)
        except Exception:  # not even our trial can be made
            found.add(index)
    verdicts = [flags(trial) for layer in correct for trial in trials(layer) if trial.blocks]
    return Peer(found, sum(verdicts), len(verdicts))
