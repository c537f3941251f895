"""Calls of a constructor that lack arguments, or have too many, name what is needed."""

import copy
import pickle

import pytest

import nnlayers as nn

FIRST = "the size of the input comes first, as in nn."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.LSTM(64), f"expected in_features and units, got 64: {FIRST}LSTM(in_features, 64)"),
        (
            lambda: nn.Conv2D(32, 3),
            f"expected in_channels, out_channels and kernel_size, got 32, 3: {FIRST}"
            "Conv2D(in_channels, 32, 3)",
        ),
        (
            lambda: nn.Conv2D(32, kernel_size=3, bias=False),
            "expected in_channels, out_channels and kernel_size, got 32, kernel_size=3, bias=False: "
            f"{FIRST}Conv2D(in_channels, 32, kernel_size=3, bias=False)",
        ),
        (
            lambda: nn.Conv2D(out_channels=8),
            "expected in_channels, out_channels and kernel_size, got out_channels=8: "
            f"{FIRST}Conv2D(in_channels, out_channels=8, kernel_size=...)",
        ),
        (
            lambda: nn.Dense(),
            f"expected in_features and out_features, got no arguments: {FIRST}"
            "Dense(in_features, out_features)",
        ),
        (lambda: nn.BatchNorm(), f"expected features, got no arguments: {FIRST}BatchNorm(features)"),
        (lambda: nn.MaxPool2D(), "expected size, got no arguments"),
        (lambda: nn.Embedding(1000), "expected count and features, got 1000"),
        (lambda: nn.GroupNorm(8), "expected groups and features, got 8"),
        (lambda: nn.Bidirectional(nn.LSTM(3, 2)), "expected ahead and back, got LSTM(3, 2)"),
        (
            lambda: nn.Trainer(nn.Sequential(*[nn.ReLU()] * 9)),
            "expected model, loss and optimizer, got Seq",
        ),
        (lambda: nn.Parameter(), "expected value, got no arguments"),
        (lambda: nn.Checkpoint(), "expected path, got no arguments"),
        (lambda: nn.schedules.cosine(), "expected lr and steps, got no arguments"),
        (lambda: nn.schedules.cosine(0.1), "expected lr and steps, got 0.1"),
        (lambda: nn.Losses(), "expected losses, got no arguments"),
        (lambda: nn.LSTM(3, 2, units=2), "units is given twice, by its position and by its name"),
        (lambda: nn.Flatten(1), "takes no arguments"),
        (lambda: nn.LeakyReLU(0.1, True), "expected only slope, got 0.1, True"),
        (lambda: nn.Huber(1.0, "mean"), "expected only delta, got 1.0, 'mean'"),
        (
            lambda: nn.schedules.cosine(1, 2, 0, 0, 5),
            "expected only lr, steps, warmup and end, got 1, 2",
        ),
    ],
)
def test_arguments_that_a_constructor_lacks_or_does_not_have_are_named(make, message):
    with pytest.raises(TypeError) as raised:
        make()
    who, _, rest = str(raised.value).replace(" takes", ": takes").partition(": ")
    assert rest.startswith(message)
    assert hasattr(nn, who) or hasattr(nn.schedules, who)


def test_a_class_of_a_user_is_told_what_the_layer_that_it_extends_lacks():
    class Own(nn.LSTM):
        def __init__(self):
            super().__init__(64)

    with pytest.raises(TypeError, match="LSTM: expected in_features and units, got 64: the"):
        Own()


def test_copies_and_pickles_are_made_without_arguments():
    for layer in (nn.LSTM(3, 2), nn.MaxPool2D(2), nn.Flatten(), nn.Huber(2.0), nn.TimeLimit(3)):
        for twin in (copy.copy(layer), copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert repr(twin) == repr(layer)
