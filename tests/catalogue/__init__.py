"""Correct layers and losses, and bugs planted in them: what the gradient checker is measured by."""

from tests.catalogue.bugs import BUGS
from tests.catalogue.correct import CORRECT

__all__ = ["BUGS", "CORRECT"]
