"""find_learning_rate."""

import copy
import signal

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center
from tests.training.trainers_for_tests import X, Y, trainer


def everything(trained, rng=None):
    """All that a finder could change, as text and bytes."""
    sources = [part for _, part in trained.model.named_parts() if isinstance(part, np.random.Generator)]
    states = [source.bit_generator.state for source in [*sources, *([rng] if rng else [])]]
    values = {path: value.tobytes() for path, value in trained.model.state_dict().items()}
    memory = {name: np.array(v).tobytes() for name, v in trained.optimizer.state_dict().items()}
    grads = [None if p.grad is None else p.grad.tobytes() for p in trained.model.parameters()]
    pending = [layer.pending for layer in trained.model]
    own = [
        trained.history.state_dict(),
        trained.optimizer.lr,
        repr(trained.health),
        repr(trained.place),
    ]
    return copy.deepcopy([states, values, memory, grads, pending, own])


def used(lr=0.1, **options):
    """A trainer that has trained a while, with momentum, dropout and statistics."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Dense(4, 8, rng=rng), Center(8), nn.ReLU(), nn.Dropout(0.2, rng=rng), nn.Dense(8, 3, rng=rng)
    )
    optimizer = nn.SGD(model.parameters(), lr=lr, momentum=0.9)
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trained.fit(X, Y, epochs=2, rng=rng, progress=False)
    return trained, rng


class Interrupting(nn.Layer):
    """Ctrl-C, or an error, in one of its passes."""

    def __init__(self, at, error=None):
        self.at, self.error, self.count = at, error, 0

    def forward(self, x):
        self.count += 1
        if self.count == self.at:
            if self.error:
                raise self.error
            signal.raise_signal(signal.SIGINT)
        return x

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad


def test_the_rates_rise_exponentially_and_everything_stays_as_it_was():
    trained, rng = used(lr=nn.schedules.cosine(0.1, steps=1000))
    before = everything(trained, rng)
    curve = nn.find_learning_rate(trained, X, Y, least=1e-5, largest=0.1, steps=30, rng=rng)
    assert everything(trained, rng) == before
    assert not curve.diverged
    np.testing.assert_allclose(curve.rates, np.geomspace(1e-5, 0.1, 30))
    assert curve.losses.shape == (30,)


def test_the_order_of_batches_stays_as_it_was():
    trained, rng = used()
    before = everything(trained, rng)
    nn.find_learning_rate(trained, nn.batches(X, Y, rng=rng), steps=10)
    assert everything(trained, rng) == before


def test_training_goes_on_as_if_there_had_been_no_finder():
    results = []
    for look in (False, True):
        trained, rng = used()
        if look:
            nn.find_learning_rate(trained, X, Y, rng=rng)
        trained.fit(X, Y, epochs=2, rng=rng, progress=False)
        results.append(everything(trained, rng))
    assert results[0] == results[1]


def test_the_losses_are_those_of_steps_with_these_rates():
    curve = nn.find_learning_rate(trainer(), [(X, Y)], least=0.01, largest=0.1, steps=10)
    by_hand = trainer()
    for rate, loss in zip(curve.rates, curve.losses, strict=True):
        by_hand.optimizer.lr = float(rate)
        assert by_hand.step(X, Y) == loss


def test_a_trial_may_be_shorter_than_the_training_before_it():
    trained = trainer()
    trained.fit(X, Y, epochs=6, batch_size=10, progress=False)
    assert trained.optimizer.steps > 20
    curve = nn.find_learning_rate(trained, X, Y, least=0.01, largest=0.1, steps=20)
    np.testing.assert_allclose(curve.rates, np.geomspace(0.01, 0.1, 20))


def test_it_stops_when_the_loss_blows_up():
    x = np.linspace(-1, 1, 40)[:, None]
    model = nn.Dense(1, 1, rng=0)
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    before = everything_of(model)
    curve = nn.find_learning_rate(trained, x, 3 * x, largest=1e3, rng=0)
    assert curve.diverged
    assert len(curve.losses) < 100
    assert 0.005 < curve.suggestion < 0.5
    assert everything_of(model) == before


def everything_of(model):
    return {path: value.tobytes() for path, value in model.state_dict().items()}


def test_a_loss_that_is_not_finite_ends_it():
    x = np.linspace(-1, 1, 40)[:, None]
    model = nn.Dense(1, 1, rng=0)
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    curve = nn.find_learning_rate(trained, x, 3 * x, least=1e-3, largest=1e38, steps=12, rng=0)
    assert curve.diverged
    assert np.isfinite(curve.losses).all()


def test_a_first_loss_that_is_not_finite_is_an_error():
    model = nn.Dense(1, 1, rng=0)
    model.weight.value[...] = np.inf
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match="epoch 1, batch 1: the loss is"):
        nn.find_learning_rate(trained, np.ones((4, 1)), np.ones((4, 1)))


@pytest.mark.parametrize(
    ("fault", "error"), [(None, KeyboardInterrupt), (RuntimeError("broken"), RuntimeError)]
)
def test_everything_stays_as_it_was_after_ctrl_c_and_errors(fault, error):
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job may have none
    breaking = Interrupting(5, fault)
    model = nn.Sequential(nn.Dense(4, 3, rng=0), breaking, nn.Dropout(0.5, rng=0))
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    before = everything(trained)
    try:
        with pytest.raises(error):
            nn.find_learning_rate(trained, X, Y, rng=0)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert everything(trained) == before
    assert breaking.count == 0


def test_batches_and_weights_are_taken_as_by_fit():
    batches = [(X[:20], Y[:20]), (X[20:], Y[20:])]
    assert len(nn.find_learning_rate(trainer(), batches, steps=15).losses) == 15
    weights = np.arange(50) % 2
    assert len(nn.find_learning_rate(trainer(), X, Y, sample_weight=weights, steps=15).losses) == 15


def test_a_step_of_a_subclass_is_called():
    class Doubling(nn.Trainer):
        calls = 0

        def step(self, x, y, weights=None):
            type(self).calls += 1
            return super().step(x, y, weights)

    base = trainer()
    trained = Doubling(base.model, base.loss, base.optimizer)
    nn.find_learning_rate(trained, X, Y, steps=12)
    assert Doubling.calls == 12


@pytest.mark.parametrize(
    ("losses", "diverged", "reason"),
    [
        (np.ones(9), True, "there are fewer than 10 losses"),
        (np.linspace(1, 2, 50), True, "the loss did not fall at any rate"),
        (np.linspace(2, 1, 50), False, "the loss still fell at the largest rate, 10: raise `largest`"),
        (np.abs(np.linspace(-2, 1, 50)), True, ""),
    ],
)
def test_a_curve_says_why_it_suggests_nothing(losses, diverged, reason):
    curve = nn.LearningRateCurve(np.geomspace(0.1, 10, len(losses)), losses, diverged)
    assert curve.reason == reason
    assert (curve.suggestion is None) == bool(reason)
    assert (reason or "suggestion=") in repr(curve)


def test_the_suggestion_is_a_tenth_of_the_rate_with_the_least_smoothed_loss():
    losses = np.full(30, 2.0)
    losses[3] = 1.5  # a single low loss counts for little
    losses[18:23] = 1.0
    rates = np.geomspace(1e-3, 1, 30)
    curve = nn.LearningRateCurve(rates, losses, True)
    assert curve.smoothed[20] == 1
    assert curve.smoothed[0] == np.mean(losses[:3])
    assert curve.suggestion == rates[20] / 10


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"least": 0.0}, ValueError, "expected 0 < least < largest, got 0 and 10"),
        ({"least": 1.0, "largest": 0.1}, ValueError, "expected 0 < least < largest, got 1 and 0.1"),
        ({"largest": "much"}, (TypeError, ValueError), "largest"),
        ({"steps": 5}, ValueError, "steps"),
        ({"y": None}, TypeError, "Trainer.fit"),
    ],
)
def test_bad_arguments_are_refused(options, error, match):
    trained = trainer()
    with pytest.raises(error, match=match):
        nn.find_learning_rate(trained, **{"x": X, "y": Y, **options})


def test_batches_that_can_be_read_once_are_refused():
    with pytest.raises(ValueError, match=r"find_learning_rate: generator can be read only once, and"):
        nn.find_learning_rate(trainer(), ((X, Y) for _ in range(500)))


def test_what_is_not_a_trainer_is_refused():
    with pytest.raises(TypeError, match="find_learning_rate: expected a Trainer, got ReLU"):
        nn.find_learning_rate(nn.ReLU(), X, Y)


def test_what_a_subclass_has_added_is_copied_with_the_model():
    class Noisy(nn.Trainer):
        """Adds noise to the weights, and counts."""

        def step(self, x, y, weights=None):
            self.seen.append(len(x))
            self.first.weight.value += self.noise.normal(0, 1e-3, self.first.weight.value.shape)
            return super().step(x, y, weights)

    plain = trainer()
    trained = Noisy(plain.model, plain.loss, plain.optimizer)
    trained.seen, trained.noise = [], np.random.default_rng(3)
    trained.first = trained.model.layers[0]
    before = everything(trained, trained.noise)
    assert len(nn.find_learning_rate(trained, X, Y, steps=10, rng=0).losses) == 10
    assert everything(trained, trained.noise) == before
    assert trained.seen == []
