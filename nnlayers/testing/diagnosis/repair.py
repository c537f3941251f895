"""The line of backward that is wrong, found by edits of the code that make the gradients right."""

import ast
import contextlib
import itertools
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from nnlayers.core.origin import is_built_in
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.testing.diagnosis.edits import STAGES, Site, sites
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.diagnosis.plain_code import arrays_around, is_plain, read_only
from nnlayers.testing.diagnosis.points import is_wrong
from nnlayers.testing.joint import ALL, JointTrial
from nnlayers.testing.source import Function
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import Gradients, Trial
from nnlayers.testing.unparsed import unparsed

SECONDS = 1.0  # of computing, on a busy machine too; edits that come later are not tried
SLIGHTLY_MORE = 1.001
LONGEST = 70  # line that is shown whole


def repair(
    subject: Subject,
    points: Sequence[Evidence],
    right_blocks: Sequence[str],
    others: Callable[[], Iterable[Trial]],
) -> str:
    """The edit of one line that makes the gradient right, in words; empty if none is found.

    It must make the gradient of the block right at all points and in other trials, and leave those
    right that are. Only functions of plain formulas are edited, in copies, and only copies run them.
    """
    try:
        functions = subject.way_back(points[0].trial.fresh())
    except (ValueError, TypeError, SyntaxError):  # there is no source code
        return ""
    if not functions or any(is_built_in(f.function) or not is_plain(f.tree) for f in functions):
        return ""
    search = _Search(subject, points, right_blocks, others)
    with np.errstate(all="ignore"), read_only(arrays_around(functions, points[0].trial.fresh())):
        return search.through(functions)


class _Search:
    """A search for an edit that repairs a gradient, for a limited time."""

    def __init__(
        self,
        subject: Subject,
        points: Sequence[Evidence],
        right_blocks: Sequence[str],
        others: Callable[[], Iterable[Trial]],
    ) -> None:
        self.subject = subject
        self.points, self.right_blocks, self.others = points, right_blocks, others
        self.trial, self.block = points[0].trial, points[0].block
        self.original = self.trial.gradients()
        self.deadline = time.thread_time() + SECONDS

    def is_over(self) -> bool:
        """True if the time is up."""
        return time.thread_time() > self.deadline

    def through(self, functions: Sequence[Function]) -> str:
        """The repair of one of the functions, in words; empty if none is found."""
        tried = [t for t in map(_Tried, functions) if self._needs_no_decorator(t)]
        suspects = [[site for site in sites(t.function.tree) if self._matters(t, site)] for t in tried]
        values = [_values_in_scope(self.trial, t.function) for t in tried]
        for stage in STAGES:
            for t, found, scope in zip(tried, suspects, values, strict=True):
                for site, node in stage(found, scope):
                    if self.is_over():
                        return ""
                    code = t.code(site, node)
                    if code is not None and self._is_right(t, code):
                        return t.in_words(site, node)
        return ""

    @contextlib.contextmanager
    def _edited(self, tried: "_Tried", code: types.CodeType, trial: Trial) -> Iterator[None]:
        """A with-block in which copies of the trial run other code."""
        trial.fresh.change = self.subject.exchange(
            tried.function.function, tried.function.with_code(code)
        )
        try:
            yield
        finally:
            trial.fresh.change = None

    def _gradients(self, tried: "_Tried", code: types.CodeType, trial: Trial) -> Gradients | None:
        """The gradients of a trial whose copies run other code; None if it fails."""
        with self._edited(tried, code, trial), contextlib.suppress(Exception):
            return trial.gradients()
        return None

    def _needs_no_decorator(self, tried: "_Tried") -> bool:
        """True if the function gives the same gradients without its decorators: edits run without."""
        found = self._gradients(tried, tried.function.function.__code__, self.trial)
        return found is not None and all(_same(found[name], g) for name, g in self.original.items())

    def _matters(self, tried: "_Tried", site: Site) -> bool:
        """False if a small change of an expression leaves the gradient as it is, or spoils others."""
        if not isinstance(site.node, ast.expr) or self.is_over():
            return True
        code = tried.code(site, ast.BinOp(site.node, ast.Mult(), ast.Constant(SLIGHTLY_MORE)))
        if code is None:
            return True
        found = self._gradients(tried, code, self.trial)
        if found is None:  # it is not a number
            return True
        if _same(found[self.block], self.original[self.block]):
            return False
        return all(_same(found[block], self.original[block]) for block in self.right_blocks)

    def _is_right(self, tried: "_Tried", code: types.CodeType) -> bool:
        """True if, with other code, the block is right at all points, and what was right still is."""
        for e in self.points:
            found = (self._gradients(tried, code, e.trial) or {}).get(e.block)
            if found is None or not e.equal(np.asarray(found, np.float64), e.right):
                return False
        for trial in itertools.chain((e.trial for e in self.points), self.others()):
            with self._edited(tried, code, trial):
                names = [name for name in (self.block, *self.right_blocks) if name in trial.blocks]
                if names and is_wrong(JointTrial(trial, names), ALL):
                    return False
        return True


