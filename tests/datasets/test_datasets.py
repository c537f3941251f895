"""Data sets and IDX files."""

import gzip
import struct

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.datasets import load_digits, load_fashion_mnist, read_idx


def test_digits_match_their_description():
    x, y = load_digits()
    assert (x.shape, x.dtype) == ((1797, 64), np.float32)
    assert (y.shape, y.dtype) == ((1797,), np.int64)
    assert (x.min(), x.max()) == (0, 1)
    # the number of samples of each digit, from the data set's own description
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    np.testing.assert_array_equal(x * 16, np.round(x * 16))


def idx(array, code=0x08):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("code", "dtype"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
def test_idx_files_of_every_type_are_read(tmp_path, pack, code, dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    (tmp_path / "x").write_bytes(pack(idx(array, code)))
    found = read_idx(tmp_path / "x")
    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(found, array)
    found += 1  # the result is writable


PIXELS = np.arange(6, dtype=np.uint8).reshape(2, 3)
HUGE = struct.pack(">BBBBII", 0, 0, 8, 2, 2**31, 2**31)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "expected an IDX file"),
        (b"\0\0", "expected an IDX file"),
        (b"PK\3\4" + bytes(20), r"expected an IDX file, which begins with 00 00 TYPE AXES, got b'PK"),
        (b"\0\0\7\1" + bytes(20), "expected an IDX file"),
        (b"\0\0\10\0", "expected an IDX file"),
        (idx(PIXELS)[:9], "truncated: the header of 2 axes is not complete"),
        (idx(PIXELS)[:-1], "claims 6 bytes.*holds fewer"),
        (idx(PIXELS) + b"\0", "claims 6 bytes.*holds more"),
        (struct.pack(">BBBB4I", 0, 0, 8, 4, 0, *[2**32 - 1] * 3), "its header claims the shape"),
        (struct.pack(">BBBB100I", 0, 0, 8, 100, *[1] * 100) + b"1", "its header claims the shape"),
        (HUGE + bytes(100), "claims 4,611,686,018,427,387,904 bytes.*holds fewer"),
        (gzip.compress(idx(PIXELS)[:-1], mtime=0), "holds fewer"),
        (gzip.compress(idx(PIXELS) + b"\0", mtime=0), "holds more"),
        (gzip.compress(HUGE, mtime=0), "holds fewer"),
        (gzip.compress(idx(PIXELS), mtime=0)[:-4], "truncated or damaged gzip file"),
        (gzip.compress(idx(PIXELS), mtime=0)[:-8] + bytes(8), "truncated or damaged gzip file"),
        (b"\x1f\x8b" + bytes(30), "truncated or damaged gzip file"),
    ],
)
def test_damaged_idx_files_are_rejected(tmp_path, content, match):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ValueError, match=match):
        read_idx(tmp_path / "x")


def test_a_missing_idx_file_raises_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "x")


def write_fashion(folder, images=None, labels=None):
    for part, count in (("train", 6), ("t10k", 2)):
        pixels = np.arange(count * 784).reshape(count, 28, 28).astype(np.uint8)
        classes = np.arange(count, dtype=np.uint8)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels if images is None else images))
        packed = gzip.compress(idx(classes if labels is None else labels))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(packed)


def test_fashion_mnist_is_read_from_a_folder_gzipped_or_not(tmp_path):
    write_fashion(tmp_path)
    x_train, x_test, y_train, y_test = load_fashion_mnist(tmp_path)
    assert x_train.shape == (6, 784)
    assert x_test.shape == (2, 784)
    assert x_train.dtype == np.float32
    assert (x_train.min(), x_train.max()) == (0, 1)
    assert y_train.tolist() == [0, 1, 2, 3, 4, 5]
    assert (y_test.tolist(), y_test.dtype) == ([0, 1], np.int64)
    assert len(nn.datasets.FASHION_MNIST_CLASSES) == 10


def test_the_error_for_a_missing_file_names_the_package_to_install(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="apt install dataset-fashion-mnist"):
        load_fashion_mnist(tmp_path)
    monkeypatch.setattr("nnlayers.datasets.fashion_mnist.DEBIAN_FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="no train-images-idx3-ubyte"):
        load_fashion_mnist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"images": np.zeros((6, 8, 8), np.uint8)},
        {"labels": np.zeros(5, np.uint8)},
        {"labels": np.full(6, 10, np.uint8)},
    ],
)
def test_files_of_another_data_set_are_rejected(tmp_path, wrong):
    write_fashion(tmp_path, **wrong)
    with pytest.raises(ValueError, match="train: expected bytes of shape"):
        load_fashion_mnist(tmp_path)
