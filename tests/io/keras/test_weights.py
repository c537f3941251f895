"""Weights of Keras 3."""

import io
import json
import zipfile

import numpy as np
import pytest

import nnlayers as nn
from tests.io.exchanged_for_tests import KERAS_NETWORKS, REFERENCES, inputs

h5py = pytest.importorskip("h5py")

FOLDER = REFERENCES / "keras"
with np.load(FOLDER / "outputs.npz") as file:
    OUTPUTS = dict(file)
MLP = FOLDER / "mlp.keras"


def values_of(model):
    return [state.value.copy() for _, state in model.named_states()]


def assert_refused(model, source, error, match, mapping=None):
    """An error, and nothing changed."""
    before = values_of(model)
    with pytest.raises(error, match=match):
        nn.io.load_keras(model, source, mapping)
    for old, new in zip(before, values_of(model), strict=True):
        np.testing.assert_array_equal(old, new)


def made(name):
    return KERAS_NETWORKS[name][0]()


def assert_same_outputs(name, model):
    x, expected = OUTPUTS[f"{name}.x"], OUTPUTS[f"{name}.y"]
    found = model.astype(np.float64).predict(x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("name", KERAS_NETWORKS)
def test_networks_of_keras_give_the_same_outputs_here(name):
    model = made(name)
    nn.io.load_keras(model, FOLDER / f"{name}.keras")
    assert_same_outputs(name, model)


def test_a_file_of_weights_alone_is_read_by_kind():
    model = made("mlp")
    nn.io.load_keras(model, FOLDER / "mlp.weights.h5")
    assert_same_outputs("mlp", model)


def test_a_file_of_weights_of_networks_in_networks_needs_a_mapping():
    path, model = FOLDER / "nested.weights.h5", made("nested")
    assert_refused(model, path, ValueError, r"lacks the order of layers .* 'sequential/dense'")
    mapping = {"dense": "layers.0", "sequential": "layers.1", "dense_1": "layers.2"}
    nn.io.load_keras(model, path, mapping)
    assert_same_outputs("nested", model)


@pytest.mark.parametrize("name", KERAS_NETWORKS)
def test_written_lists_load_again(name):
    model, other = made(name), made(name)
    rng = np.random.default_rng(0)
    for _, state in model.named_states():
        state.value[...] = rng.uniform(0.5, 1.5, state.value.shape)
    nn.io.load_keras(other, nn.io.to_keras(model))
    x = inputs(model, KERAS_NETWORKS[name][1])
    np.testing.assert_array_equal(model.predict(x), other.predict(x))


def test_a_square_matrix_keeps_its_layout():
    weight, bias = np.arange(9.0).reshape(3, 3), np.ones(3)
    model = nn.Sequential(nn.Dense(3, 3))
    nn.io.load_keras(model, [weight, bias])
    np.testing.assert_array_equal(model[0].weight.value, weight)


def test_the_update_gate_of_a_gru_comes_first_there():
    rng = np.random.default_rng(0)
    kernel, recurrent, bias = (rng.standard_normal(s) for s in [(2, 6), (2, 6), (2, 6)])
    model = nn.GRU(2, 2).astype(np.float64)
    nn.io.load_keras(model, [kernel, recurrent, bias])
    order = [2, 3, 0, 1, 4, 5]
    np.testing.assert_array_equal(model.weight.value, kernel[:, order])
    np.testing.assert_array_equal(model.recurrent_weight.value, recurrent[:, order])
    np.testing.assert_array_equal(model.recurrent_bias.value, bias[1, order])
    for found, array in zip(nn.io.to_keras(model), [kernel, recurrent, bias], strict=True):
        np.testing.assert_array_equal(found, array)


def test_depthwise_kernels_and_slopes_get_the_shapes_that_are_given():
    model = nn.Sequential(nn.Conv2D(2, 6, 3, groups=2), nn.PReLU(6))
    rng = np.random.default_rng(0)
    like = [rng.standard_normal(s).astype(np.float32) for s in [(3, 3, 2, 3), (6,), (1, 1, 6)]]
    nn.io.load_keras(model, like)
    np.testing.assert_array_equal(model[0].weight.value[:, :, 0, 4], like[0][:, :, 1, 1])
    for found, array in zip(nn.io.to_keras(model, like), like, strict=True):
        np.testing.assert_array_equal(found, array)
    assert [array.shape for array in nn.io.to_keras(model)] == [(3, 3, 1, 6), (6,), (6,)]
    with pytest.raises(ValueError, match=r"> layers\.1, PReLU"):
        nn.io.to_keras(model, like[:2])


MODEL = nn.Sequential(nn.Dense(2, 2), nn.ReLU(), nn.Dense(2, 3))
LIST = [np.ones((2, 2)), np.ones(2), np.ones((2, 3)), np.ones(3)]


@pytest.mark.parametrize(
    ("source", "error", "match"),
    [
        (LIST[:3], ValueError, r"> layers.2, Dense: .*arrays 2 \.\.\. 2: array 0 \(2, 3\)"),
        (LIST[:2], ValueError, "> layers.2, Dense: .*-"),
        (LIST + LIST[:1], ValueError, r"> - .*arrays 4 \.\.\. 4"),
        ([LIST[2], *LIST[1:]], ValueError, r"> layers.0, Dense: .*kernel \(2, 3\)"),
        ([np.ones((2, 2), complex), *LIST[1:]], TypeError, "expected arrays of real numbers"),
        ([np.full((2, 2), 1e300), *LIST[1:]], ValueError, "too large for float32"),
        ({"a": LIST[0]}, TypeError, "expected the path of a file, or the list that get_weights"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_and_changes_nothing(source, error, match):
    assert_refused(MODEL, source, error, match)


def test_a_list_has_no_names_for_a_mapping():
    assert_refused(MODEL, LIST, ValueError, "has no names for a mapping", {"dense": "layers.0"})


def test_layers_that_keras_lacks_are_refused_by_their_path():
    embedding = nn.Embedding(3, 2)
    model = nn.Sequential(embedding, nn.TiedDense(embedding))
    assert_refused(model, LIST, TypeError, r"(?s)layers.1, TiedDense: .*nn.io.keras_weights.register")


def altered(path, change, source=MLP):
    """A copy of an archive with another configuration."""
    with zipfile.ZipFile(source) as archive:
        config, weights = json.loads(archive.read("config.json")), archive.read("model.weights.h5")
    layers = {layer["class_name"]: layer["config"] for layer in config["config"]["layers"]}
    config = change(config, layers) or config
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights)
    return path


@pytest.mark.parametrize(
    ("kind", "setting", "match"),
    [
        (
            "BatchNormalization",
            {"epsilon": 1e-5},
            r"layers\.2, BatchNorm: its epsilon is 0\.001, but 1e-05 in 'batch_norm",
        ),
        ("BatchNormalization", {"axis": 0}, "expected a norm of the last axis"),
        (
            "Dense",
            {"data_format": "channels_first"},
            "its data_format is 'channels_last', but 'channels_first' in 'dense_2'",
        ),
        (
            "Dense",
            {"recurrent_initializer": 0, "activation": "relu"},
            "its activation is 'tanh', but 'relu'",
        ),
        (
            "BatchNormalization",
            {"axis": "x"},
            "settings of 'batch_normalization' are not those of Keras",
        ),
        ("Dense", {"equation": 3}, "the settings of 'dense_2' are not those of Keras 3"),
        ("Dense", {"mask_zero": True}, "its mask_zero is False, but True in 'dense_2'"),
        ("LayerNormalization", {"rms_scaling": True}, "its rms_scaling is False, but True"),
        ("Dense", {"layer": {"config": {"reset_after": False}}}, "its reset_after is True, but False"),
    ],
)
def test_settings_that_differ_are_refused(tmp_path, kind, setting, match):
    path = altered(tmp_path / "other.keras", lambda config, layers: layers[kind].update(setting))
    assert_refused(made("mlp"), path, ValueError, match)


@pytest.mark.parametrize("setting", [{"strides": [1, 1]}, {"dilation_rate": 2}, {"padding": "same"}])
def test_windows_that_differ_are_refused(tmp_path, setting):
    path = altered(
        tmp_path / "other.keras",
        lambda config, layers: layers["DepthwiseConv2D"].update(setting),
        FOLDER / "generator.keras",
    )
    assert_refused(
        made("generator"), path, ValueError, rf"layers\.2, Conv2D: its {next(iter(setting))} is"
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda config, layers: {"config": {"layers": config["config"]["layers"][:-1]}},
            "lacks .'dense_2'",
        ),
        (lambda config, layers: 3, "cannot be read as weights of"),
        (lambda config, layers: {"config": {}}, "lacks the order of layers"),
        (lambda config, layers: {"config": {"layers": [2, 3]}}, "lacks the order of layers"),
        (lambda config, layers: {"config": {"layers": [{}]}}, "lacks the order of layers"),
        (
            lambda config, layers: config["config"]["layers"].append(
                {"class_name": "Masking", "config": {"mask_value": 0.0}}
            ),
            "'masking' masks steps",
        ),
        (
            lambda config, layers: config["config"]["layers"].append(
                {"class_name": "Flatten", "config": {"data_format": "channels_first"}}
            ),
            "'flatten' takes images with the channels first",
        ),
    ],
)
def test_altered_configurations_are_refused(tmp_path, change, match):
    path = altered(tmp_path / "other.keras", change)
    assert_refused(made("mlp"), path, ValueError, match)


def test_layers_of_a_model_with_attributes_are_mapped(tmp_path):
    path = altered(tmp_path / "other.keras", lambda config, layers: {"config": {"layers": [5, 3]}})
    names = "dense", "batch_normalization", "dense_1", "layer_normalization", "p_re_lu", "dense_2"
    places = 0, 2, 3, 4, 5, 6
    model = made("mlp")
    nn.io.load_keras(model, path, {name: f"layers.{n}" for name, n in zip(names, places, strict=True)})
    assert_same_outputs("mlp", model)


def test_a_setting_of_ones_own_may_have_the_name_layers(tmp_path):
    path = altered(
        tmp_path / "other.keras", lambda config, layers: layers["Dense"].update(layers=[5, 3])
    )
    model = made("mlp")
    nn.io.load_keras(model, path)
    assert_same_outputs("mlp", model)


def test_a_causal_mask_that_differs_is_refused(tmp_path):
    def change(config, layers):
        attention = [
            layer for layer in config["config"]["layers"] if layer["class_name"] == "MultiHeadAttention"
        ]
        attention[1]["inbound_nodes"][0]["kwargs"]["use_causal_mask"] = True

    path = altered(tmp_path / "other.keras", change, FOLDER / "transformer.keras")
    match = r"layers\.2.* its use_causal_mask is False, but True in 'multi_head_attention_1'"
    assert_refused(made("transformer"), path, ValueError, match)


def test_settings_of_both_directions_are_compared(tmp_path):
    def change(config, layers):
        inner = layers["Bidirectional"]["backward_layer"]["config"]
        assert inner["go_backwards"]
        inner["activation"] = "relu"

    path = altered(tmp_path / "other.keras", change, FOLDER / "recurrent.keras")
    assert_refused(made("recurrent"), path, ValueError, r"back, GRU: its activation is 'tanh', but")


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (nn.GroupNorm(1, 5, epsilon=1e-3), "it computes something else than 'layer_normalization'"),
        (nn.LayerNorm(5, epsilon=1e-3), None),
    ],
)
def test_layers_of_another_kind_are_refused(layer, match):
    model = made("mlp")
    model = nn.Sequential(*model[:4], layer, *model[5:])
    if match:
        assert_refused(model, MLP, ValueError, match)
    else:
        nn.io.load_keras(model, MLP)