class _Tried:
    """A function whose tree is changed at one site at a time, and compiled."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.module = ast.fix_missing_locations(function.module(function.tree))

    def code(self, site: Site, node: Any) -> types.CodeType | None:
        """The code with another node at a site; None if it cannot be compiled."""
        for new in ast.walk(node):
            if isinstance(new, (ast.stmt, ast.expr)) and not hasattr(new, "lineno"):
                ast.copy_location(new, site.statement)
        site.put(node)
        try:
            return self.function.code_in(self.module)
        except Exception:  # such as a target that cannot be assigned to
            return None
        finally:
            site.put(site.node)

    def in_words(self, site: Site, node: Any) -> str:
        """The line that is changed, before and after."""
        before = _first_line(site.statement)
        if site.node is site.statement:
            after = _first_line(node)
        else:
            site.put(node)
            after = _first_line(site.statement)
            site.put(site.node)
        before, after = _around_difference(before, after)
        where = f"line {site.statement.lineno} ({self.function.function.__qualname__})"
        return f"It is right if {where}, `{before}`, reads `{after}`."


def _first_line(statement: Any) -> str:
    return unparsed(ast.fix_missing_locations(statement)).splitlines()[0]


def _around_difference(before: str, after: str) -> tuple[str, str]:
    """Two lines, of which only what is near their difference is left if they are long."""
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    start = max(0, before.rfind(" ", 0, max(start - 12, 0)) + 1)
    shown = []
    for line in (before, after):
        stop = line.find(" ", len(line) - max(end - 12, 0))
        stop = len(line) if stop < 0 else stop
        shown.append(f"{'... ' * (start > 0)}{line[start:stop]}{' ...' * (stop < len(line))}")
    return shown[0], shown[1]


def _common(one: str, other: str) -> int:
    """The length of the common beginning of two texts."""
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in pairs)


def _same(one: Any, other: Any) -> bool:
    return one is other or (
        one is not None and other is not None and np.array_equal(one, other, equal_nan=True)
    )


def _values_in_scope(trial: Trial, function: Function) -> dict[str, Any]:
    """The values of a function's names when it returns, and of the parts of its object."""
    found: dict[str, Any] = {}

    def watch(frame: types.FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        def at_return(frame: types.FrameType, event: str, argument: Any) -> Any:
            if event == "return":
                found.update(frame.f_locals)
            return at_return

        return at_return if frame.f_code is function.function.__code__ else None

    thing = trial.fresh()
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        trial.passes(thing)  # both: a function may return its way back as a closure
    except Exception:
        return {}
    finally:
        sys.settrace(before)
    return dict(_usable(found, function.owner))


def _usable(values: dict[str, Any], owner: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if name == owner:
            for attribute, part in vars(value).items():
                if isinstance(part, (Parameter, State)):
                    yield f"{owner}.{attribute}.value", part.value
                elif isinstance(part, float):
                    yield f"{owner}.{attribute}", part
        elif isinstance(value, (np.ndarray, np.floating, float)) and name.strip("_"):
            yield name, value
