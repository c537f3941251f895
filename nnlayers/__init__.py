"""Neural networks from layers that each implement forward and backward, on NumPy."""

from typing import TYPE_CHECKING

from nnlayers import config, core, data, datasets, layers, losses, metrics, optimizers, plots, training
from nnlayers.config import *
from nnlayers.core import *
from nnlayers.data import *
from nnlayers.layers import *
from nnlayers.losses import *
from nnlayers.metrics import *
from nnlayers.optimizers import *
from nnlayers.training import *

__version__ = "0.1.0"


if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *core.__all__,
        *data.__all__,
        *layers.__all__,
        *losses.__all__,
        *metrics.__all__,
        *optimizers.__all__,
        *training.__all__,
        *config.__all__,
        "datasets",
        "plots",
    ]

    __getattr__ = core.answers.names.answer_other_names(__name__, __all__)
