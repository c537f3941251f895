import inspect
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.core.structures import arrays_in
from nnlayers.core.tree import walk
from nnlayers.io.samples import check_agreement, sample_inputs
from tests.io.networks import NETWORKS, SEQUENCES, moved, new_layer, random_network

ALL = {**NETWORKS, **SEQUENCES}


@pytest.fixture
def model():
    return moved(nn.Sequential(nn.Dense(4, 3, rng=0), nn.Sigmoid(), nn.Dense(3, 2, rng=1)))


def names_of(path):
    """What a written file defines."""
    names = {"__name__": "written"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    return names


def load(path):
    return names_of(path)["predict"]


def assert_same(model, shape, path, tolerance=2e-6, x=None):
    nn.io.to_numpy(model, path, input_shape=shape)
    x = sample_inputs(model, shape or model.input_shape, 5) if x is None else x
    found, expected = load(path)(x), model.predict(x)
    for (_, one), (_, other) in zip(arrays_in(found), arrays_in(expected), strict=True):
        assert one.dtype == other.dtype
        scale = np.abs(other).max(initial=0)
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("name", ALL)
def test_every_layer_in_numpy_is_equal_to_predict(name, tmp_path):
    model, shape = ALL[name]
    assert_same(model, shape, tmp_path / "net.py")


def test_no_layer_of_the_library_is_missing_from_the_networks():
    tried = {type(part) for model, _ in ALL.values() for _, part in [("", model), *walk(model)]}
    public = [getattr(nn, name) for name in nn.layers.__all__]
    layers = {kind for kind in public if inspect.isclass(kind) and issubclass(kind, nn.Layer)}
    assert layers - tried == {nn.Elementwise}


@given(seed=st.integers(0, 2**32))
def test_random_networks_in_numpy_are_equal_to_predict(tmp_path_factory, seed):
    model, shape = random_network(np.random.default_rng(seed))
    assert_same(model, shape, tmp_path_factory.getbasetemp() / "net.py", 5e-5)


@pytest.mark.parametrize("name", ["MLP", "convolutions", "transformer", "Bidirectional"])
def test_networks_in_float64_stay_so(name, tmp_path):
    model, shape = ALL[name]
    model = model.astype(np.float64)
    assert_same(model, shape, tmp_path / "net.py", 1e-12)


def test_smooth_activations_in_float64_are_exact(tmp_path):
    model = nn.Sequential(nn.Dense(3, 3, rng=0, dtype=np.float64), nn.GELU(), nn.Softplus(), nn.SiLU())
    assert_same(model, (3,), tmp_path / "net.py", 1e-13)


def test_weights_are_exact(tmp_path):
    info = np.finfo(np.float32)
    values = [0.1, -0.0, info.smallest_subnormal, info.max, np.inf, -np.inf, np.nan]
    model = nn.Dense(1, 7, bias=False)
    model.weight.value[...] = values
    nn.io.to_numpy(model, tmp_path / "net.py")
    found = names_of(tmp_path / "net.py")["w0"]
    assert found.tobytes() == model.weight.value.tobytes()


def test_the_file_needs_nothing_but_numpy(tmp_path, model):
    nn.io.to_numpy(model, tmp_path / "net.py")
    code = (
        "import sys, net, numpy as np; print(net.predict(np.ones((2, 4))).shape, *sys.modules, sep=';')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    shape, *modules = done.stdout.split(";")
    assert shape == "(2, 2)"
    assert not [name for name in modules if name.startswith("nnlayers")]
    imports = re.findall(r"^ *(?:import|from) (\w+)", (tmp_path / "net.py").read_text(), re.MULTILINE)
    assert imports == ["__future__", "base64", "numpy"]


def test_sequences_may_be_longer_and_batches_empty(tmp_path):
    model, _ = SEQUENCES["transformer"]
    assert_same(model, (5, 4), tmp_path / "net.py", x=np.ones((2, 9, 4), np.float32))
    for name in ("MLP", "convolutions", "Bidirectional", "Embedding", "GroupNorm"):
        model, shape = ALL[name]
        nn.io.to_numpy(model, tmp_path / "net.py", input_shape=shape)
        none = sample_inputs(model, shape, 0)
        assert load(tmp_path / "net.py")(none).shape == model.predict(none).shape


def test_several_inputs_and_outputs_are_tuples(tmp_path):
    joined = nn.Sequential(nn.Parallel(nn.Embedding(5, 3, rng=0), nn.Identity()), nn.Concatenate())
    model = nn.Sequential(joined, nn.Dense(5, 4, rng=0), nn.Fork(nn.Tanh(), nn.Dense(4, 1, rng=1)))
    assert_same(model, ((), (2,)), tmp_path / "net.py")
    nested = nn.Parallel(
        nn.Sequential(nn.Parallel(nn.ReLU(), nn.Tanh()), nn.Add()), nn.Dense(2, 1, rng=0)
    )
    assert_same(nested, (((3,), (3,)), (2,)), tmp_path / "net.py")


@pytest.mark.parametrize(
    ("x", "error"),
    [
        (np.ones(4), ValueError),
        (np.ones((2, 5)), ValueError),
        (np.ones((2, 3, 4)), ValueError),
        (np.ones((2, 4)) * 1j, TypeError),
        (np.full((2, 4), "1"), TypeError),
    ],
)
def test_wrong_input_is_refused_by_the_file(tmp_path, model, x, error):
    nn.io.to_numpy(model, tmp_path / "net.py")
    with pytest.raises(error, match=r"expected input with 2 axes|last axes are \(4,\)|Cannot cast"):
        load(tmp_path / "net.py")(x)


@pytest.mark.parametrize("wrong", [[[-1, 0]], [[0, 5]], [[0.0, 1.0]], [[True, False]]])
def test_integers_out_of_range_are_refused_by_the_file(tmp_path, wrong):
    nn.io.to_numpy(nn.Embedding(5, 3, rng=0), tmp_path / "net.py", input_shape=(2,))
    with pytest.raises(ValueError, match=r"expected integers in 0 \.\.\. 4"):
        load(tmp_path / "net.py")(np.array(wrong))


def test_nothing_is_broadcast_between_layers(tmp_path):
    model = nn.Sequential(nn.GlobalAveragePool(), nn.BatchNorm(1), input_shape=(4, 1))
    nn.io.to_numpy(model, tmp_path / "net.py")
    features = names_of(tmp_path / "net.py")["features"]
    with pytest.raises(ValueError, match=r"last axes are \(3,\), got shape \(2, 1\)"):
        features(np.ones((2, 1)), 3)


def test_branches_of_other_shapes_are_not_broadcast(tmp_path):
    shorter = nn.Residual(nn.Conv1D(3, 3, 1, stride=2, rng=0), input_shape=(1, 3))
    two = nn.Sequential(nn.Parallel(nn.ReLU(), nn.Tanh()), nn.Add())
    for model, shape, x in [
        (shorter, (1, 3), np.ones((1, 2, 3))),
        (two, ((3,), (3,)), (np.ones((1, 3)), np.ones((5, 3)))),
    ]:
        nn.io.to_numpy(model, tmp_path / "net.py", input_shape=shape)
        with pytest.raises(ValueError, match=r"expected arrays of one shape, got \(\d, .* and \(\d, "):
            load(tmp_path / "net.py")(x)


def test_large_numbers_give_no_warning(tmp_path, model):
    assert_same(model, None, tmp_path / "net.py", x=np.array([[1e30, -1e30, 1e30, -1e30]], np.float32))
    gelu = nn.Sequential(nn.GELU(), nn.SiLU(), input_shape=(2,))
    assert_same(gelu, None, tmp_path / "net.py", x=np.array([[1e30, -1e30]], np.float32))


def test_names_cannot_break_out_of_text(tmp_path, model):
    names = ("'''\"\"\"", "a\nimport os", "\\", "é\u2028")
    model.column_names = names
    model.class_names = np.array(["x'", 3], object)
    model.layers[1].__class__ = type("A\nimport os\n", (nn.Sigmoid,), {})
    nn.io.to_numpy(model, tmp_path / "net.py")
    text = (tmp_path / "net.py").read_text(encoding="utf-8")
    assert "# layers.1: A<a>import os<a>()" in text
    assert names_of(tmp_path / "net.py")["COLUMNS"] == [*names]
    assert names_of(tmp_path / "net.py")["CLASSES"] == ["x'", 3]


def test_a_frame_is_put_in_the_order_of_the_columns(tmp_path, model):
    pandas = pytest.importorskip("pandas")
    model.column_names = ("a", "b", "c", "d")
    nn.io.to_numpy(model, tmp_path / "net.py")
    frame = pandas.DataFrame(np.arange(8.0).reshape(2, 4), columns=[*"dbca"])
    frame["other"] = 1
    found = load(tmp_path / "net.py")(frame)
    np.testing.assert_allclose(found, model.predict(frame[[*"abcd"]].to_numpy()), rtol=1e-6)


def test_a_layer_of_ones_own_takes_two_lines(tmp_path):
    Scale = new_layer()
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3))
    with pytest.raises(
        TypeError, match=r"(?s)layers\.1, Scale: .*register\(Scale\).*def _\(layer, p, x\)"
    ):
        nn.io.to_numpy(model, tmp_path / "net.py")

    @nn.io.numpy_code.register(Scale)
    def _(layer, p, x):
        return f"{x} * {p.weights(layer.gain)}"

    assert_same(model, None, tmp_path / "net.py")


