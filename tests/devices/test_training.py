"""A fit on a device: the numbers of NumPy, and one wait for the device a step."""

import functools

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.devices import device_of
from tests.devices.log import watched
from tests.devices.real import REAL, needs_stand_in
from tests.devices.trainers_for_tests import (
    WEIGHTS,
    Waits,
    X,
    Y,
    Z,
    assert_same_figures,
    assert_same_weights,
    both,
    fit,
    on_device,
    trainer,
)
from tests.optimizers.test_torch_figures import OPTIMIZERS

pytestmark = pytest.mark.usefixtures("cupy")

MORE = {
    "Lion": functools.partial(nn.Lion, lr=0.01),
    "Lion decay": functools.partial(nn.Lion, lr=0.01, weight_decay=0.1),
    "clip_norm": lambda ps: nn.SGD(ps, 0.1, momentum=0.9, clip_norm=0.3),
    "clip_value": lambda ps: nn.Adam(ps, 0.01, clip_value=0.01),
    "schedule": lambda ps: nn.SGD(ps, nn.schedules.cosine(0.1, steps=50)),
}
IN_STEPS = {
    "plainly": {},
    "weights": {"sample_weight": WEIGHTS},
    "two batches a step": {"accumulate": 2},
    "weights in two batches a step": {"accumulate": 2, "sample_weight": WEIGHTS},
    "validation": {"validation_data": (X[:20], Y[:20])},
    "weights in the validation": {"validation_data": (X[:20], Y[:20], WEIGHTS[:20])},
    "progress": {"progress": True},
    "a moving average": {"callbacks": [nn.MovingAverage(0.9)]},
}
METRICS = {
    "of classes": (nn.SoftmaxCrossEntropy, ["accuracy", nn.top_k_accuracy(2)], Y),
    "of all samples": (nn.SoftmaxCrossEntropy, ["f1", "roc_auc"], Y),
    "of distributions": (nn.SoftmaxCrossEntropy, ["accuracy"], nn.one_hot(Y)),
    "of logits": (
        nn.SigmoidBinaryCrossEntropy,
        {"half": "binary_accuracy", "other": functools.partial(nn.binary_accuracy, threshold=0.4)},
        nn.one_hot(Y),
    ),
    "of numbers": (nn.MeanSquaredError, ["mean_absolute_error", "r2"], Z),
    "none": (nn.MeanSquaredError, [], Z),
}


@pytest.mark.parametrize("case", [*OPTIMIZERS, *MORE])
def test_fifty_steps_of_an_optimizer_are_those_of_numpy_and_wait_once_each(case):
    found, waits = [], Waits()
    for device in ("numpy", "cupy"):
        model = nn.Sequential(nn.Dense(6, 8, rng=0), nn.Tanh(), nn.Dense(8, 4, rng=1))
        made = trainer(device, model=model.astype(np.float64))
        made.optimizer = (OPTIMIZERS | MORE)[case](made.model.parameters())
        fit(made, X.astype(np.float64), epochs=10, callbacks=[waits] * (device == "cupy"))
        found.append(made)
    assert [len(of_step) for of_step in waits.of_steps] == [not REAL] * 50, waits.of_steps
    assert_same_figures(*[made.history for made in found], 1e-9)
    assert_same_weights(*found, 1e-8, 1e-9)


@needs_stand_in
@pytest.mark.parametrize("case", IN_STEPS)
def test_a_step_waits_for_the_device_once(case):
    waits, options = Waits(), IN_STEPS[case]
    fit(trainer("cupy"), **options | {"callbacks": [*options.get("callbacks", []), waits]})
    # What each of two weighted batches counts for has to be known before their backward.
    expected = 2 if case == "weights in two batches a step" else 1
    assert max(len(of_step) for of_step in waits.of_steps) == expected, waits.of_steps


@needs_stand_in
@pytest.mark.parametrize("case", METRICS)
def test_metrics_make_no_step_wait(case):
    loss, metrics, y = METRICS[case]
    waits = Waits()
    fit(trainer("cupy", loss=loss, metrics=metrics), y=y, callbacks=[waits])
    assert {len(of_step) for of_step in waits.of_steps} == {1}, waits.of_steps


@pytest.mark.parametrize("case", IN_STEPS)
def test_the_fit_is_that_of_numpy(case):
    one, other = both()
    options = {name: value for name, value in IN_STEPS[case].items() if name != "callbacks"}
    histories = [
        fit(t, **options, callbacks=[nn.MovingAverage(0.9)] * ("callbacks" in IN_STEPS[case]))
        for t in (one, other)
    ]
    assert_same_figures(*histories)
    assert_same_weights(one, other)
    for name in ("epoch", "batch", "samples"):
        assert getattr(one.place, name) == getattr(other.place, name)
    assert isinstance(other.place.loss, float)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("case", METRICS)
