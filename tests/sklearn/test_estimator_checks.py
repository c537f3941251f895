"""scikit-learn's own checks of estimators, all of them."""

import pytest

pytest.importorskip("sklearn")

from sklearn.utils.estimator_checks import parametrize_with_checks

from nnlayers.sklearn import NNClassifier, NNRegressor

SMALL = {"hidden_layer_sizes": (10,), "epochs": 5, "batch_size": 32, "learning_rate": 0.05}


@pytest.mark.filterwarnings("ignore")  # their data are meant to be hard
@parametrize_with_checks([NNClassifier(**SMALL), NNRegressor(**SMALL)])
def test_scikit_learn_accepts_the_estimator(estimator, check):
    check(estimator)
