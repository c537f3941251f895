"""Binary tasks: to tell the samples of each label, or of each class against the rest, by scores."""

from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array, real_array
from nnlayers.core.conversion import widest
from nnlayers.metrics.classes import Logits, have_largest, have_no_nan, scores_or_logits

CHUNK = 1 << 18  # numbers of which the log-odds are taken in one go


class BinaryTask(NamedTuple):
    """Scores ``(M,)``, which samples are truly positive, and weights ``(M,)``, or None, all above 0."""

    scores: Array
    positive: Array
    weights: Array | None


class BinaryTasks(NamedTuple):
    """One task a column: scores ``(M, K)``, labels ``(M,)`` or 0 and 1 ``(M, K)``, and weights.

    ``noun`` says what a column is, a "class" or a "label"; ``usable`` is False if a score is NaN.
    """

    scores: Array
    target: Array
    weights: Array | None
    noun: str
    usable: bool

    @property
    def columns(self) -> int:
        """How many tasks there are."""
        return self.scores.shape[1]

    def task(self, column: int) -> BinaryTask:
        """One of them, without what has no weight."""
        scores = self.scores[:, column]
        if self.noun == "class":
            return BinaryTask(scores, self.target == column, self.weights)
        positive = self.target[:, column]
        if self.weights is None:
            return BinaryTask(scores, positive, None)
        weights = self.weights[:, column]
        counts = weights > 0
        return BinaryTask(scores[counts], positive[counts], weights[counts])


def binary_tasks(who: str, prediction: Any, target: Any, weights: Any) -> BinaryTasks:
    """The tasks in a target: one for each label, or for each class against the rest."""
    found = scores_or_logits(who, prediction, target, weights)
    scores, true, given = found
    if isinstance(found, Logits):
        return BinaryTasks(scores, true, given, "label", have_no_nan(found))
    usable = have_largest(scores)
    if usable:
        wide = np.promote_types(widest(scores), np.float64)
        odds, rows = np.empty(scores.shape, wide), max(1, CHUNK // scores.shape[1])
        for start in range(0, len(scores), rows):
            chunk = slice(start, start + rows)
            odds[chunk] = _log_odds(real_array(scores[chunk], wide, who))
        scores = odds
    return BinaryTasks(scores, true, given, "class", usable)


def cumulated(task: BinaryTask) -> tuple[Array, Array, Array]:
    """The distinct scores, the largest first; the weights of positive and negative from there up."""
    scores, positive, weights = task
    order = np.argsort(-scores, kind="stable")
    scores, positive = scores[order], positive[order]
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)[: len(scores)])
    if weights is None:
        above = np.cumsum(positive)[last]
        return scores[last], above, last + 1 - above
    weights = weights[order]
    return (
        scores[last],
        np.cumsum(np.where(positive, weights, 0.0))[last],
        np.cumsum(np.where(positive, 0.0, weights))[last],
    )


def _log_odds(logits: Array) -> Array:
    """``z_k - log sum_{j≠k} exp z_j`` of each class, row by row.

    The sums go through a row from small to large, so that equal probabilities stay equal.
    """
    largest = logits.max(axis=1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        z = np.where(logits == largest, 0, logits - largest)
        below = np.sort(z, axis=1)[:, :-1]  # without the largest one
        second = below[:, -1:]
        rest = second + np.log(np.exp(below - second).sum(axis=1, keepdims=True))
        odds_of_largest = np.where(np.isneginf(second), np.inf, -rest)
        without_one = np.exp(below).sum(axis=1, keepdims=True) - np.exp(z)
        return np.where(z == 0, odds_of_largest, z - np.log1p(np.maximum(without_one, 0)))
