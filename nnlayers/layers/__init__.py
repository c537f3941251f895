"""The layers, one file a family."""

from nnlayers.layers.activations import ReLU
from nnlayers.layers.dense import Dense
from nnlayers.layers.dropout import Dropout
from nnlayers.layers.standardize import Standardize

__all__ = ["Dense", "Dropout", "ReLU", "Standardize"]
