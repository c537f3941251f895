"""The batches of a stream: all rows once, mixed, in an order that can begin anywhere."""

import importlib.util
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.data.streaming import reader
from tests.data.streaming.files_for_tests import (
    NEEDED,
    OPEN,
    ROWS,
    WRITE,
    X,
    Y,
    order,
    stream_of,
    write_npz,
)


@pytest.fixture(params=[*OPEN, *WRITE])
def kind(request, monkeypatch):
    """Kinds of data, read in blocks of a few rows."""
    if not importlib.util.find_spec(NEEDED.get(request.param, "numpy")):
        pytest.skip(f"{NEEDED[request.param]} is not installed")
    monkeypatch.setattr(reader, "BLOCK_BYTES", 5 * 20)
    return request.param


def test_every_row_comes_once_in_a_new_order_in_each_iteration(kind, tmp_path):
    data = stream_of(kind, tmp_path)
    assert (len(data), data.samples) == (15, ROWS)
    first, second = list(data), order(data)
    assert [len(y) for _, y in first] == [16] * 14 + [6]
    for found in (order(first), second):
        assert sorted(found) == Y.tolist()
        assert (np.diff(found) == 1).mean() < 0.2
    assert not np.array_equal(order(first), second)
    assert repr(data) == "<15 batches of 16, read from 230 samples>"


def test_without_shuffling_the_order_is_that_of_the_data(kind, tmp_path):
    data = stream_of(kind, tmp_path, shuffle=False)
    np.testing.assert_array_equal(order(data), Y)
    np.testing.assert_array_equal(order(data), Y)


def test_an_epoch_begins_anywhere(kind, tmp_path):
    data = stream_of(kind, tmp_path)
    whole = list(data.epoch(3))
    for skip in (0, 1, 5, 14, 15):
        np.testing.assert_array_equal(order(data.epoch(3, skip)), order(whole[skip:]))
    assert not np.array_equal(order(data.epoch(4)), order(whole))


def test_parts_are_all_rows_together_and_one_number_of_batches(kind, tmp_path):
    data = stream_of(kind, tmp_path, batch_size=8)
    for count in (1, 2, 7):
        parts = [data.part(index, count) for index in range(count)]
        found = [order(part.epoch(2)) for part in parts]
        assert sorted(np.concatenate(found)) == Y.tolist()
        assert [len(rows) for rows in found] == [part.samples for part in parts]
        assert max(map(len, found)) - min(map(len, found)) <= 1
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_parts_read_only_their_blocks():
    class Counted:
        shape, dtype, rows = (1 << 16, 1 << 8), np.dtype(np.float32), 0

        def __getitem__(self, rows):
            self.rows += rows.stop - rows.start
            return np.zeros((rows.stop - rows.start, 1 << 8), np.float32)

    data = nn.stream(Counted(), batch_size=1 << 10, rng=0)
    list(data.part(1, 4))
    assert data.reader.arrays[0].rows == 1 << 14


def test_a_part_is_the_same_in_every_process(tmp_path):
    write_npz(tmp_path)
    one, other = (nn.stream(tmp_path, targets="y", rng=4) for _ in range(2))
    np.testing.assert_array_equal(order(one.part(1, 3)), order(other.part(1, 3)))


@pytest.mark.parametrize(
    ("index", "count", "error"),
    [
        (2, 2, ValueError),
        (-1, 2, ValueError),
        (0, 0, ValueError),
        (0, 231, ValueError),
        (0.5, 2, TypeError),
    ],
)
def test_parts_that_do_not_exist_are_refused(index, count, error):
    with pytest.raises(error, match=r"Stream\.part: "):
        nn.stream(X, Y, rng=0).part(index, count)


def test_a_part_of_a_part_is_refused():
    with pytest.raises(ValueError, match="this is a part already"):
        nn.stream(X, Y, rng=0).part(0, 2).part(0, 2)


def test_parts_without_a_seed_would_not_be_those_of_one_order():
    with pytest.raises(ValueError, match=r"give nn\.stream the same seed in all processes"):
        nn.stream(X, Y).part(0, 2)
    assert nn.stream(X, Y, shuffle=False).part(0, 2).samples == ROWS // 2


