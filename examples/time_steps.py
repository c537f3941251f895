"""Write a recurrent cell and step it through time: it reads a digit row by row, and guesses."""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn
from nnlayers.testing import check_layer


class Cell(nn.Layer):
    """One step: ``h = tanh((x, h_before) @ weight + bias)``, of input and state side by side."""

    def __init__(self, features, units, *, rng=None):
        self.dense = nn.Dense(features + units, units, initializer=nn.glorot_uniform, rng=rng)

    def forward(self, x_and_h):
        h = np.tanh(self.dense.forward(x_and_h))
        self.save_for_backward(h)  # one entry on the stack for each step
        return h

    def predict(self, x_and_h):
        return np.tanh(self.dense.predict(x_and_h))

    def backward(self, grad):
        h = self.saved()
        return self.dense.backward(grad * (1 - h * h))


class Recurrent(nn.Layer):
    """A cell run through time: all its states, ``(N, T, units)``, from ``(N, T, features)``."""

    def __init__(self, features, units, *, rng=None):
        self.cell = Cell(features, units, rng=rng)
        self.features, self.units = features, units

    def forward(self, x):
        self.save_for_backward(x.shape)
        return self._run(x, self.cell.forward)

    def predict(self, x):
        return self._run(x, self.cell.predict)

    def _run(self, x, step):
        states = np.empty((*x.shape[:2], self.units), x.dtype)
        h = np.zeros_like(states[:, 0])
        for t in range(x.shape[1]):
            states[:, t] = h = step(np.concatenate([x[:, t], h], axis=1))
        return states

    def backward(self, grad):
        grad_x = np.empty(self.saved(), grad.dtype)
        grad_h = np.zeros_like(grad[:, 0])
        for t in reversed(range(grad.shape[1])):  # the last step first
            both = self.cell.backward(grad[:, t] + grad_h)
            grad_x[:, t], grad_h = both[:, : self.features], both[:, self.features :]
        return grad_x


def main(seed=0, epochs=60, path="time_steps.png", progress=True):
    """Train to name the digit after every row; return the held-out accuracy after the last one."""
    print(check_layer(lambda D, K: Recurrent(D, K), "N T D"))

    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x = x.reshape(-1, 8, 8)  # eight steps of eight pixels
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    quarter = epochs * len(nn.batches(x_train)) // 4  # of all steps
    model = nn.Sequential(Recurrent(8, 64, rng=rng), nn.Dense(64, 10, rng=rng))
    optimizer = nn.SGD(
        model.parameters(),
        lr=nn.schedules.staircase(0.05, factor=0.1, every=3 * quarter),  # lastly, the weights settle
        momentum=0.9,
        weight_decay=1e-4,
    )
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    labels = np.tile(y_train[:, np.newaxis], 8)  # (N, 8), for the scores after each row, (N, 8, 10)
    trainer.fit(x_train, labels, epochs=epochs, rng=rng, progress=progress)
    print(f"Loss, a mean over all rows: {trainer.history['loss'][-1]:.3f}")

    logits = model.predict(x_test)
    accuracies = [nn.accuracy(logits[:, row], y_test) for row in range(8)]
    draw(accuracies, x_test, y_test, nn.softmax(logits)).savefig(path, dpi=120)
    print(f"Drew {path}")
    print(f"Held-out accuracy: {100 * accuracies[-1]:.1f} %")
    return accuracies[-1]


def draw(accuracies, x_test, y_test, probabilities):
    """The accuracy after each row, and the guesses about three digits as their rows are read."""
    figure, axes = plt.subplots(1, 4, figsize=(12, 4), layout="constrained")
    figure.suptitle(
        "A digit is read row by row: how often the guess is right, and the guesses about three"
    )
    rows = range(1, 9)
    axes[0].plot(rows, accuracies, marker="o", label=f"{len(y_test)} held-out digits")
    axes[0].set(title="Accuracy", xlabel="rows read", ylabel="accuracy", xticks=rows, ylim=(0, 1))
    axes[0].grid(alpha=0.3)
    axes[0].legend(loc="lower right")
    for ax, index in zip(
        axes[1:], [np.flatnonzero(y_test == digit)[0] for digit in (3, 5, 8)], strict=True
    ):
        image = ax.imshow(probabilities[index], cmap="Blues", vmin=0, vmax=1, aspect="auto")
        ax.set(title=f"A {y_test[index]}", xlabel="class", ylabel="rows read", xticks=range(10))
        ax.set_yticks(range(8), rows)
        picture = ax.inset_axes((1.02, 0, 0.35, 1))  # row by row beside the guesses
        picture.imshow(x_test[index], cmap="gray_r", aspect="auto")
        picture.set(xticks=[], yticks=[])
    figure.colorbar(image, ax=axes[-1], label="probability", location="right")
    return figure


if __name__ == "__main__":
    main()
