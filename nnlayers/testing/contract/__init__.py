"""The exact checks: promises that need no finite differences, in one table, one function each.

A check returns a description of the failure, or None; it raises `NotApplicable` if it cannot be tried.
To add one, add a function with ``@exact`` and the kinds of subjects that it applies to. The first line
of its docstring says what it guards against, and is part of the message.
"""

from nnlayers.testing.contract import (  # noqa: F401 (they fill the table, in this order)
    copies,
    form,
    histories,
    inference,
    losses,
    memory,
    parts,
    passes,
)
from nnlayers.testing.contract.table import CHECKS, VALUE, Check, NotApplicable, available

__all__ = ["CHECKS", "VALUE", "Check", "NotApplicable", "available"]
