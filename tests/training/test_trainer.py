"""Trainer: steps, epochs, evaluation, prediction, and checks of its arguments."""

from functools import partial

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Residual, pending
from tests.training.trainers_for_tests import X, Y, data, trainer, weights


def test_a_step_is_forward_loss_backward_and_update():
    x, y = data()
    one, other = trainer(weight_decay=0.01), trainer(weight_decay=0.01)
    value = one.step(x, y)
    assert isinstance(value, float)
    assert value == other.loss.forward(other.model.forward(x), y)
    other.model.backward(other.loss.backward())
    other.optimizer.step()
    np.testing.assert_array_equal(weights(one), weights(other))


def test_fit_learns_and_records_its_history():
    x, y = data()
    trained = trainer(momentum=0.9)
    history = trained.fit(x, y, epochs=30, batch_size=10, validation_data=(x, y), rng=0, progress=False)
    assert history is trained.history
    assert list(history) == ["loss", "penalty", "accuracy", "val_loss", "val_accuracy"]
    assert {len(values) for values in history.values()} == {30}
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    evaluated = trained.evaluate(x, y)
    assert evaluated == {"loss": history["val_loss"][-1], "accuracy": history["val_accuracy"][-1]}


def test_the_same_seed_gives_the_same_weights():
    x, y = data()
    found = []
    for _ in range(2):
        trained = trainer(rng=3)
        trained.fit(x, y, epochs=3, batch_size=8, rng=np.random.default_rng(5), progress=False)
        found.append(weights(trained))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("momentum", [0, 0.9])
@pytest.mark.parametrize("parts", [(2, 2), (1, 3), (1, 1, 2)])
def test_a_run_resumed_from_weights_and_optimizer_continues_the_order_of_its_seed(
    parts, momentum, tmp_path
):
    def make():
        model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
        optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=momentum)
        return nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)

    whole, part = make(), make()
    whole.fit(X, Y, epochs=4, batch_size=8, rng=7, progress=False)
    for epochs in parts:
        before, part = part, make()
        before.model.save_weights(tmp_path / "weights.npz")
        part.model.load_weights(tmp_path / "weights.npz")
        part.optimizer.load_state_dict(before.optimizer.state_dict())
        part.fit(X, Y, epochs=epochs, batch_size=8, rng=7, progress=False)
    np.testing.assert_array_equal(weights(part), weights(whole))


@pytest.mark.parametrize("stepping", [True, False])
def test_the_order_is_new_in_every_epoch_even_if_the_optimizer_takes_no_step(stepping):
    class Seeing(nn.Trainer):
        def step(self, x, y):
            seen.append(x)
            return super().step(x, y) if stepping else 0.0

    seen, plain = [], trainer()
    seeing = Seeing(plain.model, plain.loss, plain.optimizer)
    seeing.fit(X, Y, epochs=3, batch_size=len(X), rng=0, progress=False)
    assert len({array.tobytes() for array in seen}) == 3


@pytest.mark.parametrize("seed", [4, None])
def test_fitting_again_resumes_where_it_stopped(seed):
    x, y = data()
    once, twice = trainer(momentum=0.9), trainer(momentum=0.9)
    rng = [np.random.default_rng(1), np.random.default_rng(1)] if seed is None else [seed, seed]
    once.fit(x, y, epochs=6, batch_size=8, rng=rng[0], progress=False)
    twice.fit(x, y, epochs=2, batch_size=8, rng=rng[1], progress=False)
    history = twice.fit(x, y, epochs=4, batch_size=8, rng=rng[1], progress=False)
    np.testing.assert_array_equal(weights(once), weights(twice))
    assert dict(history) == dict(once.history)
    assert history.epochs == 6


