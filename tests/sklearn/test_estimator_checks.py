"""scikit-learn's own checks of estimators, all of them."""

import pytest

pytest.importorskip("sklearn")

from sklearn.utils.estimator_checks import estimator_checks_generator

from nnlayers.sklearn import NNClassifier, NNRegressor

SMALL = {"hidden_layer_sizes": (10,), "epochs": 5, "batch_size": 32, "learning_rate": 0.05}
CHECKS = [
    pytest.param(estimator, check, id=f"{kind.__name__}-{check.func.__name__}")
    for kind in (NNClassifier, NNRegressor)
    for estimator, check in estimator_checks_generator(kind(**SMALL))
]


@pytest.mark.filterwarnings("ignore")  # their data are meant to be hard
@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_scikit_learn_accepts_the_estimator(estimator, check):
    check(estimator)
