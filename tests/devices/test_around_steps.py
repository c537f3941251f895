"""What goes on around the steps of a fit on a device: moves, frozen parts, streams, metrics."""

import functools

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training.guard import Guard
from tests.devices.real import needs_stand_in
from tests.devices.trainers_for_tests import (
    Waits,
    X,
    Y,
    Z,
    assert_same_weights,
    both,
    fit,
    network,
    on_device,
    trainer,
)

pytestmark = pytest.mark.usefixtures("cupy")


class Moves(nn.Callback):
    """Moves the network there and back, step by step."""

    devices = "cupy", "numpy"

    def __init__(self):
        self.moves = 0

    def after_step(self, trainer):
        trainer.model.to(self.devices[self.moves % 2])
        self.moves += 1


def test_a_network_may_move_within_an_epoch():
    one, other = both(nn.Adam)
    other.model.to("numpy")
    fit(one, callbacks=[nn.MovingAverage(0.9)])
    fit(other, callbacks=[Moves(), nn.MovingAverage(0.9)])
    assert_same_weights(one, other)


@needs_stand_in
def test_gradients_are_clipped_without_another_wait_if_a_part_is_frozen():
    waits, trained = Waits(), []
    for device in ("numpy", "cupy"):
        model = network()
        for parameter in model[0].parameters():
            parameter.trainable = False
        trained.append(trainer(device, model=model, clip_norm=0.1))
        fit(trained[-1], callbacks=[waits] * (device == "cupy"))
    assert {len(of_step) for of_step in waits.of_steps} == {1}, waits.of_steps
    assert_same_weights(*trained)


def test_the_norm_of_gradients_in_half_precision_is_not_rounded_to_it():
    model = nn.Dense(10, 10, rng=0).astype(np.float16).to("cupy")
    for parameter in model.parameters():
        parameter.grad = on_device(np.full(parameter.value.shape, 1e-5, np.float16))
    optimizer = nn.SGD(model.parameters(), lr=0.1, clip_norm=1e-5)
    guard = Guard(model, nn.MeanSquaredError(), optimizer)
    assert guard.norm([float(x) for x in guard.measure()]) == pytest.approx(optimizer.gradient_norm())


def test_a_stream_is_predicted_as_on_numpy():
    one, other = both()
    other.model.load_state_dict(one.model.state_dict())
    for stream in (nn.stream(X, batch_size=20), nn.stream(X, Y, batch_size=20)):
        found = other.predict(stream)
        assert type(found) is np.ndarray
        np.testing.assert_allclose(found, one.predict(stream), 1e-4, 1e-5)


REFUSED = {
    "more classes than there are": (nn.top_k_accuracy(4), Y, "expected more than 4 classes"),
    "targets of any size": (nn.accuracy, Z, "expected probability targets"),
    "several labels": (nn.top_k_accuracy(2), (Z > 0).astype(int), "take binary_accuracy"),
    "no number of classes": (nn.top_k_accuracy, Y, "give the number first"),
    "wrong options": (functools.partial(nn.accuracy, k=2), Y, "has no argument 'k'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_metric_refuses_before_the_first_step_what_it_refuses_on_numpy(case):
    metric, y, words = REFUSED[case]
    loss = nn.SoftmaxCrossEntropy if y is Y else nn.MeanSquaredError
    for made in both(loss=loss, metrics=[metric]):
        with pytest.raises((TypeError, ValueError), match=words):
            fit(made, y=y)
        assert made.optimizer.steps == 0


def test_a_metric_of_later_batches_is_nan_where_it_is_refused_on_numpy():
    made = trainer("cupy", loss=nn.MeanSquaredError, metrics=["accuracy"])
    shares = nn.one_hot(Y)
    batches = [(X[:25], shares[:25]), (X[25:], 2 * shares[25:])]
    assert np.isnan(made.fit(batches, epochs=1, progress=False)["accuracy"]).all()
