"""check_layer, check_loss and check_network: the plan of cases, run through all checks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.losses.base import Loss
from nnlayers.testing import settings
from nnlayers.testing.errors import GradientError
from nnlayers.testing.failures import contract_error, gradient_error
from nnlayers.testing.life_cycle import EXACT
from nnlayers.testing.loss_contract import EXACT_LOSS
from nnlayers.testing.plan import Case, Spec, Values, size_names
from nnlayers.testing.report import LayerReport
from nnlayers.testing.run import VALUE, Run, explore, silence
from nnlayers.testing.smallest import simplify
from nnlayers.testing.trials import LayerTrial, LossTrial, NetworkTrial, Trial
from nnlayers.testing.value import Verdict

LAYER_CHECKS = [VALUE, *EXACT]
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

    Everything runs on copies, in float64: the layer itself stays as it is. The parameters are moved a
    little, so that a gain of one or a bias of zero hides nothing.

    Parameters
    ----------
    layer : Layer or function
        One instance, or a function (a class, too) that makes one; its parameters are sizes by name.
    shape : str, tuple of int or int
        For a function, the names of the sizes of the input's axes, the batch first: ``"N D"``. All
        coincidences of sizes are tried. For an instance, the shape of one sample: ``(3,)``.
    values : function of (rng, shape), optional
        Draws the input, where not every real number will do: integers, say, or positive numbers.
    seed : int, optional
        Where all that is random comes from; 0 by default.
    examples : int, optional
        So many further cases are drawn by Hypothesis (extra ``test``); 0 by default.
    checks : str or list of str, optional
        Run only these: ``"value"``, the numeric one, or names of exact ones.
    expected_failures : dict, optional
        Names of checks that may fail, with the reason: a straight-through gradient, for example, is
        ``{"value": "straight-through"}``. It is an error if such a check passes.

    Returns
    -------
    LayerReport
        What was verified, what could not be, and what was not applicable.

    Raises
    ------
    GradientError
        The gradient is wrong: which, where, what it looks like, the smallest case as code.
    ContractError
        Another promise is broken.

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
    wanted = set() if isinstance(layer, Layer) else size_names(layer)
    spec = Spec(shape, wanted, "check_layer")

    def build(sizes: dict[str, int]) -> Layer:
        made = (
            layer if isinstance(layer, Layer) else layer(**{n: sizes[n] for n in sizes if n in wanted})
        )
        if not isinstance(made, Layer):
            raise TypeError(
                f"check_layer: expected a Layer, or a function that makes one, got {made!r}"
            )
        return made

    cases = list(spec.plan(seed))
    objects = [build(cases[0].sizes) for _ in range(2)]
    first, second = (dict(made.named_parameters()) for made in objects)
    if objects[0] is not objects[1] and (
        shared := [path for path in first if any(first[path] is p for p in second.values())]
    ):
        words = f"two objects that the function makes share the Parameters {shared}"
        raise contract_error(type(objects[0]).__name__, "instances", words, cases[0])
    redraw = {path for path in first if not np.array_equal(first[path].value, second[path].value)}

    def trial_of(case: Case) -> LayerTrial:
        made = build(case.sizes)
        try:
            trial = LayerTrial(made, case, values, redraw=redraw)
        except Exception as error:
            words = f"forward fails: {type(error).__name__}: {error}"
            raise contract_error(type(made).__name__, "forward", words, case) from error
        trial.wanted = wanted
        if np.isnan(trial.output).any() and values is None:
            words = "forward gives NaN; if not every number will do as input, draw it with values="
            raise contract_error(trial.name, "forward", words, case)
        return trial

    def explain(trial: Trial, block: str, verdict: Verdict, report: LayerReport) -> GradientError:
        assert isinstance(trial, LayerTrial)
        assert trial.case is not None
        small = simplify(build, spec, trial.case, values, block, redraw)
        if small is not None:
            small.wanted = wanted
        return gradient_error(trial, small, block, verdict, report, not isinstance(layer, Layer), spec)

    checking = Run(checks, LAYER_CHECKS, expected_failures, EXACT, explain)
    thorough = {0, min(len(spec.names) + 1, len(cases) - 1), len(cases) - 4}
    with silence():
        for index, case in enumerate(cases):
            checking.case(trial_of(case), exact=index in thorough or index == 3)
        if examples:
            explore(lambda case: checking.case(trial_of(case), exact=True), spec, examples, seed)
    if isinstance(layer, Layer):
        checking.report.not_applicable["other sizes"] = "an instance has the sizes that it has"
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
        Draws the target; it is given ``rng``, and the sizes that its parameters name.
    values : function of (rng, shape), optional
        Draws the prediction, where not every real number will do.
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
    wanted = size_names(target) - {"rng"}
    spec = Spec(prediction, wanted, "check_loss")

    def explain(trial: Trial, block: str, verdict: Verdict, report: LayerReport) -> GradientError:
        return gradient_error(trial, None, block, verdict, report, False, spec)

    checking = Run(checks, LOSS_CHECKS, expected_failures, EXACT_LOSS, explain)
    with silence():
        for case in spec.plan(settings.defaults.seed if seed is None else seed):
            sizes = {name: case.sizes[name] for name in wanted}
            trial = LossTrial(loss, case, values, lambda rng, sizes=sizes: target(rng=rng, **sizes))
            checking.case(trial, exact=case.regime == "normal")
    return checking.finish()


def check_network(
    model: Layer, loss: Loss, x: Any, y: Any, *, weight_decay: float = 0.0, seed: int | None = None
) -> LayerReport:
    """Check the gradient of a whole objective, loss plus L2 penalty, on data of yours.

    Parameters
    ----------
    model, loss : Layer, Loss
        They stay as they are.
    x, y : array_like
        A small batch.
    weight_decay : float
        The optimizer's: the penalty is ``weight_decay / 2 * sum ||W||²``.
    seed : int, optional
        Draws the directions.

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
    with silence():
        checking.case(NetworkTrial(model, loss, np.asarray(x), y, weight_decay), exact=False)
    return checking.finish()
