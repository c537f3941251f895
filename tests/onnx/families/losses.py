"""The cross-entropy, with weights of classes and a label that is not counted."""

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import Operator, channels_first, channels_last, output


def softmax_cross_entropy(x, target, of_classes=None, *, reduction="mean", ignore_index=None):
    """The loss, and the logarithm of the probabilities.

    ONNX sums or lists losses times weights where the layer takes the weighted mean.
    """
    loss, z = nn.SoftmaxCrossEntropy(), channels_last(x)
    counted = target != ignore_index
    target = np.where(counted, target, 0)
    weights = None
    if of_classes is not None or not counted.all():
        of_classes = np.ones(x.shape[1], x.dtype) if of_classes is None else of_classes
        weights = of_classes[target] * counted
    if reduction == "none":
        rows, labels = z.reshape(-1, z.shape[-1]), target.reshape(-1)
        losses = [loss.evaluate(rows[[n]], labels[[n]]) for n in range(len(rows))]
        value = np.reshape(losses, target.shape) * (1 if weights is None else weights)
    else:
        value = loss.evaluate(z, target, weights=weights)
        if reduction == "sum":
            value *= target.size if weights is None else weights.sum()
    log_prob = np.log(channels_first(output(nn.Softmax(), z)))
    return np.asarray(value, x.dtype), log_prob


OPERATORS = {
    "SoftmaxCrossEntropyLoss": Operator(softmax_cross_entropy, "softmax_cross_entropy_loss", 34),
}
