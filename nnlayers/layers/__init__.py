"""The layers, one file a family, and the initializers of their weights."""

from typing import TYPE_CHECKING

from nnlayers.core.other_names import answer_other_names
from nnlayers.layers import (
    activations,
    branches,
    convolution,
    dense,
    dropout,
    initializers,
    joining,
    sequential,
    standardize,
    transposed_convolution,
)
from nnlayers.layers.activations import *
from nnlayers.layers.branches import *
from nnlayers.layers.convolution import *
from nnlayers.layers.dense import *
from nnlayers.layers.dropout import *
from nnlayers.layers.initializers import *
from nnlayers.layers.joining import *
from nnlayers.layers.sequential import *
from nnlayers.layers.standardize import *
from nnlayers.layers.transposed_convolution import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *activations.__all__,
        *branches.__all__,
        *convolution.__all__,
        *dense.__all__,
        *dropout.__all__,
        *initializers.__all__,
        *joining.__all__,
        *sequential.__all__,
        *standardize.__all__,
        *transposed_convolution.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
