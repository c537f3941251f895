"""Plant a bug in a layer, read the message of the gradient checker, and draw its gradients."""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn
from nnlayers.testing import LayerCheckError, check_layer


class Normalize(nn.Layer):
    """Layer normalization: ``y = (x - mean) / deviation`` of each sample, times a learned gain."""

    def __init__(self, features):
        self.gain = nn.Parameter(np.ones(features), decay=False)

    def forward(self, x):
        centered = x - x.mean(axis=-1, keepdims=True)
        scale = 1 / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + x.dtype.type(1e-5))
        normed = centered * scale
        self.save_for_backward(normed, scale)
        return normed * self.gain.value

    def backward(self, grad):
        normed, scale = self.saved()
        self.gain.add_grad((grad * normed).sum(axis=0))
        grad = grad * self.gain.value
        along = (grad * normed).mean(axis=-1, keepdims=True)
        return scale * (grad - grad.mean(axis=-1, keepdims=True) - normed * along)


class Forgetful(Normalize):
    """The same layer, but its backward ignores that the deviation depends on the input."""

    def backward(self, grad):
        normed, scale = self.saved()
        self.gain.add_grad((grad * normed).sum(axis=0))
        grad = grad * self.gain.value
        return scale * (grad - grad.mean(axis=-1, keepdims=True))


def main(path="gradient_check.png"):
    """Check both layers; return the number of checks that the correct one passed."""
    try:
        check_layer(lambda D: Forgetful(D), "N D")
    except LayerCheckError as error:
        print(f"{error}\n")
    report = check_layer(lambda D: Normalize(D), "N D")
    print(report)

    wrong = check_layer(lambda D: Forgetful(D), "N D", expected_failures={"value": "planted"})
    figure, axes = plt.subplots(2, 2, figsize=(9, 8), layout="constrained")
    figure.suptitle("Gradients of all elements: those of the input are wrong above, and right below")
    wrong.plot(ax=axes[0])  # one panel for the input, one for the gain
    report.plot(ax=axes[1])
    figure.savefig(path, dpi=120)
    print(f"Drew {path}")
    print(f"Checks passed: {report.checks}")
    return report.checks


if __name__ == "__main__":
    main()