def scaled(x, gain):
    return helped(x) * gain


def helped(x):
    return x + 0


def test_a_function_of_ones_own_goes_into_the_file_with_those_it_calls(tmp_path):
    Scale = new_layer()
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: p.call(scaled, x, p.weights(layer.gain)))
    assert_same(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), None, tmp_path / "net.py")
    assert "def helped(x):" in (tmp_path / "net.py").read_text()


def summed(x):
    return np.stack([helped(row) for row in x])


def test_a_function_that_is_called_in_a_comprehension_goes_into_the_file(tmp_path):
    Scale = new_layer()
    nn.io.numpy_code.register(Scale)(
        lambda layer, p, x: f"{p.call(summed, x)} * {p.weights(layer.gain)}"
    )
    assert_same(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), None, tmp_path / "net.py")


def test_a_tuple_of_expressions_is_one_of_values(tmp_path):
    class Both(nn.Layer):
        def forward(self, x):
            return x + 1, x - 1

    nn.io.numpy_code.register(Both)(lambda layer, p, x: (f"{x} + 1", f"{x} - 1"))
    halves = nn.Parallel(nn.Dense(3, 2, rng=1), nn.Tanh())
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Both(), halves, nn.Concatenate())
    assert_same(model, None, tmp_path / "net.py")