@given(
    st.integers(1, 60),
    st.integers(1, 70),
    st.integers(1, 500),
    st.integers(0, 5),
    st.booleans(),
)
def test_sizes_of_all_kinds_give_every_row_once(rows, batch_size, buffer_bytes, skip, shuffle):
    y = np.arange(rows)
    options = {"batch_size": batch_size, "buffer_bytes": buffer_bytes, "shuffle": shuffle}
    data = nn.stream(y, rng=1, **options)
    whole = list(data.epoch(0))
    assert len(whole) == len(data) == -(-rows // batch_size)
    assert sorted(np.concatenate(whole)) == y.tolist()
    for one, other in zip(data.epoch(0, skip), whole[skip:], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (slice(200), Y[:200]),
        (slice(200, None), Y[200:]),
        (slice(-30, None), Y[200:]),
        (slice(50, 150), Y[50:150]),
    ],
)
def test_some_rows_are_chosen_through_all_files(rows, expected, kind, tmp_path):
    data = stream_of(kind, tmp_path, rows=rows)
    assert data.samples == len(expected)
    assert sorted(order(data)) == expected.tolist()
    np.testing.assert_array_equal(order(data.in_order()), expected)


def test_the_same_seed_gives_the_same_orders_and_others_do_not():
    orders = [
        [order(data) for _ in range(2)]
        for rng in (5, 5, 6, np.random.default_rng(5), np.random.default_rng(5), None)
        for data in [nn.stream(X, Y, rng=rng)]
    ]
    np.testing.assert_array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[3], orders[4])
    firsts = {tuple(first) for first, _ in orders}
    assert len(firsts) == 4


def test_blocks_of_a_buffer_are_mixed(monkeypatch):
    monkeypatch.setattr(reader, "BLOCK_BYTES", 8 * 10)
    y = np.arange(10_000)
    found = next(iter(nn.stream(y, batch_size=500, buffer_bytes=8 * 1000, rng=0)))
    blocks = np.unique(found // 10)
    assert 90 < len(blocks) <= 100  # of ten rows, of which the buffer holds a hundred
    assert len(np.unique(found)) == 500


def test_weights_and_tuples_come_as_they_are_given():
    w = np.linspace(0, 1, ROWS)
    for (a, b), y, weights in nn.stream((X, Y), Y, w, rng=0):
        np.testing.assert_array_equal(a, X[y])
        np.testing.assert_array_equal(b, y)
        np.testing.assert_array_equal(weights, w[y])
    assert next(iter(nn.stream(X))).shape == (32, 3)


def test_batches_are_copies_that_may_be_written_into(kind, tmp_path):
    data = stream_of(kind, tmp_path, shuffle=False)
    for x, _ in data:
        x[...] = 0
    np.testing.assert_array_equal(order(data), Y)


@pytest.mark.parametrize("kind", ["arrays", "npz", "npy"])
def test_a_stream_of_files_can_be_pickled(kind, tmp_path):
    data = stream_of(kind, tmp_path)
    twin = pickle.loads(pickle.dumps(data))
    np.testing.assert_array_equal(order(data), order(twin))


def test_a_stream_of_a_memory_map_is_not_pickled_whole(tmp_path):
    with pytest.raises(TypeError, match=r"x\.npy is a memory map, and would be copied whole"):
        pickle.dumps(stream_of("memmap", tmp_path))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"buffer_bytes": 1.5}, TypeError, "buffer_bytes must be a whole number"),
        ({"shuffle": "no"}, TypeError, "shuffle must be True or False"),
        ({"rng": -1}, ValueError, "rng as a seed must be at least 0"),
        ({"rows": 5}, TypeError, r"expected rows=slice\(start, stop\), got 5"),
        ({"rows": slice(0, 9, 2)}, TypeError, r"expected rows=slice\(start, stop\)"),
        ({"rows": slice(5, 5)}, ValueError, r"expected at least one row, got none in slice\(5, 5"),
        ({"targets": "y"}, TypeError, r"targets goes with files: give arrays as nn.stream\(x, y"),
        ({"bufer_bytes": 5}, TypeError, "did you mean buffer_bytes"),
        ({"label": "y"}, TypeError, "use targets"),
        ({"num_workers": 2}, TypeError, "one thread always reads ahead"),
    ],
)
def test_arguments_that_are_wrong_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        nn.stream(X, Y, **options)
