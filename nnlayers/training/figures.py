"""The figures of an epoch: the loss and the metrics, of all its samples together."""

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby, zip_longest
from typing import Any

import numpy as np

from nnlayers.core.devices import to_host
from nnlayers.core.notices import notice
from nnlayers.core.placement import moved_beside
from nnlayers.core.sample_weights import takes_argument
from nnlayers.core.structures import arrays_in, each, length
from nnlayers.metrics import Metric, UndefinedMetric
from nnlayers.training.metric_values import figure_of, is_mean
from nnlayers.training.readings import Readings
from nnlayers.training.weights import check_proportional, weight_of, weights_by_output

MIXED = "Trainer: some batches have a tuple of weights, others do not"

SMALL, TOGETHER = 1 << 13, 16
"""Batches with predictions of no more numbers are added up so many at a time: it takes half as long."""


class Totals:
    """What the figures of an epoch are computed from, batch by batch.

    The loss, and metrics that are marked as means, are summed. Other metrics need the predictions
    and targets of all samples, which are kept until the end of the epoch; so does every figure if
    each of several targets has its own weights. Figures of arrays on a device are added up when its
    numbers are read.
    """

    def __init__(
        self,
        metrics: Mapping[str, Metric],
        loss: Any,
        readings: Readings | None = None,
        *,
        is_part: bool = False,
    ) -> None:
        self.metrics, self.loss = metrics, loss
        self.readings = readings or Readings()
        self.together = 1 if is_part else TOGETHER  # parts are put in order batch by batch
        self.in_order = 0
        """How many of those that are kept are in order with those of other processes."""
        self.summed = {name: m for name, m in metrics.items() if is_mean(m)}
        self.weighted = {name for name, metric in metrics.items() if takes_argument(metric, "weights")}
        self.samples = 0
        self.waiting: list[tuple[Any, ...]] = []
        """The loss, the predictions and the targets of small batches that are not added yet."""
        self.sums: dict[str, float] = {}
        """The sums of figures, each times what its batch weighs."""
        self.weights: dict[str, float] = {}
        """The sums of what the batches weigh: as much as their samples, each 1 by default."""
        self.kept: list[tuple[Any, ...]] = []
        """Predictions, targets and weights, if a metric needs them."""
        self.by_target = False
        """True if each target has weights of its own; then nothing is summed."""
        self.by_output: list[float] = []
        """What the heaviest batch weighs in the loss of each output, if there are several."""
        self.undefined: dict[str, str] = {}
        """Why a figure has no value, by its name: filled by `figures`."""

    def add(self, value: float, prediction: Any, y: Any, weights: Any = None) -> None:
        """Add a batch: its loss, and the metrics of its predictions."""
        by_target = isinstance(weights, tuple)
        if self.samples and by_target != self.by_target:
            raise ValueError(MIXED)
        self.samples, self.by_target = self.samples + length(y), by_target
        if weights is None and type(y) is type(prediction) is np.ndarray and prediction.size <= SMALL:
            self.waiting.append((value, prediction.copy(), y.copy()))
            if len(self.waiting) == self.together:
                self._add_waiting()
            return
        self._add_waiting()
        if by_target:
            self._keep(prediction, y, weights)
        else:
            self._add_now(value, prediction, y, weights)

    def _add_waiting(self) -> None:
        """Add up the small batches, those of one shape together."""
        batches, self.waiting = self.waiting, []
        for _, group in groupby(batches, key=lambda b: (b[1].shape[1:], b[2].shape[1:], b[2].dtype)):
            values, predictions, targets = zip(*group, strict=True)
            y = np.concatenate(targets)
            total = sum(value * len(target) for value, target in zip(values, targets, strict=True))
            self._add_now(total / max(len(y), 1), np.concatenate(predictions), y)

    def _add_now(self, value: float, prediction: Any, y: Any, weights: Any = None) -> None:
        self.readings.later(self._add_loss, value, *weights_by_output(self.loss, y, weights))
        for name, metric in self.summed.items():
            ignores = weights is not None and name not in self.weighted
            try:
                figure = figure_of(name, metric, prediction, y, None if ignores else weights)
            except UndefinedMetric:  # of no sample that counts
                continue
            weight = weight_of(metric, y, None if ignores else weights)
            self.readings.later(partial(self._add, name), figure, weight)
        if len(self.summed) < len(self.metrics):
            self._keep(prediction, y, *(() if weights is None else (weights,)))

    def _keep(self, *arrays: Any) -> None:
        """Keep copies of a batch, which has to go with those before it."""
        self._check_rows(arrays)
        self.kept.append(each(np.copy, arrays))

    def _check_rows(self, arrays: tuple[Any, ...]) -> None:
        """Refuse a batch that does not go with those that are kept."""
        if self.kept:
            here, there = (
                each(lambda array: np.shape(array)[1:], part[:2]) for part in (arrays, self.kept[0])
            )
            if here != there:
                summed = () if self.by_target else ("loss", *self.summed)
                names = [name for name in ("loss", *self.metrics) if name not in summed]
                raise ValueError(
                    f"Trainer: {', '.join(names)}: computed from all samples together, but the "
                    f"predictions and targets of a batch have rows of shape {here}, and those before "
                    f"it {there}: pad them to one length, with 0 as the weight of what was added, or "
                    "give other metrics"
                )

    def _add_loss(self, value: float, *by_output: float) -> None:
        """Add the loss of a batch, and what the batch weighs for each output."""
        if len(by_output) > 1:
            check_proportional(by_output, self.by_output or by_output)
            self.by_output = max(self.by_output, list(by_output))  # not that of a batch that weighs 0
        self._add("loss", value, by_output[0])

    def _add(self, name: str, figure: float, weight: float) -> None:
        if weight:
            self.sums[name] = self.sums.get(name, 0.0) + figure * weight
            self.weights[name] = self.weights.get(name, 0.0) + weight

    def so_far(self) -> dict[str, float]:
        """The loss, and the metrics that are means, of the batches so far."""
        with_all = copy.copy(self)
        with_all.sums, with_all.weights = self.sums.copy(), self.weights.copy()
        with_all.kept = []
        with_all._add_waiting()
        return {name: total / with_all.weights[name] for name, total in with_all.sums.items()}

    def figures(self) -> dict[str, float]:
        """All figures; one without a value is absent, and `undefined` says why."""
        self._add_waiting()
        self.readings.read()
        means, figures, self.undefined = self.so_far(), {}, {}
        everything = joined(self.kept)
        for name in ("loss", *self.metrics):
            if name in means:
                figures[name] = means[name]
            elif not self.by_target and name in ("loss", *self.summed):
                self.undefined[name] = "no sample counts"
            else:
                try:
                    figures[name] = self._of_all(name, *everything)
                except UndefinedMetric as reason:
                    self.undefined[name] = str(reason).removeprefix(f"{name}: ")
        return figures

    def _of_all(self, name: str, prediction: Any, y: Any, weights: Any = None) -> float:
        if name == "loss":
            return float(self.loss.evaluate(*moved_beside(self.loss, (prediction, y, weights))))
        weights = weights if name in self.weighted else None
        return figure_of(name, self.metrics[name], prediction, y, weights)

    def take_away(self) -> dict[str, Any]:
        """Return what was added up so far, and begin anew."""
        self._add_waiting()
        state = self.state_dict()
        self.load_state_dict(Totals(self.metrics, self.loss).state_dict())
        return state

    def merge(self, others: Sequence[Mapping[str, Any]]) -> None:
        """Add what was taken away from other processes, whose batches come in turn."""
        self._add_waiting()
        new = [self.kept[self.in_order :], *(other["kept"] for other in others)]
        self.kept = self.kept[: self.in_order]
        for batch in (b for turn in zip_longest(*new) for b in turn if b is not None):
            self._check_rows(batch)
            self.kept.append(batch)
        self.in_order = len(self.kept)
        for other in others:
            if not other["samples"]:
                continue
            if self.samples and other["by_target"] != self.by_target:
                raise ValueError(MIXED)
            self.samples, self.by_target = self.samples + other["samples"], other["by_target"]
            if other["by_output"]:
                check_proportional(other["by_output"], self.by_output or other["by_output"])
                self.by_output = max(self.by_output, other["by_output"])
            for name, weight in other["weights"].items():
                self.sums[name] = self.sums.get(name, 0.0) + other["sums"][name]
                self.weights[name] = self.weights.get(name, 0.0) + weight

    def state_dict(self) -> dict[str, Any]:
        """What was added up so far."""
        self.readings.read()
        return {
            "samples": self.samples,
            "waiting": list(self.waiting),
            "sums": self.sums.copy(),
            "weights": self.weights.copy(),
            "kept": host_batches(self.kept),
            "by_target": self.by_target,
            "by_output": self.by_output,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with what was added up elsewhere."""
        for name in self.state_dict():
            setattr(self, name, state[name])
        self.in_order = len(self.kept)


def joined(batches: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """All batches as one, on the host; where only some have weights, those of the others are 1."""
    batches = host_batches(batches)
    axes = {
        weights.ndim for _, _, *given in batches for weights in given if type(given[0]) is not tuple
    }
    if axes:
        batches = [
            b if len(b) == 3 else (*b, np.ones(_first(b[1]).shape[: max(axes)])) for b in batches
        ]
    return tuple(
        each(lambda *arrays: np.concatenate(arrays), *parts) for parts in zip(*batches, strict=True)
    )


def host_batches(batches: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The batches in the memory of the host."""
    return [each(to_host, batch) for batch in batches]


def notice_undefined(undefined: Mapping[str, str], who: str) -> None:
    """Say which figures have no value, and why, in one warning."""
    if undefined:
        reasons = (f"{name} has no value: {reason}" for name, reason in undefined.items())
        notice(f"{who}: {'; '.join(reasons)}")


def _first(x: Any) -> Any:
    return next(array for _, array in arrays_in(x))
