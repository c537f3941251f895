"""Tables from CSV files."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn

PETS = """kind,weight,"height, in cm"
cat,4.5,25
dog,20,60
cat, 3 ,"24.5"

"horse",5e2,1.6e2
"""


@pytest.fixture
def table(tmp_path):
    def write(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_labels_become_integers_and_other_columns_become_floats(table):
    x, y, columns, classes = nn.read_csv(table(PETS), label="kind")
    assert x.tolist() == [[4.5, 25], [20, 60], [3, 24.5], [500, 160]]
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    assert columns == ["weight", "height, in cm"]
    assert classes == ["cat", "dog", "horse"]
    assert [classes[index] for index in y] == ["cat", "dog", "cat", "horse"]


def test_a_target_is_read_as_numbers(table):
    x, y, columns, classes = nn.read_csv(table(PETS), target="weight", columns=["height, in cm"])
    assert x.tolist() == [[25], [60], [24.5], [160]]
    assert y.tolist() == [[4.5], [20], [3], [500]]
    assert (y.dtype, columns, classes) == (np.float32, ["height, in cm"], [])
    assert x.flags.c_contiguous
    assert x.base is None


def test_without_label_or_target_every_column_is_a_feature(table):
    read = nn.read_csv(table("a,b\n1,2\n3,4"))
    assert (read.x.tolist(), read.y, read.columns) == ([[1, 2], [3, 4]], None, ["a", "b"])


def test_columns_follow_the_order_given_and_unused_ones_may_contain_anything(table):
    path = table("id,a,b,note\nx1,1,2,\nx2,3,4,hello")
    assert nn.read_csv(path, columns=["b", "a"]).x.tolist() == [[2, 1], [4, 3]]


def test_another_table_can_reuse_the_classes(table):
    classes = nn.read_csv(table(PETS), label="kind").classes
    path = table("kind,weight\nhorse,400\ncat,4\n")
    assert nn.read_csv(path, label="kind").y.tolist() == [1, 0]
    assert nn.read_csv(path, label="kind", classes=classes).y.tolist() == [2, 0]
    with pytest.raises(
        ValueError,
        match=r"line 2, column 'kind': expected one of the classes \['cat', 'dog'\], got 'ho",
    ):
        nn.read_csv(path, label="kind", classes=["cat", "dog"])


def test_numeric_labels_are_sorted_numerically(table):
    path = table("k,x\n10,1\n9,1\n-1,1\nnan,1\nzoo,1")
    assert nn.read_csv(path, label="k").classes == ["-1", "9", "10", "nan", "zoo"]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", ","),  # as spreadsheet programs write it
        (b"a;b\n1;2\n\n\n", ";"),
        (b"a\tb\n1\t2", "\t"),
        (b'"a", "b"\n"1", "2"\n', ","),
    ],
)
def test_common_csv_dialects_are_read(content, delimiter, table):
    read = nn.read_csv(table(content), label="b", delimiter=delimiter)
    assert (read.x.tolist(), read.columns, read.classes) == ([[1]], ["a"], ["2"])


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False, width=32),
            st.sampled_from(['a"b', "c,d", "e\nf"]),
        ),
        min_size=1,
    )
)
def test_files_written_by_the_csv_module_are_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["x", "k"], *rows])
    x, y, _, classes = nn.read_csv(path, label="k")
    np.testing.assert_array_equal(x[:, 0], np.array([number for number, _ in rows], np.float32))
    assert [classes[index] for index in y] == [text for _, text in rows]


@pytest.mark.parametrize(
    "text", ["", " ", "NA", "nan", "?", "inf", "1e39", "-1e39", "1_000", "1,5", "0x10"]
)
def test_a_missing_or_malformed_number_is_rejected_with_its_position(text, table):
    path = table(f'k,a,b\nu,1,2\n\nv,3,"{text}"\n')
    with pytest.raises(
        ValueError, match="line 4, column 'b': expected a finite number, got "
    ) as caught:
        nn.read_csv(path, label="k")
    assert repr(text.strip()) in str(caught.value) or repr(text) in str(caught.value)
    assert str(path) in str(caught.value)
    with pytest.raises(ValueError, match="line 4, column 'b'"):
        nn.read_csv(path, target="b", columns=["a"])


def test_a_missing_label_is_rejected_with_its_position(table):
    with pytest.raises(ValueError, match="line 3, column 'k': expected a class, got ''"):
        nn.read_csv(table("k,a\nu,1\n ,2\n"), label="k")
    with pytest.raises(ValueError, match="line 3, column 'k'"):
        nn.read_csv(table("k,a\nu,1\n,2\n"), label="k", classes=["u", ""])


@pytest.mark.parametrize(
    ("content", "options", "match"),
    [
        ("", {}, r"line 1: expected a column of numbers for x, got \[\]"),
        ("a,b\n", {}, "expected rows below the names, got none"),
        ("1,2\n3,4\n", {}, r"line 1: expected the names of the columns, got numbers: \['1', '2'\]"),
        ("a,b\n1,2\n1\n", {}, "line 3: expected 2 values, got 1"),
        ("a,b\n1,2,3\n", {}, "line 2: expected 2 values, got 3"),
        ("a,b\n1,2\n", {"label": "c"}, r"line 1: expected a column 'c', got \['a', 'b'\]"),
        ("a,b\n1,2\n", {"columns": ["a", "z"]}, "expected a column 'z'"),
        ("a,b\n1,2\n", {"columns": []}, "a column of numbers for x"),
        ("a\nu\n", {"label": "a"}, "a column of numbers for x"),
        ("a\n1\n", {"target": "a"}, "a column of numbers for x"),
        ("a,b\n1,2\n", {"columns": ["a", "b"], "label": "b"}, "each used once, got 'b'"),
        ("a,b,a\n1,2,3\n", {}, "names of their own, each used once, got 'a'"),
        (",b\n1,2\n", {}, "names of their own, each used once, got ''"),
        ("a,b\n1,2\n", {"label": "a", "target": "b"}, "expected label or target, got both"),
        ("a,b\n1,2\n", {"label": "b", "classes": ["2", "2"]}, "expected classes that differ"),
        ('a,b\n1,"2', {}, "after line 2: "),
        (b"a,b\n1,\xff\n", {}, "expected text in UTF-8: .*byte 0xff"),
    ],
)
def test_malformed_tables_and_invalid_options_are_rejected(content, options, match, table):
    with pytest.raises(ValueError, match=match):
        nn.read_csv(table(content), **options)


def test_an_unused_column_needs_no_name(table):
    assert nn.read_csv(table(",a\n0,1\n1,2\n"), columns=["a"]).x.tolist() == [[1], [2]]


@pytest.mark.parametrize("options", [{"columns": "ab"}, {"label": "b", "classes": "uv"}])
def test_a_string_in_place_of_a_list_is_rejected(options, table):
    with pytest.raises(TypeError, match="to be lists of names, got a str"):
        nn.read_csv(table("a,b\n1,u\n"), **options)


def test_a_missing_file_raises_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.read_csv(tmp_path / "none.csv")
