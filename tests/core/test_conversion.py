"""Conversions of numbers: those that do not fit are refused, with their place."""

import re

import numpy as np
import pytest

from nnlayers.core.checks import as_array, floating_array, real_array
from nnlayers.core.conversion import convert, widest

FLOATS = [np.float16, np.float32, np.float64, np.longdouble]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([[0, 1e300]]), np.float32),
        (np.array([[0, -1e300]], ">f8"), np.float32),
        (np.array([[0, 1e300]]), ">f4"),
        (np.array([[0, 7, 1e5, 7]], np.float32)[:, ::2], np.float16),
        (np.array([[0, 100_000]]), np.float16),
        (np.array([[0, 2**64 - 1]], np.uint64), np.float16),
        (np.array([[0, 1e300]], np.longdouble), np.float32),
        (np.array([[0, 300]]), np.int8),
        (np.array([[0, -1]]), np.uint8),
        (np.array([[0, 1.5]]), np.int64),
        (np.array([[0, np.nan]]), np.int64),
        (np.array([[0, 1e300]]), np.int64),
        (np.array([[0, 2**63]], np.uint64), np.int64),
        (np.array([[0, 2]]), np.bool_),
    ],
)
def test_numbers_that_do_not_fit_a_dtype_are_refused(values, dtype):
    fault = f"{'is too large for' if np.dtype(dtype).kind == 'f' else 'does not fit'} {np.dtype(dtype)}"
    with pytest.raises(ValueError, match=rf"^who: .* at row 0, column 1 .*{fault}"):
        convert(values, dtype, "who")


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("given", FLOATS)
def test_values_that_are_not_finite_stay_what_they_are(given, dtype):
    values = np.array([np.nan, np.inf, -np.inf, 1e-30, 1], given)
    np.testing.assert_array_equal(convert(values, dtype, "who"), values.astype(dtype))


def test_a_lone_number_that_does_not_fit_has_no_place():
    with pytest.raises(ValueError, match=r"^who: 1e\+300 is too large for float32: scale it first"):
        real_array(1e300, np.float32, "who")


@pytest.mark.parametrize(
    ("array", "hint"),
    [
        (np.ones(2, complex), r"np.real\(x\), np.imag\(x\) or np.abs"),
        (np.array(["a"]), "get_dummies"),
        (np.array([b"a"]), "get_dummies"),
        (np.array(["1", "a"], object), "it holds '1' at row 0 .*; words become columns of 0 and 1"),
        (np.array(["1", "-2.5"]), r": texts of numbers become numbers with np.array\(x, float\)$"),
        (np.array([b"1"]), r": texts of numbers become numbers with np.array\(x, float\)$"),
        (np.array(["1"], object), r"it holds '1' .*; texts of numbers become"),
        (np.array([[1, None]]), r"it holds None at row 0, column 1"),
        (np.array([1, 2], object), r"convert it with np.array\(x, float\)"),
        (np.array(["2020-01-01"], "M8[D]"), "one date for all data"),
        (np.array([1], "m8[s]"), "seconds"),
        (np.array(["a", 1.5], object), "it holds 'a' at row 0 .*get_dummies"),
        (np.array([1j], np.complex64).astype(object), "it holds 1j at row 0"),
        (np.zeros(1, [("a", float)]), "structured_to_unstructured"),
    ],
)
def test_arrays_that_are_not_real_numbers_are_refused_with_a_way_out(array, hint):
    for check in (floating_array, lambda x, who: real_array(x, np.float32, who)):
        with pytest.raises(TypeError, match=f"who: expected an array of real numbers.* dtype.*{hint}"):
            check(array, "who")


def advice(x, pattern):
    """What the refusal of ``x`` says in this place."""
    with pytest.raises(TypeError) as info:
        floating_array(x, "who")
    return re.search(pattern, str(info.value))[1]


