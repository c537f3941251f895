"""The strength of a test: mistakes planted in the code of a layer, and which of them the test finds."""

from nnlayers.testing.mutation.planting import Mutant
from nnlayers.testing.mutation.report import MutantReport, mutants

__all__ = ["Mutant", "MutantReport", "mutants"]
