"""Gradient and contract checks of layers, losses and networks, for tests."""

from nnlayers.testing.checks import check_layer, check_loss
from nnlayers.testing.errors import ContractError, GradientError, LayerCheckError
from nnlayers.testing.functions import check_function
from nnlayers.testing.mutation import Mutant, MutantReport, mutants
from nnlayers.testing.networks import check_network
from nnlayers.testing.numeric import directional_derivative, numerical_gradient
from nnlayers.testing.parametrize import parametrize_with_layer_checks
from nnlayers.testing.report import LayerReport
from nnlayers.testing.run import NotVerifiedWarning

__all__ = [
    "ContractError",
    "GradientError",
    "LayerCheckError",
    "LayerReport",
    "Mutant",
    "MutantReport",
    "NotVerifiedWarning",
    "check_function",
    "check_layer",
    "check_loss",
    "check_network",
    "directional_derivative",
    "mutants",
    "numerical_gradient",
    "parametrize_with_layer_checks",
]
