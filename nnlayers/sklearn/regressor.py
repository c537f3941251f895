"""A network that predicts numbers, as an estimator of scikit-learn."""

from typing import Any, Self

from sklearn.base import RegressorMixin

from nnlayers.sklearn import fitting
from nnlayers.sklearn.estimator import NetworkEstimator


class NNRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]  # it has no types
    """A network that predicts numbers, as an estimator of scikit-learn.

    Parameters
    ----------
    hidden_layer_sizes, model, optimizer, learning_rate, weight_decay, epochs, batch_size
        As for `NNClassifier`. The output of ``model`` is one number for each column of ``y``.
    early_stopping, validation_fraction, patience, callbacks, warm_start, random_state, verbose
        As for `NNClassifier`; samples are set aside at random.

    Attributes
    ----------
    model_, trainer_, loss_curve_, n_iter_, n_outputs_, n_features_in_, feature_names_in_
        As for `NNClassifier`.

    Notes
    -----
    ``y`` is ``(N,)`` or ``(N, K)``, and what `predict` returns has that form. The loss is
    `nnlayers.MeanSquaredError`, twice that of MLPRegressor for one column. Neither ``X`` nor ``y`` is
    standardized: use a Pipeline with StandardScaler, and TransformedTargetRegressor.

    Examples
    --------
    >>> from nnlayers.sklearn import NNRegressor
    >>> x = np.linspace(-2.0, 2.0, 200)[:, np.newaxis]
    >>> y = np.sin(2 * x[:, 0])
    >>> regressor = NNRegressor((64,), learning_rate=0.01, random_state=0).fit(x, y)
    >>> regressor.predict(x).shape
    (200,)
    >>> regressor.score(x, y) > 0.95
    True
    """

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch, and go on with weights and optimizer as they are.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            As for `fit`, or ``early_stopping`` is set.

        Examples
        --------
        >>> from nnlayers.sklearn import NNRegressor
        >>> x = np.linspace(-1.0, 1.0, 100)[:, np.newaxis]
        >>> regressor = NNRegressor((16,), random_state=0)
        >>> for _ in range(3):
        ...     regressor = regressor.partial_fit(x, x[:, 0] ** 2)
        >>> regressor.n_iter_
        3
        """
        fitting.fit(self, X, y, sample_weight, partial=True)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