@pytest.mark.parametrize(
    ("equation", "fits"), [("ab,bc->ac", True), ("...b,bc->...c", True), ("ab,cb->ac", False)]
)
def test_a_matrix_of_an_equation_may_be_transposed(tmp_path, equation, fits):
    path = altered(
        tmp_path / "other.keras", lambda config, layers: layers["Dense"].update(equation=equation)
    )
    if fits:
        nn.io.load_keras(made("mlp"), path)
    else:
        assert_refused(made("mlp"), path, ValueError, "its matrix is not that of 'ab,cb->ac'")


@pytest.mark.parametrize(
    ("word", "numbers", "fits"),
    [
        ("valid", 0, True),
        ("valid", 1, False),
        ("causal", ((1, 0),), True),
        ("causal", 2, False),
        ("causal", "valid", False),
        ("same", ((0, 1),), True),
        ("same", ((1, 0),), False),
    ],
)
@pytest.mark.parametrize("stride", [1, 2])
def test_padding_in_numbers_does_what_the_word_says(tmp_path, word, numbers, fits, stride):
    def change(config, layers):
        layers["Conv1D"].update(padding=word, strides=[stride])

    path = altered(tmp_path / "other.keras", change, FOLDER / "sequence.keras")
    convolution = nn.Conv1D(3, 4, 2, padding=numbers, stride=stride)
    model = nn.Sequential(convolution, nn.Flatten(), nn.Dense(16, 3))
    if fits:
        nn.io.load_keras(model, path)
    else:
        assert_refused(model, path, ValueError, rf"its padding is .*, but '{word}' in 'conv1d' there")


