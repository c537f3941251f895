"""Networks in files: everything that belongs to one comes back, and what could not is refused."""

import functools
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import nnlayers as nn
from nnlayers.core.structures import arrays_in
from tests.io.gradient_networks import SUFFIXES, TABLE, fill, name, network, own_classes
from tests.layers_for_tests import Scale as Untold


class Power(nn.Layer):
    """What a user writes: an argument kept in an attribute, a parameter, a state."""

    def __init__(self, features, *, power=2.0, function=np.abs):
        self.features, self.power, self.function = features, power, function
        self.gain = nn.Parameter(np.ones(features))
        self.steps = nn.State(np.zeros(features, np.int64))

    def forward(self, x):
        raise NotImplementedError

    def predict(self, x):
        return self.gain.value * self.function(x) ** self.power


class Tower(nn.Sequential):
    def __init__(self, width=8):
        self.width = width
        super().__init__(nn.Dense(4, width), nn.ReLU(), Power(width))


def halve(x):
    return x / 2


def saved_and_loaded(model, path, classes=()):
    nn.save(model, path)
    return nn.load(path, classes)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("row", TABLE, ids=name)
def test_every_layer_comes_back_with_the_same_bits(row, suffix, tmp_path):
    model, x = network(row)
    other = saved_and_loaded(model, tmp_path / f"net.{suffix}", own_classes(model))
    assert repr(other) == repr(model)
    assert type(other) is type(model)
    assert list(other.state_dict()) == list(model.state_dict())
    for (_, one), (_, two) in zip(
        arrays_in(model.predict(x)), arrays_in(other.predict(x)), strict=True
    ):
        assert one.dtype == two.dtype
        assert_array_equal(one, two)
    for attribute in ("input_shape", "last_axis", "takes_integers"):
        assert getattr(other, attribute) == getattr(model, attribute)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_of_each_parameter_comes_back(dtype, suffix, tmp_path):
    model = fill(nn.Sequential(nn.Dense(3, 4), nn.BatchNorm(4))).astype(dtype)
    other = saved_and_loaded(model, tmp_path / f"net.{suffix}")
    for path, value in model.state_dict().items():
        assert other.state_dict()[path].dtype == dtype
        assert_array_equal(other.state_dict()[path], value)
    assert other.dtype == dtype


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_loaded_network_trains(suffix, tmp_path):
    model = saved_and_loaded(nn.Sequential(nn.Dense(2, 3, rng=0)), tmp_path / f"net.{suffix}")
    before = model.state_dict()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(np.ones((4, 2)), np.zeros(4, int), epochs=1, progress=False)
    assert not np.array_equal(model.state_dict()["layers.0.weight"], before["layers.0.weight"])
    assert all(parameter.value.flags.writeable for parameter in model.parameters())


def test_what_is_frozen_and_the_factors_of_parameters_come_back(tmp_path):
    model = nn.Sequential(nn.Dense(3, 4), nn.BatchNorm(4), nn.Dense(4, 2))
    model[0].trainable = model[1].trainable = False
    model[2].weight.lr_factor, model[2].bias.decay = 0.1, 0.5
    other = saved_and_loaded(model, tmp_path / "net.npz")
    for (path, one), (_, two) in zip(model.named_states(), other.named_states(), strict=True):
        for setting in ("trainable", "decay", "lr_factor"):
            assert getattr(one, setting, None) == getattr(two, setting, None), path


def test_a_shared_layer_is_written_once_and_stays_shared(tmp_path):
    dense, embedding = nn.Dense(4, 4), nn.Embedding(6, 4)
    twice = nn.Sequential(dense, nn.ReLU(), dense, nn.Residual(dense))
    other = saved_and_loaded(twice, tmp_path / "net.npz")
    assert other[0] is other[2] is other[3][0]
    assert list(other.state_dict()) == ["layers.0.weight", "layers.0.bias"]
    tied = nn.Sequential(embedding, nn.Dense(4, 4), nn.TiedDense(embedding))
    other = saved_and_loaded(tied, tmp_path / "net.npz")
    assert other[2].embedding is other[0]