def test_a_short_last_batch_is_weighted_by_its_size():
    x, y = data(50)
    trained = trainer(lr=0.0)  # the weights stay fixed, so the loss of a sample does too
    trained.model = nn.Sequential(
        *(layer for layer in trained.model if not isinstance(layer, nn.Dropout))
    )
    whole = trained.evaluate(x, y, batch_size=50)
    history = trained.fit(x, y, epochs=1, batch_size=32, validation_data=(x, y), rng=0, progress=False)
    for name in ("loss", "accuracy"):
        assert history[name][0] == pytest.approx(whole[name], rel=1e-6)
        assert history[f"val_{name}"][0] == pytest.approx(whole[name], rel=1e-6)
        assert trained.evaluate(x, y, batch_size=7)[name] == pytest.approx(whole[name], rel=1e-6)


def test_the_penalty_is_reported_separately_from_the_loss():
    x, y = data()
    trained = trainer(weight_decay=0.5, lr=0.0)
    history = trained.fit(x, y, epochs=1, batch_size=50, rng=0, progress=False)
    decaying = sum((p.value**2).sum() for p in trained.model.parameters() if p.decay)
    assert history["penalty"][0] == pytest.approx(0.25 * decaying, rel=1e-6)
    assert history["loss"][0] < 3


def test_fit_accepts_lists_and_integers():
    trained = trainer()
    trained.fit([[1, 2, 3, 4], [4, 3, 2, 1]], [0, 2], epochs=1, rng=0, progress=False)
    assert weights(trained).dtype == np.float32


def test_fit_accepts_a_memmap(tmp_path):
    x, y = data()
    np.save(tmp_path / "x.npy", x)
    one, other = trainer(), trainer()
    one.fit(np.load(tmp_path / "x.npy", mmap_mode="r"), y, epochs=2, rng=0, progress=False)
    other.fit(x, y, epochs=2, rng=0, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))


def test_regression_has_no_metrics_by_default(rng):
    x = rng.standard_normal((40, 2))
    model = nn.Sequential(nn.Dense(2, 1, rng=rng))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    plain = nn.Trainer(model, nn.MeanSquaredError(), optimizer)
    assert list(plain.evaluate(x, x[:, :1])) == ["loss"]
    named = nn.Trainer(model, nn.MeanSquaredError(), optimizer, metrics=["mean_absolute_error"])
    history = named.fit(x, x[:, :1], epochs=20, rng=0, progress=False)
    assert history["mean_absolute_error"][-1] < 0.1 < history["mean_absolute_error"][0]


def test_a_metric_may_be_a_function():
    def largest(prediction, target):
        return prediction.max()

    x, y = data()
    assert list(trainer(metrics=[largest, "accuracy"]).evaluate(x, y)) == [
        "loss",
        "largest",
        "accuracy",
    ]


def test_a_metric_with_options_has_the_name_of_its_function():
    metrics = trainer(metrics=[partial(nn.recall, of_class=1), nn.precision]).metrics
    assert list(metrics) == ["recall", "precision"]


@pytest.mark.parametrize(
    ("metrics", "error", "match"),
    [
        (["perplexity"], ValueError, r"unknown metric 'perplexity'; there are \['accuracy', "),
        (["F1"], ValueError, r"unknown metric 'F1' \(did you mean 'f1'\?\); there are"),
        (["AUC"], ValueError, r"unknown metric 'AUC' \(did you mean 'roc_auc'\?\); there are"),
        ("accuracy", TypeError, "expected a list of metrics"),
        (5, TypeError, "expected a list of metrics"),
        ([5], TypeError, "a metric is a name or a function, got 5"),
        (["accuracy", nn.accuracy], ValueError, "two figures are named 'accuracy': give a dict"),
        ([lambda y, t: 0.0], ValueError, r"a lambda has no name: give a dict, metrics=\{"),
        ([nn.of_labels(lambda y, t: 0.0)], ValueError, "a lambda has no name"),
    ],
)
def test_invalid_metrics_are_rejected(metrics, error, match):
    with pytest.raises(error, match=match):
        trainer(metrics=metrics)


