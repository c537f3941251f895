"""`summary`: the table of the layers of a model."""

import pytest

import nnlayers as nn
from tests.layers_for_tests import Center, Embedding, Residual

SUMMARY = """\
Sequential: input (N, 64), float32
place  layer           output    parameters  decaying
-----------------------------------------------------
0      Dense(64, 128)  (N, 128)       8,320     8,192
1      ReLU()          (N, 128)           0         0
2      Dropout(0.2)    (N, 128)           0         0
3      Dense(128, 10)  (N, 10)        1,290     1,280
-----------------------------------------------------
total                                 9,610     9,472
38.4 kB; 0 parameters frozen; 0 values of state"""


def test_summary_lists_each_layer_with_its_output_and_parameters():
    model = nn.Sequential(nn.Dense(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Dense(128, 10))
    assert model.summary() == SUMMARY


def rows(model, **options):
    return [line.split(maxsplit=1) for line in model.summary(**options).splitlines()[3:-3]]


def test_nested_layers_are_listed_with_their_places():
    model = nn.Sequential(nn.Dense(4, 4), nn.Sequential(nn.ReLU(), nn.Sequential(nn.Dense(4, 2))))
    assert [place for place, _ in rows(model)] == ["0", "1.0", "1.1.0"]


def test_a_shared_layer_is_counted_once():
    shared = nn.Dense(3, 3)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    assert "the same as 0" in rows(model)[2][1]
    assert model.summary().splitlines()[-2].split() == ["total", "12", "9"]


def test_frozen_parameters_and_state_are_counted():
    model = nn.Sequential(nn.Dense(3, 3), Center(3))
    model[0].bias.trainable = False
    assert model.summary().endswith("3 parameters frozen; 3 values of state")


def test_input_shape_can_be_given_if_the_first_layer_does_not_fix_it():
    model = nn.Sequential(nn.ReLU(), nn.Dense(4, 2))
    assert "?" in rows(model)[0][1]
    assert "(N, 5, 4)" in rows(model, input_shape=(5, 4))[0][1]
    assert "(N, 4)" in rows(model, input_shape=4)[0][1]
    with pytest.raises(ValueError, match="expected input of shape"):
        model.summary(input_shape=(3,))


def test_any_layer_has_a_summary():
    assert "Residual(Dense(4, 4))  (N, 4)" in Residual(nn.Dense(4, 4)).summary(input_shape=(4,))
    assert "(N, 3)" in nn.Sequential(Embedding(7, 3)).summary()
    assert nn.ReLU().summary().startswith("ReLU: input ?, no parameters")


def test_shapes_after_a_layer_without_predict_are_unknown():
    class Silent(Residual):
        predict = nn.Layer.predict

    assert [
        row[1].split()[1] for row in rows(nn.Sequential(nn.Dense(2, 2), Silent(nn.ReLU()), nn.ReLU()))
    ][1:] == ["?", "?"]


def test_a_summary_is_shown_as_the_table_that_it_is():
    table = nn.Dense(2, 3).summary()
    assert repr(table) == str(table)
    assert table.splitlines()[0] == "Dense: input (N, 2), float32"


def test_several_shapes_are_answered_with_a_tuple():
    with pytest.raises(
        TypeError, match=r"expected one shape, got 2: write summary\(\(\(3,\), \(3,\)\)\)"
    ):
        nn.Add().summary((3,), (3,))
    assert "Add" in nn.Add().summary(((3,), (3,)))
