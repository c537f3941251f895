"""Streams of arrays that are not in memory, and of files."""

from typing import Any

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import RandomSource, true_or_false, whole_number
from nnlayers.data.streaming.arrays import ArrayReader
from nnlayers.data.streaming.files import files_in, paths_in
from nnlayers.data.streaming.reader import Reader
from nnlayers.data.streaming.stream import Stream

__all__ = ["stream"]

WHO = "nn.stream"


@answers_other_arguments(
    label="use targets",
    target="use targets",
    columns="use inputs",
    buffer_size="use buffer_bytes",
    prefetch="one buffer is always read ahead",
    num_workers="one thread always reads ahead",
    drop_last="the last batch is shorter; rows=slice(...) leaves rows out",
)
def stream(
    *data: Any,
    inputs: Any = None,
    targets: Any = None,
    weights: Any = None,
    rows: Any = None,
    batch_size: int = 32,
    shuffle: bool = True,
    buffer_bytes: int = 1 << 26,
    rng: RandomSource = None,
) -> Stream:
    """Mini-batches of data that are not in memory, read ahead in a thread while the step runs.

    They are read block by block. To shuffle, blocks are read in random order, and the rows of as many
    as fit into a buffer are mixed. `Trainer` takes a stream in the place of ``x`` and ``y``.

    Parameters
    ----------
    *data : array_like, or path
        Arrays of equal length that give their rows as slices: ``numpy.memmap``, datasets of h5py,
        arrays of Zarr. Or a folder of files, or a list of files, all of one kind: npz, npy, Parquet, or
        Arrow (Feather). Files of a folder are sorted by name, numbers by their value.
    inputs, targets, weights : str, list of str, or tuple of these
        Of files: what a batch ``(x, y)`` or ``(x, y, weights)`` consists of. In npz files, these are
        the names of arrays; names of npy files begin with them: ``x-0001.npy`` and ``y-0001.npy`` are a
        pair. In tables, a list of columns becomes an array ``(N, columns)``, the name of one column an
        array of its values. A tuple stands for several inputs. By default, ``inputs`` are ``"x"``, or
        all other columns; without ``targets``, batches are ``x`` alone.
    rows : slice, optional
        Which rows to use, counted through all files: ``slice(0, 9000)``, say, to hold out the others.
    batch_size : int
        Samples in a batch; the last one takes what is left.
    shuffle : bool
        Whether the order is random, new in every epoch; otherwise, it is that of the data.
    buffer_bytes : int
        How many bytes of rows to mix. The stream takes about twice that memory.
    rng : int, Generator or None
        The source of the order.

    Returns
    -------
    Stream
        It can be iterated again and again, and ``len`` counts its batches.

    Raises
    ------
    OSError, ValueError, TypeError
        The data cannot be read, or are not arrays of real numbers that go together. While it is
        iterated: a file has changed, or a number is not finite; the error names the file and the row.

    Examples
    --------
    >>> import pathlib
    >>> pathlib.Path("parts").mkdir()
    >>> for number in range(3):
    ...     np.savez(f"parts/{number}.npz", x=np.full((4, 2), number), y=np.arange(4))
    >>> data = nn.stream("parts", targets="y", batch_size=8, rng=0)
    >>> data
    <2 batches of 8, read from 12 samples>
    >>> [xb.shape for xb, yb in data]
    [(8, 2), (4, 2)]

    The last four rows are held out, for `Trainer.fit`:

    >>> training = nn.stream("parts", targets="y", rows=slice(0, 8))
    >>> validation = nn.stream("parts", targets="y", rows=slice(8, 12), shuffle=False)
    >>> training.samples, validation.samples, len(validation)
    (8, 4, 1)
    """
    batch_size = whole_number(batch_size, "batch_size", WHO)
    buffer_bytes = whole_number(buffer_bytes, "buffer_bytes", WHO)
    shuffle = true_or_false(shuffle, "shuffle", WHO)
    if rows is not None and (not isinstance(rows, slice) or rows.step not in (None, 1)):
        raise TypeError(f"{WHO}: expected rows=slice(start, stop), got {rows!r}")
    if paths := paths_in(data):
        reader = _file_reader(paths, inputs, targets, weights)
    else:
        reader = _array_reader(data, inputs=inputs, targets=targets, weights=weights)
    found = Stream(reader, rows or slice(None), batch_size, shuffle, buffer_bytes, rng)
    if not found.samples:
        raise ValueError(f"{WHO}: expected at least one row, got none" + f" in {rows}" * bool(rows))
    return found


def _array_reader(data: tuple[Any, ...], **names: Any) -> Reader:
    if not data:
        raise TypeError(f"{WHO}: expected arrays, or the path of a folder or of files")
    for name, value in names.items():
        if value is not None:
            raise TypeError(f"{WHO}: {name} goes with files: give arrays as nn.stream(x, y, weights)")
    if len(data) > 1 and isinstance(data[-1], int):
        raise TypeError(f"{WHO}: expected arrays, got {data[-1]!r}: write batch_size={data[-1]}")
    return ArrayReader(data, WHO)


def _file_reader(paths: list[Any], inputs: Any, targets: Any, weights: Any) -> Reader:
    files, kind = files_in(paths, WHO)
    is_table = kind in ("Parquet", "Arrow")
    for name, value in (("inputs", inputs), ("targets", targets), ("weights", weights)):
        if value is not None:
            _check_names(value, name, is_table)
    if weights is not None and targets is None:
        raise ValueError(f"{WHO}: weights go with targets, and there are none: say which, targets=...")
    chosen = (inputs if is_table or inputs is not None else "x", targets, weights)
    names = (chosen[0], *(name for name in chosen[1:] if name is not None))
    # Imported here: zip archives and tables take long to import, and few need them.
    if is_table:
        from nnlayers.data.streaming.tables import TableReader

        return TableReader(files, names)
    from nnlayers.data.streaming.shards import ShardReader

    return ShardReader(files, names, WHO)


def _check_names(value: Any, name: str, is_table: bool) -> None:
    """Refuse names of arrays that are something else than texts, lists of texts, tuples of these."""
    if isinstance(value, tuple) and value:
        for item in value:
            _check_names(item, name, is_table)
        return
    if isinstance(value, list) and not is_table:
        raise TypeError(f"{WHO}: {name} of several arrays are a tuple, got {value!r}")
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(item, str) for item in names):
        raise TypeError(f"{WHO}: expected {name} to be the name of an array or column, got {value!r}")
