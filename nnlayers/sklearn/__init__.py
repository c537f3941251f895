"""Networks as estimators of scikit-learn: a classifier and a regressor."""

from nnlayers.core.extras import needed

needed("sklearn", "sklearn", "nnlayers.sklearn")

from nnlayers.sklearn.classifier import NNClassifier  # noqa: E402
from nnlayers.sklearn.regressor import NNRegressor  # noqa: E402

__all__ = ["NNClassifier", "NNRegressor"]
