"""Arrays that are read by slices: what is taken as one, and how maps and chunks are read."""

import importlib.util
import mmap
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.data.streaming import maps, reader
from nnlayers.data.streaming.arrays import ArrayReader
from tests.data.streaming.files_for_tests import X, Y, order


class Rows:
    """Rows of a library that knows slices only."""

    def __init__(self, array, read=None):
        self.shape, self.dtype, self.array = array.shape, array.dtype, array
        self.read = read or (lambda rows: rows)

    def __getitem__(self, rows):
        assert isinstance(rows, slice)
        return self.read(self.array[rows])


def test_anything_with_slices_is_read():
    np.testing.assert_array_equal(order(nn.stream(Rows(X), Y, shuffle=False)), Y)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda rows: rows[:1], r"expected a slice of shape \(230, 3\), got \(1, 3\)"),
        (lambda rows: rows.astype("f8"), "Cannot cast array data"),
        (lambda rows: np.ma.masked_less(rows, 0), "expected an array without a mask"),
    ],
)
def test_slices_that_are_not_what_was_promised_are_refused(read, message):
    with pytest.raises(ValueError, match=rf"an array of shape \(230, 3\), .*: cannot read .*{message}"):
        list(nn.stream(Rows(X, read), Y))


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ((), TypeError, "expected arrays, or the path of a folder or of files"),
        ((X, Y[:5]), ValueError, r"expected arrays of equal length, got shapes \[\(230, 3\), \(5,\)\]"),
        ((X, 64), TypeError, "got 64: write batch_size=64"),
        ((np.float32(3),), ValueError, r"expected rows of at least one number, got shape \(\)"),
        ((X[:, :0],), ValueError, r"expected rows of at least one number, got shape \(230, 0\)"),
        ((X[:0],), ValueError, "expected at least one row, got none"),
        ((np.array(["a"]),), TypeError, "expected an array of real numbers, got dtype"),
        ((np.zeros(3, [("a", "f4")]),), TypeError, "expected an array of real numbers, got dtype"),
        ((np.ma.array(X),), TypeError, "without a mask"),
        ((X, np.array([None] * 230)), TypeError, "expected an array of real numbers, got dtype object"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays, error, message):
    with pytest.raises(error, match=message):
        nn.stream(*arrays)


def test_groups_of_arrays_are_answered_with_the_call_that_helps(tmp_path):
    np.savez(tmp_path / "0.npz", x=X, y=Y)
    message = r"got NpzFile with \['x', 'y'\]: give them one by one, nn\.stream\(file\['x'\], file\["
    with np.load(tmp_path / "0.npz") as file, pytest.raises(TypeError, match=message):
        nn.stream(file)
    with pytest.raises(TypeError, match="got dict with"):
        nn.stream({"x": X})


@pytest.mark.parametrize(("data", "named"), [((None,), "None"), ((Path("0.npz"), X), r".*0\.npz")])
def test_anything_else_is_refused_by_name(data, named):
    with pytest.raises(TypeError, match=f"expected arrays, or paths of files, got {named}"):
        nn.stream(*data)


def test_a_stream_is_not_an_array():
    data, message = nn.stream(X, Y), "a stream has its own targets: give it alone"
    for call in (nn.batches, nn.Dense(3, 2).predict, nn.stream):
        with pytest.raises(TypeError, match=message):
            call(data)


def test_lists_are_arrays_and_columns_too():
    pandas = pytest.importorskip("pandas")
    for labels in (Y.tolist(), pandas.Series(Y, index=Y[::-1])):
        np.testing.assert_array_equal(order(nn.stream(X, labels, shuffle=False)), Y)
    with pytest.raises(TypeError, match=r"got a table, DataFrame, whose rows are in memory"):
        nn.stream(pandas.DataFrame(X), Y)


def test_the_row_of_a_number_that_is_not_finite_is_named(monkeypatch):
    monkeypatch.setattr(reader, "BLOCK_BYTES", 40)
    wrong = X.astype(np.float64)
    wrong[123, 2] = -np.inf
    for shuffle in (True, False):
        with pytest.raises(
            ValueError, match=r"x\[1\] holds -inf at row 123, column 2 \(counted from 0\)"
        ):
            list(nn.stream((X, wrong), Y, shuffle=shuffle, rng=0))