@pytest.mark.parametrize(("size", "fits"), [(7, True), (8, False), (None, False)])
def test_padding_with_strides_depends_on_the_size(tmp_path, size, fits):
    def change(config, layers):
        layers["DepthwiseConv2D"]["padding"] = "same"
        built = config["config"]["layers"][3]["build_config"]
        assert built["input_shape"] == [None, 7, 7, 6]
        built["input_shape"] = [None, size, size, 6]

    path = altered(tmp_path / "other.keras", change, FOLDER / "generator.keras")
    model = made("generator")
    convolution = nn.Conv2D(6, 12, 3, groups=6, stride=2, padding=1)
    model = nn.Sequential(*model[:2], convolution, *model[3:])
    if fits:
        nn.io.load_keras(model, path)
    else:
        assert_refused(model, path, ValueError, "layers.2, Conv2D: its padding is 1, but 'same'")


def test_padding_of_transposed_convolutions_is_compared(tmp_path):
    model = made("generator")
    model = nn.Sequential(nn.ConvTranspose2D(4, 6, 3, stride=2, padding=1), *model[1:])
    match = "its padding is 1, but 'valid' in 'conv2d_transpose' there"
    assert_refused(model, FOLDER / "generator.keras", ValueError, match)


def test_quantized_arrays_are_refused():
    arrays = [np.ones((2, 3), np.int8), np.ones(3)]
    assert_refused(nn.Dense(2, 3), arrays, ValueError, "is quantized")


