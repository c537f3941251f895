"""The guard on a device: no step is taken from a loss or a gradient that is not finite."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.devices import to_host
from tests.devices.real import REAL
from tests.devices.trainers_for_tests import WEIGHTS, Waits, X, Y, both, fit, on_device, trainer

pytestmark = pytest.mark.usefixtures("cupy")


def values(trained):
    return {path: to_host(state.value).copy() for path, state in trained.model.named_states()}


def assert_refused_and_unchanged(trained, kind, words, x, y, *weights):
    """A step is refused in such words, and nothing is changed by it."""
    before = values(trained)
    memory = trained.optimizer.state_dict()
    with pytest.raises(kind, match=words):
        trained.step(*on_device(x, y, *weights))
    for path, value in values(trained).items():
        np.testing.assert_array_equal(value, before[path])
    np.testing.assert_equal(trained.optimizer.state_dict(), memory)
    assert all(p.grad is None for p in trained.optimizer.parameters)


@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam, nn.Lion])
def test_a_loss_that_is_not_finite_is_refused(optimizer):
    trained = trainer("cupy", optimizer)
    trained.step(*on_device(X, Y))
    for bad in (np.nan, np.inf):
        x = X.copy()
        x[3, 2] = bad
        assert_refused_and_unchanged(trained, FloatingPointError, "the input is not finite", x, Y)


def test_the_layer_that_is_not_finite_is_named():
    trained = trainer("cupy")
    trained.model.layers[0].weight.value[...] = 1e38
    words = r"the first output that is not finite is that of layers\.0, Dense\(6, 8"
    with pytest.raises(FloatingPointError, match=words):
        trained.step(*on_device(100 * np.abs(X), Y))


@pytest.mark.parametrize("label", [-1, 4, 255])
def test_labels_out_of_range_are_refused_in_the_words_of_numpy(label):
    one, other = both()
    y = Y.copy()
    y[7] = label
    with pytest.raises(ValueError, match=r"expected labels in 0 \.\.\. 3, got labels from") as refused:
        one.step(X, y)
    with pytest.raises(ValueError, match=r"expected labels") as found:
        other.step(*on_device(X, y))
    assert str(found.value) == str(refused.value)
    assert_refused_and_unchanged(other, ValueError, "expected labels", X, y)


def test_weights_that_are_negative_are_refused():
    weights = WEIGHTS.copy()
    weights[5] = -1
    words = "expected weights that are finite and at least 0"
    assert_refused_and_unchanged(trainer("cupy"), ValueError, words, X, Y, weights)


class Endless(nn.Layer):
    """The identity, whose gradient is not finite."""

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad * np.inf


@pytest.mark.parametrize("optimizer", [nn.SGD, nn.Adam, nn.RMSProp, nn.Adagrad, nn.AdamW, nn.Lion])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 1.0}, {"clip_value": 1.0}], ids=str)
def test_a_gradient_that_is_not_finite_is_refused(optimizer, options):
    model = nn.Sequential(nn.Dense(6, 4, rng=0), Endless())
    trained = trainer("cupy", optimizer, model=model, **options)
    assert_refused_and_unchanged(trained, FloatingPointError, "the update of .* is not finite", X, Y)


@pytest.mark.parametrize("optimizer", [nn.Adam, nn.RMSProp, nn.Adagrad])
def test_squares_that_overflow_are_refused(optimizer):
    model = nn.Sequential(nn.Dense(6, 4, rng=0), Times(1e25))
    trained = trainer("cupy", optimizer, model=model)
    assert_refused_and_unchanged(trained, FloatingPointError, "the update of .* is not finite", X, Y)


class Times(nn.Layer):
    """The identity, whose gradient is large."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad * self.factor


@pytest.mark.parametrize("optimizer", [nn.Adam, nn.RMSProp, nn.Adagrad])
def test_without_a_trainer_squares_that_overflow_show(optimizer):
    """Nothing raises on a device, but the weights become NaN: they do not stand still."""
    weight = nn.Dense(2, 2, bias=False, rng=0).to("cupy").weight
    weight.add_grad(on_device(np.full((2, 2), 1e25, np.float32)))
    optimizer([weight]).step()
    assert np.isnan(weight.value.get()).all()


def test_without_a_trainer_gradients_that_are_not_finite_are_not_clipped():
    weight = nn.Dense(2, 2, bias=False, rng=0).to("cupy").weight
    weight.add_grad(on_device(np.full((2, 2), np.nan, np.float32)))
    with pytest.raises(FloatingPointError, match="cannot be clipped"):
        nn.SGD([weight], 0.1, clip_norm=1.0).step()


def test_large_updates_are_tried_first_and_taken_if_they_are_finite():
    one, other = both(lr=1e7, model=None)
    for made in (one, other):
        made.model = nn.Dense(6, 4, rng=0).to("cupy" if made is other else "numpy")
        made.optimizer = nn.SGD(made.model.parameters(), lr=1e7)
    expected, found = one.step(X, Y), other.step(*on_device(X, Y))
    assert found == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(other.model.weight.value.get(), one.model.weight.value, 1e-4)


def test_a_callback_that_changes_gradients_is_watched():
    class Spoil(nn.Callback):
        def after_backward(self, trainer):
            for parameter in trainer.optimizer.parameters:
                parameter.grad = parameter.grad * np.nan

    trained = trainer("cupy")
    before = values(trained)
    with pytest.raises(FloatingPointError, match="the update of"):
        fit(trained, callbacks=[Spoil()])
    np.testing.assert_array_equal(values(trained)["layers.0.weight"], before["layers.0.weight"])


def test_a_fit_ends_with_the_error_and_its_place():
    x = X.copy()
    x[45:] = np.nan
    trained, waits = trainer("cupy"), Waits()
    data = [(x[i : i + 10], Y[i : i + 10]) for i in range(0, 50, 10)]
    with pytest.raises(FloatingPointError, match=r"epoch 1, batch 5: the loss is nan"):
        trained.fit(data, epochs=1, progress=False, callbacks=[waits])
    assert [len(of_step) for of_step in waits.of_steps][1:] == [not REAL] * 3