def test_large_numbers_and_small_types_are_finite():
    for array in (
        np.full((4, 2), 6e4, np.float16),
        np.full((4, 2), 1e300),
        np.full((4, 2), 3e38, "f4"),
    ):
        np.testing.assert_array_equal(next(iter(nn.stream(array))), array)


def test_blocks_are_whole_chunks_of_the_largest_array():
    class Chunked(Rows):
        chunks = (700, 3)

    class OtherChunks(Rows):
        chunks = (10_000,)

    rows = np.zeros((100_000, 3), np.float32)
    found = ArrayReader((Chunked(rows), OtherChunks(np.zeros(100_000, int))), "").block_rows(0)
    assert found % 700 == 0
    assert found * 20 < reader.BLOCK_BYTES + 700 * 20


def test_a_file_that_was_closed_is_named(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "set.h5", "w") as file:
        file["x"] = X
    file = h5py.File(tmp_path / "set.h5")
    x = file["x"]
    data = nn.stream(x)
    file.close()
    with pytest.raises(ValueError, match=r"set\.h5, /x\): cannot read rows"):
        list(data)
    with pytest.raises(
        ValueError, match="expected a dataset of an open file, got <Closed HDF5 dataset>"
    ):
        nn.stream(x)


def test_a_dataset_without_a_shape_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "set.h5", "w") as file:
        file["x"] = h5py.Empty("f4")
        with pytest.raises(ValueError, match=r"set\.h5, /x: expected rows of at least one number"):
            nn.stream(file["x"])


def test_a_sparse_matrix_is_answered_with_the_call_that_helps():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"nn\.stream: .*csr_matrix: give x\.toarray\(\)"):
        nn.stream(sparse.csr_matrix(X))


def mapped(path, mode="r", **options):
    np.save(path, X)
    return np.load(path, mmap_mode=mode, **options)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize(
    "view",
    [
        lambda x: x,
        lambda x: x[30:],
        lambda x: x[::2],
        lambda x: x[:, 1:],
        np.asarray,
        lambda x: np.asarray(x)[5:],
        lambda x: x[5:].reshape(-1),
    ],
)
def test_memory_maps_and_their_views_are_read(mode, view, tmp_path):
    x = view(mapped(tmp_path / "x.npy", mode))
    found = np.concatenate(list(nn.stream(x, shuffle=False)))
    np.testing.assert_array_equal(found, view(X))


@pytest.mark.parametrize("mode", ["r+", "c"])
def test_what_was_written_into_a_memory_map_is_not_lost(mode, tmp_path):
    x = mapped(tmp_path / "x.npy", mode)
    x[100] = 7
    for _ in range(2):
        found = np.concatenate(list(nn.stream(x, shuffle=False)))
        np.testing.assert_array_equal(found[100], [7, 7, 7])
        np.testing.assert_array_equal(found[101:], X[101:])


def test_a_map_of_a_part_of_a_file_is_found(tmp_path):
    path = tmp_path / "bytes"
    X.tofile(path)
    offset = 12 * 150  # which is not where a page begins
    x = np.memmap(path, np.float32, "r", offset, (80, 3))
    assert maps.map_of(x[3:]) is not None
    assert maps.map_of(X) is None
    np.testing.assert_array_equal(np.concatenate(list(nn.stream(x, shuffle=False))), X[150:])


@pytest.mark.skipif(maps.READ is None, reason="the system takes no advice")
def test_what_was_read_of_a_map_is_not_the_memory_of_the_process(tmp_path):
    if not importlib.util.find_spec("resource"):
        pytest.skip("the system does not tell")
    rows = 8 << 20
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.uint8, (rows, 4))
    x[...] = 1
    del x
    data = nn.stream(
        np.load(tmp_path / "x.npy", mmap_mode="r"), batch_size=1 << 16, buffer_bytes=1 << 20
    )
    most = max(resident(), *(resident() for _ in data)) - resident()
    assert most < 16 << 20  # of 32 MB


def resident():
    """The memory of files that this process has mapped, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[2]) * mmap.PAGESIZE
