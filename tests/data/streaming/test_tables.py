"""Parquet and Arrow files: columns, types, row groups, and what is refused."""

import datetime
import pickle

import numpy as np
import pytest

import nnlayers as nn

pyarrow = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = 40
A = np.arange(ROWS, dtype=np.float32)
COLUMNS = {"a": A, "b": A + 0.5, "label": np.arange(ROWS)}


def write(folder, number=0, kind="parquet", **columns):
    """Write the usual columns, and others, as one file."""
    table = pyarrow.table(
        {name: array for name, array in (COLUMNS | columns).items() if array is not None}
    )
    path = folder / f"{number}.{kind}"
    if kind == "parquet":
        parquet.write_table(table, path, row_group_size=15)
    else:
        feather.write_feather(table, path, chunksize=15)
    return path


def read(path, **options):
    options = {"targets": "label", "shuffle": False, "batch_size": 1000} | options
    return next(iter(nn.stream(path, **options)))


@pytest.fixture(params=["parquet", "feather", "arrow"])
def kind(request):
    return request.param


def test_all_other_columns_are_inputs(kind, tmp_path):
    path = write(tmp_path, kind=kind)
    x, y = read(path)
    np.testing.assert_array_equal(x, np.stack([A, A + 0.5], axis=1))
    np.testing.assert_array_equal(y, np.arange(ROWS))
    assert x.dtype == np.float32
    assert nn.stream(path, targets="label").column_names == ("a", "b")


def test_columns_are_chosen_in_their_order(kind, tmp_path):
    path = write(tmp_path, kind=kind, word=["w"] * ROWS)
    x, y, w = read(path, inputs=["b", "a"], targets=["label"], weights="b")
    np.testing.assert_array_equal(x, np.stack([A + 0.5, A], axis=1))
    assert y.shape == (ROWS, 1)
    np.testing.assert_array_equal(w, A + 0.5)
    (one, two), _ = read(path, inputs=(["b"], "a"))
    assert (one.shape, two.shape) == ((ROWS, 1), (ROWS,))
    assert nn.stream(path, inputs=(["b"], "a")).column_names == (("b",), None)


def test_the_index_of_a_table_of_pandas_is_not_an_input(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS)[::-1]
    frame.to_parquet(tmp_path / "0.parquet")
    assert nn.stream(tmp_path, targets="label").column_names == ("a", "b")


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (pyarrow.array(A > 3), np.float32),
        (pyarrow.array(A.astype(np.int16)), np.float32),
        (pyarrow.array(A.astype(np.int64)), np.float64),
        (pyarrow.array(A.astype(np.float16)), np.float32),
        (pyarrow.array(A.astype(np.float64)), np.float64),
        (pyarrow.array(A.astype(np.uint8)), np.float32),
    ],
)
def test_columns_of_different_numbers_have_one_type_that_holds_them(array, dtype, tmp_path):
    x, _ = read(write(tmp_path, a=array))
    assert x.dtype == dtype
    np.testing.assert_array_equal(x[:, 0], array.to_numpy(zero_copy_only=False))


def test_columns_of_lists_of_one_length_are_rows(kind, tmp_path):
    rows = np.arange(3.0 * ROWS, dtype=np.float32)
    lists = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows), 3)
    path = write(tmp_path, kind=kind, rows=lists)
    np.testing.assert_array_equal(read(path, inputs="rows")[0], rows.reshape(ROWS, 3))
    some = read(path, inputs="rows", rows=slice(17, 33))[0]
    np.testing.assert_array_equal(some, rows.reshape(ROWS, 3)[17:33])
    with pytest.raises(TypeError, match=r"values of column 'rows' are rows of numbers: name it alone"):
        nn.stream(path, targets="label")


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({"a": ["w"] * ROWS}, TypeError, r"expected numbers, got column 'a' \(string\): leave it out"),
        ({"a": [datetime.date(2026, 1, 1)] * ROWS}, TypeError, r"got column 'a' \(date32"),
        ({"a": [[1.0, 2.0]] * ROWS}, TypeError, r"got column 'a' \(list"),
        ({"label": None}, ValueError, r"expected one column 'label', found the columns \['a', 'b'\]"),
        (
            {"a": A.astype(np.float64)},
            ValueError,
            r"1\.\w+: column 'a' holds float64, and in .*0\.\w+ f",
        ),
        ({"b": None}, ValueError, r"expected one column 'b', found the columns \['a', 'label'\]"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(columns, error, message, kind, tmp_path):
    write(tmp_path, kind=kind)
    write(tmp_path, 1, kind, **columns)
    with pytest.raises(error, match=message):
        nn.stream(tmp_path, targets="label")


def test_a_table_without_columns_for_the_inputs_or_without_rows_is_refused(kind, tmp_path):
    path = write(tmp_path, kind=kind, a=None, b=None)
    with pytest.raises(ValueError, match=r"expected columns for the inputs, found only \['label'\]"):
        nn.stream(path, targets="label")
    empty = {"a": pyarrow.array([], "f4"), "b": None, "label": pyarrow.array([], "i8")}
    path = write(tmp_path, kind=kind, **empty)
    with pytest.raises(ValueError, match="expected at least one row, got none"):
        nn.stream(path, targets="label")


def test_a_missing_value_is_named_with_its_file_column_and_row(kind, tmp_path):
    path = write(tmp_path, kind=kind, b=[None if row == 33 else 1.0 for row in range(ROWS)])
    with pytest.raises(ValueError, match=r"0\.\w+: .*a value is missing in column 'b', row 33"):
        read(path)
    lists = [[1.0, None if row == 33 else 2.0] for row in range(ROWS)]
    lists = pyarrow.array(lists, pyarrow.list_(pyarrow.float32(), 2))
    path = write(tmp_path, kind=kind, b=lists)
    with pytest.raises(ValueError, match="a value is missing in column 'b', row 33"):
        read(path, inputs="b")


def test_a_number_that_is_not_finite_is_named_with_its_column(kind, tmp_path):
    wrong = A.copy()
    wrong[33] = np.nan
    path = write(tmp_path, kind=kind, b=wrong)
    with pytest.raises(
        ValueError, match=r"0\.\w+: x holds nan at row 33 \(counted from 0\), column 'b'"
    ):
        read(path)


def test_integers_that_floats_would_round_are_refused(tmp_path):
    path = write(tmp_path, b=np.full(ROWS, 2**53 + 1))
    with pytest.raises(ValueError, match=f"float64 would round {2**53 + 1} in column 'b'"):
        read(path)


@pytest.mark.parametrize("content", [b"hello", b""])
def test_files_that_are_damaged_are_refused_by_name(content, kind, tmp_path):
    path = write(tmp_path, kind=kind)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"0\.\w+: not a complete (Parquet|Arrow) file"):
        nn.stream(path, targets="label")


