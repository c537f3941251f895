"""Tables from CSV files."""

import csv
import gzip
import io
import os
import re
import threading
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.core.checks import as_array

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
    path = table("k,x\n10,1\n9,1\n-1,1\nzoo,1")
    assert nn.read_csv(path, label="k").classes == ["-1", "9", "10", "zoo"]


@pytest.mark.parametrize(
    ("texts", "classes", "labels"),
    [
        (["1", "1.0", "0", "0.0"], ["0", "1"], [1, 1, 0, 0]),
        (["01", " 1", "+1", "1e0"], ["1"], [0, 0, 0, 0]),
        (["1.0", "0.0", "1.0", "1.00"], ["0.0", "1.0"], [1, 0, 1, 1]),
        (["10", "9", "-1", "9.0"], ["-1", "9", "10"], [2, 1, 0, 1]),
        (["9007199254740993", "9007199254740992"], ["9007199254740992", "9007199254740993"], [1, 0]),
        (["9007199254740993.0", "9007199254740992.0"], None, [1, 0]),
        (["1", "1.0", "x"], ["1", "x"], [0, 0, 1]),
        (["True", "False"], ["False", "True"], [1, 0]),
        (["1_0", "10"], ["10", "1_0"], [1, 0]),
    ],
)
def test_labels_that_are_all_numbers_are_compared_as_numbers(texts, classes, labels, table):
    read = nn.read_csv(table("a,k\n" + "".join(f"1,{text}\n" for text in texts)), label="k")
    assert (read.classes, read.y.tolist()) == (classes or sorted(texts), labels)


@pytest.mark.parametrize("gap", ["", "NA", "nan", "?"])
def test_a_gap_among_labels_that_are_numbers_is_rejected(gap, table):
    with pytest.raises(ValueError, match="line 3, column 'k': expected a class, got"):
        nn.read_csv(table(f"a,k\n1,1\n2,{gap}\n3,1.0\n"), label="k")


@pytest.mark.parametrize("gap", ["NA", "nan", "NaN", "null", "None", "N/A"])
def test_a_missing_value_is_a_class_only_if_it_is_named(gap, table):
    path = table(f"a,k\n1,u\n2,{gap}\n3,v\n")
    with pytest.raises(ValueError, match=f"line 3, column 'k': expected a class, got '{gap}': if that"):
        nn.read_csv(path, label="k")
    read = nn.read_csv(path, label="k", classes=["u", "v", gap])
    assert (read.y.tolist(), read.classes) == ([0, 2, 1], ["u", "v", gap])
    with pytest.raises(ValueError, match=f"one of the classes .*got '{gap}'"):
        nn.read_csv(path, label="k", classes=["u", "v"])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"label": 1}, "expected label to be the name of a column, got 1"),
        ({"target": 0}, "expected target to be the name of a column, got 0"),
        ({"columns": [0]}, "expected columns to be names, as in the first line, got 0"),
        ({"columns": {"a", "b"}}, "expected columns to be a list, in an order, got a set"),
        (
            {"label": "k", "classes": {"u", "v"}},
            "expected classes to be a list, in an order, got a set",
        ),
        ({"label": "k", "classes": {"u": 0}}, "expected classes to be a list, in an order, got a dict"),
    ],
)
def test_names_that_are_not_names_or_in_no_order_are_rejected(options, match, table):
    with pytest.raises(TypeError, match=f"read_csv: {match}"):
        nn.read_csv(table("a,k\n1,u\n"), **options)