def test_a_model_may_have_an_attribute_of_the_name_of_a_part_of_attention(tmp_path):
    arrays = {f"key_dense/vars/{n}": a for n, a in enumerate([np.ones((2, 3)), np.ones(3)])}
    model = nn.Sequential(nn.Dense(2, 3))
    nn.io.load_keras(model, hdf5(tmp_path / "a.weights.h5", arrays), {"key_dense": "layers.0"})
    assert model[0].weight.value.all()


def hdf5(path, arrays, change=lambda file: None, **options):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, **options)
        change(file)
    return path


ARRAYS = {"layers/dense/vars/0": np.ones((2, 3)), "layers/dense/vars/1": np.ones(3)}


def test_optimizers_and_seeds_in_files_are_left_alone(tmp_path):
    more = {"optimizer/vars/0": np.ones(3), "layers/dropout/seed_generator/vars/0": np.ones(2, "u4")}
    model = nn.Dense(2, 3)
    nn.io.load_keras(model, hdf5(tmp_path / "a.weights.h5", ARRAYS | more))
    np.testing.assert_array_equal(model.weight.value, np.ones((2, 3)))


def external(file):
    file["layers/dense/vars/2"] = h5py.ExternalLink("/etc/passwd", "x")


def soft(file):
    file["layers/dense/vars/2"] = h5py.SoftLink("/layers/dense/vars/0")


def cycle(file):
    file["layers/dense/again"] = file["layers"]


def outside(file):
    shape, place = (2,), [("/etc/passwd", 0, 16)]
    file["layers/dense"].create_dataset("vars/2", shape, "f8", external=place)


def virtual(file):
    layout = h5py.VirtualLayout((2,), "f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (2,))
    file["layers/dense"].create_virtual_dataset("vars/2", layout)


def unwritten(file):
    file["layers/dense"].create_dataset("vars/2", (2**30, 2**10), "f8")


def repeated(file):
    file["layers/dense/vars/2"] = file["layers/dense/vars/0"]


def deep(file):
    file["/".join(["layers"] * 40)] = np.ones(2)


def named(file):
    file["layers/dense/vars/kernel"] = np.ones(2)


def gap(file):
    file["layers/dense/vars/7"] = np.ones(2)


def texts(file):
    file["layers/dense/vars/2"] = "text"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (external, "is a link"),
        (soft, "is a link"),
        (cycle, "stands at two places"),
        (deep, "nested more than"),
        (outside, "not a plain array"),
        (virtual, "not a plain array"),
        (unwritten, "has another size"),
        (repeated, "stands at two places"),
        (named, "not the path of a variable"),
        (gap, "lacks some of its variables"),
        (texts, "does not consist of real numbers"),
    ],
)
def test_files_that_hold_more_than_plain_arrays_are_refused(tmp_path, change, match):
    path = hdf5(tmp_path / "a.weights.h5", ARRAYS, change)
    assert_refused(nn.Dense(2, 3), path, ValueError, rf"a\.weights\.h5: .*{match}")


