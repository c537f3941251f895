"""Training by several processes, on one machine or many, over MPI."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.distributed import data_parallel
from nnlayers.distributed.data_parallel import *

__all__ = [*data_parallel.__all__]

if not TYPE_CHECKING:
    __getattr__ = answer_other_names(__name__, __all__)
