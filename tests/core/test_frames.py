"""Tables of pandas and polars as data, wherever data goes in."""

import datetime
import math
import re
from decimal import Decimal

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.checks import as_array
from nnlayers.core.frames import names_of

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")

ROWS = [[0.5, 1.0], [1.5, 0.0], [2.5, 1.0], [4.0, 0.0]]
LABELS = [0, 1, 1, 0]


def pandas_frame(*dtypes, **options):
    a, b = zip(*ROWS, strict=True)
    columns = {"a": a, "b": b}
    return pandas.DataFrame(
        {
            name: pandas.Series(values, dtype=dtype)
            for (name, values), dtype in zip(columns.items(), dtypes, strict=True)
        },
        **options,
    )


def frames():
    """Tables of the same numbers, by what their columns are."""
    a, b = (list(column) for column in zip(*ROWS, strict=True))
    yield "float and boolean", pandas_frame("float32", "bool")
    yield "float and integer", pandas_frame("float64", "int8")
    yield "nullable", pandas_frame("Float64", "boolean")
    yield "polars mixed", polars.DataFrame({"a": a, "b": [bool(value) for value in b]})
    yield "floats", pandas_frame("float64", "float64")
    yield "nullable integer", pandas_frame("Float32", "Int64")
    yield "objects", pandas_frame("object", "object")
    yield "categories that are numbers", pandas_frame("category", "category")
    yield "sparse", pandas_frame("float64", "Sparse[float64]")
    yield "all sparse", pandas_frame("Sparse[float64]", "Sparse[float64]")
    yield "decimals", pandas.DataFrame({"a": list(map(Decimal, a)), "b": b})
    yield "another index", pandas_frame("float64", "bool").set_axis([9, 3, 3, 1])
    yield "numbered columns", pandas.DataFrame(ROWS)
    yield "two columns of one name", pandas_frame("float64", "bool").set_axis(["a", "a"], axis=1)
    yield "two levels", pandas_frame("float64", "bool").set_axis([("u", 1), ("u", 2)], axis=1)
    yield "polars", polars.DataFrame({"a": a, "b": b})
    yield "polars integers", polars.DataFrame({"a": a, "b": [int(value) for value in b]})
    yield "polars decimals", polars.DataFrame({"a": list(map(Decimal, a)), "b": b}, strict=False)


FRAMES = dict(frames())


def trained():
    model = nn.Sequential(nn.Dense(2, 2, rng=0))
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))


def batch_of(x):
    return nn.batches(x, batch_size=4, shuffle=False).__iter__().__next__()


def plotted(x):
    return nn.plots.decision_boundary(nn.Dense(2, 2, rng=0), x, LABELS, resolution=5).data


ENTRANCES = {  # what takes rows of features, by name
    "fit": lambda x: trained().fit(x, LABELS, epochs=1, rng=0, progress=False)["loss"],
    "validation": lambda x: trained().fit(
        ROWS, LABELS, validation_data=(x, LABELS), epochs=1, rng=0, progress=False
    )["val_loss"],
    "evaluate": lambda x: trained().evaluate(x, LABELS)["loss"],
    "Trainer.predict": lambda x: trained().predict(x),
    "step": lambda x: trained().step(x, LABELS),
    "predict": lambda x: trained().model.predict(x),
    "forward": lambda x: trained().model.forward(x),
    "Dense": lambda x: nn.Dense(2, 2, rng=0).predict(x),
    "Standardize": lambda x: nn.Standardize(2).fit(x).predict(x),
    "batches": batch_of,
    "target": lambda x: nn.MeanSquaredError().evaluate(np.ones((4, 2)), x),
    "metric": lambda x: nn.mean_absolute_error(np.ones((4, 2)), x),
    "accuracy": lambda x: nn.accuracy(x, LABELS),
    "area": lambda x: nn.roc_auc(x, LABELS),
    "chart": plotted,
    "confusion chart": lambda x: nn.plots.confusion_matrix(x, LABELS).data,
    "histogram": lambda x: nn.plots.histogram({"x": x}, xlabel="number").data["x"],
    "softmax": nn.softmax,
}


