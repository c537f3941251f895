"""Optimizers, and schedules of their learning rates."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.optimizers import adaptive, base, declaration, lion, momentum
from nnlayers.optimizers import schedules as schedules
from nnlayers.optimizers.adaptive import *
from nnlayers.optimizers.base import *
from nnlayers.optimizers.declaration import *
from nnlayers.optimizers.lion import *
from nnlayers.optimizers.momentum import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *base.__all__,
        *declaration.__all__,
        *momentum.__all__,
        *adaptive.__all__,
        *lion.__all__,
        "schedules",
    ]
    __getattr__ = answer_other_names(__name__, __all__)