@pytest.mark.parametrize("path", [np.zeros((2, 2)), io.StringIO("a\n1\n"), None, 3])
def test_what_is_not_a_path_is_rejected(path):
    with pytest.raises(TypeError, match="read_csv: expected the path of a file, got "):
        nn.read_csv(path)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("a,k\n1," + "w" * 200_000 + "\n2,3\n4,5\n", {}),
        ("a,k\n1," + "w" * 200_000 + "\n2,u\n", {}),
        ("a,k\n1," + "w" * 200_000 + "\n2,u\n", {"label": "k", "classes": ["u"]}),
        ("a,k\n1,2." + "1" * 200_000 + "\n", {"columns": ["k"], "label": "a", "classes": ["u"]}),
        ("a," + "w" * 200_000 + "\n1,2\n", {"label": "k"}),
    ],
)
def test_messages_about_long_texts_are_short(content, options, table):
    with pytest.raises(ValueError, match="expected") as caught:
        nn.read_csv(table(content), **options)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        ([1, 2], [1, 0]),
        (np.array([1.0, 2.0]), [1, 0]),
        (["2", "1"], [0, 1]),
        ((3, 2, 1), [1, 2]),
    ],
)
def test_classes_may_be_given_as_numbers(classes, labels, table):
    path = table("a,k\n1,2\n2,1.0\n")
    read = nn.read_csv(path, label="k", classes=classes)
    assert read.y.tolist() == labels
    assert read.classes == [str(name) for name in classes]
    with pytest.raises(ValueError, match=r"line 2, .* one of the classes \['1', '3'\], got '2'"):
        nn.read_csv(path, label="k", classes=[1, 3])
    with pytest.raises(ValueError, match=r"expected classes that differ, got \['1', '2', '1.0'\]"):
        nn.read_csv(path, label="k", classes=[1, 2, 1.0])


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
        ("\n\n", {}, "the file is empty"),
        ("a,b\n1,2\n", {"label": "a", "target": "b"}, "expected label or target, got both"),
        ("a\0,b\n1,2\n", {}, "line 1: expected names, got some with a NUL character"),
        ("a,b\n1,\0\n", {}, "line 2, column 'b': expected a finite number"),
        ("a,Label\n1,2\n", {"label": "label"}, "did you mean 'Label'"),
        ("a,b\n1,2\n", {"label": " b"}, "did you mean 'b'"),
        ("length,b\n1,2\n", {"columns": ["lengths"]}, "did you mean 'length'"),
        ("Land,1990\nChad,1\n", {"label": "land"}, "did you mean 'Land'"),
        ('a,b\n1,2\n3,"4\n5,6\n', {}, "a quote opens in line 3, and nothing closes it"),
        ('a,b\n1,"2 "x" 3"\n', {}, "a quote within quotes is written twice"),
        ("a,b\n1,2\n", {"delimiter": ""}, "read_csv: expected delimiter to be one character"),
        ("a,b\n1,2\n", {"delimiter": ";;"}, "read_csv: expected delimiter to be one character"),
        ("a,b\n1,2\n", {"delimiter": "\n"}, "read_csv: expected delimiter to be one character"),
        ("a,b\n1,2\n", {"delimiter": '"'}, "read_csv: expected delimiter to be one character"),
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


@pytest.mark.parametrize("delimiter", [None, 5, b";"])
def test_a_delimiter_that_is_not_a_text_is_rejected(delimiter, table):
    with pytest.raises(TypeError, match="read_csv: expected delimiter to be one character"):
        nn.read_csv(table("a,b\n1,2\n"), delimiter=delimiter)


@pytest.mark.parametrize(
    ("content", "given", "delimiter"),
    [
        ("a;b;y\n1;2;3\n4;5;6\n", ",", ";"),
        ('"a";"b"\n"1";"2"\n', ",", ";"),
        ("a;b\n1;2\n", ",", ";"),
        ("a\tb\ty\n1\t2\t3\n", ",", "\t"),
        ("a|b\n1|2\n", ",", "|"),
        ("a,b\n1,2\n", ";", ","),
    ],
)
@pytest.mark.parametrize("options", [{}, {"label": "b"}, {"target": "b"}, {"columns": ["b", "a"]}])
def test_another_delimiter_is_recognised(content, given, delimiter, options, table):
    path = table(content)
    with pytest.raises(ValueError, match="separated by") as caught:
        nn.read_csv(path, delimiter=given, **options)
    advised = re.search(r'give delimiter="(.+)"$', str(caught.value))[1]
    assert advised.replace(r"\t", "\t") == delimiter
    assert len(nn.read_csv(path, delimiter=delimiter, **options).x)


