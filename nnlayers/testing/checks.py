"""check_layer, check_loss and check_network: all checks on a plan of cases."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.losses.base import Loss
from nnlayers.testing import settings
from nnlayers.testing.errors import GradientError
from nnlayers.testing.failures import contract_error, failed_pass, gradient_error
from nnlayers.testing.life_cycle import EXACT
from nnlayers.testing.loss_contract import EXACT_LOSS
from nnlayers.testing.plan import Case, Spec, Values, size_names
from nnlayers.testing.report import LayerReport
from nnlayers.testing.run import VALUE, Run, explore_with_hypothesis, silence_warnings
from nnlayers.testing.smallest import simplify
from nnlayers.testing.trials import LayerTrial, LossTrial, NetworkTrial, Trial
from nnlayers.testing.value import Verdict

# A part that is not found, or a gradient that is assigned, makes other checks fail too.
LAYER_CHECKS = list(dict.fromkeys([VALUE, "registered", "accumulation", *EXACT]))
LOSS_CHECKS = [VALUE, *EXACT_LOSS]


def check_layer(
    layer: Layer | Callable[..., Layer],
    shape: str | int | tuple[int, ...],
    *,
    values: Values | None = None,
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
        For a function, the names of the sizes of the input's axes, the batch first: ``"N D"``. Equal
        and different sizes are tried. For an instance, the shape of one sample: ``(3,)``.
    values : function of (rng, shape), optional
        Draws the input, if the layer accepts only some values, such as integers or positive numbers.
    seed : int, optional
        The seed of everything random; 0 by default.
    examples : int, optional
        The number of further cases, drawn by Hypothesis (extra ``test``); 0 by default.
    checks : str or list of str, optional
        Run only these: ``"value"``, the numeric check, or the names of exact checks.
    expected_failures : dict, optional
        The names of checks that must fail, with the reason: ``{"value": "straight-through"}`` for a
        straight-through gradient. It is an error if such a check passes.

    Returns
    -------
    LayerReport
        What was verified, what could not be verified, and what was not applicable.

    Raises
    ------
    GradientError
        A gradient is wrong. The message shows which one and where, and the smallest case as code.
    ContractError
        Another check failed.

    Examples
    --------
    >>> import nnlayers as nn
    >>> from nnlayers.testing import check_layer
    >>> report = check_layer(lambda D, K: nn.Dense(D, K), "N D")
    >>> sorted(report.verified)
    ['bias', 'input', 'weight']
    """
    __tracebackhide__ = True
    seed = settings.defaults.seed if seed is None else seed
    examples = settings.defaults.examples if examples is None else examples
    size_arguments = set() if isinstance(layer, Layer) else size_names(layer)
    spec = Spec(shape, size_arguments, "check_layer")

    def build(sizes: dict[str, int]) -> Layer:
        made = (
            layer
            if isinstance(layer, Layer)
            else layer(**{n: sizes[n] for n in sizes if n in size_arguments})
        )
        if not isinstance(made, Layer):
            raise TypeError(
                f"check_layer: expected a Layer, or a function that returns one, got {made!r}"
            )
        return made

    cases = list(spec.plan(seed))
    objects = [build(cases[0].sizes) for _ in range(2)]
    first, second = (dict(made.named_parameters()) for made in objects)
    if objects[0] is not objects[1] and (
        shared := [path for path in first if any(first[path] is p for p in second.values())]
    ):
        words = f"two layers made by the function share the Parameters {shared}"
        raise contract_error(type(objects[0]).__name__, "instances", words, cases[0])
    redraw = {path for path in first if not np.array_equal(first[path].value, second[path].value)}

    def trial_of(case: Case) -> LayerTrial:
        made = build(case.sizes)
        try:
            trial = LayerTrial(made, case, values, redraw=redraw)
        except Exception as error:
            words = f"forward fails: {failed_pass(error)}{spec.advice(isinstance(layer, Layer))}"
            raise contract_error(type(made).__name__, "forward", words, case) from error
        trial.size_arguments = size_arguments
        if np.isnan(trial.output).any() and values is None:
            words = (
                "forward gives NaN; if the layer accepts only some values, draw the input with values="
            )
            raise contract_error(trial.name, "forward", words, case)
        return trial

    def explain(trial: Trial, block: str, verdict: Verdict, report: LayerReport) -> GradientError:
        assert isinstance(trial, LayerTrial)
        assert trial.case is not None
        small = simplify(build, spec, trial.case, values, block, redraw)
        if small is not None:
            small.size_arguments = size_arguments
        return gradient_error(trial, small, block, verdict, report, not isinstance(layer, Layer), spec)

    checking = Run(checks, LAYER_CHECKS, expected_failures, EXACT, explain)
    thorough = {0, min(len(spec.names) + 1, len(cases) - 1), len(cases) - 4}
    with silence_warnings():
        for index, case in enumerate(cases):
            checking.run_case(trial_of(case), exact=index in thorough or index == 3)
        if examples:
            explore_with_hypothesis(
                lambda case: checking.run_case(trial_of(case), exact=True), spec, examples, seed
            )
    if isinstance(layer, Layer):
        checking.report.not_applicable["other sizes"] = "an instance has fixed sizes"
    return checking.finish()


