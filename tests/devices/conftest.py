"""A stand-in for CuPy, in its place; or CuPy itself, see `real`."""

import sys

import pytest

from tests.devices import stand_in
from tests.devices.real import REAL


@pytest.fixture
def cupy(monkeypatch):
    if REAL:
        import cupy

        return cupy
    module = stand_in.module()
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module
