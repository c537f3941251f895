"""The layers, one file a family, and the initializers of their weights."""

from typing import TYPE_CHECKING

from nnlayers.core.other_names import answer_other_names
from nnlayers.layers import (
    activations,
    bidirectional,
    branches,
    dense,
    dropout,
    embedding,
    gated,
    initializers,
    joining,
    recurrent,
    sequential,
    standardize,
)
from nnlayers.layers.activations import *
from nnlayers.layers.bidirectional import *
from nnlayers.layers.branches import *
from nnlayers.layers.dense import *
from nnlayers.layers.dropout import *
from nnlayers.layers.embedding import *
from nnlayers.layers.gated import *
from nnlayers.layers.initializers import *
from nnlayers.layers.joining import *
from nnlayers.layers.recurrent import *
from nnlayers.layers.sequential import *
from nnlayers.layers.standardize import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *activations.__all__,
        *bidirectional.__all__,
        *branches.__all__,
        *dense.__all__,
        *dropout.__all__,
        *embedding.__all__,
        *gated.__all__,
        *initializers.__all__,
        *joining.__all__,
        *recurrent.__all__,
        *sequential.__all__,
        *standardize.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
