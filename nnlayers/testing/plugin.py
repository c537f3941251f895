"""The pytest plugin: options for all layer checks, and a line in the summary."""

from typing import Any

import pytest

from nnlayers.testing import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--layer-seed``, ``--layer-examples`` and ``--layer-seconds``."""
    group = parser.getgroup("nnlayers", "checks of layers")
    group.addoption(
        "--layer-seed", type=int, default=0, help="seed of check_layer and check_loss (default: 0)"
    )
    group.addoption(
        "--layer-examples",
        type=int,
        default=0,
        help="further cases per check_layer, drawn by Hypothesis (default: 0)",
    )
    group.addoption(
        "--layer-seconds",
        type=float,
        default=float("inf"),
        help="time limit in seconds for these cases per check_layer (default: none)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set the defaults of the checks."""
    settings.defaults.seed = config.getoption("--layer-seed")
    settings.defaults.examples = config.getoption("--layer-examples")
    settings.defaults.seconds = config.getoption("--layer-seconds")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist, hand the counts over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["nnlayers"] = vars(settings.results) | {
            "names": sorted(settings.results.names)
        }


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a worker."""
    settings.results.add(**getattr(node, "workeroutput", {}).get("nnlayers", {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was checked. Failures are pytest's to report: some are expected by ``raises``."""
    found = settings.results
    if found.names:
        kinds = "1 layer or loss" if len(found.names) == 1 else f"{len(found.names)} layers and losses"
        parts = [f"{found.checks:,} {'check' if found.checks == 1 else 'checks'} passed"]
        parts += [f"{found.unsure:,} not verifiable"] * bool(found.unsure)
        parts += [f"{found.expected:,} failed as expected"] * bool(found.expected)
        terminalreporter.write_sep("-", f"nnlayers checked {kinds}: {', '.join(parts)}")
