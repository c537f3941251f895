"""The layers, one file a family, and the initializers of their weights."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.layers import (
    activations,
    attention,
    bidirectional,
    branches,
    channel_norms,
    convolution,
    dense,
    dropout,
    embedding,
    gated,
    initializers,
    joining,
    noise,
    normalization,
    pooling,
    rectifiers,
    recurrent,
    sequential,
    shape,
    smooth,
    standardize,
    transformer,
    transposed_convolution,
)
from nnlayers.layers.activations import *
from nnlayers.layers.attention import *
from nnlayers.layers.bidirectional import *
from nnlayers.layers.branches import *
from nnlayers.layers.channel_norms import *
from nnlayers.layers.convolution import *
from nnlayers.layers.dense import *
from nnlayers.layers.dropout import *
from nnlayers.layers.embedding import *
from nnlayers.layers.gated import *
from nnlayers.layers.initializers import *
from nnlayers.layers.joining import *
from nnlayers.layers.noise import *
from nnlayers.layers.normalization import *
from nnlayers.layers.pooling import *
from nnlayers.layers.rectifiers import *
from nnlayers.layers.recurrent import *
from nnlayers.layers.sequential import *
from nnlayers.layers.shape import *
from nnlayers.layers.smooth import *
from nnlayers.layers.standardize import *
from nnlayers.layers.transformer import *
from nnlayers.layers.transposed_convolution import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *activations.__all__,
        *attention.__all__,
        *bidirectional.__all__,
        *branches.__all__,
        *channel_norms.__all__,
        *convolution.__all__,
        *dense.__all__,
        *dropout.__all__,
        *embedding.__all__,
        *gated.__all__,
        *initializers.__all__,
        *joining.__all__,
        *noise.__all__,
        *normalization.__all__,
        *pooling.__all__,
        *rectifiers.__all__,
        *recurrent.__all__,
        *sequential.__all__,
        *shape.__all__,
        *smooth.__all__,
        *standardize.__all__,
        *transformer.__all__,
        *transposed_convolution.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
