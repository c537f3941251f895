"""The checks: backward against finite differences of forward, for the input and each parameter."""

import copy
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnlayers.arrays import Array
from nnlayers.layer import Layer
from nnlayers.losses import Loss
from nnlayers.testing.numeric import EPS, Derivative, derivative

Values = Callable[[np.random.Generator, tuple[int, ...]], Array]

DIRECTIONS = 2
PERSISTENCE = 3  # a mismatch counts where it is found again at points a hair away
INPUT = ""  # the input's name among the blocks, where the parameters have theirs
FLOOR = 3e-9  # relative to the absolute mass of the products that a derivative adds up


class LayerCheckError(AssertionError):
    """A layer or a loss whose backward does not match its forward."""


class Mismatch(NamedTuple):
    """What backward says along a direction, and what finite differences say."""

    backward: float
    numeric: Derivative


def check_layer(
    layer: Layer | Callable[..., Layer],
    shape: str | int | tuple[int, ...],
    *,
    values: Values | None = None,
    seed: int = 0,
) -> None:
    """Check the gradients of a layer against finite differences, in float64.

    The upstream gradient is random and of mixed sign; the parameters are moved a little, so that a
    gain of one or a bias of zero hides nothing; random masks and running statistics are held, by
    running a copy of the layer for every evaluation. The layer itself stays as it is.

    Parameters
    ----------
    layer : Layer or function
        One instance, or a function (a class, too) that makes one; its parameters are sizes by name.
    shape : str, tuple of int or int
        For a function, the names of the sizes of the input's axes, the batch first: ``"N D"``. Sizes
        are drawn, coincidences too: all different, all equal, all one. For an instance, the shape of
        one sample: ``(3,)``.
    values : function of (rng, shape), optional
        Draws the input, where not every real number will do: integers, say, or positive numbers. By
        default it is normally distributed.
    seed : int
        Where all that is random comes from.

    Raises
    ------
    LayerCheckError
        A gradient is wrong, missing, or has the wrong shape. The message names the block, the element,
        both values and the sizes.

    Examples
    --------
    >>> import nnlayers as nn
    >>> from nnlayers.testing import check_layer
    >>> check_layer(lambda D, K: nn.Dense(D, K), "N D")
    >>> check_layer(nn.Dense(3, 5), (3,))
    """
    rng = np.random.default_rng(seed)
    wanted = set() if isinstance(layer, Layer) else _size_names(layer)
    for sizes, input_shape in _cases(shape, wanted, rng):
        made = layer if isinstance(layer, Layer) else layer(**sizes)
        if not isinstance(made, Layer):
            raise TypeError(
                f"check_layer: expected a Layer, or a function that makes one, got {made!r}"
            )
        _check_layer_case(made, input_shape, values, rng, _describe(sizes, input_shape, seed))


def check_loss(
    loss: Loss,
    *,
    prediction: str,
    target: Callable[..., Array],
    values: Values | None = None,
    seed: int = 0,
) -> None:
    """Check the gradient of a loss against finite differences, in float64.

    Parameters
    ----------
    loss : Loss
        An instance.
    prediction : str
        The names of the sizes of the prediction's axes, the batch first: ``"N C"``.
    target : function of (rng, sizes...)
        Draws the target; it is given ``rng``, and the sizes that its parameters name.
    values : function of (rng, shape), optional
        Draws the prediction, where not every real number will do.
    seed : int
        Where all that is random comes from.

    Raises
    ------
    LayerCheckError
        The gradient is wrong, or has the wrong shape.

    Examples
    --------
    >>> import nnlayers as nn
    >>> from nnlayers.testing import check_loss
    >>> check_loss(
    ...     nn.SoftmaxCrossEntropy(), prediction="N C", target=lambda rng, N, C: rng.integers(0, C, N)
    ... )
    """
    rng = np.random.default_rng(seed)
    wanted = _size_names(target) - {"rng"}
    for sizes, shape in _cases(prediction, wanted, rng):
        y = target(rng=rng, **sizes)
        z = _draw(values, rng, shape)
        upstream = float(_mixed_signs(rng, ()))

        def value(z: Array, y: Array = y, upstream: float = upstream) -> tuple[float, float]:
            loss_value = copy.deepcopy(loss).forward(z, y)
            return upstream * loss_value, abs(upstream * loss_value)

        def gradient(z: Array, y: Array = y, upstream: float = upstream) -> Array:
            twin = copy.deepcopy(loss)
            twin.forward(z, y)
            return twin.backward(upstream)

        who = f"{type(loss).__name__}.backward: the gradient of the prediction"
        _check_block(who, z, value, gradient, rng, _describe(sizes, shape, seed))


