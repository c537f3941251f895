"""Whether the tests of this folder run on a GPU: with the environment variable NNLAYERS_TEST_GPU=1."""

import os

import pytest

REAL = os.environ.get("NNLAYERS_TEST_GPU") == "1"
needs_stand_in = pytest.mark.skipif(REAL, reason="only the stand-in notes what waits for it")