def test_metrics_are_those_of_numpy(case, weights):
    loss, metrics, y = METRICS[case]
    one, other = both(loss=loss, metrics=metrics)
    options = {"sample_weight": weights, "validation_data": (X, y)}
    assert_same_figures(fit(one, y=y, **options), fit(other, y=y, **options))
    assert all(type(value) is float for values in other.history.values() for value in values)


@needs_stand_in
def test_each_batch_is_copied_to_the_device_once():
    trained = trainer("cupy", model=nn.Sequential(nn.Dense(6, 4, rng=0)))
    fit(trained)  # which is checked first
    copies = []

    class Copies(nn.Callback):
        def start(self, trainer):
            self.context = watched()
            self.log = self.context.__enter__()

        def finish(self, trainer):
            self.context.__exit__(None, None, None)
            copies.extend(self.log.copies)

    fit(trained, epochs=1, callbacks=[Copies()])
    assert len(copies) == 2 * 5, copies


PLACES = {
    "arrays": lambda x, y: ((x, y), {"batch_size": 10, "rng": 0}),
    "batches": lambda x, y: ((nn.batches(X, Y, batch_size=10, rng=0, device=device_of(x)),), {}),
    "batches of the host": lambda x, y: ((nn.batches(X, Y, batch_size=10, rng=0),), {}),
    "both": lambda x, y: ((lambda: iter([(x[:25], y[:25]), (X[25:], Y[25:])]),), {}),
}


@pytest.mark.parametrize("case", PLACES)
def test_data_may_be_anywhere(case):
    one, other = both()
    for made, arrays in ((one, (X, Y)), (other, on_device(X, Y))):
        args, options = PLACES[case](*arrays)
        made.fit(*args, epochs=2, progress=False, **options)
    assert_same_weights(one, other)


def test_batches_are_on_the_device_that_is_named():
    x = on_device(X)
    assert type(next(iter(nn.batches(X, device="cupy")))) is type(x)
    assert type(next(iter(nn.batches(x)))) is type(x)
    assert type(next(iter(nn.batches(x, device="numpy")))) is np.ndarray
    plain = [np.array(batch) for batch in nn.batches(X, rng=0)]
    for moved in (nn.batches(x, rng=0), nn.batches(X, rng=0, device="cupy")):
        for batch, expected in zip(moved, plain, strict=True):
            np.testing.assert_array_equal(batch.get(), expected)


def test_a_step_returns_a_float_and_takes_arrays_of_the_device():
    one, other = both()
    for _ in range(3):
        expected, found = one.step(X, Y), other.step(*on_device(X, Y))
        assert type(found) is float
        assert found == pytest.approx(expected, rel=1e-5)
    assert other.step(*on_device(X, Y, WEIGHTS)) == pytest.approx(one.step(X, Y, WEIGHTS), rel=1e-5)
    assert_same_weights(one, other)


def test_a_step_of_ones_own_is_called():
    class Own(nn.Trainer):
        def step(self, x, y):
            seen.append(type(x))
            return super().step(x, y)

    seen, made = [], trainer("cupy")
    own = Own(made.model, made.loss, made.optimizer)
    fit(own, epochs=1)
    assert seen == [type(on_device(X))] * 5


def test_a_loss_and_a_metric_of_ones_own_work_with_functions_of_numpy():
    class Squares(nn.Loss):
        def forward(self, prediction, target):
            difference = prediction - target
            self.save_for_backward(difference)
            return float((difference**2).sum()) / len(difference)

        def backward(self, grad=1.0):
            difference = self.saved()
            return grad * 2 * difference / len(difference)

    @nn.metrics.mean_over_positions
    def within_one(prediction, target):
        return float((np.abs(prediction - target) < 1).mean())

    def largest(prediction, target):
        return float(np.max(prediction))

    one, other = both(loss=Squares, metrics=[within_one, largest], lr=0.01)
    assert_same_figures(fit(one, y=Z), fit(other, y=Z))


@needs_stand_in
@pytest.mark.parametrize(("number", "waiting"), [(float, 3), (lambda x: x, 1)], ids=["float", "not"])
def test_what_is_not_made_a_float_does_not_wait(number, waiting):
    class Squares(nn.Loss):
        def forward(self, prediction, target):
            difference = prediction - target
            self.save_for_backward(difference)
            return number((difference**2).mean(dtype=np.float64))

        def backward(self, grad=1.0):
            difference = self.saved()
            return grad * 2 * difference / difference.size

    @nn.metrics.mean_over_positions
    def within_one(prediction, target):
        return number((np.abs(prediction - target) < 1).mean())

    waits = Waits()
    one, other = both(loss=Squares, metrics=[within_one])
    assert_same_figures(fit(one, y=Z), fit(other, y=Z, callbacks=[waits]))
    assert {len(of_step) for of_step in waits.of_steps[1:5]} == {waiting}


