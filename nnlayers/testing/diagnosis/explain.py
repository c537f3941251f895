"""The error of a wrong gradient."""

from collections.abc import Collection
from typing import Any

from nnlayers.testing.errors import GradientError
from nnlayers.testing.trials import Trial
from nnlayers.testing.value import Verdict


def explain(
    subject: Any, trial: Trial, block: str, verdict: Verdict, report: Any, excused: Collection[str]
) -> GradientError:
    """The error of a wrong gradient of one block, or of another one with a plainer cause."""
    return GradientError(
        f"{trial.name}.backward: the gradient of {block} is wrong", check="value", block=block
    )