@pytest.mark.parametrize("unit", ["Y", "M", "D", "s", "ns"])
def test_the_advised_call_counts_dates_from_one_first_date(unit):
    x = np.array(["2020", "2021", "NaT"], f"M8[{unit}]")
    first = eval(advice(x, r"such as (.*)$"))
    found = eval(advice(x, r": (\(x - first\).*) gives seconds"), {"np": np, "x": x, "first": first})
    np.testing.assert_array_equal(found, [0, 366 * 86_400, np.nan])


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("Y", 12), ("M", 1), ("D", 86_400), ("s", 1), ("ms", 1e-3)],
)
def test_the_advised_call_makes_numbers_of_durations(unit, expected):
    x = np.array([1, "NaT"], f"m8[{unit}]")
    found = eval(advice(x, ": (x / .*) gives (?:seconds|months)$"), {"np": np, "x": x})
    np.testing.assert_array_equal(found, [expected, np.nan])


def test_the_advised_lines_make_a_plain_array_of_fields():
    x = np.array([(1.0, 2)], [("a", float), ("b", int)])
    names = {"x": x}
    exec(advice(x, '"(.*)"'), names)
    assert eval(advice(x, r"and (recfunctions.*)$"), names).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("x", "columns"),
    [
        (["a", "b"], [[1, 0], [0, 1]]),
        ([["a", 1.0], ["b", 2.0]], [[1, 1, 0], [2, 0, 1]]),
        (np.array([["a", 1.0], ["b", 2.0]], object), [[1, 1, 0], [2, 0, 1]]),
        (np.array([[b"a", b"c"], [b"b", b"c"]]), [[1, 0, 1], [0, 1, 1]]),
        (np.array([["a"], ["b"]], np.dtypes.StringDType()), [[1, 0], [0, 1]]),
    ],
)
def test_the_advised_call_makes_columns_of_words(x, columns):
    pandas = pytest.importorskip("pandas")
    call = advice(x, r"with (pandas.get_dummies.*)$")
    found = as_array(eval(call, {"np": np, "pandas": pandas, "x": x})).astype(float)
    assert found.tolist() == columns


def test_the_advised_lines_make_integers_of_a_text():
    texts = re.compile('"(.*?)", those of other texts, .* with "(.*?)"; (.*) turns')
    with pytest.raises(TypeError, match=r"got bytes: text.decode\(\)"):
        floating_array(b"hello", "who")
    names = {"np": np, "text": b"hello".decode()}
    with pytest.raises(TypeError, match=texts) as info:
        floating_array(names["text"], "who")
    first, other, back = texts.search(str(info.value)).groups()
    exec(first, names)
    assert eval(back, names) == "hello"
    names["text"] = "hole"
    assert names["characters"][eval(other, names)].tolist() == list("hole")


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_foreign_byte_order_becomes_that_of_the_machine(dtype):
    foreign = np.arange(3).astype(np.dtype(dtype).newbyteorder("S"))
    found = floating_array(foreign, "who")
    assert found.dtype == dtype
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, [0, 1, 2])


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ([np.zeros(1, np.float32)], np.float32),
        ([np.zeros(1, ">f4"), np.zeros(1, np.float16)], np.float32),
        ([np.zeros(1, np.float32), np.zeros(1, np.int16)], np.float32),
        ([np.zeros(1, np.float32), np.zeros(1, np.int32)], np.float64),
        ([np.zeros(1, np.float16)], np.float64),
        ([np.zeros(1, np.int8), np.zeros(1, np.uint64)], np.float64),
        ([np.zeros(1, bool)], np.float64),
        ([np.array([2**53]), np.array([1.0])], np.float64),
        ([np.array([2**53 + 1]), np.array([1.0])], np.longdouble),
        ([np.array([-(2**62)])], np.longdouble),
        ([np.array([2**64 - 1], np.uint64)], np.longdouble),
        ([np.zeros(0, np.int64)], np.float64),
        ([np.zeros(1, np.longdouble), np.zeros(1, np.float16)], np.longdouble),
    ],
)
def test_numbers_are_compared_in_a_dtype_that_holds_them(arrays, expected):
    assert widest(*arrays) == expected
