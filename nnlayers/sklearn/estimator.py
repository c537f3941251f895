"""The base of the estimators: what they are made with, fit, predict."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from sklearn.base import BaseEstimator

from nnlayers.core.answers.constructor import ChecksConstructor
from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.optimizers.adaptive import Adam
from nnlayers.optimizers.base import Optimizer, Rate
from nnlayers.sklearn import fitting
from nnlayers.sklearn.network import HIDDEN
from nnlayers.training.callbacks.base import Callback


class NetworkEstimator(ChecksConstructor, BaseEstimator):  # type: ignore[misc]  # it has no types
    """A network that scikit-learn can fit, clone and search the parameters of."""

    def __init__(
        self,
        hidden_layer_sizes: int | Iterable[int] = HIDDEN,
        *,
        model: Layer | Callable[..., Layer] | None = None,
        optimizer: Callable[..., Optimizer] = Adam,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.0,
        epochs: int = 100,
        batch_size: int = 32,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        callbacks: Iterable[Callback] = (),
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.model = model
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for ``epochs``: from the start, or with ``warm_start`` from where it is.

        Ctrl-C ends training, and the estimator keeps what it has learned, as `nnlayers.Trainer.fit`
        says.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix of shape (N, D)
            One sample a row.
        y : array_like of shape (N,) or (N, K)
            What is to be predicted.
        sample_weight : array_like of shape (N,), optional
            How much each sample counts.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            An argument or the data are wrong; nothing was trained.
        FloatingPointError
            The loss or a gradient is no longer finite.
        """
        fitting.fit(self, X, y, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """The predictions for some rows, in the form that ``y`` had in `fit`.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix of shape (N, D)
            One sample a row.

        Returns
        -------
        array of shape (N,) or (N, K)

        Examples
        --------
        >>> from nnlayers.sklearn import NNClassifier
        >>> x = np.array([[-1.0], [-2.0], [1.0], [2.0]])
        >>> classifier = NNClassifier(epochs=20, random_state=0).fit(x, ["no", "no", "yes", "yes"])
        >>> print(*classifier.predict([[-3.0], [3.0]]))
        no yes
        """
        return fitting.predict(self, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
