"""NNRegressor."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler

from nnlayers.sklearn import NNClassifier, NNRegressor
from tests.sklearn.data_for_tests import NUMBERS, X, regressor


def test_it_learns_several_outputs():
    found = regressor(epochs=60).fit(X, NUMBERS)
    assert found.score(X, NUMBERS) > 0.9
    assert found.predict(X).shape == NUMBERS.shape
    np.testing.assert_array_equal(found.predict(X), found.model_.predict(X))


@pytest.mark.parametrize("y", [NUMBERS[:, 0], NUMBERS[:, :1], NUMBERS])
def test_predictions_have_the_form_of_y(y):
    found = regressor().fit(X, y)
    assert found.predict(X).shape == y.shape
    assert found.n_outputs_ == y[0].size


def test_the_loss_is_the_mean_squared_error():
    found = regressor(epochs=1, learning_rate=0.0).fit(X, NUMBERS)
    expected = np.mean((found.predict(X) - NUMBERS) ** 2)
    assert found.loss_curve_ == pytest.approx([expected])


def test_partial_fits_are_the_epochs_of_a_fit():
    found = regressor()
    for _ in range(3):
        found.partial_fit(X, NUMBERS)
    whole = clone(found).fit(X, NUMBERS)
    np.testing.assert_array_equal(found.predict(X), whole.predict(X))
    with pytest.raises(ValueError, match=r"expected y with 2 columns, got shape \(120,\)"):
        found.partial_fit(X, NUMBERS[:, 0])
    with pytest.raises(ValueError, match="early_stopping=True needs all epochs"):
        regressor(early_stopping=True).partial_fit(X, NUMBERS)


def test_targets_are_standardized_by_scikit_learn():
    far = 1e4 + 100 * NUMBERS[:, 0]
    found = TransformedTargetRegressor(regressor(epochs=60), transformer=StandardScaler()).fit(X, far)
    assert found.score(X, far) > 0.9


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (NNRegressor, "loss", "NNRegressor has no argument 'loss': it follows from what is predicted"),
        (NNRegressor, "max_iter", "NNRegressor has no argument 'max_iter': use epochs"),
        (NNRegressor, "class_weight", "give sample_weight=w to fit"),
        (NNClassifier, "alpha", "NNClassifier has no argument 'alpha': use weight_decay"),
    ],
)
def test_unknown_arguments_are_answered_with_ours(kind, name, words):
    with pytest.raises(TypeError, match=words):
        kind(**{name: 1})