def test_own_classes_come_back_when_they_are_given(tmp_path):
    model = fill(nn.Sequential(Power(4, power=3.0), Tower(5)))
    model[0].steps.value[...] = 7
    other = saved_and_loaded(model, tmp_path / "net.npz", [Tower, Power])
    assert repr(other) == repr(model) == "Sequential(Power(4, power=3.0), Tower(width=5))"
    assert other[0].steps.value.tolist() == [7] * 4
    assert other[0].steps.value.dtype == np.int64
    x = np.ones((2, 4))
    assert_array_equal(other.predict(x), model.predict(x))


def test_a_function_with_a_name_may_be_an_argument(tmp_path):
    functions = [halve, np.sin, nn.softmax]
    model = nn.Sequential(*[Power(2, function=function) for function in functions])
    other = saved_and_loaded(model, tmp_path / "net.npz", iter([Power, *functions]))
    assert [layer.function for layer in other] == functions
    with pytest.raises(ValueError, match=r"nn.load\(path, classes=\[Power, halve, sin, softmax\]\)"):
        nn.load(tmp_path / "net.npz")


def test_the_names_of_columns_and_classes_come_back(tmp_path):
    model = nn.Sequential(nn.Standardize(2), nn.Dense(2, 3))
    model[0].column_names, model.class_names = ("age", ("a", 1)), np.array(["no", "yes", "perhaps"])
    other = saved_and_loaded(model, tmp_path / "net.npz")
    assert other.known_column_names() == ("age", ("a", 1))
    assert other.class_names == ("no", "yes", "perhaps")


def test_names_that_a_file_cannot_hold_are_said(tmp_path):
    model = nn.Dense(1, 2)
    model.column_names = (object,)
    with pytest.warns(UserWarning, match="column_names: a file has no names like"):
        nn.save(model, tmp_path / "net.npz")
    model.column_names, model.class_names = None, [object]
    with pytest.raises(TypeError, match="class_names: expected texts or numbers"):
        nn.save(model, tmp_path / "net.npz")


@pytest.mark.parametrize("names", [{0: "no", 1: "yes"}, {"no", "yes"}, iter("ab"), 3, [np.ones(2)]])
def test_names_of_classes_that_have_no_order_are_refused(names, tmp_path):
    model = nn.Dense(1, 2)
    model.class_names = names
    with pytest.raises(TypeError, match="save: class_names: expected"):
        nn.save(model, tmp_path / "net.npz")


def test_names_that_hold_an_array_are_said(tmp_path):
    model = nn.Dense(2, 2)
    model.column_names = np.array([1, 2])
    with pytest.warns(UserWarning, match="column_names: a file has no names like"):
        nn.save(model, tmp_path / "net.npz")
    assert nn.load(tmp_path / "net.npz").column_names is None


def test_names_of_the_classes_of_a_layer_within_are_said(tmp_path):
    model = nn.Sequential(nn.Dense(1, 2), nn.Dense(2, 3))
    model[0].class_names = ("no", "yes")
    with pytest.warns(UserWarning, match=r"save: layers.0.class_names are left out"):
        nn.save(model, tmp_path / "net.npz")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_key_of_a_dict_may_be_the_name_of_an_array(suffix, tmp_path):
    class Dicts(nn.Layer):
        def __init__(self):
            keys = "", "x.npy", "a/b\\c", "ü\n", "__metadata__"
            self.states = {key: nn.State(np.zeros((0, 2))) for key in keys}
            self.nnlayers = {"json": nn.State(0)}

    layer = Dicts()
    layer.nnlayers["json"].value = 7
    other = saved_and_loaded(layer, tmp_path / f"net.{suffix}", [Dicts])
    assert other.nnlayers["json"].value == 7
    assert list(other.state_dict()) == list(layer.state_dict())
    layer.save_weights(tmp_path / f"net.{suffix}")
    other.load_weights(tmp_path / f"net.{suffix}")
    layer.states["\ud800"] = nn.State(1)
    with pytest.raises(ValueError, match=rf"net.{suffix}: .*\\ud800.*: rename it"):
        layer.save_weights(tmp_path / f"net.{suffix}")


