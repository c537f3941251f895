"""Run the checks of one subject on its plan: the selection, expected failures, the report."""

import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from nnlayers.core.checks import whole_number
from nnlayers.testing import settings
from nnlayers.testing.contract import CHECKS, VALUE, NotApplicable, available
from nnlayers.testing.diagnosis import Failure, explain
from nnlayers.testing.errors import ContractError, contract_error, failed_pass
from nnlayers.testing.joint import ALL, JointTrial
from nnlayers.testing.plan import REGIMES, Case, one_case
from nnlayers.testing.report import LayerReport
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import Trial
from nnlayers.testing.value import Verdict, check_block

__all__ = ["NotVerifiedWarning"]


class NotVerifiedWarning(UserWarning):
    """A gradient could not be verified in any case, or was zero on both sides in all of them.

    Examples
    --------
    >>> import warnings
    >>> from nnlayers.testing import NotVerifiedWarning, check_layer
    >>> class Sign(nn.Elementwise):
    ...     def value(self, x):
    ...         return np.sign(x)
    ...
    ...     def slope(self, x, y):
    ...         return np.zeros_like(x)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", NotVerifiedWarning)
    ...     report = check_layer(Sign, "N D")
    >>> report.verified, report.never_verified()
    (set(), ['input'])
    """


def check(
    subject: Subject,
    seed: int | None,
    examples: int,
    checks: str | Iterable[str] | None,
    expected_failures: Mapping[str, str] | None,
) -> LayerReport:
    """Check a subject on its plan of cases, and on further examples."""
    __tracebackhide__ = True
    seed = whole_number(settings.defaults.seed if seed is None else seed, "seed", subject.name, least=0)
    examples = whole_number(examples, "examples", subject.name, least=0)
    run = Run(subject, checks, expected_failures, seed)
    with silence_warnings():
        for case in subject.cases(seed):
            run.try_case(case)
        if not run.cases:
            raise ValueError(f"{subject.name}: no case has an element: no axis may always be empty")
        if examples:
            explore_with_hypothesis(run.try_case, subject, examples, seed)
    return run.finish()


