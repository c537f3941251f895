from enum import IntEnum

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.io.standalone import comment, described, plain_names, single_dtype, title


class Level(IntEnum):
    LOW = 1


@given(st.text())
@example("*/ int x; /*\n??/\\")
@example("\ud800\x00\u2028é")
def test_a_comment_is_one_line_that_nothing_can_end(text):
    found = comment(text)
    assert found.isascii()
    assert found.isprintable()
    assert not set(found) & set("*\\?")


def test_plain_text_stays_as_it_is():
    assert comment("Dense(4, 3), a/b 'c' \"d\"") == "Dense(4, 3), a/b 'c' \"d\""


def test_a_long_title_is_cut():
    model = nn.Sequential(*[nn.Dense(10, 10, rng=0) for _ in range(20)])
    found = title("layers.0", model)
    assert len(found) == 90
    assert found.startswith("layers.0: Sequential(Dense(10, 10), ")
    assert found.endswith("...")


def test_a_network_that_is_nested_too_deeply_is_described_by_its_class():
    model = nn.ReLU()
    for _ in range(3000):
        model = nn.Sequential(model)
    assert described(model) == "Sequential"


def test_names_become_text_and_whole_numbers():
    names = np.array(["a", 1, np.int64(2), 1.5, None, np.True_], object)
    assert plain_names(names) == ["a", 1, 2, "1.5", "None", True]
    assert repr(plain_names(np.array(["b", "c"]))) == "['b', 'c']"
    assert repr(plain_names([Level.LOW])) == "['1']"
    assert plain_names(None) == []


def test_the_dtype_is_that_of_all_parameters_and_floating_states():
    assert single_dtype(nn.Dense(2, 2, rng=0), "to_c") == np.float32
    assert single_dtype(nn.BatchNorm(2).astype(np.float64), "to_c") == np.float64
    assert single_dtype(nn.ReLU(), "to_c") == np.float32
    with pytest.raises(TypeError, match=r"got float32 and float64: use model\.astype"):
        single_dtype(nn.Fork(nn.Dense(2, 2, rng=0), nn.Standardize(2, dtype=np.float64)), "to_c")
