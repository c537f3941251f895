"""Write a layer with a parameter of its own, check its gradients, and train a network with it."""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn
from nnlayers.testing import check_layer


class PReLU(nn.Layer):
    """A rectifier with a learned slope per feature: ``y = max(x, 0) + slope * min(x, 0)``.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015.
    """

    def __init__(self, features, slope=0.25):
        self.slope = nn.Parameter(np.full(features, slope), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return np.maximum(x, 0) + self.slope.value * np.minimum(x, 0)

    def backward(self, grad):
        x = self.saved()
        self.slope.add_grad((grad * np.minimum(x, 0)).sum(axis=0))
        return grad * np.where(x > 0, 1, self.slope.value)


def main(seed=0, epochs=30, path="custom_layer.png", progress=True):
    """Check the layer, train with it on the digits, and return the accuracy on a held-out fifth."""
    check_layer(lambda D: PReLU(D), "N D")
    print("PReLU: backward matches finite differences of forward")

    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    activation = PReLU(64)
    model = nn.Sequential(nn.Dense(64, 64, rng=rng), activation, nn.Dense(64, 10, rng=rng))
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(
        x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), rng=rng, progress=progress
    )

    slopes = activation.slope.value
    print(f"Learned slopes: {slopes.min():.2f} to {slopes.max():.2f}; all were 0.25 at the beginning")
    draw(trainer.history, slopes).savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = trainer.evaluate(x_test, y_test)["accuracy"]
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


def draw(history, slopes):
    """Learning curves, and a histogram of the learned slopes."""
    figure, (loss, accuracy, learned) = plt.subplots(1, 3, figsize=(16, 4.5), layout="constrained")
    figure.suptitle("Handwritten digits, with rectifiers that learn their slope")
    nn.plots.learning_curves(history, ax=(loss, accuracy))
    nn.plots.histogram(
        {f"{len(slopes)} features": slopes},
        xlabel="learned slope for negative inputs",
        title="Slopes (all began at 0.25)",
        bins=16,
        ax=learned,
    )
    learned.axvline(0.25, color="black", linestyle=":", label="at the beginning")
    learned.legend()
    return figure


if __name__ == "__main__":
    main()
