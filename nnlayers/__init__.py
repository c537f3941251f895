"""Neural networks from layers that each implement forward and backward, on NumPy."""

from typing import TYPE_CHECKING

from nnlayers import launched as launched
from nnlayers import lazy
from nnlayers.version import __version__ as __version__

if TYPE_CHECKING:
    from nnlayers import datasets as datasets
    from nnlayers import distributed as distributed
    from nnlayers import io as io
    from nnlayers import plots as plots
    from nnlayers.config import *
    from nnlayers.core import *
    from nnlayers.data import *
    from nnlayers.io.network import *
    from nnlayers.layers import *
    from nnlayers.losses import *
    from nnlayers.metrics import *
    from nnlayers.optimizers import *
    from nnlayers.training import *
else:
    __getattr__, __dir__ = lazy.lazy_names(
        __name__,
        [
            "core",
            "layers",
            "losses",
            "optimizers",
            "training",
            "data",
            "metrics",
            "config",
            "io.network",
        ],
        ["datasets", "plots", "io"],
    )