@pytest.mark.parametrize(
    "options", [{"chunks": True}, {"compression": "gzip"}, {"maxshape": (None,) * 2}]
)
def test_compressed_arrays_are_refused(tmp_path, options):
    path = hdf5(tmp_path / "a.weights.h5", {"layers/dense/vars/0": np.ones((2, 3))}, **options)
    assert_refused(nn.Dense(2, 3), path, ValueError, "is not a plain array")


def test_attributes_of_a_model_are_in_no_order(tmp_path):
    arrays = {
        f"{name}/vars/{n}": a
        for name in ("dense", "dense_1")
        for n, a in enumerate([np.eye(2), [0, 0]])
    }
    path = hdf5(tmp_path / "a.weights.h5", arrays)
    model = nn.Sequential(nn.Dense(2, 2), nn.Dense(2, 2))
    assert_refused(
        model, path, ValueError, "lacks the order of layers that are in others, or in attributes"
    )
    nn.io.load_keras(model, path, {"dense": "layers.0", "dense_1": "layers.1"})
    np.testing.assert_array_equal(model[1].weight.value, np.eye(2))


def test_layers_of_a_kind_are_taken_in_the_order_of_their_numbers(tmp_path):
    arrays = {f"layers/dense{f'_{n}' * (n > 0)}/vars/0": np.full((1, 1), n) for n in range(12)}
    model = nn.Sequential(*[nn.Dense(1, 1, bias=False) for _ in range(12)])
    nn.io.load_keras(model, hdf5(tmp_path / "a.weights.h5", arrays))
    assert [layer.weight.value.item() for layer in model] == list(range(12))


def test_two_kinds_of_depthwise_convolutions_are_in_no_order(tmp_path):
    kernels = {"conv2d": np.ones((3, 3, 1, 2)), "depthwise_conv2d": np.zeros((3, 3, 2, 1))}
    arrays = {f"layers/{kind}/vars/0": kernel for kind, kernel in kernels.items()}
    path = hdf5(tmp_path / "a.weights.h5", arrays)
    model = nn.Sequential(*[nn.Conv2D(2, 2, 3, groups=2, bias=False) for _ in range(2)])
    assert_refused(model, path, ValueError, "the kinds depthwise_conv2d and conv2d")
    nn.io.load_keras(model, path, {"conv2d": "layers.0", "depthwise_conv2d": "layers.1"})
    assert model[0].weight.value.all()
    assert not model[1].weight.value.any()


def test_archives_that_would_take_much_memory_are_refused(tmp_path):
    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(2**25))
    assert path.stat().st_size < 2**16
    assert_refused(nn.Dense(2, 3), path, ValueError, "its members would take 33,554,434 bytes")


def archive_of(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"PK\3\4",
        b"\x89HDF\r\n\x1a\n",
        MLP.read_bytes()[:20_000],
        (FOLDER / "mlp.weights.h5").read_bytes()[:5_000],
        archive_of(data=b"x"),
        archive_of(**{"config.json": "[" * 100_000, "model.weights.h5": b"x"}),
    ],
    ids=lambda content: repr(content[:8]) + str(len(content)),
)
def test_other_and_damaged_files_are_refused_with_their_path(tmp_path, content):
    path = tmp_path / "a.keras"
    path.write_bytes(content)
    assert_refused(
        made("mlp"),
        path,
        ValueError,
        r"a\.keras: (cannot be read as weights of Keras 3|not a file of Keras)",
    )


def test_files_need_h5py(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(
        ImportError, match=r"load_keras: .*mlp.keras needs h5py: pip install 'nnlayers\[keras"
    ):
        nn.io.load_keras(made("mlp"), MLP)
