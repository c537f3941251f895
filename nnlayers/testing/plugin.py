"""The pytest plugin: options for all layer checks, and a closing line in the summary."""

from typing import Any

import pytest

from nnlayers.testing import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--layer-seed``, ``--layer-examples`` and ``--layer-seconds``."""
    group = parser.getgroup("nnlayers", "checks of layers")
    group.addoption("--layer-seed", type=int, default=0, help="seed of check_layer and check_loss (0)")
    group.addoption(
        "--layer-examples",
        type=int,
        default=0,
        help="further cases that Hypothesis draws per check_layer (0)",
    )
    group.addoption(
        "--layer-seconds",
        type=float,
        default=float("inf"),
        help="how long these may take per check_layer (no limit)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hand the options on."""
    settings.defaults.seed = config.getoption("--layer-seed")
    settings.defaults.examples = config.getoption("--layer-examples")
    settings.defaults.seconds = config.getoption("--layer-seconds")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many layers and checks there were, and what came out."""
    found = settings.results
    if found.checks or found.failed:
        parts = [f"{len(found.names)} layers and losses", f"{found.checks:,} checks passed"]
        parts += [f"{found.failed} failed"] * bool(found.failed)
        parts += [f"{found.unsure} not verifiable"] * bool(found.unsure)
        parts += [f"{found.expected} failed as expected"] * bool(found.expected)
        terminalreporter.write_sep("-", f"nnlayers: {', '.join(parts)}")
