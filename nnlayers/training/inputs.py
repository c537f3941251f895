"""The gradient of the loss with respect to the input."""

import copy
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.losses.base import Loss

__all__ = ["input_gradient"]


def input_gradient(model: Layer, loss: Loss, x: Any, y: Any) -> Any:
    """The gradient ``dL/dx`` of the loss of an inference pass, as for saliency maps.

    Dropout is off, and running statistics are constants: see `Layer.for_inference`. It changes nothing,
    not even the gradients of the parameters.

    Parameters
    ----------
    model : Layer
        The network.
    loss : Loss
        The loss, a mean over the samples: the gradient of one sample alone is N times as large.
    x, y : array, or tuple of arrays
        The input and the target.

    Returns
    -------
    array, or tuple of arrays
        Of the shape of ``x``, in the dtype of the model; None in the place of integers.

    Raises
    ------
    NotImplementedError
        A layer holds a Generator or a State, and does not define ``for_inference``.
    ValueError, TypeError
        ``x`` or ``y`` does not fit.

    Notes
    -----
    Sources: Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks: Visualising Image
    Classification Models and Saliency Maps", ICLR workshop 2014; Goodfellow, Shlens, Szegedy,
    "Explaining and Harnessing Adversarial Examples", ICLR 2015.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))
    >>> loss = nn.SoftmaxCrossEntropy()
    >>> worse = x + 0.1 * np.sign(nn.input_gradient(model, loss, x, y))
    >>> loss.evaluate(model.predict(worse), y) > loss.evaluate(model.predict(x), y)
    True
    """
    fixed, judge = without_gradients(model.for_inference()), without_gradients(loss)
    judge.forward(fixed.forward(x), y)
    return fixed.backward(judge.backward())


def without_gradients(part: Any) -> Any:
    """A copy whose parameters have the same arrays, but take no gradient."""
    frozen: dict[int, Any] = {}
    for parameter in part.parameters():
        twin: Parameter = copy.copy(parameter)
        twin.grad, twin.trainable = None, False
        frozen[id(parameter)] = twin
    return copy.deepcopy(part, frozen)
