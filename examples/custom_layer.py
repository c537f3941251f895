"""Write a layer with a parameter of its own, check its gradients, and train a network with it."""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn
from nnlayers.testing import check_layer


class Swish(nn.Layer):
    """An activation with a learned sharpness per feature: ``y = x σ(sharpness * x)``.

    At 0 it is linear, at 1 it is `SiLU`, and the larger the sharpness, the more it is like ReLU.

    Source: Ramachandran, Zoph, Le, "Searching for Activation Functions", 2017, arXiv:1710.05941.
    """

    def __init__(self, features, sharpness=1.0):
        self.sharpness = nn.Parameter(np.full(features, sharpness), decay=False)

    def forward(self, x):
        gate = nn.sigmoid(self.sharpness.value * x)
        self.save_for_backward(x, gate)
        return x * gate

    def backward(self, grad):
        x, gate = self.saved()
        steepness = grad * x * gate * (1 - gate)
        self.sharpness.add_grad((steepness * x).sum(axis=0))
        return grad * gate + steepness * self.sharpness.value


def main(seed=0, epochs=30, path="custom_layer.png", progress=True):
    """Check the layer, train with it on the digits, and return the accuracy on a held-out fifth."""
    check_layer(lambda D: Swish(D), "N D")
    print("Swish: backward matches finite differences of forward")

    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    activation = Swish(64)
    model = nn.Sequential(nn.Dense(64, 64, rng=rng), activation, nn.Dense(64, 10, rng=rng))
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(
        x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), rng=rng, progress=progress
    )

    sharpness = activation.sharpness.value
    print(f"Learned sharpness: {sharpness.min():.2f} to {sharpness.max():.2f}; all began at 1")
    draw(trainer.history, sharpness).savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = trainer.evaluate(x_test, y_test)["accuracy"]
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


def draw(history, sharpness):
    """Learning curves, and the activation of each feature, beside the one that all began with."""
    figure, (loss, accuracy, curves) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    figure.suptitle("Handwritten digits, with an activation that learns its sharpness")
    nn.plots.learning_curves(history, ax=(loss, accuracy))
    x = np.linspace(-5, 1.5, 200)[:, np.newaxis]
    learned = curves.plot(x, x * nn.sigmoid(sharpness * x), color="tab:blue", alpha=0.3)
    learned[0].set_label(f"learned: {sharpness.min():.2f} to {sharpness.max():.2f}")
    curves.plot(x, x * nn.sigmoid(x), color="black", label="at the beginning: 1")
    curves.plot(x, np.maximum(x, 0), color="tab:orange", linestyle="--", label="ReLU: infinite")
    curves.set(title=f"Activations of {len(sharpness)} features", xlabel="input", ylabel="output")
    curves.grid(alpha=0.3)
    curves.legend(title="sharpness")
    return figure


if __name__ == "__main__":
    main()
