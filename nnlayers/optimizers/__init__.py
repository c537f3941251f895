"""Optimizers, and schedules of their learning rates."""

from nnlayers.optimizers import base, declaration, momentum, schedules
from nnlayers.optimizers.base import *
from nnlayers.optimizers.declaration import *
from nnlayers.optimizers.momentum import *

__all__ = [*base.__all__, *declaration.__all__, *momentum.__all__, "schedules"]