def test_a_network_of_integers_is_trained():
    tokens = (np.abs(X) * 3).astype(np.int64) % 7

    def make(device):
        model = nn.Sequential(nn.Embedding(7, 5, rng=0), nn.GRU(5, 6, rng=1), nn.Dense(6, 4, rng=2))
        return trainer(device, nn.Adam, lr=0.01, model=model)

    one, other = make("numpy"), make("cupy")
    y = np.stack([Y] * 6, axis=1)
    assert_same_figures(fit(one, tokens, y), fit(other, tokens, y))
    assert_same_figures(fit(one, tokens, y), fit(other, *on_device(tokens, y)))


def test_a_table_is_trained_on():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=list("abcdef"))
    one, other = both()
    fit(one, table)
    fit(other, table)
    assert_same_weights(one, other)
    other_order = table[list("fedcba")]
    np.testing.assert_allclose(other.predict(other_order), one.predict(table), 1e-4, 1e-5)


def test_what_an_optimizer_remembers_follows_the_model():
    one, other = (trainer("numpy", nn.Adam, model=nn.Dense(6, 4, rng=0)) for _ in range(2))
    for device in ("numpy", "cupy", "numpy"):
        other.model.to(device)
        for made in (one, other):
            fit(made, epochs=1)
    assert_same_weights(one, other)


def test_a_network_of_two_inputs_and_outputs_is_trained():
    def make(device):
        model = nn.Sequential(
            nn.Parallel(nn.Dense(6, 5, rng=0), nn.Dense(4, 5, rng=1)),
            nn.Add(),
            nn.Fork(nn.Dense(5, 4, rng=2), nn.Dense(5, 4, rng=3)),
        ).to(device)
        loss = nn.Losses([nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()])
        return nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1))

    one, other = make("numpy"), make("cupy")
    for weights in (None, WEIGHTS, (WEIGHTS, None)):
        options = {"x": (X, Z), "y": (Y, Z), "sample_weight": weights}
        assert_same_figures(fit(one, **options), fit(other, **options))
    assert_same_weights(one, other)
    for a, b in zip(one.predict((X, Z)), other.predict((X, Z)), strict=True):
        np.testing.assert_allclose(b, a, 1e-4, 1e-5)


def test_training_in_half_precision_is_that_of_numpy():
    one, other = (
        trainer(
            device, nn.SGD, model=nn.Sequential(nn.Dense(6, 4, rng=0)).astype(np.float16), momentum=0.9
        )
        for device in ("numpy", "cupy")
    )
    waits = Waits()
    assert_same_figures(fit(one), fit(other, callbacks=[waits]), 1e-2)
    assert {len(of_step) for of_step in waits.of_steps} <= {1}
    assert_same_weights(one, other, 1e-2, 1e-2)


def test_a_parameter_of_the_loss_is_trained():
    class Scaled(nn.Loss):
        def __init__(self):
            self.inner = nn.MeanSquaredError()
            self.scale = nn.Parameter([1.0])

        def forward(self, prediction, target, weights=None):
            self.save_for_backward(prediction)
            return self.inner.forward(prediction * self.scale.value, target, weights)

        def backward(self, grad=1.0):
            prediction, slope = self.saved(), self.inner.backward(grad)
            self.scale.add_grad((slope * prediction).sum().reshape(1))
            return slope * self.scale.value

    found = []
    for device in ("numpy", "cupy"):
        model, loss = nn.Dense(6, 4, rng=0).to(device), Scaled().to(device)
        optimizer = nn.SGD(model.parameters() + loss.parameters(), lr=0.1)
        made = nn.Trainer(model, loss, optimizer)
        fit(made, y=Z, validation_data=(X, Z))
        found.append(made)
    assert_same_figures(found[0].history, found[1].history)


def test_a_random_number_is_drawn_as_on_numpy():
    one, other = both()
    fit(one)
    fit(other)
    states = [t.model.layers[3].rng.bit_generator.state for t in (one, other)]
    assert states[0] == states[1]


def test_streams_train_evaluate_and_predict_on_a_device():
    one, other = both()
    stream = nn.stream(X, Y, batch_size=10, rng=0)
    for trained in (one, other):
        trained.fit(stream, epochs=2, progress=False, health=False)
    assert_same_weights(one, other)
    assert_same_figures(one.evaluate(stream), other.evaluate(stream))
    np.testing.assert_allclose(other.predict(nn.stream(X)), one.predict(X), 1e-5, 1e-6)
