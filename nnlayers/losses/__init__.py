"""Losses: what a network is trained to make small."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.losses import base, binary, classification, pointwise, regression, several
from nnlayers.losses.base import *
from nnlayers.losses.binary import *
from nnlayers.losses.classification import *
from nnlayers.losses.pointwise import *
from nnlayers.losses.regression import *
from nnlayers.losses.several import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *base.__all__,
        *binary.__all__,
        *classification.__all__,
        *pointwise.__all__,
        *regression.__all__,
        *several.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
