"""Mini-batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


@given(st.integers(1, 50), st.integers(1, 60), st.booleans())
def test_batches_cover_every_sample_once_and_keep_pairs_together(samples, size, shuffle):
    x = np.arange(samples)
    data = nn.batches(x, 10 * x, batch_size=size, shuffle=shuffle, rng=0)
    parts = list(data)
    assert len(parts) == len(data) == -(-samples // size)
    assert [len(xb) for xb, _ in parts[:-1]] == [size] * (len(parts) - 1)
    xs, ys = (np.concatenate(part) for part in zip(*parts, strict=True))
    assert sorted(xs.tolist()) == x.tolist()
    np.testing.assert_array_equal(ys, 10 * xs)
    if not shuffle:
        np.testing.assert_array_equal(xs, x)


def test_every_iteration_shuffles_the_samples_afresh():
    data = nn.batches(np.arange(100), batch_size=10, rng=0)
    first, second = np.concatenate(list(data)), np.concatenate(list(data))
    assert not np.array_equal(first, second)
    # individual samples are shuffled, so neighbours rarely stay together
    assert (np.diff(first) == 1).mean() < 0.2


def test_the_same_seed_gives_the_same_order():
    one, other = (list(nn.batches(np.arange(20), batch_size=7, rng=1)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_array_yields_arrays_and_several_yield_tuples():
    x = np.arange(4)
    assert isinstance(next(iter(nn.batches(x))), np.ndarray)
    assert len(next(iter(nn.batches(x, x, x)))) == 3


def test_a_memmap_is_not_loaded_into_memory(tmp_path):
    file = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (1000, 10))
    file[...] = np.arange(1000)[:, np.newaxis]
    file.flush()
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    data = nn.batches(x, batch_size=100, rng=0)
    assert np.shares_memory(data.arrays[0], x)
    seen = [batch[:, 0] for batch in data]
    assert sorted(np.concatenate(seen)) == list(range(1000))
    plain = list(nn.batches(x, batch_size=300, shuffle=False))
    assert np.shares_memory(plain[0], x)


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_size_below_one_is_rejected_immediately(size):
    with pytest.raises(ValueError, match=f"batches: batch_size must be at least 1, got {size}"):
        nn.batches(np.arange(3), batch_size=size)


@pytest.mark.parametrize("size", [2.5, 2.0, None])
def test_a_batch_size_that_is_not_a_whole_number_is_rejected(size):
    with pytest.raises(TypeError, match="batches: batch_size must be a whole number"):
        nn.batches(np.arange(3), batch_size=size)


def test_batches_say_how_many_they_are():
    assert repr(nn.batches(np.zeros(100))) == "<4 batches of 32, from 100 samples>"