PROBLEMS = [  # content, options, what is said, the numbers that the lines of pandas give
    ("a;b;k\n1,5;2;u\n3,25;4;v\n", {"label": "k"}, "decimal commas", [[1.5, 2], [3.25, 4]]),
    ('a,b\n"1,5",2\n"3,25",4\n', {}, "line 2, column 'a'.*decimal commas", [[1.5, 2], [3.25, 4]]),
    ("a;b\n1,5;2\n", {"delimiter": ";"}, "decimal commas", [[1.5, 2]]),
    ("a,b\n1,5,2,5\n1,2\n", {}, "line 2: expected 2 values, got 4.*decimal commas", None),
    ('a,b\n"1,234",2\n"5,250.5",4\n', {}, "thousands .* by ','", [[1234, 2], [5250.5, 4]]),
    ("a;b\n1.234,5;2\n1.0;4\n", {"delimiter": ";"}, "thousands", None),
    ("a,b\n1 234,2\n3 250,4\n", {}, "thousands .* by ' '", [[1234, 2], [3250, 4]]),
    ("k,b\nK\xf6ln,2\nBonn,4\n".encode("latin-1"), {"label": "k"}, "line 2, column 'k'", [[2], [4]]),
    ("b,c\n1,\u20ac\n".encode("cp1252"), {"columns": ["b"]}, "line 2, column 'c'.*cp1252", [[1]]),
    ("k\x81,b\nx,2\n".encode("latin-1"), {"columns": ["b"]}, "line 1, column 1.*latin-1", [[2]]),
    ("a,b\n1,2\n".encode("utf-16"), {}, "seems to be in utf-16", [[1, 2]]),
    ("a,b\n1,2\n".encode("utf-16-le"), {}, "seems to be in utf-16-le", [[1, 2]]),
    ("a,b\n1,2\n".encode("utf-32"), {}, "seems to be in utf-32", [[1, 2]]),
    *[
        (f"a,b\n1,2\n{gap},4\n5,6\n", {}, "line 3, column 'a'.*is missing", [[1, 2], [3, 4], [5, 6]])
        for gap in ("", "NA", "nan", "?", "-", "--", "NULL", "n/a", ".", "None", "missing")
    ],
    ("a,b\n1,2\n3,?\n5,6\n", {"target": "b"}, "line 3, column 'b'.*is missing", [[1], [5]]),
    ("a,k\n1,u\n2,v\n", {}, r"words in \['k'\].*columns=\['a'\].*label='k'", [[1, 1, 0], [2, 0, 1]]),
    (
        "a,k,m,p\n1,u,x,9\n2,v,y,8\n",
        {"target": "p"},
        r"words in \['k', 'm'\].*columns=\['a'\]",
        [[1, 1, 0, 1, 0], [2, 0, 1, 0, 1]],
    ),
    ("a,k,p\n1,u,9\n", {"target": "p", "columns": ["k", "a"]}, r"words in \['k'\]", [[1, 1]]),
    ("5.1,3.5,0\n4.9,3.0,1\n", {}, "line 1 seems to hold values", [[5.1, 3.5, 0], [4.9, 3, 1]]),
    ("5.1,u\n4.9,u\n", {"label": "kind"}, "line 1 seems to hold values", None),
    ("5.1,u\n4.9,u\n", {}, "line 1 seems to hold values", None),
    ("a,b\n1,2\n3\n", {}, "line 3: expected 2 values, got 1.*missing", [[1, 2]]),
    ("a,b\n1,2\n3,4,5\n", {}, "line 3: expected 2 values, got 3.*quotes", [[1, 2]]),
    ("a,b\n1,2,\n3,4,\n", {}, "line 2: expected 2 values, got 3.*end of the line", [[1, 2], [3, 4]]),
    ("a,b\n1,１２\n", {}, "expected a finite number", None),  # noqa: RUF001
    ("a,d\n1,2024-01-05\n2,2024-01-06\n", {}, r"dates in \['d'\]", [[1, 0], [2, 1]]),
    ("a,d\n1,2024-01-05 10:00:00\n2,2024-01-05 10:01:00\n", {}, "dates", [[1, 0], [2, 1 / 1440]]),
    (
        "a,d\n1,2024-01-05\n2,\n3,2024-01-09\n",
        {"label": "a"},
        "dates .* and a value is missing",
        [[0], [2], [4]],
    ),
    (
        "a,k,d\n1,u,2024-01-05\n2,v,2024-01-06\n",
        {},
        r"'k'\]: read .*, or turn",
        [[1, 0, 1, 0], [2, 1, 0, 1]],
    ),
    ("a,b\n1,True\n2,False\n", {}, "truth values", [[1, 1], [2, 0]]),
    ("a,b\n1,yes\n2,no\n", {}, "truth values", [[1, 1], [2, 0]]),
    ("# made by a program\na,b\n1,2\n", {}, "comments", [[1, 2]]),
    ("a,b\n1,2\n# the second half\n3,4\n", {}, "line 3.*comments", [[1, 2], [3, 4]]),
    ("A table\nof 2024\n\na,b\n1,2\n3,4\n", {}, "names seem to stand in line 4", [[1, 2], [3, 4]]),
    ('a,k\n1,"say \\"x\\""\n', {"label": "k"}, "after line 2.*backslash", [[1]]),
    ("a  b\n1  2\n3  4\n", {}, "separated by spaces", [[1, 2], [3, 4]]),
    ("a,b\n1,inf\n3,4\n", {}, r"infinite values in \['b'\]", [[3, 4]]),
    ("a,b\n1,1e39\n3,4\n", {}, r"too large ones", [[3, 4]]),
    ("a;b\n1.500;2,5\n1.234,5;3,5\n", {"delimiter": ";"}, "commas", [[1500, 2.5], [1234.5, 3.5]]),
    ("a;b\n1;2,5\n2;3,750\n", {"delimiter": ";"}, "decimal commas", [[1, 2.5], [2, 3.75]]),
    ("a;b\n1,5; 2,5\n3,5; 4,5\n", {"delimiter": ";"}, "decimal commas", [[1.5, 2.5], [3.5, 4.5]]),
    ("sep=;\na;b\n1;2\n3;4\n", {}, "line 1 is for Excel", [[1, 2], [3, 4]]),
    ("sep=;\na;b\n1;2\n3;4\n", {"delimiter": ";"}, "line 1 is for Excel", [[1, 2], [3, 4]]),
    ("a,b\n1,2\n3, NA\n5,6\n", {}, "is missing", [[1, 2], [3, 4], [5, 6]]),
    ("a,b\n1,2\n3,n.a.\n5,6\n", {}, "is missing", [[1, 2], [3, 4], [5, 6]]),
    ("a,b\n1,2\n3,\u2013\n5,6\n", {}, "is missing", [[1, 2], [3, 4], [5, 6]]),
    ('a,b\n1,"1 500,5"\n2,"2 500,25"\n', {}, "thousands", [[1, 1500.5], [2, 2500.25]]),
    ("a,b\n1,1'500\n2,1'250\n", {}, "thousands", [[1, 1500], [2, 1250]]),
    ("a,b\n1,True\n,False\n3,True\n", {}, "is missing", [[1, 1], [2, 0], [3, 1]]),
    ("a,note,b\n1,,2\n3,x,?\n", {"columns": ["a"], "target": "b"}, "is missing", [[1]]),
    ("a,b\n1,1_000\n", {}, "thousands .* by '_'", [[1, 1000]]),
    ("t,b\n1700000001,1\n1700000060,2\n", {}, "line 2, column 't': float32 would", [[0, 1], [59, 2]]),
    ("t,b\n1,1\n2,16777217\n", {"target": "b"}, "line 3, column 'b': float32 would", [[1], [2]]),
    ("t\n-1700000001\n", {}, "float32 would round -1700000001 to -1700000000", [[0]]),
    ("t\n123456789.25\n", {}, "float32 would round", [[0]]),
    ("t\n1.700000001e9\n", {}, "float32 would round 1.700000001e9 to 1700000000", [[0]]),
    ("t\n9007199254740993\n", {}, "float32 would round", [[0]]),
    (gzip.compress(b"a,b\n1,2\n", mtime=0), {}, "is a gzip file", [[1, 2]]),
    ('{"a": {"x": 1}}', {}, "is JSON", [[1]]),
    ("<!doctype html>\n<p>x", {}, "is a page of HTML", None),
]