def _check_layer_case(
    layer: Layer, shape: tuple[int, ...], values: Values | None, rng: np.random.Generator, case: str
) -> None:
    """Check one layer at one input: the input's gradient, then each parameter's."""
    layer = layer.astype(np.float64)
    for parameter in layer.parameters():
        moved = rng.uniform(-0.25, 0.25, (2, *parameter.value.shape))
        parameter.value[...] = parameter.value * (1 + moved[0]) + moved[1]
    x = _draw(values, rng, shape)
    upstream = _mixed_signs(rng, copy.deepcopy(layer).forward(x).shape)

    def run(block: str, z: Array) -> tuple[Layer, Array]:
        """Run a copy forward with ``z`` in place of the input or of one parameter."""
        twin = copy.deepcopy(layer)
        if block != INPUT:
            dict(twin.named_parameters())[block].value[...] = z
        return twin, twin.forward(z if block == INPUT else x)

    def value(block: str, z: Array) -> tuple[float, float]:
        products = upstream * run(block, z)[1]
        return float(products.sum()), float(np.abs(products).sum())

    def gradient(block: str, z: Array) -> Array | None:
        twin, _ = run(block, z)
        input_gradient: Array | None = twin.backward(upstream)
        return input_gradient if block == INPUT else dict(twin.named_parameters())[block].grad

    _check_shortcut(layer, x, upstream, case)
    blocks = {name: p.value for name, p in layer.named_parameters() if p.trainable}
    if x.dtype.kind == "f":
        blocks = {INPUT: x} | blocks
    elif gradient(INPUT, x) is not None:
        raise LayerCheckError(
            f"{type(layer).__name__}.backward: expected None for integer input, got an array ({case})"
        )
    for block, z in blocks.items():
        named = "the input" if block == INPUT else repr(block)
        who = f"{type(layer).__name__}.backward: the gradient of {named}"
        _check_block(who, z, partial(value, block), partial(gradient, block), rng, case)


def _check_shortcut(layer: Layer, x: Array, upstream: Array, case: str) -> None:
    """Training loops call backward_parameters: it must give the gradients that backward gives."""
    full, short = copy.deepcopy(layer), copy.deepcopy(layer)
    full.forward(x)
    full.backward(upstream)
    short.forward(x)
    short.backward_parameters(upstream)
    for (name, expected), found in zip(full.named_parameters(), short.parameters(), strict=True):
        one, other = (np.zeros_like(p.value) if p.grad is None else p.grad for p in (expected, found))
        if not np.allclose(one, other, rtol=1e-9, atol=1e-12 * float(np.abs(one).max(initial=0))):
            raise LayerCheckError(
                f"{type(layer).__name__}.backward_parameters: the gradient of {name!r} differs from "
                f"that of backward ({case})"
            )


def _check_block(
    who: str,
    z: Array,
    value: Callable[[Array], tuple[float, float]],
    gradient: Callable[[Array], Array | None],
    rng: np.random.Generator,
    case: str,
) -> None:
    """Check the gradient of ``value`` at ``z``, along random directions."""
    if z.size == 0:
        return
    scale = float(np.abs(z).max()) or 1.0
    for _ in range(DIRECTIONS):
        direction = _mixed_signs(rng, z.shape) * scale
        for attempt in range(PERSISTENCE):
            point = z + attempt * 1e-5 * scale * rng.standard_normal(z.shape)
            mismatch = _compare(who, point, direction, value, gradient, case)
            if mismatch is None:
                break
        if mismatch is not None:
            raise LayerCheckError(_message(who, point, mismatch, value, gradient, case))


