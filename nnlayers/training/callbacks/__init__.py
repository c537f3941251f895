"""Callbacks: what a fit calls as it goes on."""

from nnlayers.training.callbacks.averaging import MovingAverage
from nnlayers.training.callbacks.base import Callback
from nnlayers.training.callbacks.checkpoints import Checkpoint
from nnlayers.training.callbacks.limits import TimeLimit
from nnlayers.training.callbacks.logs import CsvLog, TensorBoard
from nnlayers.training.callbacks.monitoring import EarlyStopping, ReduceOnPlateau
from nnlayers.training.callbacks.statistics import LayerStatistics

__all__ = [
    "Callback",
    "Checkpoint",
    "CsvLog",
    "EarlyStopping",
    "LayerStatistics",
    "MovingAverage",
    "ReduceOnPlateau",
    "TensorBoard",
    "TimeLimit",
]
