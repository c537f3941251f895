"""The error of a failed check: evidence, likely causes, the smallest case, the message."""

import textwrap
from collections.abc import Mapping

import numpy as np

from nnlayers.testing.causes import likely_causes
from nnlayers.testing.errors import ContractError, GradientError
from nnlayers.testing.evidence import Evidence, collect_evidence
from nnlayers.testing.life_cycle import EXACT
from nnlayers.testing.plan import Case, Spec
from nnlayers.testing.report import LayerReport, failure_message
from nnlayers.testing.smallest import as_code
from nnlayers.testing.trials import LayerTrial, LossTrial, NetworkTrial, Trial
from nnlayers.testing.value import Verdict, check_block


def gradient_error(
    trial: Trial,
    small: LayerTrial | None,
    block: str,
    verdict: Verdict,
    report: LayerReport,
    is_factory: bool,
    spec: Spec | None,
) -> GradientError:
    """The error of a wrong gradient; ``small`` is a smaller trial that shows it, if one was found."""
    evidence = collect_evidence(trial, block)
    causes = _exact_causes(trial, ("repeatable", "shapes", "arguments", "parameters", "precision"))
    causes += likely_causes(evidence) if evidence else []
    causes += _exact_causes(trial, ("linear", "order"))
    if not causes and small is not None and (e := collect_evidence(small, block)):
        causes = likely_causes(e)
    shown: Evidence | None = evidence
    code: list[str] = []
    if small is not None and (e := collect_evidence(small, block)) is not None:
        shown = e
        code = as_code(small, block, is_factory, e.wrong, e.right)
    others = [b for b in trial.blocks if b != block]
    right = [b for b in others if check_block(trial, b, np.random.default_rng(0)).outcome == "right"]
    case = small.case if small is not None else trial.case
    axes = f'"{" ".join(spec.axes)}", ' if spec is not None and spec.axes is not None else ""
    seed = trial.case.seed if trial.case else 0
    reproduce = f'check_layer(..., {axes}seed={seed}, checks="value")'
    if isinstance(trial, LossTrial):
        reproduce = f'check_loss(..., prediction={axes}seed={seed}, checks="value")'
    elif isinstance(trial, NetworkTrial):
        reproduce = "check_network(...)"
    message, index = failure_message(
        shown, block, small if code and small else trial, verdict, causes, code, right, reproduce,
        report.checks - 1,
    )  # fmt: skip
    return GradientError(
        message,
        check="value",
        block=block,
        index=index,
        backward=None if shown is None or index is None else float(shown.wrong[index]),
        numeric=None if shown is None or index is None else float(shown.right[index]),
        error=None if shown is None or index is None else float(shown.error[index]),
        case=str(case),
        causes=causes,
        code="\n".join(code),
    )


def _exact_causes(trial: Trial, names: tuple[str, ...]) -> list[str]:
    """The failures of exact checks that would explain a wrong gradient."""
    found = []
    if isinstance(trial, LayerTrial):
        for name in names:
            try:
                words = EXACT[name](trial)
            except Exception:
                continue
            if words:
                found.append(f"{words[0].upper()}{words[1:]}.")
    return found


def failed_pass(error: Exception) -> str:
    """A pass that failed, in words, with the way out if it is a common slip."""
    words = f"{type(error).__name__}: {error}"
    if isinstance(error, TypeError) and "'NoneType'" in words and "operand" in words:
        words += ": add to a gradient with parameter.add_grad(...), since grad is None at first"
    return words


def contract_error(
    name: str,
    check: str,
    words: str,
    case: Case | None,
    checks: Mapping[str, object] = EXACT,
    passed: int = 0,
) -> ContractError:
    """The error of a failed exact check, one of ``checks``, or of a pass that fails."""
    width = 96 - len(check)
    lines = textwrap.wrap(f"{name}: {words}", width, subsequent_indent="  ", max_lines=5)
    lines[-1] = f"{lines[-1]:<{width}}  [{check}]"
    about = [f"With {case}."] if case else []
    if check in checks:
        about.append(f"The check guards against: {(checks[check].__doc__ or '').strip()}")
    if passed:
        about.append(f"{passed} check{'s' * (passed != 1)} passed before this one.")
    for sentence in about:
        lines += textwrap.wrap(sentence, 98, initial_indent="  ", subsequent_indent="    ")
    message = "\n".join(lines)
    return ContractError(message, check=check, case=str(case))