def _compare(
    who: str,
    z: Array,
    direction: Array,
    value: Callable[[Array], tuple[float, float]],
    gradient: Callable[[Array], Array | None],
    case: str,
) -> Mismatch | None:
    """The two derivatives along a direction, where they differ by more than their error."""
    found = gradient(z)
    if found is None:
        found = np.zeros_like(z)  # nothing was added to it
    if np.shape(found) != z.shape:
        raise LayerCheckError(f"{who} has shape {np.shape(found)}, expected {z.shape} ({case})")
    numeric = derivative(lambda h: value(z + h * direction)[0], mass=value(z)[1])
    products = found * direction
    backward = float(products.sum())
    tolerance = 10 * numeric.error + FLOOR * float(np.abs(products).sum()) + EPS * value(z)[1]
    return None if abs(backward - numeric.value) <= tolerance else Mismatch(backward, numeric)


def _message(
    who: str,
    z: Array,
    mismatch: Mismatch,
    value: Callable[[Array], tuple[float, float]],
    gradient: Callable[[Array], Array | None],
    case: str,
) -> str:
    """What to say: the first element that is wrong by itself, or else the direction."""
    where = "along a random direction"
    for index in np.ndindex(z.shape):
        direction = np.zeros_like(z)
        direction[index] = 1.0
        single = _compare(who, z, direction, value, gradient, case)
        if single is not None:
            where, mismatch = f"at element {list(index)}", single
            break
    numeric = mismatch.numeric
    return (
        f"{who} is wrong {where}: backward gives {mismatch.backward:.9g}, finite differences of "
        f"forward give {numeric.value:.9g} +- {numeric.error:.1g} ({case})"
    )


def _cases(
    shape: str | int | tuple[int, ...], wanted: set[str], rng: np.random.Generator
) -> Iterator[tuple[dict[str, int], tuple[int, ...]]]:
    """The sizes that a factory wants, and the shape of the input, for each case of the plan."""
    if not isinstance(shape, str):
        if wanted:
            raise TypeError(f"expected the names of the sizes ('N D'), for {sorted(wanted)}")
        sample = (shape,) if isinstance(shape, int) else shape
        for samples in (4, 1):
            yield {}, (samples, *sample)
        return
    axes = shape.split()
    names = sorted({axis for axis in axes if not axis.isdecimal()} | wanted)
    if not names or not all(map(str.isidentifier, names)):
        raise ValueError(f"expected the names of the sizes of the axes, such as 'N D', got {shape!r}")
    different = rng.permutation(np.arange(2, 2 + len(names)))
    plan = [different, np.full(len(names), 3), np.ones(len(names), int)]
    plan += [rng.integers(1, 6, len(names)) for _ in range(3)]
    for numbers in plan:
        sizes = dict(zip(names, map(int, numbers), strict=True))
        input_shape = tuple(int(axis) if axis.isdecimal() else sizes[axis] for axis in axes)
        yield {name: sizes[name] for name in wanted}, input_shape


def _size_names(function: Callable[..., Any]) -> set[str]:
    """The names of the parameters that have to be given."""
    parameters = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name for p in parameters if p.default is p.empty and p.kind not in variable}


def _draw(values: Values | None, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    if values is None:
        return rng.standard_normal(shape)
    x = np.asarray(values(rng, shape))
    return x.astype(np.float64) if x.dtype.kind == "f" else x


def _mixed_signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Random numbers of size 0.5 to 2, of either sign."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)


def _describe(sizes: dict[str, int], shape: tuple[int, ...], seed: int) -> str:
    named = "".join(f"{name}={size}, " for name, size in sizes.items())
    return f"{named}input of shape {shape}, seed={seed}"
