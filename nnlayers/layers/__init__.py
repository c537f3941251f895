"""The layers, one file a family."""

from nnlayers.layers.activations import ReLU
from nnlayers.layers.dense import Dense
from nnlayers.layers.dropout import Dropout

__all__ = ["Dense", "Dropout", "ReLU"]