def test_a_file_that_changes_is_refused(kind, tmp_path):
    data = nn.stream(write(tmp_path, kind=kind), targets="label")
    write(tmp_path, kind=kind, more=A)
    with pytest.raises(OSError, match=r"0\.\w+: cannot read rows 0 to .* the file has changed"):
        list(data)


def make(columns):
    model = nn.Sequential(nn.Dense(columns, ROWS, rng=0))
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.001))


def test_the_names_of_the_columns_are_known_to_the_model_and_ordered_by_it(kind, tmp_path):
    path, trained = write(tmp_path, kind=kind), make(2)
    data = nn.stream(path, targets="label", shuffle=False)
    trained.fit(data, epochs=1, validation_data=data, progress=False)
    assert trained.model.column_names == ("a", "b")
    turned = nn.stream(path, inputs=["b", "a"], targets="label", shuffle=False)
    np.testing.assert_array_equal(trained.predict(turned), trained.predict(data))
    assert trained.evaluate(turned) == trained.evaluate(data)
    for other in (turned, nn.stream(path, inputs=["b", "a"], targets="label", rng=0)):
        trained.fit(other, epochs=1, validation_data=turned, progress=False)
    assert trained.model.column_names == ("a", "b")


def test_other_columns_than_those_that_the_model_knows_are_refused(tmp_path):
    trained = make(2)
    trained.fit(nn.stream(write(tmp_path), targets="label"), epochs=1, progress=False)
    other = nn.stream(write(tmp_path, c=A), inputs=["a", "c"], targets="label")
    for call in (
        lambda: trained.fit(other, epochs=1, progress=False),
        lambda: trained.evaluate(other),
        lambda: trained.predict(other),
    ):
        with pytest.raises(
            ValueError, match=r"trained on the columns \['a', 'b'\], but .* has \['a', 'c'\]"
        ):
            call()


def test_columns_of_several_inputs_are_not_put_in_order_but_refused(tmp_path):
    path = write(tmp_path)
    data = nn.stream(path, inputs=(["a", "b"], "a"), targets="label")
    assert data.in_columns((("a", "b"), None), "") is data
    assert data.in_columns((("a", "b"), ("c",)), "") is data
    with pytest.raises(ValueError, match="trained on the columns"):
        data.in_columns((("b", "a"), None), "")


def test_names_of_a_table_in_memory_go_with_those_of_a_stream(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS)
    trained = make(2)
    trained.fit(frame[["b", "a"]], frame["label"], epochs=1, progress=False)
    data = nn.stream(write(tmp_path), targets="label", shuffle=False)
    found = trained.predict(data)
    np.testing.assert_allclose(found, trained.predict(frame[["a", "b"]]), rtol=1e-5, atol=1e-5)


def test_a_stream_of_tables_can_be_pickled(kind, tmp_path):
    data = nn.stream(write(tmp_path, kind=kind), targets="label", shuffle=False, batch_size=ROWS)
    x, _ = next(iter(pickle.loads(pickle.dumps(data))))
    np.testing.assert_array_equal(x[:, 0], A)


def test_without_pyarrow_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    path = write(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(
        ImportError, match=r"nn\.stream needs pyarrow: pip install 'nnlayers\[parquet\]'"
    ):
        nn.stream(path, targets="label")
