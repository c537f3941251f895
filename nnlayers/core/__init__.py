"""The contract: parameters, saved values, parts, layers, and checks of arguments."""

from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State

__all__ = ["Layer", "Parameter", "State"]
