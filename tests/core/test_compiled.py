"""Compiled kernels beside their NumPy functions.

``--hypothesis-profile=thorough`` makes twenty times as many calls, `tests.fuzz_kernels` a million.
"""

import gc
import inspect
import os
import random
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.core import kernels
from nnlayers.core.compiled import extension
from tests.core.kernel_calls import ARGUMENTS, NAMES, call_of
from tests.core.kernel_results import FLOAT32, finding, numpy_functions, outcome
from tests.core.test_layer_kernels import KERNELS as LAYER_KERNELS

pytestmark = pytest.mark.skipif(not extension, reason="nnlayers-kernels is not in use: make fast")
SOURCES = Path(__file__).parents[2] / "kernels" / "src"
NUMPY = numpy_functions()


@pytest.fixture(autouse=True)
def _three_threads():
    before = extension.threads()
    extension.set_threads(3)
    yield
    extension.set_threads(before)


def first(options):
    """The choice that makes the plainest call: of small float32 arrays in C order."""
    return options[0]


@pytest.mark.parametrize("name", ARGUMENTS)
@given(data=st.data())
def test_results_errors_and_changes_are_those_of_numpy(name, data):
    numbers = []

    def choose(options):
        numbers.append(data.draw(st.integers(0, len(options) - 1)))
        return options[numbers[-1]]

    again = iter(numbers)
    assert finding(name, getattr(NUMPY, name), choose, lambda options: options[next(again)]) is None


@pytest.mark.parametrize("name", ARGUMENTS)
def test_many_quick_random_calls_find_no_difference(name):
    for seed in range(500):
        choices = random.Random(seed).choice, random.Random(seed).choice
        assert finding(name, getattr(NUMPY, name), *choices) is None, seed


@pytest.mark.skipif(not SOURCES.exists(), reason="the sources of the kernels are elsewhere")
def test_each_kernel_has_a_numpy_function_and_tests():
    table = re.findall(r"ENTRY\((?!name\))(\w+)\)", (SOURCES / "bindings.c").read_text("utf-8"))
    assert sorted(NAMES) == sorted(ARGUMENTS)
    assert sorted(table) == sorted([*ARGUMENTS, *LAYER_KERNELS])


def test_only_the_functions_of_kernels_are_replaced():
    assert extension.compiled(kernels.blocks) is kernels.blocks
    for name in NAMES:
        kernel = getattr(kernels, name)
        assert kernel.__name__ == kernel.__self__.__name__ == name
        assert kernel.__self__.__module__ == kernels.__name__


@pytest.mark.parametrize("name", ARGUMENTS)
def test_plain_arguments_do_not_reach_the_numpy_function(name):
    def function(*args, **named):
        pytest.fail("the kernel did not take them")

    function.__name__ = name
    args, named = call_of(name, first)
    assert len(args) <= len(inspect.signature(getattr(NUMPY, name)).parameters)
    assert not named
    extension.compiled(function)(*args)


@pytest.mark.parametrize("rows", [1, 3, 40, 300])
@pytest.mark.parametrize("orders", ["CC", "CF", "FC", "FF"])
def test_products_are_as_exact_as_float32_allows(rows, orders):
    rng = np.random.default_rng(rows)
    for inner, columns in [(1, 7), (784, 1), (64, 300), (500, 65)]:
        x, matrix = rng.standard_normal((rows, inner)), rng.standard_normal((inner, columns))
        x, matrix = np.asarray(x, np.float32, orders[0]), np.asarray(matrix, np.float32, orders[1])
        bias = rng.standard_normal(columns).astype(np.float32)
        exact = x.astype(np.float64) @ matrix
        allowed = 8 * FLOAT32.eps * (np.abs(x) @ np.abs(matrix) + 1)
        assert (np.abs(kernels.product(x, matrix) - exact) < allowed).all()
        assert (np.abs(kernels.affine(x, matrix, bias) - exact - bias) < allowed).all()


@pytest.mark.parametrize("shape", [(1, 64, 500), (64, 500, 1), (3, 40, 5), (200, 100, 90)])
def test_products_do_not_read_the_memory_that_they_get(shape):
    rows, inner, columns = shape
    x, matrix = np.ones((rows, inner), np.float32), np.ones((inner, columns), np.float32)
    for _ in range(5):
        nan = np.full((rows, columns), np.nan, np.float32)
        del nan  # its memory is the next one's
        assert (kernels.product(x, matrix) == inner).all()
        assert (kernels.product(x[:1], matrix) == inner).all()


def test_sums_of_many_equal_rows_round_little():
    for columns in (1, 3, 300):
        sums = kernels.sum_rows(np.full((200_001, columns), 0.1, np.float32))
        np.testing.assert_allclose(sums, 200_001 * float(np.float32(0.1)), rtol=1e-5)


@pytest.mark.parametrize("classes", [1, 2, 10, 64, 65, 1000])
@pytest.mark.parametrize("scale", [1, 30])
def test_cross_entropy_is_as_exact_as_float32_allows(classes, scale):
    rng = np.random.default_rng(classes)
    z = (scale * rng.standard_normal((70, classes))).astype(np.float32)
    labels = rng.integers(0, classes, 70)
    loss, gradient = kernels.cross_entropy(z, labels, 1 / 70)
    exact_loss, exact = NUMPY.cross_entropy(z.astype(np.float64), labels, 1 / 70)
    np.testing.assert_allclose(loss, exact_loss, rtol=4 * FLOAT32.eps, atol=4 * FLOAT32.eps)
    np.testing.assert_allclose(gradient, exact, rtol=16 * FLOAT32.eps, atol=2 * FLOAT32.eps / 70)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_no_references_are_lost_or_left(name):
    kernel = getattr(kernels, name)
    args, _ = call_of(name, first)
    wrong = [args[:-1], [*args, None], [None, *args[1:]], [args[0], *args]]
    wrong.append([np.asfortranarray(args[0]), *args[1:]])
    if name != "product":  # NumPy 2.5 itself leaves a block with each product of numbers and words
        wrong.append([*args[:-1], "1"])
    arrays = args[0] if isinstance(args[0], list) else ()
    held = [*args, *arrays, np.dtype(np.float32), kernel.__self__]

    def counts():
        gc.collect()
        return [sys.getrefcount(each) for each in held], sys.getallocatedblocks()

    for turn in range(2):
        before, blocks = counts()
        for _ in range(2000 if turn else 20):
            outcome(kernel, args, {})
        for other in wrong * (50 if turn else 1):
            outcome(kernel, other, {})
            outcome(kernel, other[:1], {"nonsense": 1})
    after, blocks_after = counts()
    assert after == before
    assert blocks_after - blocks < 50


def resident_bytes():
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="it keeps what was freed")
def test_memory_does_not_grow_in_10_000_steps(rng):
    layers = [nn.Dense(20, 30, rng=0), nn.ReLU(), nn.Dropout(0.2, rng=1), nn.Dense(30, 5, rng=2)]
    model = nn.Sequential(*layers)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.Adam(model.parameters()))
    x, y = rng.standard_normal((16, 20)).astype(np.float32), rng.integers(0, 5, 16)
    for steps in (1000, 10_000):
        blocks, resident = sys.getallocatedblocks(), resident_bytes()
        for _ in range(steps):
            trainer.step(x, y)
    assert sys.getallocatedblocks() - blocks < 200
    assert resident_bytes() - resident < 1 << 20
