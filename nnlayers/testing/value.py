"""The numeric check: backward against finite differences of forward, with a rule for kinks."""

from typing import NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in
from nnlayers.testing.numeric import (
    EPS,
    NEARBY_DISTANCE,
    SAFETY_FACTOR,
    STEPS,
    Derivative,
    derivative,
)
from nnlayers.testing.plan import mixed_signs
from nnlayers.testing.trial import Trial

DIRECTIONS = 2
RELATIVE_FLOOR = 1e-9  # of the tolerance, relative to sum |g_i d_i|
NEARBY_POINTS = 3
MOST_ROUNDING = 1e-9  # relative to the upstream gradient
MOST_IN_HULL = 800  # elements of a block that is judged at a kink


class Verdict(NamedTuple):
    """The outcome for one block: ``right``, ``kink``, ``unsure``, ``wrong`` or ``nothing``."""

    outcome: str
    backward: float
    numeric: Derivative
    point: Array
    times_tolerance: float
    """The mismatch divided by the tolerance."""
    at_kink: bool = False
    """True if the mismatch does not persist at nearby points."""


def check_block(
    trial: Trial, block: str, rng: np.random.Generator, directions: int = DIRECTIONS
) -> Verdict:
    """Compare the two gradients of one block, along random directions."""
    z = trial.blocks[block]
    worst: Verdict | None = None
    if z.size == 0:
        return Verdict("nothing", 0.0, Derivative(0.0, 0.0, "smooth"), z, 0.0)
    scale = float(np.abs(z).max()) or 1.0
    patterns = [mixed_signs(rng, z.shape) for _ in range(directions)]
    if directions > 1:  # a single element, whose error cannot be hidden by others
        patterns.append(np.where(np.arange(z.size).reshape(z.shape) == rng.integers(z.size), 1.0, 0.0))
    for pattern in patterns:
        direction = pattern * min(scale, 1.0)
        verdict = compare(trial, block, z, direction)
        if verdict.outcome in ("wrong", "unsure"):
            judged = worst is not None and worst.outcome == "kink"  # for any direction
            verdict = _check_nearby(trial, block, verdict, direction, scale, rng, judged)
        if worst is None or _SEVERITY.index(verdict.outcome) > _SEVERITY.index(worst.outcome):
            worst = verdict
        if worst.outcome == "wrong":
            break
    assert worst is not None
    return worst


_SEVERITY = ["nothing", "right", "kink", "unsure", "wrong"]  # increasing


def compare(trial: Trial, block: str, z: Array, direction: Array) -> Verdict:
    """Compare the derivative along a direction according to backward with the numeric one."""
    found = trial.gradients({block: z})[block]
    gradient = np.zeros_like(z) if found is None else np.asarray(found)
    if gradient.shape != z.shape or not np.isfinite(gradient).all():
        bad = float("nan")
        return Verdict("wrong", bad, Derivative(bad, 0.0, "smooth"), z, np.inf)
    products = gradient * direction
    backward, size = float(products.sum()), float(np.abs(products).sum())
    # Rounding of the values, and of z + h d, which is multiplied by the gradient.
    here, absolute_sum = trial.value({block: z})
    absolute_sum = max(absolute_sum, trial.absolute_sum) + float(np.abs(gradient * z).sum())
    floor = RELATIVE_FLOOR * size + EPS * absolute_sum + 8 * EPS * float(np.abs(direction).sum())

    def along(h: float) -> float:
        return trial.value({block: z + h * direction})[0]

    if size == 0 and all(along(h) == here for step in STEPS[:6:5] for h in (step, -step)):
        return Verdict("nothing", 0.0, Derivative(0.0, 0.0, "smooth"), z, 0.0)
    numeric = derivative(along, absolute_sum=absolute_sum, stop_below=floor / SAFETY_FACTOR)
    if abs(backward - numeric.value) > SAFETY_FACTOR * numeric.error + floor:  # try all steps
        numeric = derivative(along, absolute_sum=absolute_sum)
    tolerance = SAFETY_FACTOR * numeric.error + floor
    if abs(backward - numeric.value) > tolerance:
        tolerance += SAFETY_FACTOR * _rounding(trial, block, z, gradient, direction)
    times_tolerance = abs(backward - numeric.value) / tolerance
    if not np.isfinite(numeric.value) or not np.isfinite(numeric.error):
        return Verdict("unsure", backward, numeric, z, 0.0)
    if times_tolerance > 1:
        outcome = "wrong" if numeric.kind == "smooth" else "unsure"
    elif size > 1e-10 * absolute_sum:  # anything smaller is rounding of a zero gradient
        # Agreement within an error as large as the value itself proves nothing.
        outcome = "right" if tolerance < 0.05 * max(size, abs(numeric.value)) else "unsure"
    else:
        outcome = "nothing"
    return Verdict(outcome, backward, numeric, z, times_tolerance)