def test_a_summary_needs_no_shape_after_loading(tmp_path):
    model = nn.Sequential(nn.Conv2D(1, 2, 3), nn.Flatten(), input_shape=(5, 5, 1))
    assert saved_and_loaded(model, tmp_path / "net.npz").summary() == model.summary()


def test_nothing_is_drawn_when_a_network_is_loaded(tmp_path, monkeypatch):
    model = nn.Sequential(nn.Embedding(5, 4), nn.LSTM(4, 4), nn.Dense(4, 4, initializer=nn.orthogonal))
    nn.save(model, tmp_path / "net.npz")
    state = np.random.get_state()[1]  # noqa: NPY002
    monkeypatch.setattr(np.linalg, "qr", lambda *arrays: pytest.fail("drawn"))
    nn.load(tmp_path / "net.npz")
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            lambda: nn.Sequential(Untold(3)),
            r"layers.0, Scale\(features\): the value of features is not known: keep",
        ),
        (lambda: nn.Sequential(nn.BatchNorm(2)).for_inference(), "made by for_inference"),
        (lambda: Power(2, function=lambda x: x), "function is a function: keep each argument"),
        (lambda: 3, "expected a layer, such as a Sequential, got 3"),
        (lambda: nn.ReLU, "expected a layer"),
        (lambda: nested(200), "nested more than 100 deep"),
    ],
)
def test_what_could_not_be_read_again_is_refused(model, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        nn.save(model(), tmp_path / "net.npz")
    assert not list(tmp_path.iterdir())


def nested(levels):
    return functools.reduce(lambda inner, _: nn.Sequential(inner), range(levels), nn.ReLU())


def test_a_trainer_is_refused_with_the_way_out(tmp_path):
    model = nn.Dense(2, 2)
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=1))
    with pytest.raises(
        TypeError, match=r"save: expected a layer, such as a Sequential, got a Trainer: give its model"
    ):
        nn.save(trainer, tmp_path / "net.npz")


def test_an_attribute_that_would_get_lost_is_refused(tmp_path):
    class Limited(nn.Layer):
        def __init__(self, limit=1.0):
            self._limit = limit

        def forward(self, x):
            return np.minimum(x, self._limit)

    nn.save(Limited(), tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"layers.0, Limited: its _limit is 2.0, and would be 1.0"):
        nn.save(nn.Sequential(Limited(2.0)), tmp_path / "other.npz")


def test_a_fitted_array_that_is_not_a_state_is_refused(tmp_path):
    class Shift(nn.Layer):
        def __init__(self, features):
            self.features, self.mean = features, np.zeros(features)

        def forward(self, x):
            return x - self.mean

    layer = Shift(2)
    nn.save(layer, tmp_path / "net.npz")
    layer.mean = np.ones(2)
    with pytest.raises(TypeError, match=r"its mean is array\(\[1., 1.\]\), and would be"):
        nn.save(layer, tmp_path / "net.npz")


def test_what_a_pass_leaves_in_a_layer_does_not_matter(tmp_path):
    class Remembers(nn.Layer):
        def __init__(self, features):
            self.features = features

        def forward(self, x):
            self.last = x
            return x

    layer = Remembers(2)
    layer.forward(np.ones((1, 2)))
    assert not hasattr(saved_and_loaded(layer, tmp_path / "net.npz", [Remembers]), "last")


def test_a_parameter_that_two_layers_share_is_refused(tmp_path):
    one, two = nn.Dense(2, 2), nn.Dense(2, 2)
    two.weight = one.weight
    with pytest.raises(TypeError, match=r"layers.1.weight: here is nothing, and would be a Parameter"):
        nn.save(nn.Sequential(one, two), tmp_path / "net.npz")


