"""The transformer block: a composition of attention and a small network, each with a shortcut."""

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import RandomSource, generator, real_number, true_or_false, whole_number
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.branches import Residual
from nnlayers.layers.dense import Dense
from nnlayers.layers.dropout import Dropout
from nnlayers.layers.normalization import LayerNorm
from nnlayers.layers.sequential import Sequential
from nnlayers.layers.smooth import GELU

__all__ = ["transformer_block"]


@answers_other_arguments()
def transformer_block(
    features: int,
    heads: int,
    *,
    hidden: int | None = None,
    dropout: float = 0.0,
    causal: bool = False,
    rng: RandomSource = None,
) -> Sequential:
    """A pre-norm transformer block: attention, then two Dense at each step, each with a shortcut.

    Parameters
    ----------
    features, heads, causal
        As for `MultiHeadAttention`.
    hidden : int or None
        The units between the two Dense; ``4 * features`` for None.
    dropout : float
        The rate of a `Dropout` at the end of both parts; there is none for 0.
    rng : int, Generator or None
        The source of the weights, and of what is dropped.

    Returns
    -------
    Sequential
        ``Residual(LayerNorm, MultiHeadAttention, Dropout)`` and
        ``Residual(LayerNorm, Dense, GELU, Dense, Dropout)``.

    Raises
    ------
    ValueError, TypeError
        A number out of its range, or heads that do not divide the features.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, T, features)``. Both parts normalize what they read (pre-norm), so
    a last `LayerNorm` stands after all blocks. A block takes no mask; if it is causal, sequences that
    are padded at the end need none, only weights of 0 for the loss there. The page on images and
    sequences has a block that takes one. For any other form, put the layers together as the ``repr``
    shows them.

    Sources: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3; Xiong et al., "On
    Layer Normalization in the Transformer Architecture", ICML 2020.

    Examples
    --------
    >>> for part in nn.transformer_block(8, 2, causal=True):
    ...     print(repr(part))
    Residual(LayerNorm(8), MultiHeadAttention(8, 2, causal=True))
    Residual(LayerNorm(8), Dense(8, 32), GELU(), Dense(32, 8))

    A language model of 65 characters:

    >>> model = nn.Sequential(
    ...     nn.Embedding(65, 16),
    ...     nn.PositionalEncoding(),
    ...     *[nn.transformer_block(16, 4, dropout=0.1, causal=True) for _ in range(2)],
    ...     nn.LayerNorm(16),
    ...     nn.Dense(16, 65),
    ... )
    >>> model.predict(np.array([[3, 1, 4, 1, 5]])).shape
    (1, 5, 65)
    """
    who = "transformer_block"
    features, rng = whole_number(features, "features", who), generator(rng, who)
    causal = true_or_false(causal, "causal", who)
    hidden = 4 * features if hidden is None else whole_number(hidden, "hidden", who)
    rates = [real_number(dropout, "dropout", who, below=1.0)] if dropout != 0 else []
    return Sequential(
        Residual(
            LayerNorm(features),
            MultiHeadAttention(features, heads, causal=causal, rng=rng),
            *[Dropout(rate, rng=rng) for rate in rates],
        ),
        Residual(
            LayerNorm(features),
            Dense(features, hidden, rng=rng),
            GELU(),
            Dense(hidden, features, rng=rng),
            *[Dropout(rate, rng=rng) for rate in rates],
        ),
    )