@pytest.mark.parametrize(("content", "options", "match", "numbers"), PROBLEMS)
def test_what_is_not_a_plain_table_is_recognised_and_pandas_reads_it(
    content, options, match, numbers, table
):
    with pytest.raises(ValueError, match=match) as caught:
        nn.read_csv(table(content), **options)
    if numbers is not None:
        pandas = pytest.importorskip("pandas")
        lines = [line.strip() for line in str(caught.value).splitlines() if line.startswith("    ")]
        assert 1 <= len(lines) <= 6
        names = {"pandas": pandas}
        exec("\n".join(lines), names)
        read = as_array(names.get("x", names["frame"]))
        np.testing.assert_allclose(read, numbers)
        assert ("y" in names) == bool(options.keys() & {"label", "target"})


IN_DOUBT = [  # tables of which pandas might read other numbers: content, options, what is said
    ("a,b\n1,5%\n2,7.5 %\n", {}, r"unit in \['b'\]"),
    ("a,b\n1,$5\n2,€ 7.50\n", {}, r"unit in \['b'\]"),
    ("a,b\n1,5 kg\n2,-7.5m/s\n", {}, r"unit in \['b'\]"),
    ("a;b\n1;50,5 EUR\n2;7,5 EUR\n", {"delimiter": ";"}, r"unit in \['b'\]"),
    ("a,d\n1,03.02.2020\n2,04.02.2020\n", {}, r"dates in \['d'\]"),
    ("a,d\n1,13.02.2020\n2,14.02.2020\n", {}, r"dates in \['d'\]"),
    ("a,d\n1,02/03/2020\n2,02/04/2020\n", {}, r"dates in \['d'\]"),
    ("a,d\n1,2020-02-03\n2,2020-02-04 10:00\n", {}, r"dates in \['d'\]"),
    ("a,d\n1,03.02.2020\n2,\n", {}, r"is missing|dates in \['d'\]"),
    ("a,b\n1,True\n2,\n3,False\n", {}, "truth values|is missing"),
    ("a,b\n1,True\n2,2\n3,False\n", {}, "truth values"),
    ("a,b\n1,\n2,\n", {}, "is missing"),
    ("a;b\n1.500;2,5\n2.500;3,5\n", {"delimiter": ";"}, "decimal commas"),
    ("a;b\n0.5;2,5\n0.25;3,5\n", {"delimiter": ";"}, "decimal commas"),
    ("a;b\n1;2,500\n2;3,750\n", {"delimiter": ";"}, "decimal commas"),
    ("a;b\n1;2,500,000\n2;3,5\n", {"delimiter": ";"}, "thousands"),
    ("a,b\n1,1\xa0500\n2,1\xa0250\n", {}, "thousands"),
    ("a b\n1,5 2,5\n3,5 4,5\n", {}, "expected 1 values, got 3"),
    ('a\n"1,5"\n2,5\n', {}, "decimal commas"),
    ("a\n1.500.000,5\n2.500.000,5\n", {}, "expected 1 values, got 2"),
    ("a\n1000000\n1,500,000\n", {}, "expected 1 values, got 3"),
    ("a,b\n1,5,2,5\n3,5,4,5\n", {}, "decimal commas cannot be told"),
    ("a,b\n1,2,3\n4,5,6\n", {}, "expected 2 values, got 3"),
    ("a,b\n1,2\n3,4\nSource: a census\n", {}, "line 4: expected 2 values, got 1"),
    ("a,k\n1,u\n2,v\n", {"target": "k"}, r"words in \['k'\].*label='k'"),
]
STRANGE = [  # texts in a column of numbers of which nothing is known
    "#DIV/0!", "#REF!", "\u22125", "1\u2019500", "(5)", "12:30", "Total", "5-6", "<3", "~7",
]  # fmt: skip


