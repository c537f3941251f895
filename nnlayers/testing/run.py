"""Run checks on trials: the selection, expected failures, and the errors raised."""

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnlayers.testing import settings
from nnlayers.testing.contract import NotApplicable
from nnlayers.testing.errors import ContractError, GradientError, LayerCheckError
from nnlayers.testing.failures import contract_error, failed_pass
from nnlayers.testing.plan import REGIMES, Case, Spec
from nnlayers.testing.report import LayerReport
from nnlayers.testing.trials import Trial
from nnlayers.testing.value import Verdict, check_block

VALUE = "value"


class NotVerifiedWarning(UserWarning):
    """A gradient could not be verified in any case."""


class Run:
    """The checks of one call: the selected ones, the expected failures, the report."""

    def __init__(
        self,
        checks: str | Iterable[str] | None,
        available: list[str],
        expected: Mapping[str, str] | None,
        exact: Mapping[str, Callable[[Any], str | None]],
        explain: Callable[[Trial, str, Verdict, LayerReport], GradientError],
        seed: int = 0,
    ) -> None:
        chosen = [checks] if isinstance(checks, str) else list(available if checks is None else checks)
        self.expected = dict(expected or {})
        if unknown := {*chosen, *self.expected} - set(available):
            raise ValueError(f"unknown checks {sorted(unknown)}; available are {available}")
        self.chosen, self.exact, self.explain = chosen, exact, explain
        self.cases = 0
        self.applied: set[str] = set()
        self.rng = np.random.default_rng(seed)
        self.report = LayerReport("")

    def run_case(self, trial: Trial, *, exact: bool) -> None:
        """Run the selected checks on one trial."""
        __tracebackhide__ = True
        self.report.name = trial.name
        if VALUE in self.chosen:
            with self._record_expected_failure(VALUE):
                try:
                    self._check_value(trial)
                except LayerCheckError:
                    raise
                except Exception as error:
                    words = f"a pass fails: {failed_pass(error)}"
                    passed = self.report.checks
                    raise contract_error(
                        trial.name, "backward", words, trial.case, passed=passed
                    ) from error
        for name in self.chosen if exact else ():
            if name == VALUE:
                continue
            with self._record_expected_failure(name):
                found: str | None
                try:
                    found = self.exact[name](trial)
                except NotApplicable as reason:
                    if name not in self.applied:
                        self.report.not_applicable[name] = str(reason)
                    continue
                except Exception as error:
                    found = failed_pass(error)
                self.report.checks += 1
                self.applied.add(name)
                self.report.not_applicable.pop(name, None)
                if found:
                    passed = self.report.checks - 1
                    raise contract_error(trial.name, name, found, trial.case, self.exact, passed)

    def _check_value(self, trial: Trial) -> None:
        __tracebackhide__ = True
        # All blocks and directions in the first case; later, half of them if there are many.
        blocks, first = list(trial.blocks), self.cases == 0
        self.cases += 1
        few = len(blocks) > 4 and not first
        for block in blocks[self.cases % 2 :: 2] if few and len(blocks) > 8 else blocks:
            verdict = check_block(trial, block, self.rng, 1 if few else 2)
            self.report.checks += 1
            self.report.add(block, verdict, trial)
            if verdict.outcome == "wrong":
                raise self.explain(trial, block, verdict, self.report)

    @contextmanager
    def _record_expected_failure(self, name: str) -> Iterator[None]:
        __tracebackhide__ = True
        try:
            yield
        except LayerCheckError:
            if name not in self.expected:
                raise
            self.report.expected[name] = self.expected[name]

    def finish(self) -> LayerReport:
        """Return the report. Raise if an expected failure passed; warn of unverified gradients."""
        __tracebackhide__ = True
        report = self.report
        if missing := set(self.expected) & set(self.chosen) - set(report.expected):
            raise ContractError(
                f"{report.name}: expected to fail, but passed: {sorted(missing)}", check=min(missing)
            )
        settings.results.count(report)
        if unverified := report.never_verified():
            warnings.warn(
                f"{report.name}: the gradient of {', '.join(unverified)} could not be verified in any "
                "case: is forward discontinuous, or computed in low precision?",
                NotVerifiedWarning,
                stacklevel=3,
            )
        return report


def explore_with_hypothesis(
    check: Callable[[Case], None], spec: Spec, examples: int, seed: int
) -> None:
    """Check further cases, drawn by Hypothesis."""
    __tracebackhide__ = True
    try:
        import hypothesis
        from hypothesis import strategies as st
    except ImportError as error:
        raise ImportError("examples= needs Hypothesis: pip install 'nnlayers[test]'") from error

    deadline = time.perf_counter() + settings.defaults.seconds

    @hypothesis.seed(seed)
    @hypothesis.settings(  # no shrinking: the checker simplifies failures itself
        max_examples=examples, deadline=None, database=None, phases=[hypothesis.Phase.generate]
    )
    @hypothesis.given(
        st.fixed_dictionaries({name: st.integers(1, 6) for name in spec.names}),
        st.sampled_from(sorted(REGIMES)),
        st.integers(0, 2**16),
    )
    def explore_cases(sizes: dict[str, int], regime: str, seed: int) -> None:
        __tracebackhide__ = True
        if time.perf_counter() < deadline:
            check(spec.case(sizes, regime, seed))

    explore_cases()


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Silence the warnings of the layer under test."""
    __tracebackhide__ = True
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
