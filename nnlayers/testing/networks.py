"""check_network: the gradient of a whole objective, on your data."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from nnlayers.core.checks import real_number
from nnlayers.core.layer import Layer
from nnlayers.core.structures import as_arrays, each
from nnlayers.losses.base import Loss
from nnlayers.testing.contract import VALUE
from nnlayers.testing.culprits import find_culprit
from nnlayers.testing.objectives import NetworkTrial, Objective
from nnlayers.testing.plan import AS_GIVEN, Case
from nnlayers.testing.report import LayerReport
from nnlayers.testing.run import check
from nnlayers.testing.shapes import Shapes
from nnlayers.testing.snapshots import perturb_parameters
from nnlayers.testing.source import Function
from nnlayers.testing.subjects import Culprit, Subject
from nnlayers.testing.trial import Trial
from nnlayers.testing.value import Verdict

__all__ = ["check_network"]

WHO = "check_network"


def check_network(
    model: Layer, loss: Loss, x: Any, y: Any, *, weight_decay: float = 0.0, seed: int | None = None
) -> LayerReport:
    """Check the gradient of a whole objective, loss plus L2 penalty, on your data.

    Parameters
    ----------
    model, loss : Layer, Loss
        They are not changed.
    x : array_like or tuple of arrays
        A small batch of inputs. Integers stay as they are.
    y : array_like or tuple of arrays
        The targets, in the form that the loss takes.
    weight_decay : float
        The weight decay of the optimizer: the penalty is ``weight_decay / 2 * sum ||W||²``.
    seed : int, optional
        The seed of the random directions.

    Returns
    -------
    LayerReport
        What was verified: every parameter (those of the loss as ``loss.path``), and the input. A
        NotVerifiedWarning names arrays whose gradients are zero on these data, which proves nothing.

    Raises
    ------
    GradientError
        A gradient is wrong. If a layer of a Sequential, or the loss, is wrong by itself, the message is
        about that one.

    Examples
    --------
    >>> from nnlayers.testing import check_network
    >>> model = nn.Sequential(nn.Dense(4, 3, rng=0), nn.ReLU(), nn.Dense(3, 2, rng=1))
    >>> x, y = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 1, 0, 1, 1])
    >>> report = check_network(model, nn.SoftmaxCrossEntropy(), x, y, weight_decay=0.1)
    >>> sorted(report.verified)
    ['input', 'layers.0.bias', 'layers.0.weight', 'layers.2.bias', 'layers.2.weight']
    """
    __tracebackhide__ = True
    subject = NetworkSubject(model, loss, x, y, weight_decay)
    return check(subject, seed, 0, VALUE, None)


class NetworkSubject(Subject):
    """A model, a loss, and data."""

    kind = "network"
    reproduce = "check_network(...)"

    def __init__(self, model: Layer, loss: Loss, x: Any, y: Any, weight_decay: float) -> None:
        given: tuple[object, object] = model, loss
        if isinstance(given[0], Loss) and isinstance(given[1], Layer):
            raise TypeError(
                f"{WHO}: expected the model before the loss, got {type(model).__name__} (a loss) and "
                f"{type(loss).__name__} (a layer): exchange them"
            )
        for thing, kind in zip(given, (Layer, Loss), strict=True):
            if not isinstance(thing, kind):
                raise TypeError(f"{WHO}: expected a {kind.__name__}, got {thing!r}")
        for name, data in (("x", x), ("y", y)):
            if isinstance(data, str) or callable(data):
                raise TypeError(
                    f"{WHO}: expected {name} to be data, an array or a tuple of arrays, got {data!r}: "
                    "nothing is drawn by names of sizes, as in check_layer"
                )
        self.model, self.loss, self.y = model, loss, y
        self.weight_decay = real_number(weight_decay, "weight_decay", WHO)
        self.name = type(model).__name__
        self.x = each(
            lambda array: array.astype(np.float64) if array.dtype.kind == "f" else array,
            as_arrays(x, WHO),
        )
        self.shapes = Shapes((), (), WHO)
        self.seed = 0

    def way_back(self, thing: Any) -> list[Function]:
        return []  # a wrong layer is diagnosed by itself

    def cases(self, seed: int) -> Iterator[Case]:
        self.seed = seed
        yield Case({}, each(np.shape, self.x), AS_GIVEN, seed)

    def trial(self, case: Case) -> NetworkTrial:
        """The network as it is; for another seed than the first, with its parameters perturbed."""
        objective = Objective(self.model, self.loss, self.y, self.weight_decay).astype(np.float64)
        if case.seed != self.seed:
            perturb_parameters(objective, np.random.default_rng([case.seed, 1]), ())
        return NetworkTrial(objective, self.x, self.name)

    def code(self, trial: Trial, block: str) -> list[str]:
        return []

    def culprit(self, trial: Trial, block: str, verdict: Verdict) -> Culprit:
        assert isinstance(trial, NetworkTrial)
        copy = trial.new_copy()
        found = None
        with suppress(Exception):  # a part that cannot be taken out of the network
            found = find_culprit(copy.model, copy.loss, trial.x, self.y, self.seed)
        return found or (self, trial, block, verdict)
