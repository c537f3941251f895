"""A small set in files of every kind, and what streams of it give."""

import itertools

import numpy as np

import nnlayers as nn

ROWS, FEATURES = 230, 3
X = np.random.default_rng(0).standard_normal((ROWS, FEATURES)).astype(np.float32)
Y = np.arange(ROWS)  # the number of the row, which shows the order
CUTS = [0, 100, 100, 130, ROWS]  # the second shard is empty
COLUMNS = ["a", "b", "c"]
SMALL = 40 * 20  # bytes: a buffer of forty rows


def parts():
    return [(X[i:j], Y[i:j]) for i, j in itertools.pairwise(CUTS)]


def write_npz(folder, save=np.savez):
    for number, (x, y) in enumerate(parts()):
        save(folder / f"{number}.npz", x=x, y=y)
    return {"targets": "y"}


def write_compressed(folder):
    return write_npz(folder, np.savez_compressed)


def write_npy(folder):
    for number, (x, y) in enumerate(parts()):
        np.save(folder / f"x-{number}.npy", np.asfortranarray(x) if number % 2 else x)
        np.save(folder / f"y-{number}.npy", y)
    return {"targets": "y"}


def tables(pyarrow):
    for x, y in parts():
        columns = dict(zip(COLUMNS, x.T, strict=True))
        yield pyarrow.table({"label": y, **columns, "word": ["-"] * len(y)})


def write_parquet(folder):
    import pyarrow
    from pyarrow import parquet

    for number, table in enumerate(tables(pyarrow)):
        parquet.write_table(table, folder / f"{number}.parquet", row_group_size=17)
    return {"targets": "label", "inputs": COLUMNS}


def write_feather(folder):
    import pyarrow
    from pyarrow import feather

    for number, table in enumerate(tables(pyarrow)):
        feather.write_feather(table, folder / f"{number}.feather", chunksize=17)
    return {"targets": "label", "inputs": COLUMNS}


WRITE = {
    "npz": write_npz,
    "compressed": write_compressed,
    "npy": write_npy,
    "parquet": write_parquet,
    "feather": write_feather,
}
NEEDED = {"parquet": "pyarrow", "feather": "pyarrow", "hdf5": "h5py", "zarr": "zarr"}


def open_memmap(folder):
    for name, array in (("x", X), ("y", Y)):
        np.save(folder / f"{name}.npy", array)
    return [np.load(folder / f"{name}.npy", mmap_mode="r") for name in "xy"]


def open_hdf5(folder):
    import h5py

    with h5py.File(folder / "set.h5", "w") as file:
        file.create_dataset("x", data=X, chunks=(7, FEATURES))
        file.create_dataset("y", data=Y)
    file = h5py.File(folder / "set.h5")
    return [file["x"], file["y"]]


def open_zarr(folder):
    import zarr

    group = zarr.create_group(folder / "set.zarr")
    for name, array in (("x", X), ("y", Y)):
        group.create_array(name, data=array, chunks=(11, *array.shape[1:]))
    group = zarr.open(folder / "set.zarr", mode="r")
    return [group["x"], group["y"]]


OPEN = {
    "arrays": lambda folder: [X, Y],
    "memmap": open_memmap,
    "hdf5": open_hdf5,
    "zarr": open_zarr,
}


def order(batches):
    """The rows in the order of some batches, whose inputs and targets belong together."""
    batches = list(batches)
    if not batches:
        return np.zeros(0, int)
    x, y = (np.concatenate(part) for part in zip(*batches, strict=True))
    np.testing.assert_array_equal(x, X[y])
    return y


def stream_of(kind, folder, **options):
    """A stream of the set in files of a kind, or in arrays."""
    options = {"rng": 0, "batch_size": 16, "buffer_bytes": SMALL} | options
    if kind in OPEN:
        return nn.stream(*OPEN[kind](folder), **options)
    return nn.stream(folder, **(WRITE[kind](folder) | options))
