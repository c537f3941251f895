"""Attention, whose queries, keys and values ONNX takes as they are, in one array for each.

The layer computes them from its input: here from the queries, and from keys and values side by side,
by weights of zeros and ones. Heads that share keys share columns of these.
"""

import math

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import Operator, output, with_values


def attention(
    q, k, v, mask=None, past_k=None, past_v=None, lengths=None, *, scale=None, is_causal=0,
    q_num_heads=None, kv_num_heads=None, left_window_size=-1, right_window_size=-1,
    qk_matmul_output_mode=0, softmax_precision=None,
):  # fmt: skip
    """The output; keys and values with the past before them, and scores, the layer does not return."""
    of_heads = q.ndim == 4
    q, k, v = steps_first(q, q_num_heads), steps_first(k, kv_num_heads), steps_first(v, kv_num_heads)
    if past_k is not None:
        k = np.concatenate([steps_first(past_k), k], axis=1)
        v = np.concatenate([steps_first(past_v), v], axis=1)
    before = 0 if past_k is None else past_k.shape[-2]  # so many keys stand before the first query
    if lengths is not None:
        before = lengths[:, np.newaxis, np.newaxis] - q.shape[1]
    causal = bool(is_causal) and not np.any(before)
    visible = np.ones((len(q), q.shape[1], k.shape[1]), bool)
    if mask is not None:
        visible[..., mask.shape[-1] :] = False
        visible[..., : mask.shape[-1]] &= for_all_heads(mask)
    if lengths is not None:
        visible &= np.arange(k.shape[1]) < lengths[:, np.newaxis, np.newaxis]
    ahead = np.arange(k.shape[1]) - np.arange(q.shape[1])[:, np.newaxis] - before
    if left_window_size >= 0:
        visible &= ahead >= -left_window_size
    if right_window_size >= 0:
        visible &= ahead <= right_window_size
    if is_causal and not causal:
        visible &= ahead <= 0
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    y = attend(q, k, v, scale, causal, None if visible.all() else visible)
    return y.swapaxes(1, 2) if of_heads else flat(y)


def steps_first(x, heads=None):
    """``(N, T, heads, size)``, from the heads first or side by side."""
    return x.swapaxes(1, 2) if x.ndim == 4 else x.reshape(*x.shape[:2], heads, -1)


def flat(x):
    return x.reshape(*x.shape[:2], -1)


def for_all_heads(mask):
    """What can be seen, if it is the same for all heads, and nothing is added to the scores."""
    if mask.dtype != bool:
        assert np.isin(mask, [0, -np.inf]).all()
        mask = mask == 0
    if mask.ndim > 2:
        assert mask.shape[-3] == 1
        mask = mask[..., 0, :, :]
    return mask


def attend(q, k, v, scale, causal, visible):
    """The layer's output, with the heads apart."""
    (*_, heads, size), groups = q.shape, k.shape[2]
    whole = 4 * size  # of a head in the layer, which divides by the root: then it is exact
    features = heads * whole
    x, memory = (
        np.pad(array, [(0, 0), (0, 0), (0, features - array.shape[-1])])
        for array in (flat(q), np.concatenate([flat(k), flat(v)], axis=-1))
    )
    weight = np.zeros((features, 3, heads, whole), q.dtype)
    for head in range(heads):
        group = head * groups // heads
        select(weight[:, 0, head], head * size, size, scale * math.sqrt(whole))
        select(weight[:, 1, head], group * size, size)
        select(weight[:, 2, head], k[0, 0].size + group * v.shape[-1], v.shape[-1])
    layer = with_values(
        nn.MultiHeadAttention(features, heads, causal=causal, bias=False),
        weight=weight.reshape(features, -1),
        output_weight=np.eye(features, dtype=q.dtype),
    )
    y = output(layer, (x, memory) if visible is None else (x, memory, visible))
    return y.reshape(*y.shape[:2], heads, whole)[..., : v.shape[-1]]


def select(columns, first, size, factor=1.0):
    """Let the first columns take these features, times a factor."""
    columns[range(first, first + size), range(size)] = factor


OPERATORS = {"Attention": Operator(attention, "attention", 42)}
