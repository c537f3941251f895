"""Tests that need an extra are skipped where it is not installed."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except ImportError as error:
        if "pip install 'nnlayers[" in str(error):
            pytest.skip(str(error))
        raise