def test_two_functions_of_one_name_are_refused(tmp_path):
    def softmax(x):
        return x

    Scale = new_layer()
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: p.call(softmax, x))
    with pytest.raises(TypeError, match="a function with a name of its own, got softmax"):
        nn.io.to_numpy(nn.Sequential(nn.Softmax(), Scale(3), input_shape=(3,)), tmp_path / "net.py")


@pytest.mark.parametrize("function", [nn.io.to_c, nn.io.to_numpy])
@pytest.mark.parametrize("returned", [None, 3, [1]])
def test_a_function_that_returns_something_else_is_refused(tmp_path, function, returned):
    Scale = new_layer()
    nn.io.c_code.register(Scale)(lambda layer, c, x: returned)
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: returned)
    with pytest.raises(
        TypeError, match=rf"layers\.1, Scale: its function returned {re.escape(repr(returned))}"
    ):
        function(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.py")


@pytest.mark.parametrize("name", ["predict", "w0", "x", "x12", "inputs", "COLUMNS", "abs", "len"])
def test_a_function_with_a_name_of_the_file_or_of_python_is_refused(tmp_path, name):
    function = type(helped)(helped.__code__, globals(), name)
    Scale = new_layer()
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: p.call(function, x))
    with pytest.raises(TypeError, match=f"a function with a name of its own, got {name}$"):
        nn.io.to_numpy(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.py")


CONSTANT = 1


def with_constant(x):
    return x * CONSTANT


def test_a_function_that_needs_more_than_numpy_is_found_before_the_file_is_written(tmp_path):
    Scale = new_layer()
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: p.call(with_constant, x))
    with pytest.raises(ValueError, match=r"^to_numpy: the file fails.*NameError: .*'CONSTANT'"):
        nn.io.to_numpy(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.py")
    assert not [*tmp_path.iterdir()]


def test_a_million_weights_are_written_in_short_lines_in_a_moment(tmp_path):
    start = time.perf_counter()
    nn.io.to_numpy(nn.Dense(1000, 1000, rng=0), tmp_path / "net.py")
    assert time.perf_counter() - start < 5
    assert max(map(len, (tmp_path / "net.py").read_text().splitlines())) <= 100


def test_a_function_without_text_is_refused(tmp_path):
    names = {}
    exec("def hidden(x): return x", names)
    Scale = new_layer()
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: p.call(names["hidden"], x))
    with pytest.raises(TypeError, match="hidden cannot be written: its text is not in a file"):
        nn.io.to_numpy(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.py")


@pytest.mark.parametrize("factor", ["2", "np.nan"])
def test_wrong_code_of_a_user_is_found_before_the_file_is_written(tmp_path, factor):
    Scale = new_layer()
    (tmp_path / "net.py").write_text("old")
    nn.io.numpy_code.register(Scale)(lambda layer, p, x: f"{factor} * {x}")
    with pytest.raises(
        ValueError, match=r"^to_numpy: the output differs from that of predict by up to"
    ):
        nn.io.to_numpy(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net.py")
    assert (tmp_path / "net.py").read_text() == "old"


def test_what_differs_is_said_beside_numbers_that_agree():
    found, expected = np.array([1.0, np.nan, np.inf]), np.array([1.0, np.inf, np.inf])
    with pytest.raises(
        ValueError, match=r"^who: the output differs from that of predict by up to nan$"
    ):
        check_agreement(found, expected, "who")


def test_attention_to_another_sequence_is_refused(tmp_path):
    attention = nn.MultiHeadAttention(4, 2, rng=0)
    with pytest.raises(TypeError, match=r"MultiHeadAttention: only self-attention is written"):
        nn.io.to_numpy(attention, tmp_path / "net.py", input_shape=((5, 4), (6, 4)))
    assert not [*tmp_path.iterdir()]


def test_models_that_cannot_be_written_are_refused(tmp_path, model):
    with pytest.raises(TypeError, match="all float32, or all float64, got float16"):
        nn.io.to_numpy(model.astype(np.float16), tmp_path / "net.py")
    with pytest.raises(ValueError, match="give that of one sample"):
        nn.io.to_numpy(nn.ReLU(), tmp_path / "net.py")
    with pytest.raises(OSError, match="does not exist"):
        nn.io.to_numpy(model, tmp_path / "none" / "net.py")
    assert not [*tmp_path.iterdir()]


def test_integers_may_be_lists(tmp_path):
    layers = nn.io.Permute(1), nn.Embedding(5, 3, rng=0)
    model = nn.io.Wired(*layers, wires=((0,), (1,)), outputs=(2,))
    nn.io.to_numpy(model, tmp_path / "net.py", input_shape=(2,))
    found = load(tmp_path / "net.py")([[1, 4]])
    np.testing.assert_array_equal(found, model.predict(np.array([[1, 4]])))
