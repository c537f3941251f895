"""The diagnosis of a wrong gradient: evidence, likely causes, the smallest case, the message."""

from nnlayers.testing.diagnosis.explanation import explain
from nnlayers.testing.diagnosis.failure import Failure

__all__ = ["Failure", "explain"]