def test_a_parameter_that_the_constructor_ties_stays_tied(tmp_path):
    class Tied(nn.Layer):
        def __init__(self, features):
            self.features = features
            self.layers = [nn.Dense(features, features, bias=False) for _ in range(5)]
            for layer in self.layers:
                layer.weight = self.layers[0].weight

    other = saved_and_loaded(nn.Sequential(Tied(4)), tmp_path / "net.npz", [Tied])
    assert other[0].layers[4].weight is other[0].layers[0].weight


def test_attributes_from_outside_are_said_to_be_left_out(tmp_path):
    model = nn.Sequential(Power(2), nn.ReLU())
    model.name, model[0].words = "net", ["a"]
    with (
        pytest.warns(UserWarning, match="save: name is left out: Sequential has no argument for it"),
        pytest.warns(UserWarning, match=r"save: layers.0.words is left out"),
    ):
        nn.save(model, tmp_path / "net.npz")


def test_two_classes_of_one_name_are_refused(tmp_path):
    other = type("Power", (Power,), {})
    with pytest.raises(TypeError, match="two classes, or functions, named Power: rename one"):
        nn.save(nn.Sequential(Power(2), other(2)), tmp_path / "net.npz")
    mine = type("Dense", (nn.Dense,), {})
    with pytest.raises(TypeError, match="named Dense: rename one"):
        nn.save(mine(2, 2), tmp_path / "net.npz")
    nn.save(nn.Dense(2, 2), tmp_path / "net.npz")
    with pytest.raises(ValueError, match="two classes of the name Dense"):
        nn.load(tmp_path / "net.npz", [mine])


@pytest.mark.parametrize("given", [Power, {"Power": Power}, "Power"])
def test_a_class_that_is_not_in_a_list_is_named_in_the_call_to_write(given, tmp_path):
    nn.save(Power(2), tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"expected a list of classes, got .*give classes=\[Power\]"):
        nn.load(tmp_path / "net.npz", given)


@pytest.mark.parametrize("given", [lambda x: x, {}, "a name", functools.partial(Power)])
def test_a_class_without_a_name_is_shown_by_an_example(given, tmp_path):
    nn.save(nn.Dense(2, 2), tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"give classes=\[Scale\]"):
        nn.load(tmp_path / "net.npz", given)


@pytest.mark.parametrize("given", [3, [3], ["Power"], [lambda x: x]])
def test_what_is_given_has_to_be_a_list_of_classes(given, tmp_path):
    nn.save(Power(2), tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"load: expected (a list of )?classes"):
        nn.load(tmp_path / "net.npz", given)


