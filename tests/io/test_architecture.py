"""The text of a network tells each layer as its user made it."""

import dataclasses
import functools

import numpy as np
import pytest

import nnlayers as nn


class Positive:
    """A descriptor of a user."""

    def __set_name__(self, owner, name):
        self.name = f"_{name}"

    def __get__(self, thing, owner):
        return self if thing is None else vars(thing)[self.name]

    def __set__(self, thing, value):
        vars(thing)[self.name] = abs(value)


class Scale(nn.Layer):
    def __init__(self, value=1):
        self.value = value

    def forward(self, x):
        return x * self.value


class ByPlace(Scale):
    def __init__(self, first, value=2, /):
        self.first, self.value = first, value


class ByName(Scale):
    def __init__(self, **options):
        self.options, self.value = options, options["value"]


class Described(Scale):
    value = Positive()


class Échelle(Scale):
    def __init__(self, λ=1):
        self.λ = self.value = λ


@dataclasses.dataclass(eq=False)
class Data(Scale):
    value: float
    names: list = dataclasses.field(default_factory=list)


class Noisy(Scale):
    def __init__(self, rng, value=1, source=0):
        self.rng, self.value = np.random.default_rng(rng), value
        self.source = np.random.default_rng(source)

    def predict(self, x):
        return x * self.value


class Loud(nn.Dropout):
    def __init__(self, rate, value=1.0):
        super().__init__(rate)
        self.value = value

    def predict(self, x):
        return x * self.value


def halve(x):
    return x / 2


class Pipe(nn.Layer):
    def __init__(self, functions, kind=nn.ReLU):
        self.functions, self.kind = functions, kind

    def forward(self, x):
        return functools.reduce(lambda x, function: function(x), self.functions, self.kind().predict(x))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (ByPlace(1, 3), "ByPlace(1, 3)"),
        (ByName(value=3, other="a"), "ByName(value=3, other='a')"),
        (Described(3), "Described(value=3)"),
        (Échelle(3), "Échelle(λ=3)"),
        (Data(3, ["a"]), "Data(value=3, names=['a'])"),
        (Noisy(1, 3, 5), "Noisy(None, value=3)"),
        (Pipe([np.sin, halve], nn.Tanh), "Pipe([sin, halve], kind=Tanh)"),
        (Scale(np.float32(3)), "Scale(value=3.0)"),
    ],
)
def test_layers_of_many_styles_come_back(layer, expected, tmp_path):
    nn.save(layer, tmp_path / "net.npz")
    other = nn.load(tmp_path / "net.npz", [type(layer), np.sin, halve])
    assert repr(other) == repr(layer) == expected
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(other.predict(x), layer.predict(x), strict=True)


def test_an_argument_that_the_inherited_repr_lacks_comes_back(tmp_path):
    nn.save(Loud(0.5, 3.0), tmp_path / "net.npz")
    assert nn.load(tmp_path / "net.npz", [Loud]).value == 3.0


NUMBERS = [
    *(np.float64(0.5), np.float32(0.1), np.float16(0.1), np.int64(2), np.uint8(3), np.bool_(True)),
    *(np.float64("-inf"), np.float64(1), 1.0, True, np.str_("a"), 2, -0.0),
]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_a_number_comes_back_in_its_type(value, tmp_path):
    """A float64 of NumPy makes float64 of float32, which a float does not."""
    nn.save(nn.Sequential(Scale(value), Scale([value])), tmp_path / "net.npz")
    one, two = nn.load(tmp_path / "net.npz", [Scale])
    assert [one.value, *two.value] == [value, value]
    assert {type(one.value), type(two.value[0])} == {str if type(value) is np.str_ else type(value)}


@pytest.mark.parametrize(
    "text", ["float64('a')", "int8(300)", "int64(nan)", "float64(ReLU())", "float16(1e9)", "float64()"]
)
def test_numbers_of_numpy_that_are_none_are_refused(text, tmp_path):
    from nnlayers.core.weights import write_file

    note = {"format": 1, "network": f"Scale({text})", "classes": ["Scale"]}
    write_file(tmp_path / "net.npz", {}, note, needs_note=True)
    with pytest.raises(ValueError, match=r"net.npz: its architecture cannot be read at character 1\d"):
        nn.load(tmp_path / "net.npz", [Scale])


@pytest.mark.parametrize("levels", [150, 3000])
def test_layers_that_are_nested_too_deep_are_refused(levels, tmp_path):
    model = functools.reduce(lambda inner, _: nn.Sequential(inner), range(levels), nn.ReLU())
    with pytest.raises(TypeError, match="nested more than 100 deep"):
        nn.save(model, tmp_path / "net.npz")
