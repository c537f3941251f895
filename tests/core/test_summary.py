"""`summary`: the table of the layers of a model."""

import math
import tracemalloc

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center, Embedding, Residual, pending
from tests.test_gradients import LAYERS, make

SUMMARY = """\
Sequential: input (N, 64), float32
place  layer           output    parameters  saved bytes  multiplications
-------------------------------------------------------------------------
0      Dense(64, 128)  (N, 128)       8,320          256            8,192
1      ReLU()          (N, 128)           0          512                0
2      Dropout(0.2)    (N, 128)           0          512                0
3      Dense(128, 10)  (N, 10)        1,290          512            1,280
-------------------------------------------------------------------------
total                                 9,610        1,792            9,472
For each sample: bytes that forward saves for backward, multiplications of matrix products.
Model: 38.4 kB, 76.9 kB with gradients; 9,472 parameters decay, 0 are frozen; 0 values of state"""


def test_summary_lists_each_layer_with_its_output_and_parameters():
    model = nn.Sequential(nn.Dense(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Dense(128, 10))
    assert model.summary() == SUMMARY


def rows(model, **options):
    return [line.split(maxsplit=1) for line in model.summary(**options).splitlines()[3:-4]]


def test_nested_layers_are_listed_with_their_places():
    model = nn.Sequential(nn.Dense(4, 4), nn.Sequential(nn.ReLU(), nn.Sequential(nn.Dense(4, 2))))
    assert [place for place, _ in rows(model)] == ["0", "1.0", "1.1.0"]


def test_a_shared_layer_is_counted_once():
    shared = nn.Dense(3, 3)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    assert "the same as 0" in rows(model)[2][1]
    assert model.summary().splitlines()[-3].split()[:2] == ["total", "12"]
    assert "9 parameters decay" in model.summary()


def test_frozen_parameters_and_state_are_counted():
    model = nn.Sequential(nn.Dense(3, 3), Center(3))
    model[0].bias.trainable = False
    expected = "0.1 kB, 0.1 kB with gradients; 9 parameters decay, 3 are frozen; 3 values of state"
    assert model.summary().endswith(expected)


def test_input_shape_can_be_given_if_the_first_layer_does_not_fix_it():
    model = nn.Sequential(nn.ReLU(), nn.Dense(4, 2))
    assert "?" in rows(model)[0][1]
    assert "The input's shape is not known: give that of one sample" in model.summary()
    assert "(N, 5, 4)" in rows(model, input_shape=(5, 4))[0][1]
    assert "(N, 4)" in rows(model, input_shape=4)[0][1]
    with pytest.raises(ValueError, match="expected input of shape"):
        model.summary(input_shape=(3,))


def test_any_layer_has_a_summary():
    assert "Residual(Dense(4, 4))  (N, 4)" in Residual(nn.Dense(4, 4)).summary(input_shape=(4,))
    assert "(N, 3)" in nn.Sequential(Embedding(7, 3)).summary()
    assert nn.ReLU().summary().startswith("ReLU: input ?, no parameters")


def test_a_layer_that_cannot_predict_zeros_has_a_summary_and_one_without_forward_has_none():
    class Silent(Residual):
        predict = nn.Layer.predict

    assert "(N, 2)" in nn.Sequential(nn.Dense(2, 2), Silent(nn.ReLU())).summary()
    with pytest.raises(NotImplementedError, match=r"define forward\(self, x\)$"):
        nn.Layer().summary((2,))


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


def test_a_long_repr_is_cut_so_that_a_line_has_at_most_120_characters():
    class Long(nn.Layer):
        def forward(self, x):
            return x

        def __repr__(self):
            return f"Long({', '.join(['wide'] * 40)})"

    shared = Long()
    lines = nn.Sequential(nn.Dense(64, 64), shared, nn.Dense(64, 64), shared).summary().splitlines()
    assert max(map(len, lines)) == 120
    assert lines[4].startswith("1      Long(wide, wide, ")
    assert "...  (N, 64)" in lines[4]
    assert lines[6].startswith("3      the same as 1: Long(wide, ")


def figures(model, *shape):
    """The saved bytes and multiplications of each row, and of the total."""
    lines = model.summary(*shape).splitlines()
    return [tuple(line.rsplit(maxsplit=2)[1:]) for line in [*lines[3:-4], lines[-3]]]


def test_dense_saves_its_input_and_multiplies_it_by_its_weight_at_every_position():
    assert figures(nn.Dense(3, 5)) == [("12", "15")] * 2  # 3 numbers of 4 bytes; 3 * 5
    assert figures(nn.Dense(3, 5), (7, 3)) == [("84", "105")] * 2
    assert figures(nn.Dense(3, 5).astype(np.float64)) == [("24", "15")] * 2


def test_an_array_that_two_layers_save_is_counted_for_the_first():
    model = nn.Sequential(nn.Tanh(), nn.Dense(4, 2), nn.Sigmoid())
    assert figures(model, 4) == [("32", "0"), ("0", "8"), ("16", "0"), ("48", "8")]


def test_a_tied_layer_has_the_figures_of_each_of_its_forwards():
    tied = nn.Dense(3, 3)
    model = nn.Sequential(tied, nn.ReLU(), tied, nn.ReLU(), tied)
    relu, later = ("12", "0"), ("0", "9")  # a ReLU saves its output, which is the input of the next
    assert figures(model) == [("12", "9"), relu, later, relu, later, ("36", "27")]


def test_containers_have_the_figures_of_what_they_do_themselves():
    model = nn.Sequential(nn.Residual(nn.Dense(4, 4), nn.ReLU()), nn.Fork(nn.Dense(4, 1), nn.ReLU()))
    own, dense, relu = ("0", "0"), ("16", "16"), ("16", "0")
    assert figures(model) == [own, dense, relu, own, ("16", "4"), relu, ("64", "20")]


def test_users_containers_have_the_figures_of_their_layers():
    class Unrolled(nn.Layer):
        """Three steps of one layer, which saves the sum of their outputs, too."""

        def __init__(self, step):
            self.step = step

        def forward(self, x):
            outputs = []
            for _ in range(3):
                x = self.step.forward(x)
                outputs.append(x)
            self.save_for_backward({"sum": [sum(outputs)]})
            return x

    model = nn.Sequential(Unrolled(nn.Sequential(nn.Dense(4, 4), nn.ReLU())), nn.Dense(4, 1))
    steps = 16 + 3 * 16 + 16  # the input, that of the next step three times, and the sum
    assert figures(model, 4) == [(f"{steps}", "48"), ("0", "4"), (f"{steps}", "52")]


def test_tuples_are_counted():
    model = nn.Sequential(nn.Parallel(nn.Dense(3, 5), nn.ReLU()), nn.Concatenate(), nn.Dense(9, 2))
    assert figures(model, ((3,), (4,)))[-1] == (f"{4 * 3 + 4 * 4 + 4 * 9}", f"{3 * 5 + 9 * 2}")


def test_what_does_not_grow_with_the_samples_and_parameters_do_not_count():
    class Odd(nn.Layer):
        def __init__(self):
            self.gain = nn.Parameter(np.ones(100))

        def forward(self, x):
            self.save_for_backward(
                x[:, ::2], x.T, self.gain.value, self.gain.value[::2], np.ones(1000), 3
            )
            return x

    assert figures(Odd(), 6) == [("24", "0")] * 2


def test_products_with_matrices_that_a_layer_does_not_count_are_not_known():
    class Product(nn.Layer):
        def __init__(self, features):
            self.matrix = nn.Parameter(np.eye(features))

        def forward(self, x):
            return x @ self.matrix.value

    class Counted(Product):
        def own_multiplications(self, *input_shape):
            return math.prod(input_shape) * len(self.matrix.value)

    assert figures(Product(3), (2, 3))[-1][1] == "?"
    assert figures(Counted(3), (2, 3))[-1][1] == "18"
    summary = nn.Sequential(nn.Dense(3, 3), Product(3)).summary()
    assert summary.splitlines()[-3].endswith("  9 + ?")


def test_every_public_layer_with_matrices_counts_its_multiplications():
    layers = [make(make_layer) for make_layer, _ in LAYERS]
    parts = [part for layer in layers for _, part in [("", layer), *layer.named_parts()]]
    silent = {
        type(part).__name__
        for part in parts
        if isinstance(part, nn.Layer)
        and type(part).own_multiplications is nn.Layer.own_multiplications
        and part.own_multiplications(2) is None
    }
    assert silent == set()


def test_a_summary_changes_nothing(rng):
    model = nn.Sequential(nn.Dense(3, 3, rng=rng), Center(3), nn.Dropout(0.5, rng=rng), nn.PReLU(3))
    model.forward(np.ones((2, 3)))
    before = model.state_dict(), rng.bit_generator.state, pending(model)
    model.summary()
    after = model.state_dict(), rng.bit_generator.state, pending(model)
    np.testing.assert_equal(after, before)


def test_the_saved_bytes_are_the_memory_that_a_forward_takes():
    model = nn.Sequential(nn.Dense(50, 200), nn.GELU(), nn.Residual(nn.Dense(200, 200), nn.ReLU()))
    saved = int(figures(model)[-1][0].replace(",", ""))
    x = np.zeros((1000, 50), np.float32)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    y = model.forward(x)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before == pytest.approx(len(x) * saved - x.nbytes + y.nbytes, rel=0.01)
