"""Neural networks from layers that each implement forward and backward, on NumPy."""

from nnlayers import core, data, datasets, layers, losses, metrics, optimizers, plots, training
from nnlayers.core import *
from nnlayers.data import *
from nnlayers.layers import *
from nnlayers.losses import *
from nnlayers.metrics import *
from nnlayers.optimizers import *
from nnlayers.training import *

__version__ = "0.1.0"

__all__ = [
    *core.__all__,
    *data.__all__,
    *layers.__all__,
    *losses.__all__,
    *metrics.__all__,
    *optimizers.__all__,
    *training.__all__,
    "datasets",
    "plots",
]


def __getattr__(name: str) -> object:
    """Say what a name of other libraries is called here."""
    from nnlayers.core.other_names import advice

    raise AttributeError(advice(name, __all__))
