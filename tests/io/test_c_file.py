import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlayers as nn
from tests.io.c_programs import C99, CPP17, SANITIZED, assert_same, needs_c, outputs, run
from tests.io.networks import NETWORKS, moved, rows


@needs_c
def test_every_layer_in_c_is_equal_to_predict(tmp_path):
    found = outputs(tmp_path, NETWORKS.values())
    for name, (one, other) in zip(NETWORKS, found, strict=True):
        assert_same(one, other)
        assert one.dtype == np.float32, name