class Run:
    """The checks of one call: the selected ones, the expected failures, the report."""

    def __init__(
        self,
        subject: Subject,
        checks: str | Iterable[str] | None,
        expected: Mapping[str, str] | None,
        seed: int,
    ) -> None:
        names = available(subject.kind)
        self.chosen = [checks] if isinstance(checks, str) else list(names if checks is None else checks)
        if not isinstance(expected or {}, Mapping):
            raise TypeError(
                "expected_failures: expected a dict of checks with reasons, such as {'value': "
                f"'straight-through'}}, got {expected!r}"
            )
        self.expected = dict(expected or {})
        asked = {*self.chosen, *(name.partition(":")[0] for name in self.expected)}
        if unknown := asked - set(names):
            raise ValueError(f"unknown checks {sorted(unknown)}; available are {names}")
        self.subject = subject
        self.report = LayerReport(subject.name)
        self.applied: set[str] = set()
        self.cases = 0
        self.seed, self.rng = seed, np.random.default_rng(seed)

    def try_case(self, case: Case) -> None:
        """Run the selected checks on one case."""
        __tracebackhide__ = True
        self.try_trial(self.subject.trial(case), exact=case.exact)

    def try_trial(self, trial: Trial, *, exact: bool) -> None:
        """Run the numeric check on a trial, and the exact ones if they are due."""
        __tracebackhide__ = True
        if not self.cases:
            self.report.name = trial.name
            self._refuse_unknown_blocks(trial)
        for name in self.chosen:
            if name == VALUE:
                self._check_values(trial)
            elif exact:
                self._check_exactly(trial, name)
        self.cases += 1

    def _check_values(self, trial: Trial) -> None:
        __tracebackhide__ = True
        excused = [block for block in trial.blocks if self._excuse(trial, block)]
        try:
            found = None if self._are_all_right(trial, excused) else self._first_wrong(trial, excused)
        except Exception as error:
            words = f"a pass fails: {failed_pass(error)}{self.subject.advice(trial.case)}"
            raise contract_error(trial, "backward", words, self.report.checks) from error
        if found is not None:
            subject, trial, block, verdict = self.subject.culprit(trial, *found)
            passed, seed = self.report.checks, self.seed
            raise explain(Failure(subject, trial, block, verdict, passed, seed, excused))

    def _are_all_right(self, trial: Trial, excused: Collection[str]) -> bool:
        """True if all gradients are right along one direction, tried if they are many or large."""
        blocks = [block for block in trial.blocks if block not in excused]
        is_large = trial.case is not None and trial.case.large
        if not blocks or not (is_large or self._is_quick(trial)):
            return False
        verdict = check_block(JointTrial(trial, blocks), ALL, self.rng, 1)
        if verdict.outcome not in ("right", "nothing"):
            return False
        self.report.checks += 1
        self.report.outcomes[verdict.outcome] += 1
        return True

    def _first_wrong(self, trial: Trial, excused: Collection[str]) -> tuple[str, Verdict] | None:
        """The first block that is wrong and not expected to be; None if there is none."""
        for block in trial.blocks:
            directions = 1 if self._is_quick(trial) else trial.directions
            verdict = check_block(trial, block, self.rng, directions)
            self.report.add(block, verdict, trial)
            if verdict.outcome != "wrong":
                self.report.checks += 1
            elif block in excused:
                name = self._excuse(trial, block)
                self.report.expected[name] = self.expected[name]
            else:
                return block, verdict
        return None

    def _is_quick(self, trial: Trial) -> bool:
        """True after the first case, for several blocks."""
        return self.cases > 0 and len(trial.blocks) > 1

    def _excuse(self, trial: Trial, block: str) -> str:
        """The expected failure that this block may be; empty if there is none."""
        names = [f"{VALUE}:{block}"] + [VALUE] * (block in trial.inputs)
        return next((name for name in names if name in self.expected), "")

    def _check_exactly(self, trial: Trial, name: str) -> None:
        __tracebackhide__ = True
        try:
            found = CHECKS[name].run(trial)
        except NotApplicable as reason:
            if str(reason) and name not in self.applied:
                self.report.not_applicable.setdefault(name, str(reason))
            return
        except Exception as error:
            found = f"a pass fails: {failed_pass(error)}"
        self.applied.add(name)
        self.report.not_applicable.pop(name, None)
        if not found:
            self.report.checks += 1
        elif name in self.expected:
            self.report.expected[name] = self.expected[name]
        else:
            advice = self.subject.advice(trial.case if name == "shapes" else None)
            words = f"{found.rstrip('.') if advice else found}{advice}"
            raise contract_error(trial, name, words, self.report.checks, CHECKS[name].guards_against)

    def _refuse_unknown_blocks(self, trial: Trial) -> None:
        for name in self.expected:
            check, colon, block = name.partition(":")
            if colon and check != VALUE:
                raise ValueError(f"expected_failures: only '{VALUE}:...' names an array, got {name!r}")
            if colon and block not in trial.blocks:
                raise ValueError(
                    f"expected_failures: {trial.name} has no array {block!r} to check; "
                    f"'value:...' can name {list(trial.blocks)}"
                )

    def finish(self) -> LayerReport:
        """Return the report. Raise if an expected failure passed; warn of unverified gradients."""
        __tracebackhide__ = True
        report = self.report
        chosen = {name for name in self.expected if name.partition(":")[0] in self.chosen}
        if missing := chosen - set(report.expected):
            raise ContractError(
                f"{report.name}: expected to fail, but passed: {sorted(missing)}", check=min(missing)
            )
        if self.subject.shapes.fixed and self.subject.kind == "layer":
            report.not_applicable["other sizes"] = "an instance has fixed sizes"
        settings.results.count(report)
        if doubts := report.doubts():
            warnings.warn(f"{report.name}: {doubts}", NotVerifiedWarning, stacklevel=4)
        return report


def explore_with_hypothesis(
    check: Callable[[Case], None], subject: Subject, examples: int, seed: int
) -> None:
    """Check further cases, drawn by Hypothesis."""
    __tracebackhide__ = True
    try:
        import hypothesis
        from hypothesis import strategies as st
    except ImportError as error:
        raise ImportError("examples= needs Hypothesis: pip install 'nnlayers[test]'") from error

    deadline = time.perf_counter() + settings.defaults.seconds
    shapes = subject.shapes

    @hypothesis.seed(seed)
    @hypothesis.settings(  # no shrinking: the checker simplifies failures itself
        max_examples=examples, deadline=None, database=None, phases=[hypothesis.Phase.generate]
    )
    @hypothesis.given(
        st.fixed_dictionaries({name: st.integers(1, 6) for name in shapes.names}),
        st.sampled_from(sorted(REGIMES)),
        st.integers(0, 2**16),
    )
    def explore_cases(sizes: dict[str, int], regime: str, seed: int) -> None:
        __tracebackhide__ = True
        if time.perf_counter() < deadline:
            for case in one_case(shapes, sizes, regime, seed, exact=True):
                check(case)

    explore_cases()


@contextmanager
def silence_warnings() -> Iterator[None]:
    """Silence the warnings of the layer under test."""
    __tracebackhide__ = True
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
