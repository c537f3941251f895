"""The table of exact checks."""

from collections.abc import Callable
from typing import Any, NamedTuple

VALUE = "value"
FIRST = [
    *("registered", "shapes", "repeatable", "precision", VALUE, "accumulation", "arguments"),
    *("parameters", "linear", "results", "used", "instances", "order"),
]
"""Where one of these fails, others fail too, and say less."""


class NotApplicable(Exception):  # noqa: N818 (it is not an error)
    """The reason why a check cannot be tried."""


class Check(NamedTuple):
    """An exact check, and the kinds of subjects that it applies to."""

    run: Callable[[Any], str | None]
    kinds: tuple[str, ...]

    @property
    def guards_against(self) -> str:
        """The first line of its docstring."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


CHECKS: dict[str, Check] = {}


def exact(*kinds: str) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
    """Add a check to the table, under its name, for these kinds of subjects."""

    def add(check: Callable[..., str | None]) -> Callable[..., str | None]:
        CHECKS[check.__name__.removesuffix("_")] = Check(check, kinds)
        return check

    return add


def available(kind: str) -> list[str]:
    """The names of the checks of one kind of subject, in the order in which they run."""
    names = [name for name, check in CHECKS.items() if kind in check.kinds]
    return [name for name in FIRST if name == VALUE or name in names] + [
        name for name in names if name not in FIRST
    ]
