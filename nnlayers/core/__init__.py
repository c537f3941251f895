"""The contract: parameters, saved values, parts, layers, and checks of arguments."""

from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter, State

__all__ = ["Layer", "Parameter", "State"]
