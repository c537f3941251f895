"""The health report of a fit: what was noticed, with a cause and a remedy for each finding."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnlayers.core.checks import Array
from nnlayers.core.markup import html_table
from nnlayers.plots.chart import Chart
from nnlayers.plots.health import training_health

__all__ = ["Finding", "Health", "HealthWarning"]


class HealthWarning(UserWarning):
    """The category of the warnings about a run's health that `Trainer.fit` gives.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("error", nn.HealthWarning)  # a fit that goes wrong then ends
    >>> warnings.simplefilter("default", nn.HealthWarning)  # as usual
    """


@dataclass(frozen=True)
class Finding:
    """One finding of the health report: a cause, with its numbers, and a remedy.

    Examples
    --------
    >>> finding = nn.Finding("large-batch", "batch_size is 64, but there are 8 rows.", "Lower it.")
    >>> print(finding)
    large-batch: batch_size is 64, but there are 8 rows. Lower it.
    >>> finding.remedy
    'Lower it.'
    """

    name: str
    """Short and stable, for code that asks: ``"dead-units"``."""
    cause: str
    """The fault, with the numbers that show it."""
    remedy: str
    """The way out, in a sentence."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The numbers, by name."""
    at_once: bool = False
    """True if it is said at once, not at the end of the fit."""
    epoch: int = 0
    """The epoch at whose end it was noticed; 0 is before the first step."""

    def __str__(self) -> str:
        return f"{self.name}: {self.cause} {self.remedy}"


class Health:
    """The health report of the last fit, ``trainer.health``: a list of findings, empty if all is well.

    Print it to read it; ``health["dead-units"]`` is one finding, and ``"dead-units" in health`` asks
    for it. It also keeps the measurements that `plot` draws.

    Attributes
    ----------
    findings : list of Finding
        In the order in which they were noticed.
    epochs, steps : int
        How many of them were judged: those of earlier fits on the same data count too.
    losses : list of float
        The training loss of each of these epochs.
    guess : float
        The loss of the best constant prediction; NaN if it is not known for the loss.
    dead : dict
        For each ReLU, by its path, the share of dead units in each look: the first is before the first
        step, the last after the last one.
    updates : dict
        The step numbers at which updates were measured, and for each weight, by its path, the size of
        the update divided by that of the weight.
    classes : tuple of two arrays, or None
        The shares of the classes in the targets, and in the predictions at the end, of the rows that
        were looked at.
    problems : list of str
        What could not be looked at, and why.

    Examples
    --------
    Pixels from 0 to 255, which were not scaled:

    >>> import warnings
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=1e-6))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", nn.HealthWarning)
    ...     history = trainer.fit(255 * x, y, epochs=1, rng=0, progress=False)
    >>> trainer.health
    Health(input-scale)
    >>> print(trainer.health["input-scale"].remedy.partition(",")[0])
    Standardize the inputs: divide pixels by 255
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.epochs = self.steps = 0
        self.losses: list[float] = []
        self.guess = math.nan
        self.dead: dict[str, list[float]] = {}
        self.updates: dict[int, dict[str, float]] = {}
        self.classes: tuple[Array, Array] | None = None
        self.problems: list[str] = []
        self.said: set[str] = set()
        """The names of what was said, in fits before on the same data too."""
        self.looked_at = (0, 0)
        """The steps that were counted at the last look, and the fingerprint of the data."""

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __contains__(self, name: object) -> bool:
        return any(finding.name == name or finding == name for finding in self.findings)

    def __getitem__(self, key: int | str) -> Finding:
        if isinstance(key, int):
            return self.findings[key]
        for finding in self.findings:
            if finding.name == key:
                return finding
        raise KeyError(f"no finding is named {key!r}; there are {[f.name for f in self.findings]}")

    def plot(self, ax: Any = None) -> Chart:
        """Draw the measurements; see `nnlayers.plots.training_health`."""
        return training_health(self, ax=ax)

    def __str__(self) -> str:
        title = "Health report:"
        unseen = "".join(f"\nNot looked at: {problem}" for problem in self.problems)
        if not self.findings:
            return f"{title} {'nothing noticed' if self.losses else 'nothing was looked at'}.{unseen}"
        lines = [f"\n* {f.name} ({_moment(f)}): {f.cause} {f.remedy}" for f in self.findings]
        return title + "".join(lines) + unseen

    def _repr_html_(self) -> str:
        from html import escape  # for notebooks only

        unseen = " ".join(f"Not looked at: {problem}." for problem in self.problems)
        if not self.findings:
            return f"<p>{escape(str(self))}</p>"
        rows = [(f.name, _moment(f), f.cause, f.remedy) for f in self.findings]
        return html_table("Health report", ("finding", "noticed", "cause", "remedy"), rows, unseen)

    def __repr__(self) -> str:
        return f"Health({', '.join(f.name for f in self.findings) or 'nothing noticed'})"


def _moment(finding: Finding) -> str:
    return f"after epoch {finding.epoch}" if finding.epoch else "before the first step"