def everywhere(entrances, kinds, *, few=2, one="batches"):
    """All pairs of an entrance and one of the first few kinds, and all kinds at one entrance."""
    pairs = [(entrance, kind) for entrance in entrances for kind in list(kinds)[:few]]
    return [*pairs, *((one, kind) for kind in list(kinds)[few:])]


@pytest.mark.parametrize(("entrance", "kind"), everywhere(ENTRANCES, FRAMES, few=4))
def test_tables_of_numbers_are_data_everywhere(entrance, kind):
    take = ENTRANCES[entrance]
    np.testing.assert_allclose(take(FRAMES[kind]), take(np.array(ROWS)), rtol=1e-5)


def columns():
    """Columns of the same labels."""
    for dtype in ("int64", "uint8", "Int8", "UInt32", "object", "category", "Sparse[int64]"):
        yield f"pandas {dtype}", pandas.Series(LABELS, dtype=dtype)
    yield "another index", pandas.Series(LABELS, index=[9, 3, 3, 1])
    yield "an index", pandas.Index(LABELS)
    yield "nullable array", pandas.array(LABELS, dtype="Int64")
    yield "polars", polars.Series("y", LABELS)
    yield "polars small", polars.Series("y", LABELS, dtype=polars.Int8)


COLUMNS = dict(columns())
LABEL_ENTRANCES = {
    "fit": lambda y: trained().fit(ROWS, y, epochs=1, rng=0, progress=False)["loss"],
    "evaluate": lambda y: trained().evaluate(ROWS, y)["loss"],
    "step": lambda y: trained().step(np.array(ROWS), y),
    "loss": lambda y: nn.SoftmaxCrossEntropy().forward(np.array(ROWS), y),
    "accuracy": lambda y: nn.accuracy(np.array(ROWS), y),
    "confusion matrix": lambda y: nn.confusion_matrix(np.array(ROWS), y),
    "F1": lambda y: nn.f1(np.array(ROWS), y, average=None),
    "confusion chart": lambda y: nn.plots.confusion_matrix(np.array(ROWS), y).data,
    "decision chart": lambda y: (
        nn.plots.decision_boundary(nn.Dense(2, 2, rng=0), ROWS, y, resolution=5).data
    ),
    "one_hot": nn.one_hot,
    "batches": batch_of,
}


@pytest.mark.parametrize(("entrance", "kind"), everywhere(LABEL_ENTRANCES, COLUMNS, one="loss"))
def test_columns_of_labels_are_labels_everywhere(entrance, kind):
    take = LABEL_ENTRANCES[entrance]
    np.testing.assert_allclose(take(COLUMNS[kind]), take(np.array(LABELS)), rtol=1e-6)


def frame_with(values, lib=pandas, **options):
    return lib.DataFrame({"a": [0.5, 1.5, 2.5, 4.0], "b": lib.Series(values, **options)})