def check_loss(
    loss: Loss,
    *,
    prediction: str,
    target: Callable[..., Any],
    values: Values | None = None,
    seed: int | None = None,
    checks: str | Iterable[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> LayerReport:
    """Check that a loss's backward is the gradient of its forward, and that it keeps its contract.

    Parameters
    ----------
    loss : Loss
        An instance.
    prediction : str
        The names of the sizes of the prediction's axes, the batch first: ``"N C"``.
    target : function of (rng, sizes...)
        Draws the target, from ``rng`` and the sizes named by its parameters.
    values : function of (rng, shape), optional
        Draws the prediction, if the loss accepts only some values.
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
    size_arguments = size_names(target) - {"rng"}
    spec = Spec(prediction, size_arguments, "check_loss")

    def explain(trial: Trial, block: str, verdict: Verdict, report: LayerReport) -> GradientError:
        return gradient_error(trial, None, block, verdict, report, False, spec)

    checking = Run(checks, LOSS_CHECKS, expected_failures, EXACT_LOSS, explain)
    with silence_warnings():
        for case in spec.plan(settings.defaults.seed if seed is None else seed):
            sizes = {name: case.sizes[name] for name in size_arguments}
            trial = LossTrial(loss, case, values, lambda rng, sizes=sizes: target(rng=rng, **sizes))
            checking.run_case(trial, exact=case.regime == "normal")
    return checking.finish()


def check_network(
    model: Layer, loss: Loss, x: Any, y: Any, *, weight_decay: float = 0.0, seed: int | None = None
) -> LayerReport:
    """Check the gradient of a whole objective, loss plus L2 penalty, on your data.

    Parameters
    ----------
    model, loss : Layer, Loss
        They are not changed.
    x, y : array_like
        A small batch.
    weight_decay : float
        The weight decay of the optimizer: the penalty is ``weight_decay / 2 * sum ||W||²``.
    seed : int, optional
        The seed of the random directions.

    Returns
    -------
    LayerReport
        What was verified: every parameter, and the input.

    Raises
    ------
    GradientError
        A gradient is wrong.

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

    def explain(trial: Trial, block: str, verdict: Verdict, report: LayerReport) -> GradientError:
        return gradient_error(trial, None, block, verdict, report, False, None)

    checking = Run(VALUE, [VALUE], None, {}, explain, settings.defaults.seed if seed is None else seed)
    with silence_warnings():
        checking.run_case(NetworkTrial(model, loss, np.asarray(x), y, weight_decay), exact=False)
    return checking.finish()
