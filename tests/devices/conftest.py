"""A stand-in for CuPy, in its place."""

import sys

import pytest

from tests.devices import stand_in


@pytest.fixture
def cupy(monkeypatch):
    module = stand_in.module()
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module
