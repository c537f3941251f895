"""scikit-learn's MLPClassifier, with `partial_fit` as the step. It has no dropout.

In its favour, its checks of data and parameters are switched off, as its documentation advises for
speed, and a step does not shuffle. An epoch is a `fit`, which reports the loss but no accuracy.
"""

import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from contenders import Way

sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
warnings.simplefilter("ignore", ConvergenceWarning)


def classifier(case, **options):
    if case.dropout:
        raise NotImplementedError("it has no dropout")
    return MLPClassifier(
        case.sizes[1:-1],
        solver="sgd",
        alpha=case.decay * case.batch,  # its penalty is alpha / 2n, with n the rows of the batch
        batch_size=case.batch,
        learning_rate_init=case.lr,
        momentum=0,
        nesterovs_momentum=False,
        **options,
    )


def started(case, x, y):
    """A classifier with the common initial weights, which it can be given after a first step."""
    model = classifier(case, shuffle=False)
    model.partial_fit(x, y, classes=np.arange(case.sizes[-1]))
    for index, (weight, bias) in enumerate(case.weights()):
        model.coefs_[index][...] = weight
        model.intercepts_[index][...] = bias
    return model


def weights_of(model):
    return list(zip(model.coefs_, model.intercepts_, strict=True))


def step(case):
    x, y = case.rows()
    model = started(case, x, y)
    return [Way(lambda: model.partial_fit(x, y), lambda: weights_of(model))]


def epoch(case):
    model = classifier(case, max_iter=1)
    x, y = case.dataset()
    return [Way(lambda: model.fit(x, y))]


def predict(case):
    x, y = case.rows()
    model = started(case, x, y)
    return [Way(lambda: model.predict_proba(x))]
