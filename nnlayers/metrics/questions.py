"""Yes-or-no questions: of each label, or of each class against the rest, with scores that answer."""

from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array, real_array
from nnlayers.core.conversion import widest
from nnlayers.metrics.classes import Answers, are_numbers, classes_or_answers, have_largest

CHUNK = 1 << 18  # numbers of which the log-odds are taken in one go


class Question(NamedTuple):
    """Scores ``(M,)``, whether the answer is yes, and weights ``(M,)``, or None, all above 0."""

    scores: Array
    positive: Array
    weights: Array | None


class Questions(NamedTuple):
    """One question a column: scores ``(M, K)``, labels ``(M,)`` or answers ``(M, K)``, and weights."""

    scores: Array
    target: Array
    weights: Array | None
    noun: str
    good: bool

    @property
    def columns(self) -> int:
        """How many questions there are."""
        return self.scores.shape[1]

    def question(self, column: int) -> Question:
        """One of them, without what has no weight."""
        scores = self.scores[:, column]
        if self.noun == "class":
            return Question(scores, self.target == column, self.weights)
        positive = self.target[:, column]
        if self.weights is None:
            return Question(scores, positive, None)
        weights = self.weights[:, column]
        counts = weights > 0
        return Question(scores[counts], positive[counts], weights[counts])


def questions(who: str, prediction: Any, target: Any, weights: Any) -> Questions:
    """The questions of a target; where a score is NaN they are not good."""
    found = classes_or_answers(who, prediction, target, weights)
    is_answers = isinstance(found, Answers)
    good = are_numbers(found) if isinstance(found, Answers) else have_largest(found.scores)
    scores, true, given = found
    if good and not is_answers:
        wide = np.promote_types(widest(scores), np.float64)
        odds, rows = np.empty(scores.shape, wide), max(1, CHUNK // scores.shape[1])
        for start in range(0, len(scores), rows):
            chunk = slice(start, start + rows)
            odds[chunk] = _log_odds(real_array(scores[chunk], wide, who))
        scores = odds
    return Questions(scores, true, given, "label" if is_answers else "class", good)


def cumulated(question: Question) -> tuple[Array, Array, Array]:
    """The distinct scores, the largest first; the weights of positive and negative from there up."""
    scores, positive, weights = question
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