def _rounding(trial: Trial, block: str, z: Array, gradient: Array, direction: Array) -> float:
    """How much of a gradient is rounding: how upstream gradients that differ a little change it.

    It matters for a gradient that is the rest of much larger numbers, as before a normalization.
    """
    changes = []
    for factor in (1 + 1e-10, 1 - 3e-10, 1 + 7e-10, 1 - 9e-10):
        found = trial.gradients({block: z}, factor)[block]
        if found is not None and np.shape(found) == gradient.shape:
            changes.append(float(np.abs((found / factor - gradient) * direction).sum()))
    upstream = sum(float(np.abs(u).sum()) for _, u in arrays_in(trial.upstream) if u is not None)
    return min(max(changes, default=0.0), MOST_ROUNDING * upstream * float(np.abs(direction).max()))


def _check_nearby(
    trial: Trial,
    block: str,
    here: Verdict,
    direction: Array,
    scale: float,
    rng: np.random.Generator,
    judged: bool,
) -> Verdict:
    """Decide whether a mismatch is a bug, which persists at nearby points, or belongs to a kink."""
    z = here.point
    nearby = []
    for _ in range(NEARBY_POINTS):
        point = z + NEARBY_DISTANCE * scale * mixed_signs(rng, z.shape)  # off a kink at every element
        nearby.append(compare(trial, block, point, direction))
        if nearby[-1].outcome in ("right", "nothing"):
            break
    else:
        if any(verdict.outcome != "wrong" for verdict in nearby):
            return here._replace(outcome="unsure")
        return here._replace(outcome="wrong") if np.isfinite(here.backward) else nearby[0]
    if trial.holds_layers or z.size > MOST_IN_HULL:  # a correct chain rule may leave the hull
        fine = bool(np.isfinite(here.backward))
    else:
        fine = judged or in_hull(trial, block, z, scale, rng)
    return here._replace(outcome="kink" if fine else "wrong", at_kink=True)


def in_hull(trial: Trial, block: str, z: Array, scale: float, rng: np.random.Generator) -> bool:
    """True if the gradient at a kink could be a subgradient: a weighted mean of nearby gradients.

    Two properties of such means are tested. No element leaves the range of its values nearby. Any
    linear combination that is the same in all nearby gradients, such as the sum over tied elements, has
    that value here too.
    """
    here = trial.gradients({block: z})[block]
    gradient = np.zeros_like(z) if here is None else np.asarray(here)
    if gradient.shape != z.shape or not np.isfinite(gradient).all():
        return False
    samples = np.zeros((0, z.size))
    for more in (16 + 2 * min(z.size, 40), 300):  # rare corners need many samples
        around = []
        for _ in range(more):
            found = trial.gradients({block: z + 1e-7 * scale * rng.standard_normal(z.shape)})[block]
            around.append(np.zeros(z.size) if found is None else np.asarray(found).ravel())
        samples = np.vstack([samples, *(sample for sample in around if np.isfinite(sample).all())])
        if len(samples) < 4 or _could_be_a_mean(gradient.ravel(), samples):
            return True
    return False


def _could_be_a_mean(gradient: Array, samples: Array) -> bool:
    slack = 1e-4 * max(float(np.abs(samples).max()), float(np.abs(gradient).max()))
    low, high = samples.min(axis=0) - slack, samples.max(axis=0) + slack
    if (gradient < low).any() or (gradient > high).any():
        return False
    mean = samples.mean(axis=0)
    _, lengths, axes = np.linalg.svd(samples - mean, full_matrices=False)
    axes = axes[lengths > slack]
    if len(axes) > len(samples) - 3:
        return True  # too few samples to find out what they have in common
    rest = (gradient - mean) - axes.T @ (axes @ (gradient - mean))
    return bool(np.abs(rest).max() <= 10 * slack)