WRONG_FRAMES = [
    (frame_with(["u", "v", "u", "v"]), r"column 'b' \(.*get_dummies\(frame\)"),
    (frame_with(["u", "v", "u", "v"], dtype="object"), r"column 'b' \(object\).*get_dummies"),
    (frame_with(["u", "v", "u", "v"], dtype="category"), r"column 'b' \(category\).*get_dummies"),
    (frame_with(["1", "2", "3", "4"]), r"column 'b'.*astype\(float\)"),
    (frame_with(["u", 1, "u", 2.5], dtype="object"), r"column 'b' \(object\)"),
    (frame_with(["u", None, "u", "v"]), r"column 'b'"),
    (frame_with([1j, 0, 0, 0]), r"column 'b' \(complex128\)"),
    (frame_with(pandas.to_datetime(["2024-01-01"] * 4)), r"column 'b' \(datetime64.*total_seconds"),
    (
        frame_with(pandas.to_datetime(["2024-01-01"] * 4).tz_localize("UTC")),
        r"column 'b' \(datetime64.*total_seconds",
    ),
    (frame_with(pandas.to_timedelta([1, 2, 3, 4])), r"column 'b' \(timedelta64.*total_seconds"),
    (frame_with([np.zeros(2)] * 4), r"column 'b' \(object\).*np.stack"),
    (frame_with(["u", "v", "u", "v"], polars, strict=True), r"column 'b' \(String\).*to_dummies"),
    (
        frame_with(["u"] * 4, polars, dtype=polars.Categorical),
        r"column 'b' \(Categorical.*to_dummies",
    ),
    (frame_with(["u"] * 4, polars, dtype=polars.Enum(["u"])), r"column 'b' \(Enum.*to_dummies"),
    (frame_with(["1"] * 4, polars), r"column 'b' \(String\).*cast\(float\)"),
    (frame_with([datetime.date(2024, 1, 1)] * 4, polars), r"column 'b' \(Date\).*total_seconds"),
    (frame_with([[1, 2]] * 4, polars), r"column 'b' \(List.*np.stack"),
    (frame_with([{"u": 1}] * 4, polars), r"column 'b' \(Struct"),
]


@pytest.mark.parametrize(("entrance", "case"), everywhere(ENTRANCES, WRONG_FRAMES))
def test_a_column_that_is_not_numbers_is_named_with_a_way_out(entrance, case):
    frame, match = case
    with pytest.raises(TypeError, match=f"(?s)expected numbers, got {match}"):
        ENTRANCES[entrance](frame)


def test_all_columns_that_are_not_numbers_are_named():
    frame = frame_with(["u"] * 4).assign(c="x", d=[1, 2, 3, 4], e=pandas.Timestamp("2024-01-01"))
    with pytest.raises(TypeError, match=r"got columns 'b' \(.*, 'c' \(.*, 'e' \(.*dummies.*seconds"):
        as_array(frame, "who")
    many = pandas.DataFrame({f"c{number}": ["u"] for number in range(100)})
    with pytest.raises(TypeError, match=r"'c4' .* and 95 more") as caught:
        as_array(many, "who")
    assert len(str(caught.value)) < 500


GAPS = [
    frame_with([1, None, 3, np.nan], dtype="Float64"),
    frame_with([1, None, 3, 4], dtype="Int64"),
    frame_with([True, None, True, False], dtype="boolean"),
    frame_with([1.0, np.nan, 3, 4]),
    frame_with([1, np.nan, 3, 4], dtype="object"),
    frame_with([1, None, 3, 4], dtype="object"),
    frame_with([True, None, False, True], dtype="object"),
    frame_with([0, 1, 0, 1], dtype="category").assign(
        b=pandas.Series([1, None, 2, 3], dtype="category")
    ),
    frame_with([1, None, 3, 4], polars),
    frame_with([True, None, False, None], polars),
    frame_with([1.0, float("nan"), 3, 4], polars),
]


@pytest.mark.parametrize(("entrance", "frame"), everywhere(ENTRANCES, GAPS))
def test_a_missing_value_is_refused_with_its_row_and_column(entrance, frame):
    fill = "fillna" if isinstance(frame, pandas.DataFrame) else "fill_(null|nan)"
    with pytest.raises(ValueError, match=rf"missing in column 'b' \(row 1, counted from 0\).*{fill}"):
        ENTRANCES[entrance](frame)


@pytest.mark.parametrize(
    ("values", "advised"), [([1.0, math.nan], "nan"), ([1.0, None], "null"), ([math.nan, None], "null")]
)
def test_the_advice_for_gaps_of_polars_fits_them(values, advised):
    frame = polars.DataFrame({"a": values})
    for data in (frame, frame["a"]):
        with pytest.raises(ValueError, match=rf"\.fill_{advised}\(.*\.drop_{advised}s\(\)"):
            as_array(data, "who")


