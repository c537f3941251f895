"""A network that classifies, as an estimator of scikit-learn."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from sklearn.base import ClassifierMixin

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.optimizers.adaptive import Adam
from nnlayers.optimizers.base import Optimizer, Rate
from nnlayers.sklearn import fitting
from nnlayers.sklearn.estimator import NetworkEstimator
from nnlayers.sklearn.network import HIDDEN
from nnlayers.training.callbacks.base import Callback


class NNClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]  # it has no types
    """A network that classifies, as an estimator of scikit-learn.

    Parameters
    ----------
    hidden_layer_sizes : int or tuple of int
        The units of each hidden layer, with ReLU between them; none for a linear model.
    model : Layer or function, optional
        The network, in the place of ``hidden_layer_sizes``, with one logit for each class: a function
        that makes it, called as ``model(in_features, out_features, rng=generator)``, or a layer, of
        which `fit` trains a copy. Each fit then begins with the weights that this layer has, whatever
        ``random_state`` is.
    optimizer : class or function
        Called as ``optimizer(parameters, lr=learning_rate, weight_decay=weight_decay)``, such as
        ``functools.partial(nn.SGD, momentum=0.9)``.
    learning_rate, weight_decay : float
        Of the optimizer. The rate may be a function of the number of steps (a schedule).
    epochs, batch_size : int
        How many times to go through the data, and the samples in a step.
    early_stopping : bool
        Whether to set ``validation_fraction`` of the samples aside, in the proportions of the classes,
        to end when their loss has not become better for ``patience`` epochs, and to put the best
        weights back.
    validation_fraction : float
        In (0, 1).
    patience : int
        The epochs without a better loss that are waited for.
    class_weight : dict or "balanced", optional
        How much each class counts, by its name; "balanced" is inversely to its frequency. Not for
        several labels a sample.
    callbacks : list of Callback
        What each fit calls; ``sklearn.base.clone`` copies them.
    warm_start : bool
        Whether `fit` goes on with the weights that it has, and a new optimizer.
    random_state : int, RandomState or None
        The source of the first weights, the order of the samples, and what is set aside.
    verbose : bool
        Whether to show a line with the figures of each fit.

    Attributes
    ----------
    classes_ : array
        The names of the classes; 0, 1, ... for several labels a sample.
    model_ : Layer
        The network.
    trainer_ : Trainer
        What trained it last, with ``history`` and ``health``.
    loss_curve_ : list of float
        The training loss of each epoch, of earlier fits too if they went on.
    n_iter_ : int
        How many epochs that is.
    n_outputs_ : int
        The outputs of the network.
    n_features_in_, feature_names_in_
        The number of columns, and their names if ``X`` was a DataFrame with names.

    Notes
    -----
    ``y`` is ``(N,)`` with the class of each sample, whatever its name is, for which the loss is
    `nnlayers.SoftmaxCrossEntropy`; or ``(N, K)`` with 0 and 1, for labels of which a sample may have
    several, with `nnlayers.SigmoidBinaryCrossEntropy`.

    The network of ``hidden_layer_sizes`` begins with weights of `nnlayers.glorot_uniform`, and
    computes in float32 if ``X`` is float32, and in float64 otherwise, as scikit-learn's do; another
    one in its own dtype. The columns are not standardized: use a Pipeline with StandardScaler.

    Examples
    --------
    >>> from nnlayers.sklearn import NNClassifier
    >>> x, y = nn.datasets.load_digits()
    >>> classifier = NNClassifier((32,), epochs=5, random_state=0).fit(x, y)
    >>> classifier.predict_proba(x).shape
    (1797, 10)
    >>> classifier.score(x, y) > 0.8
    True
    """

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
        class_weight: Mapping[Any, float] | str | None = None,
        callbacks: Iterable[Callback] = (),
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            model=model,
            optimizer=optimizer,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            epochs=epochs,
            batch_size=batch_size,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            patience=patience,
            callbacks=callbacks,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
        )
        self.class_weight = class_weight

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch, and go on with weights and optimizer as they are.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array_like
            All classes that there will ever be; the first call needs them, later ones do not.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            As for `fit`; a class is new, or ``early_stopping`` or "balanced" is set.

        Examples
        --------
        >>> from nnlayers.sklearn import NNClassifier
        >>> x, y = nn.datasets.load_digits()
        >>> classifier = NNClassifier((32,), learning_rate=0.01, random_state=0)
        >>> for rows in np.split(np.arange(1500), 3):
        ...     classifier = classifier.partial_fit(x[rows], y[rows], classes=np.arange(10))
        >>> classifier.n_iter_, classifier.score(x[1500:], y[1500:]) > 0.5
        (3, True)
        """
        fitting.fit(self, X, y, sample_weight, classes=classes, partial=True)
        return self

    def decision_function(self, X: Any) -> Array:
        """The logits, ``(N, C)``; of two classes ``(N,)``, those of the second minus the first.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix of shape (N, D)
            One sample a row.

        Returns
        -------
        array

        Examples
        --------
        >>> from nnlayers.sklearn import NNClassifier
        >>> x = np.array([[-1.0], [-2.0], [1.0], [2.0]])
        >>> classifier = NNClassifier(epochs=20, random_state=0).fit(x, ["no", "no", "yes", "yes"])
        >>> classifier.decision_function([[-3.0], [3.0]]) > 0
        array([False,  True])
        """
        return fitting.decisions(self, X)

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, ``(N, C)``; of several labels, that of each, ``(N, K)``.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix of shape (N, D)
            One sample a row.

        Returns
        -------
        array
            The columns are in the order of ``classes_``.
        """
        return fitting.probabilities(self, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
