"""Train a deep network on digits with BatchNorm and without it, at several learning rates.

Both networks begin with the same weights and see the same batches. At a small learning rate, BatchNorm
gains nothing. But it allows a larger one, at which it learns most of the digits in the first epoch;
without it, a network of ten hidden layers then learns slowly and unsteadily.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

COLOURS = {"without": "tab:orange", "with": "tab:blue"}


def network(norm, rng, hidden=10, units=64):
    """Hidden layers of Dense, BatchNorm if wanted, and ReLU; then the scores of ten digits."""
    layers = []
    for features in [64] + [units] * (hidden - 1):
        layers += [nn.Dense(features, units, rng=rng)]
        layers += [nn.BatchNorm(units)] if norm else []
        layers += [nn.ReLU()]
    return nn.Sequential(*layers, nn.Dense(units, 10, rng=rng))


def train(norm, lr, epochs, seed):
    """The held-out accuracy after each epoch; from a seed, split, weights and order are the same."""
    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    model = network(norm, rng)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=lr))
    history = trainer.fit(
        x_train,
        y_train,
        epochs=epochs,
        validation_data=(x_test, y_test),
        rng=rng,
        progress=False,
    )
    return history["val_accuracy"]


def main(seeds=3, epochs=10, rates=(0.01, 0.03, 0.1), path="digits_batchnorm.png"):
    """Train all; return the mean accuracies at the end, without and with, one pair for each rate."""
    print(network(True, np.random.default_rng(0)).summary(), flush=True)
    figure, axes = plt.subplots(
        1, len(rates), figsize=(4 * len(rates), 4), sharey=True, layout="constrained", squeeze=False
    )
    figure.suptitle(f"Digits: accuracy on held-out images, {seeds} runs and their mean")
    last = []
    for ax, lr in zip(axes[0], rates, strict=True):
        runs = {
            name: np.array([train(name == "with", lr, epochs, seed) for seed in range(seeds)])
            for name in COLOURS
        }
        draw(runs, f"Learning rate {lr}", ax)
        last.append([accuracies[:, -1].mean() for accuracies in runs.values()])
        print(f"Learning rate {lr}: {in_words(*last[-1])}")
    axes[0, 0].legend(loc="lower right")
    axes[0, 0].set_ylabel("accuracy")
    figure.savefig(path, dpi=120)
    print(f"Drew {path}")
    print(f"Held-out accuracy at the best rate: {in_words(*np.max(last, axis=0))}")
    return np.array(last)


def in_words(without, with_it):
    """Two accuracies in per cent."""
    return f"{100 * without:.1f} % without BatchNorm, {100 * with_it:.1f} % with it"


def draw(runs, title, ax):
    """The accuracy after each epoch: each run as a thin line, their mean as a thick one."""
    for name, accuracies in runs.items():
        epochs = range(1, accuracies.shape[1] + 1)
        ax.plot(epochs, accuracies.T, color=COLOURS[name], linewidth=0.8, alpha=0.5)
        ax.plot(epochs, accuracies.mean(axis=0), color=COLOURS[name], label=f"{name} BatchNorm")
    ax.set(title=title, xlabel="epoch", ylim=(0, 1))
    ax.grid(alpha=0.3)


if __name__ == "__main__":
    main()
