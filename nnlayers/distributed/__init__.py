"""Training by several processes, on one machine or many, over MPI."""

from nnlayers.distributed import data_parallel
from nnlayers.distributed.data_parallel import *

__all__ = [*data_parallel.__all__]
