"""Losses: what a network is trained to make small."""

from typing import TYPE_CHECKING

from nnlayers.lazy import lazy_names

if TYPE_CHECKING:
    from nnlayers.losses.base import *
    from nnlayers.losses.binary import *
    from nnlayers.losses.classification import *
    from nnlayers.losses.pointwise import *
    from nnlayers.losses.regression import *
    from nnlayers.losses.several import *
else:
    __getattr__, __dir__ = lazy_names(
        __name__, ["base", "binary", "classification", "pointwise", "regression", "several"]
    )
