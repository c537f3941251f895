"""NNClassifier."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnlayers as nn
from nnlayers.sklearn import NNClassifier
from tests.sklearn.data_for_tests import LABELS, SMALL, WORDS, X, Y, classifier


def test_it_learns_the_digits():
    x, y = nn.datasets.load_digits()
    found = NNClassifier((32,), epochs=8, random_state=0).fit(x[:1200], y[:1200])
    assert found.score(x[1200:], y[1200:]) > 0.85
    assert found.n_iter_ == len(found.loss_curve_) == 8
    assert found.loss_curve_[-1] < found.loss_curve_[0] / 3


def test_the_predictions_are_those_of_the_network():
    found = classifier().fit(X, Y)
    z = found.model_.predict(X)
    np.testing.assert_array_equal(found.decision_function(X), z)
    np.testing.assert_array_equal(found.predict_proba(X), nn.softmax(z))
    np.testing.assert_array_equal(found.predict(X), z.argmax(axis=1))


def test_the_loss_curve_is_that_of_the_trainer():
    found = classifier().fit(X, Y)
    assert found.loss_curve_ == found.trainer_.history["loss"]
    still = classifier(epochs=1, learning_rate=0.0).fit(X, Y)
    z = still.model_.predict(X)
    assert still.loss_curve_ == pytest.approx([nn.SoftmaxCrossEntropy().forward(z, Y)])


@pytest.mark.parametrize("dtype", [WORDS.dtype, object])
def test_classes_may_be_words(dtype):
    found = classifier(epochs=60).fit(X, WORDS.astype(dtype))
    assert found.classes_.tolist() == ["eggs", "ham", "spam"]
    assert found.score(X, WORDS) > 0.9
    numbers = classifier(epochs=60).fit(X, np.searchsorted(found.classes_, WORDS))
    np.testing.assert_array_equal(found.predict_proba(X), numbers.predict_proba(X))


def test_the_decision_of_two_classes_is_a_difference_of_logits():
    found = classifier().fit(X, Y > 0)
    z = found.model_.predict(X)
    decision = found.decision_function(X)
    np.testing.assert_array_equal(decision, z[:, 1] - z[:, 0])
    np.testing.assert_array_equal(found.predict(X), decision > 0)


def test_several_labels_have_probabilities_of_their_own():
    found = classifier(epochs=60).fit(X, LABELS)
    assert found.n_outputs_ == 2
    z = found.decision_function(X)
    np.testing.assert_array_equal(found.predict_proba(X), nn.sigmoid(z))
    np.testing.assert_array_equal(found.predict(X), z > 0)
    assert found.score(X, LABELS) > 0.9
    again = classifier(epochs=60).fit(X, sparse.csr_matrix(LABELS))
    np.testing.assert_array_equal(again.predict_proba(X), found.predict_proba(X))


def test_fits_with_one_seed_are_equal_and_others_are_not():
    found = classifier().fit(X, Y)
    first = found.predict_proba(X)
    np.testing.assert_array_equal(clone(found).fit(X, Y).predict_proba(X), first)
    np.testing.assert_array_equal(found.fit(X, Y).predict_proba(X), first)
    assert (classifier(random_state=1).fit(X, Y).predict_proba(X) != first).any()


def test_it_computes_in_the_dtype_of_the_data():
    assert classifier().fit(X.astype(np.float32), Y).predict_proba(X).dtype == np.float32
    assert classifier().fit(X, Y).predict_proba(X.astype(np.float32)).dtype == np.float64


def test_whole_weights_equal_repetitions_in_full_batches():
    counts = np.arange(len(X)) % 4
    weighted = classifier(batch_size=500).fit(X, Y, sample_weight=counts)
    repeated = classifier(batch_size=500).fit(X.repeat(counts, axis=0), Y.repeat(counts))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-9)


def test_weights_of_classes_are_weights_of_their_samples():
    weights = {"ham": 1.0, "spam": 5.0, "eggs": 0.5}
    by_class = classifier(class_weight=weights).fit(X, WORDS, sample_weight=np.full(len(X), 2.0))
    own = [2 * weights[word] for word in WORDS]
    by_sample = classifier().fit(X, WORDS, sample_weight=own)
    np.testing.assert_array_equal(by_class.predict_proba(X), by_sample.predict_proba(X))
    counts = {word: (word == WORDS).sum() for word in weights}
    balanced = classifier(class_weight="balanced").fit(X, WORDS)
    by_sample = classifier().fit(X, WORDS, sample_weight=[40 / counts[word] for word in WORDS])
    np.testing.assert_allclose(balanced.predict_proba(X), by_sample.predict_proba(X), rtol=1e-12)


def test_partial_fit_is_one_epoch_and_goes_on():
    found = classifier().partial_fit(X, WORDS, classes=["spam", "ham", "eggs"])
    for _ in range(2):
        found.partial_fit(X, WORDS)
    whole = classifier(epochs=3).fit(X, WORDS)
    np.testing.assert_array_equal(found.predict_proba(X), whole.predict_proba(X))
    assert found.loss_curve_ == whole.loss_curve_
    assert found.n_iter_ == 3


def test_partial_fit_takes_batches_that_lack_classes():
    found = classifier(class_weight={"ham": 2.0})
    found.partial_fit(X[Y == 1], WORDS[Y == 1], classes=np.unique(WORDS))
    found.partial_fit(X, WORDS)
    assert found.predict_proba(X).shape == (len(X), 3)
    with pytest.raises(ValueError, match=r"expected the classes .* got 'bacon' in row 1"):
        found.partial_fit(X[:2], ["ham", "bacon"])
    with pytest.raises(ValueError, match="expected the classes of before"):
        found.partial_fit(X, WORDS, classes=["ham", "spam"])


def test_words_are_not_taken_for_the_numbers_that_they_name():
    found = classifier().fit(X, Y)
    with pytest.raises(ValueError, match=r"expected the classes \[0, 1, 2\], got '1' in row 0"):
        found.partial_fit(X[:1], ["1"])
    np.testing.assert_array_equal(found.partial_fit(X, Y.astype(float)).classes_, [0, 1, 2])


def test_labels_in_parts_need_no_classes_and_refuse_others():
    found = classifier()
    for rows in (slice(0, 60), slice(60, 120)):
        found.partial_fit(X[rows], LABELS[rows])
    assert found.n_iter_ == 2
    with pytest.raises(ValueError, match=r"np.arange\(2\), for y of shape \(120, 2\), got \[0, 1, 2\]"):
        classifier().partial_fit(X, LABELS, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="expected y with 2 columns of 0 and 1"):
        found.partial_fit(X, Y > 0)
    with pytest.raises(ValueError, match=r"with values such as '[01]'"):
        found.partial_fit(X, LABELS.astype(str))
    with pytest.raises(ValueError, match="expected one class a sample, as before"):
        classifier().fit(X, Y).partial_fit(X, LABELS)


def test_partial_fit_goes_by_a_learning_rate_that_was_set():
    found = classifier().partial_fit(X, Y, classes=[0, 1, 2])
    before = found.predict_proba(X)
    found.set_params(learning_rate=0.0).partial_fit(X, Y)
    np.testing.assert_array_equal(found.predict_proba(X), before)


def test_a_warm_start_goes_on_and_a_cold_one_forgets():
    warm = classifier(warm_start=True).fit(X, Y)
    first = warm.loss_curve_
    warm.fit(X, Y)
    assert warm.loss_curve_[:3] == first
    assert warm.n_iter_ == 6
    assert warm.loss_curve_[3] < first[-1]
    assert warm.set_params(warm_start=False).fit(X, Y).loss_curve_ == first


def test_a_pickle_goes_on_like_the_estimator():
    found = classifier().fit(X, WORDS)
    twin = pickle.loads(pickle.dumps(found))
    for one in (found, twin):
        one.partial_fit(X, WORDS)
    np.testing.assert_array_equal(found.predict_proba(X), twin.predict_proba(X))


def test_it_is_searched_in_a_pipeline_by_two_processes():
    pipeline = make_pipeline(StandardScaler(), classifier())
    grid = {"nnclassifier__learning_rate": [1e-6, 0.05]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(X, WORDS)
    assert search.best_params_["nnclassifier__learning_rate"] == 0.05
    assert search.best_score_ > 0.6
    best = make_pipeline(StandardScaler(), classifier()).set_params(**search.best_params_)
    assert cross_val_score(best, X, WORDS, cv=2).mean() == search.best_score_


def test_it_votes_with_others():
    voting = VotingClassifier([("a", classifier()), ("b", classifier(random_state=1))], voting="soft")
    voting.fit(X, WORDS)
    mean = np.mean([one.predict_proba(X) for one in voting.estimators_], axis=0)
    np.testing.assert_array_equal(voting.predict_proba(X), mean)


@pytest.mark.parametrize(
    ("options", "y", "error", "message"),
    [
        ({}, np.zeros(120), ValueError, "at least two classes, got one class, 0.0"),
        ({}, X[:, 0], ValueError, "Unknown label type: continuous"),
        ({}, np.stack([Y, Y], axis=1), ValueError, "MultiOutputClassifier"),
        (
            {},
            LABELS + 1,
            ValueError,
            r"expected y with 2 columns of 0 and 1, .* \(120, 2\), with values such as 2",
        ),
        ({"class_weight": {"ham": 1, "spamm": 2}}, WORDS, ValueError, "are not in class_weight"),
        (
            {"class_weight": {"ham": -1, "spam": 2, "eggs": 1}},
            WORDS,
            ValueError,
            "at least 0, got -1.0",
        ),
        ({"class_weight": "balanced"}, LABELS, ValueError, "class_weight is for one class a sample"),
    ],
)
def test_targets_and_class_weights_that_do_not_fit_are_refused(options, y, error, message):
    found = classifier(**options)
    with pytest.raises(error, match=message):
        found.fit(X, y)
    assert not hasattr(found, "n_features_in_")


def test_partial_fit_refuses_what_needs_all_data():
    with pytest.raises(ValueError, match="the first call needs classes"):
        classifier().partial_fit(X, WORDS)
    with pytest.raises(ValueError, match=r"early_stopping=True needs all epochs"):
        classifier(early_stopping=True).partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="'balanced' needs all data"):
        classifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


def test_a_fit_that_fails_leaves_the_estimator_as_it_was():
    found = classifier().fit(X, WORDS)
    before = found.predict_proba(X)
    with pytest.raises(ValueError, match="lr must be in"):
        found.set_params(learning_rate=-1.0).fit(X[:, :2], Y)
    np.testing.assert_array_equal(found.predict_proba(X), before)
    assert found.n_features_in_ == 4
    assert found.predict(X)[0] in WORDS


def test_the_arguments_are_those_of_the_signature():
    assert classifier().get_params().keys() >= {*SMALL, "class_weight", "model", "verbose"}
    assert repr(NNClassifier(model=nn.Dense(4, 3))) == "NNClassifier(model=Dense(4, 3))"


def test_classes_that_have_no_order_are_refused():
    x, found = [[1.0], [2.0]], classifier()
    for train in (
        lambda: found.fit(x, np.array(["a", None], object)),
        lambda: found.partial_fit(x, [0, 1], classes=[0, 1, None]),
    ):
        with pytest.raises(TypeError, match="'<' not supported") as caught:
            train()
        assert caught.value.__notes__ == [
            "NNClassifier: classes are all numbers or all texts, as np.array(y, str) makes them"
        ]


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([True, False], r"such as True: np.array\(y, str\) makes texts, np.array\(y, int\) numbers$"),
        ([1, "a"], r"such as 'a' and 1: np.array\(y, str\) makes texts$"),
    ],
)
def test_objects_as_classes_are_refused(y, words):
    with pytest.raises(
        ValueError, match=rf"^NNClassifier: Unknown .* expected classes that .* {words}"
    ):
        classifier().fit([[1.0], [2.0]], np.array(y, object))


def test_balanced_weights_of_a_class_without_samples_name_the_classes():
    x = np.arange(6.0)[:, np.newaxis]
    classifier = NNClassifier((5,), epochs=1, class_weight="balanced", warm_start=True)
    classifier.fit(x, [0, 1, 2, 0, 1, 2])
    with pytest.raises(ValueError, match="valid labels") as caught:
        classifier.fit(x, [0, 1, 1, 0, 1, 1])
    assert (
        "class_weight='balanced' for y with the classes [0, 1] of [0, 1, 2]"
        in caught.value.__notes__[0]
    )
