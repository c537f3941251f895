"""One network in two places: it maps digits to a plane, so that equal ones lie close together.

Such "Siamese" networks learn only from pairs, and from whether both images show the same digit.
Source: Hadsell, Chopra, LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", CVPR 2006.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn
from nnlayers.testing import check_layer


class Siamese(nn.Layer):
    """Logits of a match, ``(0, radius - |f(x_1) - f(x_2)|²)``, from pairs ``(N, 2, ...)``."""

    def __init__(self, body):
        self.body = body
        self.radius = nn.Parameter(4.0, decay=False)

    def forward(self, x):
        difference = self.body.forward(x[:, 0]) - self.body.forward(x[:, 1])
        self.save_for_backward(difference)
        return self._logits(difference)

    def predict(self, x):
        return self._logits(self.body.predict(x[:, 0]) - self.body.predict(x[:, 1]))

    def _logits(self, difference):
        match = self.radius.value - np.square(difference).sum(axis=1)
        return np.stack([np.zeros_like(match), match], axis=1)

    def backward(self, grad):
        difference = self.saved()
        match = grad[:, 1]
        self.radius.add_grad(match.sum())
        grad = -2 * match[:, np.newaxis] * difference
        second = self.body.backward(-grad)  # last forward first: its values are on top
        first = self.body.backward(grad)  # gradients add up, those of the two places too
        return np.stack([first, second], axis=1)


def make_pairs(x, y, count, rng):
    """Pairs of images, ``(count, 2, 64)``, half of them of the same digit, and labels: 1 if so."""
    first = rng.integers(0, len(x), count)
    second = rng.integers(0, len(x), count)
    for digit in range(10):
        places = np.flatnonzero(y[first] == digit)
        places = places[: len(places) // 2]
        second[places] = rng.choice(np.flatnonzero(y == digit), len(places))
    return np.stack([x[first], x[second]], axis=1), (y[first] == y[second]).astype(int)


def nearest_center(points, labels, test_points):
    """The digit whose centre is nearest, for each test point."""
    centers = np.stack([points[labels == digit].mean(axis=0) for digit in range(10)])
    return np.square(test_points[:, np.newaxis] - centers).sum(axis=2).argmin(axis=1)


def main(seed=0, pairs=20_000, epochs=15, path="shared_weights.png", progress=True):
    """Train on pairs; return the share of held-out digits nearest to the centre of their own class."""
    report = check_layer(
        lambda D, K: Siamese(nn.Sequential(nn.Dense(D, K), nn.ReLU(), nn.Dense(K, 2, bias=False))),
        "N 2 D",
    )
    print(report)

    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    # No bias at the end: it would cancel in the difference.
    body = nn.Sequential(nn.Dense(64, 128, rng=rng), nn.ReLU(), nn.Dense(128, 2, bias=False, rng=rng))
    model = Siamese(body)
    optimizer = nn.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(
        *make_pairs(x_train, y_train, pairs, rng),
        epochs=epochs,
        validation_data=make_pairs(x_test, y_test, 2000, rng),
        rng=rng,
        progress=progress,
    )

    points = body.predict(x_test)
    said = nearest_center(body.predict(x_train), y_train, points)
    figure, (loss, accuracy, plane) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    nn.plots.learning_curves(trainer.history, ax=(loss, accuracy))
    accuracy.set_title("Accuracy: same digit or not?")
    for digit in range(10):
        plane.scatter(*points[y_test == digit].T, s=14, color=f"C{digit}", label=f"{digit}")
    title = f"{len(points)} held-out digits"
    plane.set(title=title, xlabel="first output", ylabel="second output")
    plane.legend(title="digit", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = float((said == y_test).mean())
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


if __name__ == "__main__":
    main()