def test_an_argument_of_the_wrong_type_is_named():
    model, loss = nn.Sequential(nn.Dense(2, 2)), nn.SoftmaxCrossEntropy()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TypeError, match="expected model to be a Layer, got 5"):
        nn.Trainer(5, loss, optimizer)
    with pytest.raises(TypeError, match=r"expected loss to be a Loss, got .*: make one, with \(\)"):
        nn.Trainer(model, nn.SoftmaxCrossEntropy, optimizer)
    with pytest.raises(TypeError, match="expected optimizer to be an Optimizer"):
        nn.Trainer(model, loss, loss)


# Checks before training changes anything


def assert_rejected(error, match, x=None, y=None, verb="fit", **arguments):
    trained = trainer()
    before = weights(trained)
    good_x, good_y = data()
    x, y = good_x if x is None else x, good_y if y is None else y
    if verb == "fit":
        arguments = {"epochs": 1, "progress": False} | arguments
    with pytest.raises(error, match=match):
        getattr(trained, verb)(x, y, **arguments)
    np.testing.assert_array_equal(weights(trained), before)
    assert trained.history.epochs == 0


def changed(array, value, *place):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        ({"x": changed(X, np.nan, 17, 3)}, ValueError, "x holds nan at row 17, column 3"),
        ({"x": changed(X, np.inf, 0, 0)}, ValueError, "x holds inf at row 0, column 0"),
        ({"x": X.astype(object)}, TypeError, "expected x of real numbers, got dtype object"),
        ({"x": X.astype(complex)}, TypeError, "got dtype complex128"),
        ({"x": X.astype(str)}, TypeError, "expected x of real numbers"),
        ({"x": X[:0], "y": Y[:0]}, ValueError, "at least one sample"),
        ({"x": X[:, :3]}, ValueError, r"expected input of shape \(N, 4\), got \(1, 3\)"),
        ({"x": X[0]}, ValueError, "equal length"),
        ({"y": Y[:-1]}, ValueError, "equal length"),
        ({"y": changed(Y, 3, 49)}, ValueError, "expected labels in 0 ... 2, got labels from 0 to 3"),
        ({"y": changed(Y, -1, 49)}, ValueError, "got labels from -1 to 2"),
        ({"y": Y.astype(float)}, TypeError, "expected integer labels"),
        ({"y": Y[:, np.newaxis]}, ValueError, r"got int64 of shape \(50, 1\)"),
        ({"y": Y.astype(str)}, TypeError, "expected y of real numbers"),
        ({"y": np.array(1)}, ValueError, "at least one sample"),
        ({"y": nn.one_hot(Y, 4)}, ValueError, r"probability targets of shape \(50, 3\)"),
    ],
)
def test_bad_data_is_rejected(verb, wrong, error, match):
    assert_rejected(error, match, verb=verb, **wrong)


def test_bad_validation_data_is_rejected_before_training():
    assert_rejected(
        ValueError, "validation_data.*x holds nan", validation_data=(changed(X, np.nan, 1, 1), Y)
    )
    assert_rejected(ValueError, "got labels from 0 to 5", validation_data=(X, changed(Y, 5, 1)))
    assert_rejected(ValueError, r"validation_data: expected a pair \(x, y\)", validation_data=X)


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_epochs_and_batch_size_must_be_positive_whole_numbers(name):
    for count in (0, -1):
        assert_rejected(
            ValueError, f"Trainer.fit: {name} must be at least 1, got {count}", **{name: count}
        )
    for count in (2.5, 2.0, "2", True):
        assert_rejected(TypeError, f"Trainer.fit: {name} must be a whole number", **{name: count})


def test_evaluate_checks_its_batch_size():
    assert_rejected(
        ValueError, "Trainer.evaluate: batch_size must be at least 1", verb="evaluate", batch_size=0
    )


def test_an_invalid_seed_is_rejected():
    assert_rejected(
        TypeError,
        r"Trainer.fit: rng must be a seed \(an int\), a numpy Generator or None, got 0.5",
        rng=0.5,
    )
    assert_rejected(ValueError, "rng as a seed must be at least 0, got -1", rng=-1)


