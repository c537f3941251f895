"""Training: the trainer, its history, its progress line, its health report, and Ctrl-C."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.training import callbacks, health, history, inputs, rate_finder, trainer
from nnlayers.training.callbacks import *
from nnlayers.training.health import *
from nnlayers.training.history import *
from nnlayers.training.inputs import *
from nnlayers.training.rate_finder import *
from nnlayers.training.trainer import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *callbacks.__all__,
        *health.__all__,
        *history.__all__,
        *inputs.__all__,
        *rate_finder.__all__,
        *trainer.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
