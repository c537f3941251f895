"""A network whose twin from its text would be another one is refused before anything is written."""

import collections
import dataclasses
import enum
import functools

import numpy as np
import pytest

import nnlayers as nn


class Mode(enum.Enum):
    MEAN = 1
    MAX = 2


class Text(enum.StrEnum):
    MEAN = "mean"


Size = collections.namedtuple("Size", "height width")


@dataclasses.dataclass
class Config:
    width: int
    table: object


class Holds(nn.Layer):
    """Keeps what a function makes of its argument under another name."""

    def __init__(self, value=1, *, make=lambda value: value):
        self._kept = make(value)

    def forward(self, x):
        return x


class Plain:
    def __init__(self, value):
        self.value = value

    def times(self, x):
        return self.value * x


@pytest.mark.parametrize(
    "make",
    [
        lambda value: Mode(value),
        lambda value: {value},
        lambda value: np.dtype(f"f{4 * value}"),
        lambda value: lambda x: x**value,
        lambda value: functools.partial(np.multiply, value),
        lambda value: Plain([value]),
        lambda value: Plain(value).times,
        lambda value: Config(1, np.array([value])),
        lambda value: Size(1, value),
        lambda value: np.array([value], f"i{4 * value}"),
        lambda value: None if value == 1 else np.ones(3),
        lambda value: {"a": value},
        lambda value: float("nan") if value == 1 else 0.0,
    ],
)
def test_an_argument_that_is_kept_in_another_form_does_not_get_lost(make, tmp_path):
    class Own(Holds):
        def __init__(self, value=1):
            super().__init__(value, make=make)

    nn.save(Own(), tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"save: Own: its _kept is .*, and would be .*save_weights"):
        nn.save(Own(2), tmp_path / "other.npz")


def test_objects_that_the_constructor_makes_anew_are_no_difference(tmp_path):
    class Own(nn.Layer):
        def __init__(self, features):
            self.features = features
            self.function, self.partial = lambda x: x**features, functools.partial(np.power, features)
            self.random, self.lock = np.random.RandomState(0), object()
            self.config, self.nan = Config(1, np.ones(features)), np.float32("nan")
            self.method = self.forward
            self.plain = Plain(None)
            self.plain.value = self.plain

        def forward(self, x):
            return x

    nn.save(Own(3), tmp_path / "net.npz")
    assert nn.load(tmp_path / "net.npz", [Own]).features == 3


def test_an_attribute_in_place_of_that_of_the_class_does_not_get_lost(tmp_path):
    class Soft(nn.Layer):
        temperature = 1.0

        def forward(self, x):
            return x / self.temperature

        @functools.cached_property
        def half(self):
            return self.temperature / 2

    layer = Soft()
    assert layer.half == 0.5
    nn.save(layer, tmp_path / "net.npz")
    layer.temperature = 2.0
    with pytest.raises(TypeError, match=r"its temperature is 2.0, and would be 1.0"):
        nn.save(layer, tmp_path / "net.npz")
    layer = Soft()
    layer.forward = lambda x: -x
    with pytest.raises(TypeError, match="its forward is"):
        nn.save(layer, tmp_path / "net.npz")


def test_an_attribute_that_the_constructor_may_set_does_not_get_lost(tmp_path):
    class ByName(nn.Layer):
        def __init__(self, limit=None):
            self.set_up(limit)

        def set_up(self, limit):
            if limit is not None:
                self._limit = limit

        def forward(self, x):
            return np.minimum(x, getattr(self, "_limit", np.inf))

    class Any(nn.Layer):
        def __init__(self, **options):
            for name, value in options.items():
                setattr(self, name, value)

    nn.save(ByName(), tmp_path / "net.npz")
    with pytest.raises(TypeError, match="its _limit is 3, and would be missing"):
        nn.save(ByName(3), tmp_path / "net.npz")
    with pytest.raises(TypeError, match="its gain is 3, and would be missing"):
        nn.save(Any(gain=3), tmp_path / "net.npz")


def test_which_layer_a_second_attribute_is_does_not_get_lost(tmp_path):
    class Two(nn.Layer):
        def __init__(self):
            self.one, self.two = nn.Dense(2, 2), nn.Dense(2, 2)
            self.head = self.two

    layer = Two()
    nn.save(layer, tmp_path / "net.npz")
    layer.head = layer.one
    with pytest.raises(TypeError, match="Two: its head is Dense"):
        nn.save(layer, tmp_path / "net.npz")


def test_the_dtype_of_a_state_does_not_get_lost(tmp_path):
    class Counts(nn.Layer):
        def __init__(self, features, *, dtype=np.float32):
            self.features, self.counts = features, nn.State(np.zeros(features), dtype=dtype)

    nn.save(Counts(2, dtype=np.float64), tmp_path / "net.npz")
    with pytest.raises(TypeError, match=r"counts: here is a State of shape \(2,\), int64, and would"):
        nn.save(Counts(2, dtype=np.int64), tmp_path / "net.npz")


@pytest.mark.parametrize("value", [Text.MEAN, Mode.MAX, enum.IntEnum("N", "A").A, Size(1, 2), 1j, b"a"])
def test_values_that_would_come_back_as_others_are_refused_in_a_sentence(value, tmp_path):
    class Own(nn.Layer):
        def __init__(self, value):
            self.value = value

    with pytest.raises(
        TypeError, match=r"layers.0, Own\(value\): value is a \w+: keep each argument in an attribute"
    ):
        nn.save(nn.Sequential(Own(value)), tmp_path / "net.npz")
