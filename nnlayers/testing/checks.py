"""check_layer and check_loss: all checks on a plan of cases."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.losses.base import Loss
from nnlayers.testing import settings
from nnlayers.testing.plan import Values
from nnlayers.testing.report import LayerReport
from nnlayers.testing.run import check
from nnlayers.testing.subjects import LayerSubject, LossSubject

__all__ = ["check_layer", "check_loss"]


def check_layer(
    layer: Layer | Callable[..., Layer],
    shape: Any,
    *,
    values: Values | tuple[Values | None, ...] | None = None,
    seed: int | None = None,
    examples: int | None = None,
    checks: str | Iterable[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> LayerReport:
    """Check that a layer's backward is the gradient of its forward, and that it keeps its contract.

    All checks run on float64 copies, so the layer itself is not changed. The parameters of the copies
    are changed a little, so that a gain of one or a bias of zero hides no bug.

    Parameters
    ----------
    layer : Layer or function
        An instance, or a function (or class) that makes one. Its parameters are the names of sizes.
    shape : str, tuple of int or int
        For a function, the names of the sizes of the input's axes, the batch first: ``"N D"``, or
        expressions of them without spaces: ``"N H+2 2*D"``. Equal, different and large sizes are tried.
        Several inputs are separated by commas: ``"N T D, N T"``. For an instance, the shape of one
        sample, ``(3,)``, or a tuple of such shapes.
    values : function of (rng, shape, sizes...), optional
        Draws the input, if the layer accepts only some values, such as integers or positive numbers.
        Its further parameters are names of sizes. For several inputs, it draws each of them, or there
        is a tuple of functions (or None) with one for each.
    seed : int, optional
        The seed of everything random; 0 by default.
    examples : int, optional
        The number of further cases, drawn by Hypothesis (extra ``test``); 0 by default.
    checks : str or list of str, optional
        Run only these: ``"value"``, the numeric check, or the names of exact checks.
    expected_failures : dict, optional
        The names of checks that must fail, with the reason: ``{"value": "straight-through"}`` for a
        straight-through gradient. ``"value"`` stands for the input; a single array is named by
        ``"value:gain"`` or ``"value:input[1]"``. It is an error if such a check passes.

    Returns
    -------
    LayerReport
        What was verified, what could not be verified, and what was not applicable.

    Raises
    ------
    GradientError
        A gradient is wrong. The message shows which one and where, the likely cause, and the smallest
        case as code.
    ContractError
        Another check failed.

    Warns
    -----
    NotVerifiedWarning
        A gradient could not be verified in any case, or was zero on both sides in all of them.

    Examples
    --------
    >>> import nnlayers as nn
    >>> from nnlayers.testing import check_layer
    >>> report = check_layer(lambda D, K: nn.Dense(D, K), "N D")
    >>> sorted(report.verified)
    ['bias', 'input', 'weight']

    A layer that takes integers, and one check of an instance:

    >>> def words(rng, shape, count):
    ...     return rng.integers(0, count, shape)
    >>> report = check_layer(lambda count, D: nn.Embedding(count, D), "N T", values=words)
    >>> report = check_layer(nn.Dense(3, 2), (3,), checks="value")
    """
    __tracebackhide__ = True
    subject = LayerSubject(layer, shape, values)
    examples = settings.defaults.examples if examples is None else examples
    return check(subject, seed, examples, checks, expected_failures)


def check_loss(
    loss: Loss,
    *,
    prediction: Any,
    target: Callable[..., Any],
    values: Values | tuple[Values | None, ...] | None = None,
    seed: int | None = None,
    checks: str | Iterable[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> LayerReport:
    """Check that a loss's backward is the gradient of its forward, and that it keeps its contract.

    The gradients of the prediction and of the loss's own parameters are checked, without weights and,
    if the loss takes them, with weights.

    Parameters
    ----------
    loss : Loss
        An instance.
    prediction : str
        The names of the sizes of the prediction's axes, the batch first: ``"N C"``. Expressions, and
        several arrays, are written as for `check_layer`.
    target : function of (rng, sizes...)
        Draws the target, from ``rng`` and the sizes named by its parameters.
    values : function of (rng, shape, sizes...), optional
        Draws the prediction, if the loss accepts only some values; as for `check_layer`.
    seed, checks, expected_failures
        As for `check_layer`.

    Returns
    -------
    LayerReport
        What was verified.

    Raises
    ------
    GradientError, ContractError
        As for `check_layer`.

    Examples
    --------
    >>> import nnlayers as nn
    >>> from nnlayers.testing import check_loss
    >>> def labels(rng, N, C):
    ...     return rng.integers(0, C, N)
    >>> report = check_loss(nn.SoftmaxCrossEntropy(), prediction="N C", target=labels)
    """
    __tracebackhide__ = True
    subject = LossSubject(loss, prediction, target, values)
    return check(subject, seed, 0, checks, expected_failures)
