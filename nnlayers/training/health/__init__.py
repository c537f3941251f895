"""The health report: what a fit is watched for, and how it is judged."""

from typing import TYPE_CHECKING

from nnlayers.training.health import findings
from nnlayers.training.health.findings import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = findings.__all__
