"""Data on its way to a network: batches, splits, labels, tables."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.data import encoding, minibatches, splits, tables
from nnlayers.data.encoding import *
from nnlayers.data.minibatches import *
from nnlayers.data.splits import *
from nnlayers.data.tables import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [*encoding.__all__, *minibatches.__all__, *splits.__all__, *tables.__all__]
    __getattr__ = answer_other_names(__name__, __all__)
