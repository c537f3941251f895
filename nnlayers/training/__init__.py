"""Training: the trainer, its history, its progress line, and Ctrl-C."""

from nnlayers.training import history, trainer
from nnlayers.training.history import *
from nnlayers.training.trainer import *

__all__ = [*history.__all__, *trainer.__all__]
