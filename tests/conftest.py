"""Fixtures and settings for all tests."""

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import settings

from nnlayers.core import compiled

mpl.use("Agg")
settings.register_profile("default", deadline=None, max_examples=25, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("default")


def pytest_report_header():
    """The kernels that are tested."""
    used = compiled.extension
    return f"kernels: {f'compiled, {used.blas()}' if used else f'NumPy ({compiled.why_numpy})'}"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
