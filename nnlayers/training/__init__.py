"""Training: the trainer, its history, its progress line, and Ctrl-C."""

from typing import TYPE_CHECKING

from nnlayers.training import history, trainer
from nnlayers.training.history import *
from nnlayers.training.trainer import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [*history.__all__, *trainer.__all__]