LARGE = 2**53 + 1
ROUNDED = {
    "pandas": pandas.DataFrame({"a": [0.5, 1], "b": [1, LARGE]}),
    "pandas unsigned": pandas.DataFrame({"a": [-1, 1], "b": pandas.Series([1, LARGE], dtype="uint64")}),
    "pandas largest": pandas.DataFrame({"a": [0.5, 1], "b": [1, 2**63 - 1]}),
    "pandas nullable": pandas.DataFrame({"a": [0.5, 1], "b": pandas.Series([1, LARGE], dtype="Int64")}),
    "polars": polars.DataFrame({"a": [0.5, 1.0], "b": [1, LARGE]}),
}


@pytest.mark.parametrize("frame", ROUNDED.values(), ids=ROUNDED)
def test_integers_that_another_column_would_round_are_refused(frame):
    with pytest.raises(ValueError, match=r"who: float64 would round 9\d* in column 'b' \(row 1, "):
        as_array(frame, "who")
    assert as_array(frame[["b"]], "who").dtype.kind in "iu"


def test_large_integers_that_are_exact_as_floats_are_data():
    frame = pandas.DataFrame({"a": [0.5, 1], "b": [2**60, -(2**60)]})
    assert as_array(frame).tolist() == [[0.5, 2.0**60], [1, -(2.0**60)]]


@pytest.mark.parametrize("lib", [pandas, polars])
@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([1.0, math.inf, 3.0, 4.0], r"x holds inf at row 1 \(counted from 0\), column 'b'"),
        ([1.0, 1e300, 3.0, 4.0], r"x holds 1e\+300 at row 1 \(counted from 0\), column 'b', too large"),
        ([1e9, 1e9 + 1, 1e9 + 2, 1e9], "x, column 'b', is from 1000000000.0 to"),
    ],
)
def test_a_number_that_cannot_be_trained_on_is_found_by_the_name_of_its_column(lib, values, match):
    frame = lib.DataFrame({"a": [0.5, 1.5, 2.5, 4.0], "b": values})
    with pytest.raises(ValueError, match=match):
        trained().fit(frame, LABELS, epochs=1)
    with pytest.raises(ValueError, match=r"column 'b'|feature 'b' has mean"):
        nn.Standardize(2).fit(frame)


def test_integers_of_a_kind_that_numpy_lacks_are_named():
    frame = polars.DataFrame({"a": [0.5], "b": [1]}).cast({"b": polars.Int128})
    with pytest.raises(TypeError, match=r"expected numbers, got column 'b' \(Int128\).*cast\(float\)"):
        as_array(frame, "who")
    assert as_array(frame.cast(float)).tolist() == [[0.5, 1]]


WRONG_COLUMNS = [
    (
        pandas.Series(["u", "v", "v", "u"], name="k"),
        r"column 'k' \(.*np.unique\(y, return_inverse=True\)",
    ),
    (pandas.Series(["u", "v", "v", "u"], dtype="category"), r"a column \(category\).*y.cat.codes"),
    (pandas.Categorical(["u", "v", "v", "u"]), r"a column \(category\).*y.codes; y.categories"),
    (pandas.CategoricalIndex(["u", "v", "v", "u"]), r"a column \(category\).*y.codes; y.categories"),
    (pandas.Series(["0", "1", "1", "0"]), r"a column \(.*astype\(float\)"),
    (polars.Series("k", ["u", "v", "v", "u"]), r"column 'k' \(String\).*np.unique"),
    (polars.Series(["u", "v"] * 2, dtype=polars.Categorical), r"a column \(Categorical.*np.unique"),
]


@pytest.mark.parametrize(("entrance", "case"), everywhere(LABEL_ENTRANCES, WRONG_COLUMNS, one="loss"))
def test_labels_that_are_words_are_refused_with_the_line_that_turns_them(entrance, case):
    column, match = case
    with pytest.raises(TypeError, match=match):
        LABEL_ENTRANCES[entrance](column)


