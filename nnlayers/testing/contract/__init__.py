"""The exact checks: promises that need no finite differences, in one table, one function each."""

from nnlayers.testing.contract.table import CHECKS, VALUE, Check, NotApplicable, available

__all__ = ["CHECKS", "VALUE", "Check", "NotApplicable", "available"]