def test_a_rejected_step_leaves_nothing_saved():
    assert_rejected(ValueError, "expected labels", y=changed(Y, 9, 0), verb="step")
    trained = trainer()
    with pytest.raises(ValueError, match="expected labels"):
        trained.step(X, changed(Y, 9, 0))
    assert not any(pending(trained.model))


def test_training_skips_the_gradient_of_the_input():
    trained = trainer()
    trained.model[0].backward = None  # would fail if it were called
    before = weights(trained)
    trained.step(X, Y)
    assert trained.fit(X, Y, epochs=1, progress=False).epochs == 1
    assert not np.array_equal(weights(trained), before)


def test_a_layer_without_predict_is_named_before_training():
    class Silent(Residual):
        predict = nn.Layer.predict

    model = nn.Sequential(Silent(nn.Dense(2, 2)))
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(NotImplementedError, match="Silent holds layers: define predict"):
        trained.fit(np.ones((2, 2)), np.ones((2, 2)), epochs=1)


def test_an_optimizer_of_another_model_is_rejected():
    model, other = nn.Dense(2, 2), nn.Dense(2, 2)
    with pytest.raises(ValueError, match="no parameter of the optimizer belongs to the model"):
        nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(other.parameters(), lr=0.1))


@pytest.mark.parametrize("figure", [np.ones(2), None])
def test_a_metric_that_does_not_return_a_number_is_named_before_training(figure):
    def broken(prediction, target):
        return figure

    trained = trainer(metrics=[broken])
    before = weights(trained)
    with pytest.raises(TypeError, match="the metric 'broken' must return a number, got"):
        trained.fit(X, Y, epochs=1, progress=False)
    np.testing.assert_array_equal(weights(trained), before)


def test_a_loss_that_does_not_return_a_float_is_named_before_training():
    class Broken(nn.Loss):
        def forward(self, prediction, target):
            return None

    model = nn.Dense(4, 3)
    trained = nn.Trainer(model, Broken(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(TypeError, match=r"Broken\(\).forward must return a float, got None"):
        trained.fit(X, Y, epochs=1, progress=False)


def test_evaluation_leaves_nothing_saved_in_a_nested_loss():
    class Double(nn.Loss):
        def __init__(self):
            self.inner = nn.MeanSquaredError()

        def forward(self, prediction, target):
            return 2 * self.inner.forward(prediction, target)

        def backward(self, grad=1.0):
            return self.inner.backward(2 * grad)

    model, loss = nn.Dense(4, 3), Double()
    trained = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1))
    trained.fit(X, X[:, :3], epochs=2, validation_data=(X, X[:, :3]), progress=False)
    trained.evaluate(X, X[:, :3])
    assert loss.inner.pending == 0


def test_errors_in_data_say_which_data_it_was():
    with pytest.raises(ValueError, match="expected labels") as info:
        trainer().fit(X, Y, epochs=1, validation_data=(X, changed(Y, 7, 0)), progress=False)
    assert info.value.__notes__ == ["in Trainer.fit: validation_data: x has shape (50, 4), y (50,)"]


def test_leftover_gradients_and_forwards_do_not_affect_training():
    one, other = trainer(), trainer()
    one.model.backward(one.model.forward(X))
    one.model.forward(X)
    one.model.load_state_dict(other.model.state_dict())
    one.model[2].rng = np.random.default_rng(9)
    other.model[2].rng = np.random.default_rng(9)
    with pytest.warns(UserWarning, match="To evaluate a network use predict"):
        one.fit(X, Y, epochs=1, rng=0, progress=False)
    other.fit(X, Y, epochs=1, rng=0, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))


def test_predicting_in_batches_matches_the_model():
    trained = trainer()
    whole = trained.model.predict(X)
    for batch_size in (1, 7, len(X), len(X) + 1):
        found = trained.predict(X.tolist(), batch_size=batch_size)
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)
        assert found.dtype == np.float32
    assert trained.predict(X[:0]).shape == (0, whole.shape[1])
    assert not any(pending(trained.model))


