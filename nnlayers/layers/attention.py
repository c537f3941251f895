"""Attention: each step of a sequence looks at the steps of a sequence, its own or another one."""

from itertools import accumulate
from typing import Any

import numpy as np

from nnlayers.core.answers.attributes import other_words
from nnlayers.core.checks import (
    Array,
    RandomSource,
    as_array,
    check_gradient,
    check_steps,
    describe,
    divisor,
    generator,
    is_tuple_of_arrays,
    real_array_like,
    true_or_false,
    whole_number,
)
from nnlayers.core.conversion import check_real
from nnlayers.core.devices import check_same_device, nan_unless, on_device
from nnlayers.core.kernels import affine, product, sum_rows
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.sums import at_least_float32
from nnlayers.layers.heads import attend, attend_backward
from nnlayers.layers.initial_parameters import initial_bias
from nnlayers.layers.initializers import glorot_uniform

__all__ = ["MultiHeadAttention"]


@other_words(
    in_proj_weight="use weight, which is its transpose",
    in_proj_bias="use bias",
    out_proj="use output_weight and output_bias",
    embed_dim="use features",
    num_heads="use heads",
)
class MultiHeadAttention(Layer):
    """Attention: ``p @ v`` of each head, side by side, with ``p = softmax(q @ k.T / sqrt(size))``.

    Parameters
    ----------
    features, heads : int
        The size of the last axis; the number of parts of it, each of ``size = features / heads``.
    causal, bias : bool
        Whether step t attends to the steps 0 ... t only; whether there are biases, zero at first.
    rng : int, Generator or None
        The source of the weights: `glorot_uniform` for each matrix.

    Raises
    ------
    ValueError, TypeError
        ``heads`` does not divide ``features``; later, an input, or a mask, that does not fit.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, T, features)``. The input is ``x``, or a tuple: ``(x, memory)`` to
    attend to another sequence, ``(N, S, features)``; ``(x, mask)``; ``(x, memory, mask)``. The mask is
    boolean, or 0 and 1, and True for what is attended to: ``(N, S)``, or ``(N, T, S)``. A step without
    any has ``p = 0``. Of a pair, what is not ``(N, S, features)`` or not floating is the mask.

    ``q`` is the first third of the columns of ``x @ weight + bias``, ``k`` and ``v`` are the others of
    ``memory @ weight + bias``, and ``y = (p @ v) @ output_weight + output_bias``; biases do not decay.
    With ``g = dL/d(p @ v)``, ``s = p * (g @ v.T - sum(g * (p @ v))) / sqrt(size)``: ``dL/dq = s @ k``,
    ``dL/dk = s.T @ q``, ``dL/dv = p.T @ g``. A tuple has a tuple of gradients, with None for the mask.
    PyTorch has ``weight.T`` as ``in_proj_weight``, and masks that are True for what is hidden.

    Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.2.

    Examples
    --------
    >>> attention = nn.MultiHeadAttention(8, 2, rng=0)
    >>> x, memory, mask = np.ones((3, 5, 8)), np.ones((3, 7, 8)), np.ones((3, 7), bool)
    >>> attention.predict(x).shape, attention.predict((x, memory, mask)).shape
    ((3, 5, 8), (3, 5, 8))
    """

    def __init__(
        self,
        features: int,
        heads: int,
        *,
        causal: bool = False,
        bias: bool = True,
        rng: RandomSource = None,
    ) -> None:
        who = "MultiHeadAttention"
        self.last_axis = self.features = whole_number(features, "features", who)
        self.heads = divisor(heads, "heads", who, "features", self.features)
        self.causal, rng = true_or_false(causal, "causal", who), generator(rng, who)
        self.weight = _square(self.features, 3, rng)
        self.bias = initial_bias(3 * self.features, bias, who)
        self.output_weight = _square(self.features, 1, rng)
        self.output_bias = initial_bias(self.features, bias, who)

    def forward(self, x: Any) -> Array:
        x, memory, visible, given = _inputs(x, self)
        q = _affine(x, self.weight, self.bias, slice(self.features))
        k, v = np.split(_affine(memory, self.weight, self.bias, slice(self.features, None)), 2, axis=-1)
        p, mixed = attend(q, k, v, self.heads, visible)
        self.save_for_backward(x, memory, given, q, k, v, p, mixed)
        return _affine(mixed, self.output_weight, self.output_bias).astype(x.dtype, copy=False)

    def backward(self, grad: Array) -> Any:
        x, memory, (two, masked), q, k, v, p, mixed = self.saved()
        grad = check_gradient(grad, x.shape, self)
        (grad_mixed,) = _affine_backward(self.output_weight, self.output_bias, (mixed, grad))
        grad_q, *others = attend_backward(grad_mixed, q, k, v, p, mixed)
        parts = (x, grad_q), (memory, np.concatenate(others, axis=-1))
        grad_x, grad_memory = _affine_backward(self.weight, self.bias, *parts)
        found = (grad_x, grad_memory) if two else (grad_x + grad_memory,)
        return (*found, *(None,) * masked) if two or masked else found[0]

    def own_multiplications(self, *input_shape: Any) -> int:
        shapes = input_shape if isinstance(input_shape[0], tuple) else (input_shape,)
        steps, seen = shapes[0][0], shapes[:2][-1][0]
        return 2 * self.features * (self.features * (steps + seen) + steps * seen)