@pytest.mark.parametrize(("content", "options", "match"), IN_DOUBT)
def test_lines_of_pandas_that_may_read_other_numbers_are_not_given(content, options, match, table):
    with pytest.raises(ValueError, match=match) as caught:
        nn.read_csv(table(content), **options)
    assert "pandas.read_csv" not in str(caught.value)


@pytest.mark.parametrize("text", STRANGE)
def test_a_strange_text_among_numbers_is_only_named(text, table):
    path = table(f"a,b\n1,2\n3,4\n5,{text}\n")
    message = f"{path}, line 4, column 'b': expected a finite number, got {text!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        nn.read_csv(path)


def test_an_error_of_excel_does_not_begin_a_comment(table):
    with pytest.raises(ValueError, match=r"line 3: expected 2 values, got 1") as caught:
        nn.read_csv(table("a,b\n1,2\n#DIV/0!\n3,4\n"))
    assert "comment" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"a,b\r1,2\r3,\xff\r", "line 3, column 'b': expected text in UTF-8"),
        (b"a,b\n1,2\r3,\xff\n", "line 3, column 'b': expected text in UTF-8"),
        (b"a,b\n" + b"x" * 200_000 + b",\xff\n", "line 2, column 'b': expected text in UTF-8"),
        (b"PK\x03\x04\x14\rX,\x97\n", "is a zip file"),
    ],
)
def test_bytes_that_are_not_text_are_refused_after_any_end_of_line(content, where, tmp_path):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ValueError, match=where):
        nn.read_csv(tmp_path / "x.csv")