def test_predict_rejects_invalid_arguments():
    with pytest.raises(ValueError, match=r"Trainer\.predict: batch_size must be at least 1"):
        trainer().predict(X, batch_size=0)
    with pytest.raises(ValueError, match="expected input of shape"):
        trainer().predict(X[0])
    with pytest.raises(ValueError, match="expected input of shape"):
        trainer().predict(3.0)


class Counting(nn.Trainer):
    """Counts its steps, and may do something else in them."""

    calls = 0

    def step(self, x, y):
        self.calls += 1
        return super().step(x, y)


def on(kind, **options):
    model = nn.Sequential(nn.Dense(4, 3, rng=0))
    return kind(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1), **options)


def test_fit_calls_an_overridden_step():
    counting, plain = on(Counting), on(nn.Trainer)
    history = counting.fit(X, Y, epochs=2, batch_size=10, rng=0, progress=False)
    assert counting.calls == 2 * -(-len(X) // 10)
    assert dict(history) == dict(plain.fit(X, Y, epochs=2, batch_size=10, rng=0, progress=False))


def test_figures_are_those_of_the_batch_that_a_step_made():
    class Doubling(nn.Trainer):
        def step(self, x, y):
            return super().step(np.concatenate([x, x]), np.concatenate([y, y]))

    history = on(Doubling).fit(X, Y, epochs=1, batch_size=len(X), rng=0, progress=False)
    plain = on(nn.Trainer).fit(X, Y, epochs=1, batch_size=len(X), rng=0, progress=False)
    assert history["accuracy"] == plain["accuracy"]


def test_a_step_may_train_in_its_own_way():
    class Own(nn.Trainer):
        def step(self, x, y):
            value = self.loss.forward(self.model.forward(x), y)
            self.model.backward_parameters(self.loss.backward())
            self.optimizer.step()
            return value

    history = on(Own).fit(X, Y, epochs=3, rng=0, progress=False)
    assert history["loss"][-1] < history["loss"][0]
    assert len(history["accuracy"]) == 3


def test_a_step_that_returns_no_loss_is_refused():
    class Silent(nn.Trainer):
        def step(self, x, y):
            super().step(x, y)

    with pytest.raises(TypeError, match=r"Silent.step must return the loss, a float, got None"):
        on(Silent).fit(X, Y, epochs=1, rng=0, progress=False)


def test_a_trainer_shows_its_parts():
    model = nn.Sequential(nn.Dense(2, 3))
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.Optimizer(model.parameters(), lr=0.1))
    assert repr(trainer).startswith("Trainer(Sequential(Dense(2, 3)), MeanSquaredError(), Optimizer(")


@pytest.mark.parametrize(
    ("module", "note"),
    [
        (__name__, "in the metric 'rank'"),
        ("sklearn.metrics._rank", "in the metric 'rank': give nn.metrics.of_labels(rank)"),
    ],
)
@pytest.mark.parametrize("is_mean", [False, True])
def test_a_metric_that_raises_is_named(module, note, is_mean):
    def rank(y_true, y_pred):
        raise ValueError("expected 1 axis")

    rank.__module__ = module
    metric = nn.metrics.mean_over_samples(rank) if is_mean else rank
    model = nn.Sequential(nn.Dense(4, 3, rng=0))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=[metric])
    with pytest.raises(ValueError, match="expected 1 axis") as error:
        trainer.fit(np.zeros((6, 4)), np.arange(6) % 3, epochs=1, progress=False)
    assert error.value.__notes__ == [note]
    assert trainer.optimizer.steps == 0


@pytest.mark.parametrize("x", [[], (X, Y), X])
def test_data_without_targets_cannot_be_evaluated(x):
    with pytest.raises(TypeError, match=r"Trainer\.evaluate: expected x and y, .* and no y"):
        trainer().evaluate(x, None)


def test_processes_that_train_alone_side_by_side_are_told(monkeypatch):
    monkeypatch.setenv("PMI_SIZE", "4")
    model = nn.Sequential(nn.Dense(2, 2, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.warns(UserWarning, match="one of 4 processes .* and each trains alone"):
        trainer.fit(np.eye(2), [0, 1], epochs=1, progress=False, health=False)
