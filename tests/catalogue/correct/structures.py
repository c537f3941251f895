"""Layers of several parts: gates, attention, carried states, other norms, blocks; losses that learn."""

from tests.catalogue import attention, blocks, gates, learned_losses, normalized
from tests.catalogue.correct.entry import Correct, labels, moderate, numbers, signs

CORRECT = [
    Correct("highway", gates.Highway, "N D"),
    Correct("squeeze and excite", gates.SqueezeExcite, "N T D"),
    Correct("maxout", gates.Maxout, "N D"),
    Correct("gru", gates.GRU, "N T D"),
    Correct("lstm", gates.LSTM, "N T D"),
    Correct("causal attention", attention.CausalAttention, "N T D"),
    Correct("attention with two heads", attention.TwoHeads, "N T D"),
    Correct("attention pooling", attention.AttentionPooling, "N T D"),
    Correct("cosine similarity", attention.Cosine, "N D"),
    Correct("radial basis functions", attention.RadialBasis, "N D"),
    Correct("tied weights", attention.Tied, "N D"),
    Correct("log-determinant", attention.LogDet, "N T D", moderate),
    Correct("log-determinant by singular values", attention.SumOfLogs, "N T D"),
    Correct("group norm", normalized.GroupNorm, "N H W 4"),
    Correct("layer norm of images", normalized.ImageNorm, "N H W C"),
    Correct("instance norm of images", normalized.InstanceNorm, "N H W C"),
    Correct("weight norm", normalized.WeightNorm, "N D"),
    Correct("deviation over time", normalized.Deviation, "N T D"),
    Correct("prelu of channels", normalized.PReLUOfChannels, "N H W C"),
    Correct("convolution with a stride", normalized.Strided, "N T D"),
    Correct("dense in blocks", blocks.BlockedDense, "N D"),
    Correct("cumsum in chunks", blocks.ChunkedSum, "N T D"),
    Correct("learned temperature", learned_losses.Temperature, "N C", None, labels, "loss"),
    Correct("learned uncertainty", learned_losses.Uncertainty, "N D", None, numbers, "loss"),
    Correct("learned margin", learned_losses.Margin, "N D", None, signs, "loss"),
    Correct("huber beyond 0.4", learned_losses.NarrowHuber, "N D", None, numbers, "loss"),
]
