"""Weights of samples: in losses, in figures, and of several targets."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.metrics import UndefinedMetric
from tests.training.trainers_for_tests import X, Y, trainer, weights

W = np.random.default_rng(3).uniform(0.1, 2, len(X))
OPTIONS = {"rng": 0, "progress": False, "health": False}


def plain(metrics=None, lr=0.1, **options):
    """A trainer of a model without dropout."""
    model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    optimizer = nn.SGD(model.parameters(), lr, **options)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)


def test_whole_weights_are_the_same_as_repeated_samples():
    counts = np.random.default_rng(5).integers(0, 4, len(X))
    one, other = plain(momentum=0.9), plain(momentum=0.9)
    one.fit(X, Y, epochs=3, batch_size=50, sample_weight=counts, **OPTIONS)
    rows = np.repeat(np.arange(len(X)), counts)
    other.fit(X[rows], Y[rows], epochs=3, batch_size=1000, **OPTIONS)
    np.testing.assert_allclose(weights(one), weights(other), rtol=1e-4, atol=1e-6)
    for name in one.history:
        np.testing.assert_allclose(one.history[name], other.history[name], rtol=1e-5)


def test_a_weight_of_0_leaves_a_sample_out():
    keep = np.arange(len(X)) % 3 > 0
    found = []
    for x in (X, np.where(keep[:, np.newaxis], X, 7)):
        trained = plain()
        trained.fit(x.astype(np.float32), Y, epochs=2, sample_weight=keep * 1.0, **OPTIONS)
        found.append(weights(trained))
    np.testing.assert_array_equal(*found)


def test_weights_have_no_scale():
    found = []
    for scale in (1, 1024):
        trained = plain()
        trained.fit(X, Y, epochs=2, sample_weight=W * scale, **OPTIONS)
        found.append(weights(trained))
    np.testing.assert_allclose(*found, rtol=1e-6)


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.float32, np.float16, bool])
def test_parameters_keep_their_type_whatever_that_of_the_weights(kind):
    trained = plain()
    trained.fit(X, Y, epochs=1, sample_weight=(W + 1).astype(kind), **OPTIONS)
    assert trained.model.dtype == np.float32
    assert all(value.dtype == np.float32 for value in trained.model.state_dict().values())


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            W[1:],
            ValueError,
            r"expected one weight for each of 50 samples, got an array of shape \(49,\)",
        ),
        (1.0, ValueError, "expected one weight for each of 50 samples"),
        (
            np.where(np.arange(50) == 7, np.nan, W),
            ValueError,
            "finite and at least 0, got nan at row 7",
        ),
        (
            np.where(np.arange(50) == 7, np.inf, W),
            ValueError,
            "finite and at least 0, got inf at row 7",
        ),
        (-W, ValueError, "finite and at least 0"),
        (0 * W + 1e308, ValueError, "sample_weight: the sum of the weights is too large"),
        (0 * W, ValueError, "sample_weight: all weights are 0: no sample would count"),
        (W[:, np.newaxis], ValueError, r"weights of shape \(50,\), got \(50, 1\)|of shape \(32,\)"),
        ("balanced", TypeError, "sample_weight"),
        ([None, *W[1:]], TypeError, "sample_weight: .* it holds None at row 0"),
        ({0: 1.0, 1: 2.0}, TypeError, "sample_weight"),
        ((W, W), ValueError, "sample_weight"),
    ],
)
def test_wrong_weights_are_refused_before_the_first_step(given, error, message):
    trained = plain()
    with pytest.raises(error, match=message):
        trained.fit(X, Y, epochs=1, sample_weight=given, **OPTIONS)
    assert trained.optimizer.steps == 0


def test_weights_of_batches_are_not_given_beside_them():
    with pytest.raises(ValueError, match=r"give batches \(x, y, weights\)"):
        plain().fit([(X, Y)], epochs=1, sample_weight=W, progress=False)


def test_an_epoch_in_which_no_sample_counts_is_an_error():
    with pytest.raises(ValueError, match="epoch 1: all weights are 0: no sample counts"):
        plain().fit([(X, Y, 0 * W)], epochs=1, progress=False)


def test_a_batch_in_which_no_sample_counts_is_welcome():
    one, other = plain(), plain()
    one.fit([(X, Y, W), (X, Y, 0 * W)], epochs=1, progress=False)
    other.fit([(X, Y, W)], epochs=1, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))
    assert dict(one.history) == dict(other.history)


def test_the_figures_of_an_epoch_are_weighted_over_all_samples():
    def confident(prediction, target):
        return float(prediction.max())

    trained = plain(metrics=["accuracy", "f1", confident], lr=0.0)  # the weights stay
    prediction = trained.model.predict(X)
    history = trained.fit(X, Y, epochs=1, batch_size=8, sample_weight=W, **OPTIONS)
    hits = prediction.argmax(axis=1) == Y
    assert history["loss"][0] == pytest.approx(trained.loss.evaluate(prediction, Y, W), rel=1e-6)
    assert history["accuracy"][0] == pytest.approx(np.average(hits, weights=W), rel=1e-12)
    f1 = trained.metrics["f1"](prediction, Y, weights=W)
    assert history["f1"][0] == pytest.approx(f1, rel=1e-12)
    assert history["confident"][0] == pytest.approx(prediction.max(), rel=1e-6)


def test_batches_with_and_without_weights_count_as_if_those_were_1():
    ones = np.ones(30)
    found = []
    for batches in ([(X[:20], Y[:20], W[:20]), (X[20:], Y[20:])], [(X, Y, np.r_[W[:20], ones])]):
        trained = plain(metrics=["accuracy", "f1"], lr=0.0)
        found.append(dict(trained.fit(batches, epochs=1, progress=False)))
    for name in found[0]:
        assert found[0][name] == pytest.approx(found[1][name], rel=1e-6)


class Positions(nn.Layer):
    """A Dense for each position of a sequence."""

    def __init__(self):
        self.dense = nn.Dense(4, 3, rng=0)

    def forward(self, x):
        return self.dense.forward(x.reshape(-1, 4)).reshape(*x.shape[:-1], 3)

    def backward(self, grad):
        return self.dense.backward(grad.reshape(-1, 3)).reshape(*grad.shape[:-1], 4)

    def predict(self, x):
        return self.dense.predict(x.reshape(-1, 4)).reshape(*x.shape[:-1], 3)


def sequences(lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [
        (rng.standard_normal((5, n, 4)).astype(np.float32), rng.integers(0, 3, (5, n))) for n in lengths
    ]


def trainer_of_positions(lr):
    model = Positions()
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr))


@pytest.mark.parametrize("kind", ["none", "samples", "positions"])
def test_sequences_of_several_lengths_count_with_their_positions(kind):
    lengths, rng = [2, 7, 3], np.random.default_rng(1)
    batches = sequences(lengths)
    shapes = {"samples": len, "positions": np.shape}
    if kind != "none":
        batches = [(x, y, rng.uniform(0.1, 2, shapes[kind](y))) for x, y in batches]
    trained, joined = trainer_of_positions(0.1), trainer_of_positions(0.1)
    trained.fit(batches, epochs=1, accumulate=3, progress=False)
    x = np.concatenate([x.reshape(-1, 4) for x, *_ in batches])
    y = np.concatenate([y.ravel() for _, y, *_ in batches])
    each = [
        np.broadcast_to(w if w.ndim == 2 else w[:, np.newaxis], y.shape).ravel()
        for _, y, *ws in batches
        for w in ws
    ] or [np.ones(len(y))]
    joined.fit([(x[:, np.newaxis], y[:, np.newaxis], np.concatenate(each))], epochs=1, progress=False)
    np.testing.assert_allclose(weights(trained), weights(joined), rtol=1e-5, atol=1e-7)
    for name in trained.history:
        assert trained.history[name][0] == pytest.approx(joined.history[name][0], rel=1e-6)


class BySample(nn.Loss):
    """A sum over the positions of a sample, averaged over the samples."""

    def forward(self, prediction, target, weights=None):
        weights = np.ones(len(target)) if weights is None else weights
        difference = prediction[..., 0] - target
        shares = (weights / weights.sum())[:, np.newaxis]
        self.save_for_backward(difference, shares, prediction.dtype)
        return float((shares * difference**2).sum())

    def backward(self, grad=1.0):
        difference, shares, dtype = self.saved()
        gradient = np.zeros((*difference.shape, 3), dtype)
        gradient[..., 0] = 2 * grad * shares * difference
        return gradient


@nn.metrics.mean_over_samples
def longest(prediction, target, weights=None):
    return float(np.average(np.abs(prediction).max(axis=(1, 2)), weights=weights))


@pytest.mark.parametrize("weighted", [False, True])
def test_means_over_samples_count_with_their_samples_whatever_the_lengths(weighted):
    rng, model = np.random.default_rng(1), Positions()
    batches = [(x[: 5 - n], y[: 5 - n]) for n, (x, y) in enumerate(sequences([2, 7, 3]))]
    batches = [(x, y, *([rng.uniform(0.1, 2, len(y))] * weighted)) for x, y in batches]
    predictions = [model.predict(x) for x, *_ in batches]
    samples = [
        (((p[..., 0] - y) ** 2).sum(axis=1), np.abs(p).max(axis=(1, 2)))
        for p, (_, y, *_) in zip(predictions, batches, strict=True)
    ]
    weights_of_samples = np.concatenate([w for *_, w in batches]) if weighted else None
    expected = [
        np.average(np.concatenate(part), weights=weights_of_samples)
        for part in zip(*samples, strict=True)
    ]
    for accumulate in (1, 3):
        model = Positions()
        optimizer = nn.SGD(model.parameters(), 0.0)
        trained = nn.Trainer(model, BySample(), optimizer, metrics=[longest])
        trained.fit(batches, epochs=1, accumulate=accumulate, progress=False, validation_data=batches)
        for name, value in zip(["loss", "longest"], expected, strict=True):
            assert trained.history[name][0] == pytest.approx(value, rel=1e-6)
            assert trained.history[f"val_{name}"][0] == pytest.approx(value, rel=1e-6)
    assert trained.place.loss == pytest.approx(expected[0], rel=1e-6)  # of three batches in one step


@pytest.mark.parametrize("accumulate", [1, 2])
def test_outputs_that_count_differently_in_batches_of_several_lengths_are_refused(accumulate):
    class Both(Positions):
        """A prediction for each position, and one for each sample."""

        def forward(self, x):
            y = super().forward(x)
            return y, y[:, 0, :1].copy()

        def predict(self, x):
            y = super().predict(x)
            return y, y[:, 0, :1].copy()

        def backward(self, grad):
            every, first = grad
            every = every.copy()
            every[:, 0, :1] += first
            return super().backward(every)

    model = Both()
    loss = nn.Losses([nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()])
    trained = nn.Trainer(model, loss, nn.SGD(model.parameters(), 0.1), metrics=[])
    shorter = [(x[:2], (y[:2], np.zeros((2, 1)))) for x, y in sequences([4])]
    same = [(x, (y, np.zeros((5, 1)))) for x, y in sequences([4, 4])]
    trained.fit(same + shorter, epochs=1, accumulate=accumulate, progress=False)
    other = [(x, (y, np.zeros((5, 1)))) for x, y in sequences([4, 6])]
    with pytest.raises(ValueError, match=r"weighs .* in the losses of the outputs.*of one length"):
        trained.fit(other, epochs=1, accumulate=accumulate, progress=False)


def heads(lr=0.1):
    model = nn.Fork(nn.Dense(4, 3, rng=0), nn.Dense(4, 1, rng=1))
    loss = nn.Losses([nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()], factors=[1.0, 0.5])
    return nn.Trainer(model, loss, nn.SGD(model.parameters(), lr))


TARGETS = (Y, X[:, :1].copy())


@pytest.mark.parametrize("second", [None, W[::-1].copy()], ids=["none", "weights"])
def test_each_target_may_have_weights_of_its_own(second):
    trained = heads(lr=0.0)
    prediction = trained.model.predict(X)
    given = (W, second)
    options = {"validation_data": (X, TARGETS, given), "batch_size": 8, **OPTIONS}
    history = trained.fit(X, TARGETS, epochs=1, sample_weight=given, **options)
    expected = trained.loss.evaluate(prediction, TARGETS, given)
    parts = [
        loss.evaluate(p, t, w)
        for loss, p, t, w in zip(trained.loss.losses, prediction, TARGETS, given, strict=True)
    ]
    for prefix in ("", "val_"):
        assert history[f"{prefix}loss"][0] == pytest.approx(expected, rel=1e-6)
        for index, part in enumerate(parts):
            assert history[f"{prefix}loss_{index}"][0] == pytest.approx(part, rel=1e-6)


def test_weights_of_each_target_are_not_accumulated():
    with pytest.raises(ValueError, match="accumulate does not go with a tuple of weights"):
        heads().fit(X, TARGETS, epochs=1, batch_size=8, accumulate=2, sample_weight=(W, W), **OPTIONS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((W, -W), r"sample_weight\[1\]: expected weights that are finite"),
        ((W, 0 * W), r"sample_weight\[1\]: all weights are 0"),
        ((W, W, W), "sample_weight: expected one array of weights, or one for each target"),
        ((W[1:], W), r"sample_weight\[0\]: expected one weight for each of 50 samples"),
    ],
)
def test_wrong_weights_of_targets_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        heads().fit(X, TARGETS, epochs=1, sample_weight=given, **OPTIONS)


def test_one_array_of_weights_is_for_all_targets():
    one, other = heads(), heads()
    one.fit(X, TARGETS, epochs=2, sample_weight=W, **OPTIONS)
    other.fit(X, TARGETS, epochs=2, sample_weight=(W, W), **OPTIONS)
    np.testing.assert_array_equal(weights(one), weights(other))
    for name in one.history:
        np.testing.assert_allclose(one.history[name], other.history[name], rtol=1e-6)


def test_a_list_of_losses_is_answered_with_losses():
    model = heads().model
    with pytest.raises(TypeError, match=r"several outputs, give nn\.Losses\(\[\.\.\.\]\)"):
        nn.Trainer(model, [nn.MeanSquaredError()], nn.SGD(model.parameters(), lr=0.1))


def test_too_few_outputs_of_one_of_several_heads_are_refused():
    model = nn.Fork(nn.Dense(4, 1, rng=0), nn.Dense(4, 1, rng=1))
    trained = nn.Trainer(model, heads().loss, nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match="expected a network of at least 2 outputs"):
        trained.fit(X, (0 * Y, TARGETS[1]), epochs=1, **OPTIONS)


def test_dropout_and_weights_go_together():
    trained = trainer(momentum=0.9)
    history = trained.fit(X, Y, epochs=30, sample_weight=W, **OPTIONS)
    assert history["loss"][-1] < 0.8 * history["loss"][0]


def test_weights_of_each_target_in_some_batches_only_are_refused():
    with pytest.raises(ValueError, match="some batches have a tuple of weights, others do not"):
        heads().fit([(X, TARGETS, (W, W)), (X, TARGETS)], epochs=1, progress=False)


def test_a_metric_without_a_value_is_absent_in_that_epoch():
    def undefined(prediction, target):
        if len(target) < 50:
            raise UndefinedMetric("too few samples")
        return 1.0

    trained = plain(metrics=[undefined])
    with pytest.warns(UserWarning, match="fit: epoch 1: undefined has no value: too few") as noticed:
        trained.fit(X[:20], Y[:20], epochs=3, validation_data=(X, Y), **OPTIONS)
    assert len(noticed) == 1
    assert list(trained.history) == ["loss", "penalty", "val_loss", "val_undefined"]
    trained.fit(X, Y, epochs=1, **OPTIONS)
    assert np.isnan(trained.history["undefined"]).tolist() == [True] * 3 + [False]


def test_the_reason_for_a_missing_figure_does_not_name_it_twice():
    trained = plain()
    trained.loss, trained.metrics = nn.MeanSquaredError(), ["r2"]
    with pytest.warns(UserWarning, match=r"^Trainer\.evaluate: r2 has no value: the target is const"):
        assert list(trained.evaluate(X, np.ones((50, 3)))) == ["loss"]


def test_validation_data_in_which_no_sample_counts_are_noticed():
    with pytest.warns(UserWarning, match="val_loss has no value: no sample counts"):
        plain().fit(X, Y, epochs=1, validation_data=[(X, Y, 0 * W)], **OPTIONS)