def test_an_older_file_stays_as_it_is_if_a_network_cannot_be_saved(tmp_path):
    path = tmp_path / "net.npz"
    nn.save(nn.ReLU(), path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        nn.save(Untold(2), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_can_be_loaded_from_a_file_of_the_network(suffix, tmp_path):
    path = tmp_path / f"net.{suffix}"
    model, other = nn.Dense(3, 2, rng=0), nn.Dense(3, 2, rng=1)
    nn.save(model, path)
    other.load_weights(path)
    assert_array_equal(other.weight.value, model.weight.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_alone_are_not_a_network(suffix, tmp_path):
    path = tmp_path / f"weights.{suffix}"
    nn.Dense(3, 2).save_weights(path)
    with pytest.raises(ValueError, match=r"build the model, then use model.load_weights\(path\)"):
        nn.load(path)


def test_a_training_run_is_not_a_network(tmp_path):
    model = nn.Dense(2, 2)
    nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=1)).save(
        tmp_path / "run.npz"
    )
    with pytest.raises(ValueError, match=r"it holds a training run: use trainer.load\(path\)"):
        nn.load(tmp_path / "run.npz")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_weights_of_other_layers_give_a_warning(suffix, tmp_path):
    path = tmp_path / f"weights.{suffix}"
    nn.Sequential(nn.Dense(2, 2), nn.ReLU()).save_weights(path)
    with pytest.warns(UserWarning, match=r"ReLU at layers.1, not Tanh"):
        nn.Sequential(nn.Dense(2, 2), nn.Tanh()).load_weights(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.Sequential(nn.Dense(2, 2), nn.ReLU()).load_weights(path)


def test_weights_of_other_layers_change_nothing_if_warnings_are_errors(tmp_path):
    nn.Sequential(nn.Dense(2, 2, rng=0), nn.ReLU()).save_weights(tmp_path / "weights.npz")
    model = nn.Sequential(nn.Dense(2, 2, rng=1), nn.Tanh())
    before = model.state_dict()
    with pytest.raises(UserWarning, match="ReLU"):  # warnings are errors in tests
        model.load_weights(tmp_path / "weights.npz")
    assert_array_equal(model[0].weight.value, before["layers.0.weight"])


def test_a_file_of_many_other_arrays_gets_a_short_message(tmp_path):
    np.savez(tmp_path / "weights.npz", **{f"array{i:04}": np.ones(1) for i in range(2000)})
    with pytest.raises(ValueError, match=r"'array0009'\] and 1,990 more\)") as info:
        nn.Dense(2, 2).load_weights(tmp_path / "weights.npz")
    assert len(str(info.value)) < 500
    with pytest.raises(ValueError, match=r"Dense has no .*'11111'\] and 40 more"):
        nn.Dense(2, 2).load_state_dict({str(i % 10) * (1 + i // 10): 1 for i in range(50)})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_arrays_that_are_not_in_order_of_memory_are_written_right(suffix, tmp_path):
    model = nn.Dense(3, 2)
    weight = np.arange(6.0, dtype=np.float32).reshape(3, 2)
    object.__setattr__(model.weight, "value", np.asfortranarray(weight))
    model.save_weights(tmp_path / f"weights.{suffix}")
    other = nn.Dense(3, 2)
    other.load_weights(tmp_path / f"weights.{suffix}")
    assert_array_equal(other.weight.value, weight)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.onnx", r"for .onnx, use nn.io.to_onnx\(model, path\)"),
        ("net.KERAS", r"for .keras, nn.io.to_keras\(model\) has the weights"),
        ("net.weights.h5", "nn.io.to_keras"),
        ("net.pt", r"nn.io.to_torch\(model\)"),
        ("net.h", "nn.io.to_c"),
        ("net.pkl", "use pickle.dump"),
    ],
)
def test_a_name_of_another_format_is_refused(name, message, tmp_path):
    with pytest.raises(ValueError, match=f"{name}: this would be an npz file; .*{message}"):
        nn.save(nn.ReLU(), tmp_path / name)
    with pytest.raises(ValueError, match=message):
        nn.Dense(2, 2).save_weights(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_class_that_does_not_fit_the_file_is_told(tmp_path):
    nn.save(Power(2, power=3.0), tmp_path / "net.npz")
    other = type("Power", (nn.Layer,), {"__init__": lambda self, features: None})
    message = r"Power: the class that is given does not fit the file \(.*unexpected keyword.*'power'\)"
    with pytest.raises(ValueError, match=message):
        nn.load(tmp_path / "net.npz", [other])


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("model_", "give its model_"),
        ("steps", "give the model_ of its last step"),
        ("best_estimator_", "give the model_ of its best_estimator_"),
    ],
)
def test_what_has_a_network_in_it_is_told_apart(attribute, message, tmp_path):
    estimator = type("Estimator", (), {attribute: nn.ReLU()})()
    with pytest.raises(TypeError, match=f"got a Estimator: {message}"):
        nn.save(estimator, tmp_path / "net.npz")
    with pytest.raises(TypeError, match=f"to_numpy: .*: {message}"):
        nn.io.to_numpy(estimator, tmp_path / "net.py")


def test_another_number_of_class_names_than_of_outputs_is_said(tmp_path):
    model = nn.Sequential(nn.Dense(2, 3))
    model.class_names = ["a", "b"]
    with pytest.warns(UserWarning, match="save: there are 2 class_names, and 3 outputs"):
        nn.save(model, tmp_path / "net.npz")
    one = nn.Sequential(nn.Dense(2, 1))
    one.class_names = ["no", "yes"]
    assert saved_and_loaded(one, tmp_path / "net.npz").class_names == ("no", "yes")
