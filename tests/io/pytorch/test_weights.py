"""Weights of PyTorch."""

import copy
import zipfile

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.safetensors_file import read_safetensors
from tests.io.exchanged_for_tests import MAPPINGS, NETWORKS, REFERENCES, inputs

FOLDER = REFERENCES / "torch"
with np.load(FOLDER / "outputs.npz") as file:
    OUTPUTS = dict(file)


def assert_comes_back(model):
    """The weights for PyTorch, loaded into a copy that had others, are those of the model."""
    other = copy.deepcopy(model)
    for parameter in other.parameters():
        parameter.value[...] = 7
    nn.io.load_torch(other, nn.io.to_torch(model))
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[path], value)


def linear(rows, columns, seed=0):
    """Arrays of a Linear, as PyTorch has them: (out, in)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, columns)), rng.standard_normal(rows)


def named(prefix, arrays):
    return {f"{prefix}.{name}": a for name, a in zip(("weight", "bias"), arrays, strict=True)}


def values_of(model):
    return [state.value.copy() for _, state in model.named_states()]


def assert_refused(model, source, error, match, mapping=None):
    """An error, and nothing changed."""
    before = values_of(model)
    with pytest.raises(error, match=match):
        nn.io.load_torch(model, source, mapping)
    for old, new in zip(before, values_of(model), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_pytorch_give_the_same_outputs_here(name):
    model = NETWORKS[name][0]().astype(np.float64)
    nn.io.load_torch(model, FOLDER / f"{name}.safetensors", MAPPINGS.get(name))
    x, expected = OUTPUTS[f"{name}.x"], OUTPUTS[f"{name}.y"]
    np.testing.assert_allclose(model.predict(x), expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("name", NETWORKS)
def test_written_weights_load_again(name):
    make, shape = NETWORKS[name]
    model, other = make(), make()
    rng = np.random.default_rng(0)
    for _, state in model.named_states():
        state.value[...] = rng.uniform(0.5, 1.5, state.value.shape)
    nn.io.load_torch(other, nn.io.to_torch(model))
    x = inputs(model, shape)
    np.testing.assert_array_equal(model.predict(x), other.predict(x))


@pytest.mark.parametrize("name", NETWORKS)
def test_written_weights_are_those_of_pytorch(name):
    model, path = NETWORKS[name][0]().astype(np.float64), FOLDER / f"{name}.safetensors"
    nn.io.load_torch(model, path, MAPPINGS.get(name))
    original = read_safetensors(path)[0]
    found = nn.io.to_torch(model, path, MAPPINGS.get(name))
    assert found.keys() == {key for key in original if not key.endswith("num_batches_tracked")}
    for key, array in found.items():
        if "bias_" not in key:  # two biases are one here
            np.testing.assert_array_equal(array, original[key])
        elif "hh" in key and name != "gru":
            assert not array.any()


def test_files_of_torch_are_read():
    pytest.importorskip("torch")
    model = NETWORKS["mlp"][0]().astype(np.float64)
    nn.io.load_torch(model, FOLDER / "mlp.pt")
    np.testing.assert_allclose(model.predict(OUTPUTS["mlp.x"]), OUTPUTS["mlp.y"], atol=1e-12)


def test_bfloat16_is_read_exactly():
    model, exact = NETWORKS["mlp"][0](), NETWORKS["mlp"][0]()
    nn.io.load_torch(model, FOLDER / "bfloat16.safetensors")
    nn.io.load_torch(exact, FOLDER / "mlp.safetensors")
    for one, other in zip(values_of(model), values_of(exact), strict=True):
        assert (one != other).any() or not other.any()
        np.testing.assert_allclose(one, other, rtol=2**-8)
        assert not (one.view(np.uint32) & 0xFFFF).any()


def test_a_square_matrix_is_transposed():
    weight, bias = linear(3, 3)
    model = nn.Sequential(nn.Dense(3, 3)).astype(np.float64)
    nn.io.load_torch(model, named("0", (weight, bias)))
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(model.predict(x), x @ weight.T + bias)


def test_a_single_layer_takes_names_without_a_prefix():
    weight, bias = linear(3, 3)
    model = nn.Dense(3, 3).astype(np.float64)
    nn.io.load_torch(model, {"weight": weight, "bias": bias, "num_batches_tracked": np.array(3)})
    np.testing.assert_array_equal(model.weight.value, weight.T)


def test_weights_behind_a_flatten_are_put_in_order():
    shape = 2, 3, 4  # height, width, channels
    weight, bias = linear(5, 24)
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Dense(24, 5), input_shape=shape)
    model = model.astype(np.float64)
    nn.io.load_torch(model, named("2", (weight, bias)))
    x = np.random.default_rng(1).standard_normal((3, *shape))
    expected = x.transpose(0, 3, 1, 2).reshape(3, -1) @ weight.T + bias
    np.testing.assert_allclose(model.predict(x), expected)


def test_a_matrix_behind_a_flatten_of_sequences_keeps_its_order():
    weight, bias = linear(5, 6)
    model = nn.Sequential(nn.Flatten(), nn.Dense(6, 5), input_shape=(2, 3)).astype(np.float64)
    nn.io.load_torch(model, named("1", (weight, bias)))
    np.testing.assert_array_equal(model[1].weight.value, weight.T)


class Rows(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.reshape(len(x), -1)

    def backward(self, grad):
        return grad.reshape(self.saved())


class Images(nn.Layer):
    def forward(self, x):
        return x.reshape(len(x), 2, 2, -1)


class Own(nn.Layer):
    def __init__(self):
        self.convolution, self.dense = nn.Conv2D(2, 2, 1), nn.Dense(8, 2)

    def forward(self, x):
        x = self.convolution.forward(x)
        return self.dense.forward(x.reshape(len(x), -1))

    def predict(self, x):
        return self.dense.predict(self.convolution.predict(x).reshape(len(x), -1))


CONVOLUTION = np.ones((2, 2, 1, 1)), np.zeros(2)
DENSE = linear(2, 8)
DENSES = nn.Dense(3, 8), nn.Dense(8, 8)


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (
            nn.Sequential(nn.Flatten(), nn.Dense(8, 2)),
            r"layers.1, Dense: Flatten\(\) is before it, and the",
        ),
        (nn.Sequential(nn.Conv2D(2, 2, 1), nn.Flatten(), nn.Dense(8, 2)), "shape of the images, if it"),
        (
            nn.Sequential(nn.Conv2D(2, 2, 1), Rows(), nn.Dense(8, 2), input_shape=(2, 2, 2)),
            "in which order Rows has its features there is not known",
        ),
        (
            nn.Sequential(nn.Dense(2, 2), nn.Flatten(), nn.Dense(8, 2), input_shape=(2, 2, 2)),
            "the axes of images are moved for the Linear",
        ),
        (
            nn.Sequential(nn.Dense(3, 8), Images(), nn.Conv2D(2, 2, 1)),
            "in which order Images has the features",
        ),
        (Own(), "dense, Dense: Own has a forward of its own"),
        (
            nn.Sequential(
                nn.Flatten(), nn.Residual(nn.Dense(8, 8)), nn.Dense(8, 2), input_shape=(2, 2, 2)
            ),
            "features are added here that come in different orders there",
        ),
        (
            nn.Sequential(nn.Residual(nn.Dense(8, 8)), nn.Reshape(2, 2, 2), nn.Conv2D(2, 2, 1)),
            r"layers.2, Conv2D: the axes that Reshape\(2, 2, 2\) makes come in another order",
        ),
        (
            nn.Sequential(
                nn.Conv1D(2, 2, 1), nn.Dense(2, 2), nn.Flatten(), nn.Dense(8, 2), input_shape=(4, 2)
            ),
            "the axes of images are moved for the Linear",
        ),
        (
            nn.Sequential(nn.Conv2D(2, 2, 1), nn.Flatten(), input_shape=(2, 2, 2)),
            "the features of flattened images, .* are the output",
        ),
        (
            nn.Sequential(nn.Fork(DENSES[0], nn.Dense(3, 8)), nn.Add(), nn.Reshape(2, 2, 2)),
            "the output comes in another order there, or may: the axes that Reshape",
        ),
        (
            nn.Sequential(
                nn.Fork(nn.Flatten(), nn.Reshape(8)),
                nn.Parallel(DENSES[1], nn.Sequential(nn.Dense(8, 8), DENSES[1])),
                input_shape=(2, 2, 2),
            ),
            "it stands at two places, where features come in different orders",
        ),
        (
            nn.Sequential(nn.Dense(3, 8), nn.Reshape(4, 2), nn.Conv1D(2, 2, 1)),
            r"layers.2, Conv1D: steps and channels that Reshape\(4, 2\) makes",
        ),
        (
            nn.Sequential(nn.Flatten(), nn.GroupNorm(2, 8), nn.Dense(8, 2), input_shape=(2, 2, 2)),
            "layers.1, GroupNorm: it gets features of flattened images",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_features_whose_order_is_not_known_are_refused(model, match):
    assert_refused(model, named("a", DENSE) | named("b", CONVOLUTION), ValueError, match)


class Mean(nn.Layer):
    def forward(self, x):
        return x.mean(axis=(1, 2))


class Twice(nn.Layer):
    def forward(self, x):
        return 2 * x


class Cube(nn.Elementwise):
    def value(self, x):
        return x**3


class Steps(nn.Layer):
    def __init__(self):
        self.convolution = nn.Conv1D(3, 3, 1)

    def forward(self, x):
        return x + self.convolution.forward(x)

    def predict(self, x):
        return x + self.convolution.predict(x)


class Flat(nn.Layer):
    def __init__(self):
        self.convolution = nn.Conv2D(8, 2, 2, stride=2)

    def forward(self, x):
        return self.convolution.forward(x).reshape(len(x), -1)

    def predict(self, x):
        return self.convolution.predict(x).reshape(len(x), -1)


def beside(layer):
    """A branch beside one that convolves sequences: there, these have the channels first."""
    convolved = nn.Sequential(nn.Conv1D(3, 4, 2), nn.GlobalAveragePool())
    features = layer.output_shape(2, 3)[0] + 4
    layers = nn.Fork(layer, convolved), nn.Concatenate(), nn.Dense(features, 2)
    return nn.Sequential(*layers, input_shape=(2, 3))


@pytest.mark.parametrize(
    ("model", "fits"),
    [
        (
            nn.Sequential(nn.Conv2D(2, 8, 1), Twice(), Mean(), nn.Dense(8, 2), input_shape=(2, 2, 2)),
            True,
        ),
        (
            nn.Sequential(
                nn.Conv2D(2, 2, 1), nn.Flatten(), Cube(), nn.Dense(8, 2), input_shape=(2, 2, 2)
            ),
            True,
        ),
        (
            nn.Sequential(
                nn.Conv2D(2, 2, 1), nn.Flatten(), Twice(), nn.Dense(8, 2), input_shape=(2, 2, 2)
            ),
            False,
        ),
        (
            nn.Sequential(
                nn.Conv2D(2, 2, 1), Twice(), nn.Flatten(), nn.Dense(8, 2), input_shape=(2, 2, 2)
            ),
            False,
        ),
        (nn.Sequential(nn.LSTM(3, 4), Twice(), nn.Flatten(), nn.Dense(8, 2), input_shape=(2, 3)), True),
        (
            nn.Sequential(
                nn.LSTM(3, 4), nn.BatchNorm(4), nn.Flatten(), nn.Dense(8, 2), input_shape=(2, 3)
            ),
            False,
        ),
        (
            nn.Sequential(
                nn.Conv1D(3, 4, 1), nn.LayerNorm(4), nn.Flatten(), nn.Dense(8, 2), input_shape=(2, 3)
            ),
            False,
        ),
        (
            nn.Sequential(
                nn.Conv1D(3, 4, 1), nn.LSTM(4, 4), nn.Flatten(), nn.Dense(8, 2), input_shape=(2, 3)
            ),
            True,
        ),
        (nn.Sequential(nn.Embedding(3, 4), nn.Tanh(), nn.Flatten(), nn.Dense(8, 2)), True),
        (nn.Sequential(Steps(), nn.Flatten(), nn.Dense(6, 2), input_shape=(2, 3)), False),
        (nn.Sequential(Steps(), nn.GlobalAveragePool(), nn.Dense(3, 2), input_shape=(2, 3)), True),
        (nn.Sequential(Steps(), Rows(), nn.Dense(6, 2), input_shape=(2, 3)), False),
        (nn.Sequential(Own(), nn.Dense(2, 2), input_shape=(2, 2, 2)), False),
        (nn.Sequential(Flat(), nn.Dense(8, 2), input_shape=(4, 4, 8)), False),
        (beside(nn.Flatten()), False),
        (beside(nn.Sequential(nn.Tanh(), nn.Flatten())), False),
        (beside(nn.Sequential(nn.LSTM(3, 3), nn.Flatten())), True),
        (beside(nn.GlobalAveragePool()), True),
        (
            nn.Sequential(
                nn.Reshape(2, 4), nn.LSTM(4, 4), nn.Flatten(), nn.Dense(8, 2), input_shape=(8,)
            ),
            True,
        ),
        (
            nn.Sequential(
                nn.Reshape(2, 4), nn.BatchNorm(4), nn.Flatten(), nn.Dense(8, 2), input_shape=(8,)
            ),
            False,
        ),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_layers_before_a_dense_may_leave_its_order_known(model, fits):
    if fits:
        assert_comes_back(model)
    else:
        with pytest.raises(ValueError, match=r"to_torch: layers\.\d(.dense)?, \w+: "):
            nn.io.to_torch(model)


def test_flattened_images_are_joined_with_other_inputs_in_order():
    weight, bias = linear(5, 11)
    model = nn.Sequential(
        nn.Parallel(nn.Flatten(), nn.Identity()),
        nn.Concatenate(),
        nn.Dense(11, 5),
        input_shape=((2, 2, 2), (3,)),
    ).astype(np.float64)
    nn.io.load_torch(model, named("head", (weight, bias)))
    rng = np.random.default_rng(1)
    images, more = rng.standard_normal((4, 2, 2, 2)), rng.standard_normal((4, 3))
    rows = np.hstack([images.transpose(0, 3, 1, 2).reshape(4, 8), more])
    np.testing.assert_allclose(model.predict((images, more)), rows @ weight.T + bias)


def test_convolutions_and_norms_in_a_layer_with_its_own_forward_are_loaded():
    class Block(nn.Layer):
        def __init__(self):
            self.convolution, self.norm = nn.Conv2D(2, 2, 1), nn.BatchNorm(2)

        def forward(self, x):
            return x + self.norm.forward(self.convolution.forward(x))

        def predict(self, x):
            return x + self.norm.predict(self.convolution.predict(x))

    layers = [nn.Conv2D(2, 2, 1), Block(), nn.ReLU(), nn.GlobalAveragePool(), nn.Dense(2, 2)]
    names = ["1.convolution.weight", "1.convolution.bias", "1.norm.weight"]
    assert list(nn.io.to_torch(nn.Sequential(*layers)))[2:5] == names
    with pytest.raises(
        ValueError, match=r"layers\.3, Dense: in which order Block .* give it, Sequential\("
    ):
        nn.io.to_torch(nn.Sequential(*layers[1:]))
    assert_comes_back(nn.Sequential(*layers[1:], input_shape=(4, 4, 2)))


def test_a_norm_of_several_axes_in_a_layer_with_its_own_forward_is_refused():
    class Block(nn.Layer):
        def __init__(self):
            self.convolution, self.norm = nn.Conv2D(2, 2, 1), nn.LayerNorm((2, 2, 2))

        def forward(self, x):
            return self.norm.forward(self.convolution.forward(x))

    with pytest.raises(ValueError, match="norm, LayerNorm: Block has a forward of its own"):
        nn.io.to_torch(Block())


def test_the_two_biases_of_an_lstm_are_added():
    model = nn.LSTM(2, 3).astype(np.float64)
    rng = np.random.default_rng(0)
    values = {
        "weight_ih_l0": rng.standard_normal((12, 2)),
        "weight_hh_l0": rng.standard_normal((12, 3)),
        "bias_ih_l0": rng.standard_normal(12),
        "bias_hh_l0": rng.standard_normal(12),
    }
    nn.io.load_torch(model, values)
    np.testing.assert_array_equal(model.bias.value, values["bias_ih_l0"] + values["bias_hh_l0"])
    np.testing.assert_array_equal(model.weight.value, values["weight_ih_l0"].T)


def test_lists_that_do_not_fit_are_shown_side_by_side():
    model = nn.Sequential(nn.Dense(2, 3), nn.ReLU(), nn.Dense(3, 4))
    values = named("a", linear(3, 2)) | named("b", linear(4, 4))
    with pytest.raises(ValueError, match="2 here and 2 there") as caught:
        nn.io.load_torch(model, values)
    assert str(caught.value).splitlines()[1:3] == [
        "  layers.0, Dense: weight (3, 2), bias (3,)  a: weight (3, 2), bias (3,)",
        "> layers.2, Dense: weight (4, 3), bias (4,)  b: weight (4, 4), bias (4,)",
    ]


class Lazy:
    """As the parameter of a lazy module: its shape is not known."""

    @property
    def shape(self):
        raise RuntimeError


MODEL = nn.Sequential(nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 2))
FITTING = named("0", linear(2, 2)) | named("2", linear(2, 2, 1))


@pytest.mark.parametrize(
    ("source", "error", "match"),
    [
        (named("0", linear(2, 2)), ValueError, "> layers.2, Dense: weight .*-$"),
        (FITTING | named("3", linear(2, 2)), ValueError, "> - +3: weight"),
        (FITTING | {"2.scale": np.ones(2)}, ValueError, r"> layers.2, Dense: .*scale \(2,\)"),
        ({k: v for k, v in FITTING.items() if k != "0.bias"}, ValueError, "> layers.0, Dense"),
        (FITTING | {"0.weight": np.ones((2, 2, 1))}, ValueError, r"> layers.0.*weight \(2, 2, 1\)"),
        (
            FITTING | {"0.weight": np.ones((2, 2), complex)},
            TypeError,
            "0.weight: expected real numbers",
        ),
        (FITTING | {"0.weight": np.full((2, 2), 1e300)}, ValueError, "too large for float32"),
        ({"state_dict": FITTING}, ValueError, "a dict of dicts: give its item 'state_dict'"),
        (
            {"epoch": 3, "callbacks": {}, "state_dict": FITTING},
            ValueError,
            "a dict of dicts: give its item 'state_dict'",
        ),
        (FITTING | {"0.weight": Lazy()}, ValueError, "'0.weight' has no shape yet: run its network"),
        ({"0.weight": [1, 2]}, ValueError, "expected names and tensors, got '0.weight'"),
        ({0: np.ones(2)}, ValueError, "expected names and tensors, got 0"),
        (MODEL, TypeError, "expected weights of PyTorch, got Sequential, a layer"),
        (3, TypeError, "expected a state_dict, a module, or the path"),
        ({}, ValueError, "2 here and 0 there"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_and_changes_nothing(source, error, match):
    with np.errstate(all="ignore"):
        assert_refused(MODEL, source, error, f"(?m){match}")


def test_a_mapping_joins_names_there_and_paths_here():
    model = nn.Sequential(nn.Dense(2, 2), nn.Sequential(nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 2)))
    values = {}
    for place, name in enumerate(["out.0", "out.1", "in"]):
        values |= named(name, linear(2, 2, place))
    nn.io.load_torch(model, values, {"in": "layers.0", "out": "layers.1"})
    for path, name in [
        ("layers.0", "in"),
        ("layers.1.layers.0", "out.0"),
        ("layers.1.layers.2", "out.1"),
    ]:
        weight = dict(model.named_parameters())[f"{path}.weight"].value
        np.testing.assert_array_equal(weight, values[f"{name}.weight"].T.astype(np.float32))
    back = nn.io.to_torch(model, values, {"in": "layers.0", "out": "layers.1"})
    assert back.keys() == values.keys()
    np.testing.assert_array_equal(back["out.1.weight"], values["out.1.weight"].astype(np.float32))


@pytest.mark.parametrize(
    ("mapping", "error", "match"),
    [
        ("layers.0", TypeError, "expected a mapping from names there"),
        ({"0": "layers.0"}, ValueError, "has no name for 'layers.2'"),
        ({"0": "layers.0", "1": "layers.2"}, ValueError, "has no path for '2'"),
        ({"0": "layers.0", "2": "layers.2", "3": "layers.3"}, ValueError, "has no '(3|layers.3)'"),
        ({"0": "layers.0", "2": "layers.0"}, ValueError, "to different paths"),
        ({"0": 0, "2": "layers.2"}, ValueError, "a mapping of texts"),
    ],
)
def test_a_mapping_that_leaves_out_something_is_refused(mapping, error, match):
    assert_refused(MODEL, FITTING, error, match, mapping)


def test_a_mapping_without_names_is_refused_by_to_torch():
    with pytest.raises(ValueError, match="a mapping needs like="):
        nn.io.to_torch(MODEL, mapping={"0": "layers.0"})


def test_sorted_names_are_taken_in_the_order_of_their_numbers():
    model = nn.Sequential(*[nn.Dense(2, 2) for _ in range(12)]).astype(np.float64)
    values = {}
    for place in range(12):
        values |= named(str(place), linear(2, 2, place))
    nn.io.load_torch(model, dict(sorted(values.items())))
    for place, layer in enumerate(model):
        np.testing.assert_array_equal(layer.weight.value, values[f"{place}.weight"].T)
    weights = {name: array for name, array in sorted(values.items()) if "weight" in name}
    bare = nn.Sequential(*[nn.Dense(2, 2, bias=False) for _ in range(12)]).astype(np.float64)
    nn.io.load_torch(bare, weights)
    np.testing.assert_array_equal(bare[2].weight.value, values["2.weight"].T)


def test_modules_with_weights_and_modules_of_their_own_come_before_these():
    dense, embedding = nn.Dense(2, 2), nn.Embedding(2, 2)
    model = nn.Sequential(embedding, dense)
    values = {"a.0.bias": np.zeros(2), "a.0.weight": np.eye(2), "a.weight": np.ones((2, 2))}
    nn.io.load_torch(model, values)
    np.testing.assert_array_equal(dense.weight.value, np.eye(2))
    np.testing.assert_array_equal(embedding.weight.value, np.ones((2, 2)))


def test_names_of_many_parts_are_refused():
    name = "0." * 5000
    values = {f"{name}{place}.{kind}": np.eye(2) for place in "02" for kind in ("bias", "weight")}
    assert_refused(MODEL, values, ValueError, "nested at most 300 deep")


def test_sorted_names_without_numbers_need_a_mapping():
    values = named("second", linear(2, 2)) | named("first", linear(2, 2, 1))
    assert_refused(
        MODEL, dict(sorted(values.items())), ValueError, r"the order of \['first', 'second'\]"
    )
    nn.io.load_torch(MODEL, values)
    np.testing.assert_array_equal(MODEL[0].weight.value, values["second.weight"].T.astype(np.float32))


@pytest.mark.parametrize("kind", [nn.SimpleRNN, nn.Dense])
def test_sorted_names_of_modules_without_a_bias_before_a_weight_need_a_mapping(kind):
    options = {"bias": False} if kind is nn.Dense else {}
    values = {
        f"{outer}.{name}": array
        for outer in ("encoder", "decoder")
        for name, array in nn.io.to_torch(kind(2, 2, **options)).items()
    }
    model = nn.Sequential(kind(2, 2, **options), kind(2, 2, **options))
    nn.io.load_torch(model, values)
    values = dict(sorted(values.items()))
    assert_refused(model, values, ValueError, r"the order of \['decoder', 'encoder'\]")
    nn.io.load_torch(model, values, {"encoder": "layers.0", "decoder": "layers.1"})


def test_names_of_a_module_that_happen_to_be_sorted_are_in_its_order():
    class Names(dict):
        _metadata = None

    model = nn.Sequential(nn.Dense(2, 2, bias=False), nn.Dense(2, 2, bias=False))
    values = {"a.weight": np.eye(2), "b.weight": np.ones((2, 2))}
    assert_refused(model, values, ValueError, "the names are sorted")
    nn.io.load_torch(model, Names(values))
    assert model[1].weight.value.all()


def test_shared_weights_may_be_given_once_or_twice_but_not_differ():
    dense = nn.Dense(2, 2)
    model = nn.Sequential(dense, nn.ReLU(), dense)
    arrays, others = linear(2, 2), linear(2, 2, 1)
    nn.io.load_torch(model, named("0", arrays))
    np.testing.assert_array_equal(dense.weight.value, arrays[0].T.astype(np.float32))
    nn.io.load_torch(model, named("0", others) | named("2", others))
    np.testing.assert_array_equal(dense.weight.value, others[0].T.astype(np.float32))
    assert_refused(model, named("0", arrays) | named("2", others), ValueError, "two different arrays")
    assert nn.io.to_torch(model).keys() == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_layers_that_pytorch_lacks_are_refused_by_their_path():
    model = nn.Sequential(nn.Standardize(2), nn.Dense(2, 2))
    assert_refused(
        model, FITTING, TypeError, r"(?s)layers.0, Standardize: .*nn.io.torch_weights.register"
    )
    nn.io.load_torch(model[1:], named("0", linear(2, 2)))


class Scale(nn.Layer):
    def __init__(self, features):
        self.gain, self.shift = nn.Parameter(np.ones(features)), nn.State(np.zeros(features))

    def forward(self, x):
        return x * self.gain.value + self.shift.value


def test_a_layer_of_your_own_is_registered_in_two_lines():
    class Mine(Scale):
        pass

    @nn.io.torch_weights.register(Mine)
    def _(layer):
        return {"both": np.stack([layer.gain.value, layer.shift.value])}

    model = nn.Sequential(Mine(2))
    nn.io.load_torch(model, {"scale.both": np.array([[1, 2], [3, 4]])})
    np.testing.assert_array_equal(model[0].shift.value, [3, 4])
    np.testing.assert_array_equal(nn.io.to_torch(model)["0.both"], [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda layer: {"gain": layer.gain}, "leaves out some of its weights"),
        (
            lambda layer: {"gain": layer.gain.value / 2, "shift": layer.shift},
            "computes with the weights",
        ),
        (lambda layer: {"gain": -layer.gain.value, "shift": layer.shift}, "computes with the weights"),
    ],
)
def test_a_function_that_does_not_rearrange_is_refused(function, match):
    class Mine(Scale):
        pass

    nn.io.torch_weights.register(Mine)(function)
    with pytest.raises(ValueError, match=match):
        nn.io.to_torch(Mine(2))


class Tensor:
    """The methods of a tensor that are used, for values of a type that NumPy lacks."""

    def __init__(self, array, dtype="torch.bfloat16"):
        self.array, self.dtype, self.shape = np.asarray(array), dtype, np.shape(array)

    def detach(self):
        return self

    cpu = resolve_neg = detach

    def is_floating_point(self):
        return True

    def float(self):
        return Tensor(self.array, "torch.float32")

    def numpy(self):
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.array.astype(np.float32)


class Module:
    def state_dict(self):
        return {name: Tensor(array) for name, array in FITTING.items()}


def test_tensors_and_modules_are_taken():
    model = nn.Sequential(nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 2))
    nn.io.load_torch(model, Module())
    np.testing.assert_array_equal(model[2].weight.value, FITTING["2.weight"].T.astype(np.float32))


def test_numbers_too_large_for_float16_change_nothing():
    model = nn.Sequential(nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 2)).astype(np.float16)
    values = FITTING | {"2.bias": np.array([0, 1e6])}
    assert_refused(model, values, ValueError, "too large for float16")


def test_files_of_torch_need_torch(monkeypatch, tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"PK")
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(
        ImportError, match=r"load_torch: .*weights.pt needs torch: pip install 'nnlayers\["
    ):
        nn.io.load_torch(MODEL, path)
    with pytest.raises(FileNotFoundError, match=r"did you mean .*weights.pt"):
        nn.io.load_torch(MODEL, tmp_path / "weight.pt")


def test_the_suffix_of_safetensors_may_be_in_capitals(tmp_path):
    path = tmp_path / "MLP.SAFETENSORS"
    path.write_bytes((FOLDER / "mlp.safetensors").read_bytes())
    model = NETWORKS["mlp"][0]().astype(np.float64)
    nn.io.load_torch(model, path)
    np.testing.assert_allclose(model.predict(OUTPUTS["mlp.x"]), OUTPUTS["mlp.y"], atol=1e-12)


@pytest.mark.parametrize(
    "content", [b"<html>", b"\x80\x02cos\nsystem\n.", b"PK\3\4", b"", b"\x80\x04]."]
)
def test_other_files_are_refused_in_words(tmp_path, content):
    pytest.importorskip("torch")
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    assert_refused(MODEL, path, ValueError, r"weights\.pt: ")


def test_archives_that_would_take_much_memory_are_refused(tmp_path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**20))
    assert_refused(MODEL, path, ValueError, r"bomb\.pt: its members would be longer than the file")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises((ValueError, ImportError)):  # without its end it is no archive
        nn.io.load_torch(MODEL, path)
