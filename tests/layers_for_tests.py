"""Custom layers, as a user would write them."""

import numpy as np

import nnlayers as nn


class Scale(nn.Layer):
    """y = x * gain"""

    def __init__(self, features):
        self.gain = nn.Parameter(np.ones(features), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * self.gain.value


class Residual(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, body):
        self.body = body

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class Embedding(nn.Layer):
    """y = weight[x], for integers x"""

    takes_integers = True
    input_shape = ()

    def __init__(self, count, features):
        self.weight = nn.Parameter(np.arange(count * features).reshape(count, features) / 10)

    def forward(self, x):
        self.save_for_backward(x)
        return self.weight.value[x]

    def backward(self, grad):
        x = self.saved()
        weight_grad = np.zeros_like(self.weight.value)
        np.add.at(weight_grad, x, grad)
        self.weight.add_grad(weight_grad)


class Center(nn.Layer):
    """y = x - mean: the mean of the batch in training, a running mean in prediction"""

    def __init__(self, features):
        self.mean = nn.State(np.zeros(features))

    def forward(self, x):
        mean = x.mean(axis=0)
        if len(x):
            self.mean.value = 0.5 * self.mean.value + 0.5 * mean
        return x - mean

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - grad.mean(axis=0)


class Shift(nn.Layer):
    """y = x + 1, with a float64 constant that upcasts float32 input"""

    def forward(self, x):
        return x + np.float64(1.0)

    def backward(self, grad):
        return grad


def pending(model):
    """The number of pending saves of a model and of each layer in it."""
    layers = [part for _, part in model.named_parts() if isinstance(part, nn.Layer)]
    return [layer.pending for layer in [model, *layers]]