def test_an_archive_or_a_workbook_is_recognised(tmp_path):
    for name, words in (("a.csv", "is a zip file"), ("[Content_Types].xml", "is an Excel file")):
        with zipfile.ZipFile(tmp_path / "x", "w") as archive:
            archive.writestr(name, "a,b\n1,2\n")
        with pytest.raises(ValueError, match=words):
            nn.read_csv(tmp_path / "x")
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        nn.read_csv(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
@pytest.mark.parametrize(
    ("content", "match"), [(b"a;b\n1;2\n", "expected a finite"), (b"a\n\xff", "UTF-8")]
)
def test_a_pipe_is_read_only_once(content, match, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    with pytest.raises(ValueError, match=match):
        nn.read_csv(tmp_path / "pipe")
    writer.join()


def test_a_fault_far_below_is_recognised_as_well(table):
    path = table("a,b\n" + "1,2\n" * 30_000 + "3,?\n")
    with pytest.raises(ValueError, match=r"(?s)line 30002, .* missing.*na_values=\['\?'\]"):
        nn.read_csv(path)


@pytest.mark.parametrize(
    "text",
    ["0.1", "3.14159265358979", "16777216", "-16777216", "16777218", "1e30", "6.02e23", "1700000000"],
)
def test_numbers_that_float32_holds_or_rounds_as_usual_are_read(text, table):
    assert nn.read_csv(table(f"a\n{text}\n")).x == np.float32(text)


@pytest.mark.parametrize("options", [{"columns": ["a"]}, {"columns": ["a"], "label": "y"}])
def test_a_long_text_in_any_column_is_read(options, table):
    limit = csv.field_size_limit()
    path = table('a,text,y\n1,"' + "w" * 150_000 + '",cat\n2,short,dog\n')
    assert nn.read_csv(path, **options).x.tolist() == [[1], [2]]
    assert nn.read_csv(path, columns=["a"], label="text").classes == ["short", "w" * 150_000]
    with pytest.raises(ValueError, match="words"):
        nn.read_csv(path)
    assert csv.field_size_limit() == limit


def test_long_texts_are_read_in_several_threads(table):
    path = table('a,text\n1,"' + "w" * 150_000 + '"\n')
    found, limit = [], csv.field_size_limit()
    threads = [
        threading.Thread(target=lambda: found.append(nn.read_csv(path, columns=["a"]).x.tolist()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[[1]]] * 8
    assert csv.field_size_limit() == limit


def test_a_table_of_many_columns_is_read(table):
    names = [f"c{number}" for number in range(8000)]
    path = table(",".join(names) + "\n" + ",".join(["1"] * 8000) + "\n")
    assert nn.read_csv(path, label="c7").x.shape == (1, 7999)
    with pytest.raises(ValueError, match=r"got \['c0', .*, \.\.\. \(8000 of them\)\]") as caught:
        nn.read_csv(path, label="kind")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_blank_lines_of_every_kind_are_read(ends, mark, table):
    path = table(mark + ends.join(["", "a,b", "", "1,2", "   ", '"3", 4', "", ""]))
    assert nn.read_csv(path).x.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("options", [{"columns": "ab"}, {"label": "b", "classes": "uv"}])
def test_a_string_in_place_of_a_list_is_rejected(options, table):
    with pytest.raises(TypeError, match="to be lists of names, got a str"):
        nn.read_csv(table("a,b\n1,u\n"), **options)


def test_a_missing_file_raises_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.read_csv(tmp_path / "none.csv")