def _inputs(x: Any, layer: Any) -> tuple[Array, Array, Array | None, tuple[bool, bool]]:
    """The sequence and the one attended to, which keys are visible, and what of the last two was given.

    Raises
    ------
    ValueError, TypeError
        The number of arrays, a shape or a dtype is not one of those that the layer takes.
    """
    given = x if is_tuple_of_arrays(x) else (x,)
    if given is x and len(given) not in (2, 3):
        raise ValueError(
            f"{layer!r}: expected an array x, or a tuple (x, mask), (x, memory) or (x, memory, mask), "
            f"got {describe(x)}"
        )
    *sequences, last = [as_array(item, layer) for item in given]
    masked = bool(sequences) and (len(sequences) == 2 or _is_mask(last, sequences[0], layer))
    if not masked:
        sequences.append(last)
    sequences = [real_array_like(sequence, layer.weight.value, layer) for sequence in sequences]
    for sequence in sequences:
        check_steps(sequence, layer.features, layer)
    x, memory = sequences[0], sequences[-1]
    if len(x) != len(memory):
        raise ValueError(
            f"{layer!r}: expected as many samples in both sequences, got shapes {x.shape} and "
            f"{memory.shape}"
        )
    shape = (*x.shape[:2], memory.shape[1])
    check_same_device(last, x, layer, "the mask" if masked else "the memory", "the input")
    if on_device(x):
        x = _nan_if_mistaken(x, last, masked, len(sequences))
    visible = _visible_keys(last, shape, layer) if masked else None
    if layer.causal:
        so_far = np.tri(*shape[1:], dtype=np.bool, like=x)
        visible = so_far if visible is None else visible & so_far
    return x, memory, visible, (len(sequences) == 2, masked)


def _is_mask(other: Array, x: Array, layer: Any) -> bool:
    """True if the second array of a pair is the mask, and not the sequence that is attended to.

    Raises
    ------
    ValueError
        It may be either.
    """
    if other.ndim != 3 or other.dtype.kind != "f":
        return True
    if other.shape != (*x.shape[:2], *x.shape[1:2]):
        return False
    ambiguous = x.shape[1:2] == x.shape[2:]
    if ambiguous and not on_device(other) and other.any() and _is_of_0_and_1(other):
        raise ValueError(
            f"{layer!r}: expected (x, memory) or (x, mask), got 0 and 1 in {other.dtype} of shape "
            f"{other.shape}, which may be either: give mask == 1, or (x, memory, mask)"
        )
    return not ambiguous


def _is_of_0_and_1(mask: Array) -> Any:
    return ((mask == 0) | (mask == 1)).all()


def _nan_if_mistaken(x: Array, last: Array, masked: bool, sequences: int) -> Array:
    """On a GPU, where an error would wait: NaN for a mask of other numbers, or what may be a mask."""
    if masked:
        return x if last.dtype.kind == "b" else nan_unless(_is_of_0_and_1(last), x)
    if sequences == 1 or last.shape != (*x.shape[:2], *x.shape[1:2]):
        return x
    return nan_unless(~(last.any() & _is_of_0_and_1(last)), x)


def _visible_keys(mask: Array, shape: tuple[int, ...], layer: Any) -> Array:
    """The mask with an axis for the heads: ``(N, 1, 1 or T, S)``, True where a key is visible."""
    check_real(mask, layer, "a mask")
    of_keys = shape[0], shape[2]
    if mask.shape not in (shape, of_keys):
        one = [full for full in (of_keys, shape) if mask.shape == full[1:]]
        hint = f": np.broadcast_to(mask, {one[0]}) gives it to all samples" if one else ""
        if mask.dtype.kind == "f" and mask.shape == (*of_keys, layer.features):
            hint = ": keys and values are one sequence, so give (x, memory) or (x, memory, mask)"
        raise ValueError(
            f"{layer!r}: expected a mask of shape {of_keys} or {shape}, got {mask.shape}{hint}"
        )
    if not on_device(mask) and not _is_of_0_and_1(mask):
        hint = ": if it is to be added to scores, give mask == 0" * (mask.dtype.kind == "f")
        raise ValueError(
            f"{layer!r}: expected a mask of True and False, or 1 and 0, got {mask.dtype} from "
            f"{mask.min()} to {mask.max()}{hint}"
        )
    return (mask != 0).reshape(len(mask), 1, *mask.shape[1:-1] or (1,), mask.shape[-1])


def _square(features: int, matrices: int, rng: "np.random.Generator") -> Parameter:
    """Square matrices side by side."""
    weights = [glorot_uniform((features, features), rng) for _ in range(matrices)]
    return Parameter(np.hstack(weights))


def _affine(x: Array, weight: Parameter, bias: Parameter | None, columns: slice = slice(None)) -> Array:
    """``x @ weight + bias``, or some columns of it, in float32 at least."""
    columns_of_bias = None if bias is None else bias.value[columns]
    return affine(at_least_float32(x), at_least_float32(weight.value)[:, columns], columns_of_bias)


def _affine_backward(
    weight: Parameter, bias: Parameter | None, *parts: tuple[Array, Array]
) -> list[Array]:
    """Add the gradients of both, and return those of the inputs.

    A part is an input and the gradient of the columns that it was used for, from left to right.
    """
    rows = [[at_least_float32(array).reshape(-1, array.shape[-1]) for array in part] for part in parts]
    weight.add_grad(np.hstack([product(x.T, grad) for x, grad in rows]))
    if bias is not None:
        bias.add_grad(np.hstack([sum_rows(grad) for _, grad in rows]))
    ends = list(accumulate(grad.shape[1] for _, grad in rows))
    weights = np.split(at_least_float32(weight.value), ends[:-1], axis=1)
    return [
        product(grad, matrix.T).astype(x.dtype, copy=False).reshape(x.shape)
        for (x, _), (_, grad), matrix in zip(parts, rows, weights, strict=True)
    ]
