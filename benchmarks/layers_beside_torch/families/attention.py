"""MultiHeadAttention, and the transformer block."""

import numpy as np
import torch
from pairs import Pair, Weight

import nnlayers as nn


class Attention(torch.nn.MultiheadAttention):
    """torch's, called as ours is; its masks say what is hidden."""

    def __init__(self, features, heads, *, causal=False, bias=True):
        super().__init__(features, heads, bias=bias, batch_first=True)
        self.causal = causal

    def forward(self, x, *others):
        memory = next((a for a in others if a.dtype.is_floating_point), x)
        mask = next((~a for a in others if not a.dtype.is_floating_point), None)
        options = {"key_padding_mask": mask}
        if mask is not None and mask.ndim == 3:
            options = {"attn_mask": mask.repeat_interleave(self.num_heads, dim=0)}
        if self.causal:
            later = torch.ones(x.shape[1], memory.shape[1], dtype=torch.bool).triu(1)
            options |= {"attn_mask": later, "is_causal": mask is None and memory is x}
        return super().forward(x, memory, memory, need_weights=False, **options)[0]


def weights(layer, module):
    pairs = [
        Weight(layer.weight, module.in_proj_weight, np.transpose, np.transpose),
        Weight(layer.output_weight, module.out_proj.weight, np.transpose, np.transpose),
    ]
    if layer.bias is None:
        return pairs
    biases = Weight(layer.bias, module.in_proj_bias), Weight(layer.output_bias, module.out_proj.bias)
    return [*pairs, *biases]


def block_weights(layer, module):
    (norm_1, attention), (norm_2, dense_1, _, dense_2) = layer
    pairs = weights(attention, module.self_attn)
    for ours, theirs in [(norm_1, module.norm1), (norm_2, module.norm2)]:
        pairs += [Weight(ours.gain, theirs.weight), Weight(ours.offset, theirs.bias)]
    for ours, theirs in [(dense_1, module.linear1), (dense_2, module.linear2)]:
        pairs += [Weight(ours.weight, theirs.weight, np.transpose, np.transpose)]
        pairs += [Weight(ours.bias, theirs.bias)]
    return pairs


def inputs(rng, shapes):
    """Sequences of the shapes, the last one a mask that hides no step from all."""
    *sequences, mask = (rng.standard_normal(shape) for shape in shapes)
    return *sequences, (mask < 0) | (np.arange(mask.shape[-1]) == 0)


def sequences(rng, shapes):
    return tuple(rng.standard_normal(shape) for shape in shapes)


def both(name, features, heads, small=(), large=(), inputs=None, **options):
    return Pair(
        name,
        lambda: nn.MultiHeadAttention(features, heads, **options),
        lambda: Attention(features, heads, **options),
        small,
        large,
        weights=weights,
        inputs=inputs,
    )


def block(name, features, heads, small=(), large=()):
    return Pair(
        name,
        lambda: nn.transformer_block(features, heads),
        lambda: torch.nn.TransformerEncoderLayer(
            features, heads, 4 * features, 0.0, "gelu", batch_first=True, norm_first=True
        ),
        small,
        large,
        weights=block_weights,
    )


X, MEMORY = (2, 3, 4), (2, 5, 4)
PAIRS = [
    both("attention", 4, 2, X),
    both("attention without biases", 4, 1, X, bias=False),
    both("causal attention", 4, 2, X, causal=True),
    both("attention to a memory", 4, 2, (X, MEMORY), inputs=sequences),
    both("causal attention to a memory", 4, 2, (X, MEMORY), inputs=sequences, causal=True),
    both("attention with a mask of keys", 4, 2, (X, (2, 3)), inputs=inputs),
    both("causal attention with a mask of keys", 4, 2, (X, (2, 3)), inputs=inputs, causal=True),
    both("attention to a memory with a mask", 4, 2, (X, MEMORY, (2, 3, 5)), inputs=inputs),
    block("transformer block", 4, 2, X),
    both("attention 128, 4 heads", 128, 4, large=[(16, 64, 128), (8, 256, 128)]),
    both("causal attention 128, 4 heads", 128, 4, large=[(16, 64, 128), (8, 256, 128)], causal=True),
    both("attention 256, 8 heads", 256, 8, large=[(16, 128, 256)]),
    block("transformer block 128, 4 heads", 128, 4, large=[(16, 64, 128)]),
]
