"""Neural networks from layers that each implement forward and backward, on NumPy."""

from typing import TYPE_CHECKING

from nnlayers import lazy

__version__ = "0.1.0"

if TYPE_CHECKING:
    from nnlayers import datasets as datasets
    from nnlayers import io as io
    from nnlayers import plots as plots
    from nnlayers.config import *
    from nnlayers.core import *
    from nnlayers.data import *
    from nnlayers.layers import *
    from nnlayers.losses import *
    from nnlayers.metrics import *
    from nnlayers.optimizers import *
    from nnlayers.training import *
else:
    __getattr__, __dir__ = lazy.lazy_names(
        __name__,
        ["core", "layers", "losses", "optimizers", "training", "data", "metrics", "config"],
        ["datasets", "plots", "io"],
    )
