"""The gradient checks of torch and JAX on the same layers, at the same points.

A layer of nnlayers becomes a function with a gradient of its own (``autograd.Function``,
``custom_vjp``), in float64, with the checker's defaults. Whatever they raise counts as found.
"""

import itertools
from typing import NamedTuple

import numpy as np

from nnlayers.testing.plan import Spec, size_names
from nnlayers.testing.trials import INPUT, LayerTrial, LossTrial

POINTS = 4  # the first cases of the plan: all sizes different, all equal, all one, one of them one


class Peer(NamedTuple):
    """The bugs that it found (their places in the list), and the correct points that it flagged."""

    found: set
    alarms: int
    tried: int


def trials(entry):
    """Our trials at the first points of the plan."""
    if entry.of == "loss":
        wanted = size_names(entry.target) - {"rng"}
        for case in itertools.islice(Spec(entry.shape, wanted, "peers").plan(0), POINTS):
            sizes = {name: case.sizes[name] for name in wanted}
            yield LossTrial(
                entry.make(), case, entry.values, lambda rng, s=sizes: entry.target(rng=rng, **s)
            )
        return
    wanted = size_names(entry.make)
    for case in itertools.islice(Spec(entry.shape, wanted, "peers").plan(0), POINTS):
        made = entry.make(**{name: case.sizes[name] for name in wanted})
        yield LayerTrial(made, case, entry.values)


def as_function(trial):
    """Forward, and forward with backward, as functions of the blocks."""
    names = list(trial.blocks)

    def forward(*blocks):
        return run(blocks)[1]

    def vjp(upstream, *blocks):
        thing, _ = run(blocks)
        if isinstance(trial, LossTrial):
            return (np.asarray(thing.backward(float(upstream))),)
        gradients = {INPUT: thing.backward(np.asarray(upstream))}
        gradients |= {path: p.grad for path, p in thing.named_parameters()}
        zeros = dict(zip(names, map(np.zeros_like, blocks), strict=True))
        return tuple(zeros[n] if gradients[n] is None else np.asarray(gradients[n]) for n in names)

    def run(blocks):
        thing, x = trial.fresh(), trial.x
        for name, block in zip(names, blocks, strict=True):
            if name == INPUT:
                x = np.array(block)
            else:
                dict(thing.named_parameters())[name].value[...] = block
        if isinstance(trial, LossTrial):
            return thing, np.float64(thing.forward(x, trial.target))
        return thing, np.array(thing.forward(x))

    return forward, vjp, [trial.blocks[name] for name in names]


def torch_flags(trial, fast):
    """Whether torch.autograd.gradcheck objects."""
    import torch

    forward, vjp, blocks = as_function(trial)

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *tensors):
            ctx.save_for_backward(*tensors)
            return torch.from_numpy(np.array(forward(*(t.numpy() for t in tensors))))

        @staticmethod
        def backward(ctx, upstream):
            arrays = [t.numpy() for t in ctx.saved_tensors]
            return tuple(torch.from_numpy(np.array(g)) for g in vjp(upstream.numpy(), *arrays))

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
    shape = np.shape(forward(*blocks))

    @jax.custom_vjp
    def function(*blocks):
        return jax.pure_callback(forward, jax.ShapeDtypeStruct(shape, np.float64), *blocks)

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
        except Exception:  # not even the trial can be set up
            found.add(index)
    verdicts = [flags(trial) for layer in correct for trial in trials(layer) if trial.blocks]
    return Peer(found, sum(verdicts), len(verdicts))
