"""How the estimators train: sparse rows, early stopping, weights, callbacks, Ctrl-C."""

import copy
import math
import os
import pickle
import signal

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse
from sklearn.base import clone

import nnlayers as nn
from nnlayers.sklearn import NNClassifier
from nnlayers.training import interrupts
from tests.sklearn.data_for_tests import NUMBERS, WORDS, X, Y, classifier, regressor

THIN = np.where(np.abs(X) > 1, X, 0)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_sparse_rows_give_what_dense_ones_give(form, early_stopping):
    options = {"early_stopping": early_stopping, "class_weight": "balanced"}
    weights = np.linspace(1, 2, len(X))
    dense = classifier(**options).fit(THIN, WORDS, sample_weight=weights)
    thin = classifier(**options).fit(form(THIN), WORDS, sample_weight=weights)
    assert dense.loss_curve_ == thin.loss_curve_
    np.testing.assert_array_equal(dense.predict_proba(THIN), thin.predict_proba(form(THIN)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_regression_gives_what_dense_does(dtype):
    x = THIN.astype(dtype)
    dense, thin = regressor().fit(x, NUMBERS), regressor().fit(sparse.csr_array(x), NUMBERS)
    assert dense.loss_curve_ == thin.loss_curve_
    np.testing.assert_array_equal(dense.predict(x), thin.predict(x))


def test_sparse_rows_are_made_dense_batch_by_batch(monkeypatch):
    largest, toarray = [], sparse.csr_array.toarray
    monkeypatch.setattr(
        sparse.csr_array, "toarray", lambda self: largest.append(self.shape[0]) or toarray(self)
    )
    many = sparse.random_array((3000, 4), density=0.5, format="csr", rng=0)
    found = classifier(epochs=1).fit(many, np.arange(3000) % 2)
    assert max(largest) == 32
    found.predict(many)
    assert max(largest) == 1024


def test_early_stopping_ends_and_puts_the_best_weights_back():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 2, 200)  # nothing to learn, so the held loss grows soon
    x = rng.standard_normal((200, 5))
    stopping = classifier(
        hidden_layer_sizes=(50,), epochs=300, early_stopping=True, patience=3, validation_fraction=0.3
    )
    found = stopping.fit(x, noise)
    held = found.trainer_.history["val_loss"]
    assert found.n_iter_ == len(held) < 100
    best = int(np.argmin(held)) + 1
    assert found.n_iter_ == best + 3
    up_to_the_best = clone(stopping).set_params(epochs=best, patience=300).fit(x, noise)
    np.testing.assert_array_equal(found.predict_proba(x), up_to_the_best.predict_proba(x))


def test_the_samples_set_aside_have_the_proportions_of_the_classes():
    seen = []

    class Look(nn.Callback):
        def start(self, trainer):
            seen.append([np.bincount(y) for _, y, *_ in trainer._loop.validation])

    y = np.repeat([0, 1], [90, 30])
    classifier(early_stopping=True, callbacks=[Look()]).fit(X, y)
    assert np.sum(seen, axis=(0, 1)).tolist() == [9, 3]


@pytest.mark.parametrize("fraction", [1, 2.0, -0.5])
def test_a_share_is_below_one(fraction):
    with pytest.raises(ValueError, match="NNClassifier: validation_fraction must be in"):
        classifier(early_stopping=True, validation_fraction=fraction).fit(X, Y)


@pytest.mark.parametrize("fraction", [0.0, 0.01])
def test_a_share_that_cannot_be_set_aside_is_refused(fraction):
    found = classifier(early_stopping=True, validation_fraction=fraction)
    with pytest.raises(ValueError, match="test_size") as error:
        found.fit(X, Y)
    assert f"sets validation_fraction={fraction} of 120 samples aside" in error.value.__notes__[0]


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (np.zeros(120), ValueError, "all weights are zero"),
        (-np.ones(120), ValueError, "finite and at least 0, got -1.0"),
        (np.full(120, np.nan), ValueError, "NaN"),
        (np.ones(119), ValueError, r"expected sample_weight of shape \(120,\), got \(119,\)"),
        (np.ones((120, 1)), ValueError, r"got \(120, 1\)"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        regressor().fit(X, NUMBERS, sample_weight=weights)


def test_callbacks_are_called_and_can_end_a_fit():
    stop = nn.EarlyStopping("loss", patience=2, min_delta=10.0)
    found = classifier(epochs=50, callbacks=[stop]).fit(X, Y)
    assert (found.n_iter_, stop.best_epoch) == (3, 1)


def test_verbose_shows_the_epochs(capsys):
    classifier(verbose=True).fit(X, Y)
    assert "epoch 3/3" in capsys.readouterr().err
    classifier().fit(X, Y)
    assert capsys.readouterr().err == ""


def test_what_looks_wrong_is_said():
    with pytest.warns(nn.HealthWarning, match="input-scale"):
        classifier(epochs=20).fit(X + 1e3, Y)


def test_training_that_explodes_says_where():
    with pytest.raises(FloatingPointError, match="epoch 1, batch"):
        regressor().fit(X.astype(np.float32) * 1e30, NUMBERS)


class Press(nn.Callback):
    """Presses Ctrl-C in the second epoch."""

    def after_epoch(self, trainer, figures):
        if trainer.place.epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    monkeypatch.setattr(interrupts.Interrupts, "unknown", (-math.inf, None))
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        found = NNClassifier((8,), epochs=50, callbacks=[Press()], random_state=0).fit(X, WORDS)
        assert found.trainer_.interrupted
    finally:
        signal.signal(signal.SIGINT, old)
    assert found.n_iter_ == len(found.loss_curve_) == 2
    two = NNClassifier((8,), epochs=2, random_state=0).fit(X, WORDS)
    np.testing.assert_array_equal(found.predict_proba(X), two.predict_proba(X))


@pytest.mark.parametrize("change", [{"hidden_layer_sizes": (9,)}, {"model": nn.Dense(4, 3, rng=0)}])
def test_a_fit_that_goes_on_refuses_another_network(change):
    found = classifier(warm_start=True).fit(X, Y)
    before = found.predict_proba(X)
    found.set_params(**change)
    for goes_on in (found.fit, found.partial_fit):
        with pytest.raises(ValueError, match=r"^NNClassifier: hidden_layer_sizes or model is another"):
            goes_on(X, Y)
    np.testing.assert_array_equal(found.predict_proba(X), before)


def test_a_copy_goes_on_with_the_network_that_it_was_made_of():
    found = NNClassifier(model=nn.Dense(4, 3, rng=0), epochs=1, warm_start=True).fit(X, Y)
    for other in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert other.fit(X, Y).n_iter_ == 2
    sizes = classifier(hidden_layer_sizes=[5], warm_start=True).fit(X, Y)
    assert sizes.set_params(hidden_layer_sizes=np.array([5])).fit(X, Y).n_iter_ == 6


def test_the_mask_of_an_array_is_not_lost():
    x, y = np.ma.masked_array(X, X > 1), np.ma.masked_array(Y, X[:, 0] > 1)
    for name, *data in [("X", x, Y), ("y", X, y), ("sample_weight", X, Y, y)]:
        with pytest.raises(TypeError, match=rf"^NNClassifier: expected {name} without a mask"):
            classifier().fit(*data)
    with pytest.raises(TypeError, match=r"^NNClassifier: expected X without a mask"):
        classifier().fit(X, Y).predict(x)


@pytest.mark.parametrize("form", [np.array, sparse.csr_array])
def test_samples_set_aside_that_have_no_weight_are_refused(form):
    weights = np.arange(len(X)) < 3
    with pytest.raises(
        ValueError, match=r"^NNClassifier: all 12 samples that early_stopping=True sets"
    ):
        classifier(early_stopping=True).fit(form(X), Y, sample_weight=weights)