def test_the_advised_lines_turn_words_into_labels_and_back():
    y = pandas.Series(["v", "u", "v"])
    names, labels = np.unique(y, return_inverse=True)
    assert (labels.tolist(), names[labels].tolist()) == ([1, 0, 1], y.tolist())
    y = y.astype("category")
    assert as_array(y.cat.codes).tolist() == [1, 0, 1]
    assert list(y.cat.categories) == ["u", "v"]
    names, labels = np.unique(
        polars.Series(["v", "u", "v"], dtype=polars.Categorical), return_inverse=True
    )
    assert (labels.tolist(), names.tolist()) == ([1, 0, 1], ["u", "v"])


@pytest.mark.parametrize("y", [None, "u"])
def test_a_missing_word_is_named_before_words_become_labels(y):
    for column in (pandas.Series(["u", y, "v"]), polars.Series(["u", y, "v"])):
        with pytest.raises(TypeError, match="np.unique" if y else "Leave out .*, which is not a text"):
            nn.one_hot(column)


KINDS = {"list": list, "pandas": pandas.Series, "polars": polars.Series}
TABLES = {
    "list": lambda values: [[value] for value in values],
    "pandas": lambda values: pandas.DataFrame({"y": values}),
    "polars": lambda values: polars.DataFrame({"y": values}),
}
NUMBERS, FLAGS = [0.0, 1.0, 1.0, 0.0], [False, True, True, False]
ADVISED = {
    "a column for MSE": (KINDS, NUMBERS, lambda y: nn.MeanSquaredError().evaluate(np.ones((4, 1)), y)),
    "numbers for MSE": (TABLES, NUMBERS, lambda y: nn.MeanSquaredError().evaluate(np.ones(4), y)),
    "a column for BCE": (
        KINDS, FLAGS, lambda y: nn.SigmoidBinaryCrossEntropy().evaluate(np.ones((4, 1)), y)
    ),
    "flags of -1 and 1 for BCE": (
        KINDS, [-1, 1, 1, -1], lambda y: nn.SigmoidBinaryCrossEntropy().evaluate(np.ones(4), y)
    ),
    "labels": (KINDS, NUMBERS, lambda y: nn.SoftmaxCrossEntropy().evaluate(np.ones((4, 2)), y)),
    "labels of flags": (KINDS, FLAGS, lambda y: nn.SoftmaxCrossEntropy().evaluate(np.ones((4, 2)), y)),
    "labels of a table": (
        TABLES, NUMBERS, lambda y: nn.SoftmaxCrossEntropy().evaluate(np.ones((4, 2)), y)
    ),
    "labels for accuracy": (TABLES, [0, 1, 1, 0], lambda y: nn.accuracy(np.ones((4, 2)), y)),
    "labels for F1": (TABLES, [0, 1, 1, 0], lambda y: nn.f1(np.ones(4), y)),
    "a column for F1": (KINDS, NUMBERS, lambda y: nn.f1(np.ones((4, 1)), y)),
    "a column for R2": (KINDS, NUMBERS, lambda y: nn.r2(np.ones((4, 1)), y)),
    "labels from -1": (
        KINDS, [-1, 1, 1, -1], lambda y: nn.SoftmaxCrossEntropy().evaluate(np.ones((4, 2)), y)
    ),
    "flags from -1": (KINDS, [-1, 1, 1, -1], lambda y: nn.f1(np.ones(4), y)),
    "samples": (KINDS, NUMBERS, nn.Dense(1, 2, rng=0).predict),
    "one sample": (KINDS, NUMBERS, nn.Dense(4, 2, rng=0).predict),
    "one sequence": (TABLES, NUMBERS, nn.LSTM(1, 2, rng=0).predict),
    "integers": (KINDS, NUMBERS, nn.Embedding(3, 2, rng=0).predict),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", ADVISED)
def test_the_advised_call_takes_lists_and_columns_too(case, kind):
    kinds, values, take = ADVISED[case]
    given = kinds[kind](values)
    with pytest.raises((TypeError, ValueError)) as info:
        take(given)
    call = re.search(r"(?:take|with) (np\..*)$", str(info.value))[1]
    assert np.isfinite(take(eval(call, {"np": np, "x": given, "y": given}))).all()


class Sparse:
    """What a sparse matrix of scipy offers."""

    shape, dtype = (4, 2), np.dtype(float)

    def toarray(self):
        return np.array(ROWS)


NOT_ARRAYS = [
    (lambda: (row for row in ROWS), r"got generator: .*list\(\.\.\.\)"),
    (lambda: iter(ROWS), r"got list_iterator"),
    (lambda: map(list, ROWS), r"got map"),
    (lambda: {"a": [1.0], "b": [2.0]}, r"got dict: make a table of it with pandas.DataFrame\(x\)"),
    (lambda: {"a": 1.0, "b": None}, r"got dict: make a table of it with pandas.DataFrame\(\[x\]\)"),
    (lambda: {"a": 1.0, "b": "u"}, r"got dict: make a table of it with pandas.DataFrame\(\[x\]\)"),
    (lambda: {"a": np.zeros((4, 1))}, r"got dict: several inputs are a tuple of arrays, \(x_1, x_2\)"),
    (lambda: {"a": 1}.values(), r"got dict_values: make a list of it"),
    (lambda: {1.0, 2.0}, r"got set"),
    (Sparse, r"got Sparse: give x.toarray\(\)"),
    (lambda: polars.DataFrame({"a": [1.0], "b": [2.0]}).lazy(), r"got LazyFrame: give x.collect\(\)"),
]


@pytest.mark.parametrize(("entrance", "case"), everywhere(ENTRANCES, NOT_ARRAYS))
def test_what_only_looks_like_data_is_refused_with_a_way_out(entrance, case):
    make, match = case
    with pytest.raises(TypeError, match=f"expected an array, {match}"):
        ENTRANCES[entrance](make())


def test_a_table_of_one_plain_dtype_is_not_copied():
    frame = pandas.DataFrame(np.zeros((5, 3)))
    assert np.shares_memory(as_array(frame), frame.to_numpy())


@pytest.mark.parametrize("frame", [pandas.DataFrame(), polars.DataFrame(), frame_with([1] * 4)[:0]])
def test_an_empty_table_is_an_empty_array(frame):
    assert as_array(frame).shape == frame.shape


def test_arrays_of_arrow_are_data():
    arrow = pytest.importorskip("pyarrow")
    frame = pandas_frame("double[pyarrow]", "bool[pyarrow]")
    np.testing.assert_array_equal(as_array(frame), ROWS)
    assert as_array(arrow.array(LABELS)).tolist() == LABELS
    with pytest.raises(ValueError, match="a value is missing in a column"):
        as_array(arrow.array([1, None]), "who")
    with pytest.raises(TypeError, match="expected numbers, got column 'b'"):
        as_array(frame_with(["u"] * 4, dtype="string[pyarrow]"), "who")


@pytest.mark.parametrize(
    ("x", "names"),
    [
        (frame_with([1] * 4), ("a", "b")),
        (frame_with([1] * 4, polars), ("a", "b")),
        (pandas.DataFrame(ROWS), (0, 1)),
        (pandas.DataFrame(ROWS, columns=[1990, 1991]), (1990, 1991)),
        (pandas.Series([1], name="a"), None),
        (np.zeros((2, 2)), None),
        ([[1]], None),
        ((np.zeros(2), frame_with([1] * 4)), (None, ("a", "b"))),
        ((np.zeros(2), np.zeros(2)), None),
    ],
)
def test_names_are_those_of_the_columns(x, names):
    assert names_of(x) == names
