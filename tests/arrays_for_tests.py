"""One matrix in every order and kind of memory, for tests of what takes data."""

import numpy as np


def in_c_order(x, folder):
    return x


def in_fortran_order(x, folder):
    return np.asfortranarray(x)


def every_other_row(x, folder):
    return np.repeat(x, 2, axis=0)[::2]


def every_other_column(x, folder):
    return np.repeat(x, 2, axis=1)[:, ::2]


def backwards(x, folder):
    return x[::-1, ::-1].copy()[::-1, ::-1]


def slice_of_a_slice(x, folder):
    return np.pad(np.asfortranarray(x), 3)[1:-1, 1:-1][2:-2, 2:-2]


def field_of_records(x, folder):
    records = np.zeros(len(x), [("flag", "i1"), ("x", x.dtype, x.shape[1:])])
    records["x"] = x
    return records["x"]


def not_aligned(x, folder):
    return np.frombuffer(b"-" + x.tobytes(), x.dtype, offset=1).reshape(x.shape)


def byte_swapped(x, folder):
    return np.asfortranarray(x).astype(x.dtype.newbyteorder())


def read_only(x, folder):
    y = x.copy()
    y.flags.writeable = False
    return y


def mapped(x, folder):
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, x)
    return np.load(path, mmap_mode="r")


def mapped_in_fortran_order(x, folder):
    return mapped(np.asfortranarray(x), folder)


KINDS = [
    in_c_order,
    in_fortran_order,
    every_other_row,
    every_other_column,
    backwards,
    slice_of_a_slice,
    field_of_records,
    not_aligned,
    byte_swapped,
    read_only,
    mapped,
    mapped_in_fortran_order,
]
