"""Small data, and estimators that are trained in a moment."""

from functools import partial

import numpy as np

from nnlayers.sklearn import NNClassifier, NNRegressor

X = np.random.default_rng(0).standard_normal((120, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 1)
WORDS = np.array(["ham", "spam", "eggs"])[Y]
LABELS = np.stack([X[:, 0] > 0, X[:, 1] > 0.5], axis=1).astype(int)
NUMBERS = X[:, :2] @ np.array([[1.0, 2.0], [-1.0, 0.5]])

SMALL = {"hidden_layer_sizes": (8,), "epochs": 3, "learning_rate": 0.01, "random_state": 0}
classifier = partial(NNClassifier, **SMALL)
regressor = partial(NNRegressor, **SMALL)
