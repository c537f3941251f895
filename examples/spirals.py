"""Watch a network of two hidden layers learn to tell three interleaved spirals apart."""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

ARMS = 3


def make_spirals(samples, rng, noise=0.12):
    """Points in the plane, ``(samples, 2)``, and the number of the arm that each belongs to."""
    y = np.arange(samples) % ARMS
    along = np.sqrt(rng.random(samples))  # evenly along the arm, which is longer outside
    angle = 6 * along + 2 * np.pi / ARMS * y + noise * rng.standard_normal(samples)
    x = along[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x.astype(np.float32), y


class DrawRegions(nn.Callback):
    """Draws the regions into a panel for each of some epochs; 0 is before the first one."""

    def __init__(self, panels, x, y):
        self.panels, self.x, self.y = panels, x, y

    def start(self, trainer):
        self.draw(trainer, 0)

    def after_epoch(self, trainer, figures):
        self.draw(trainer, trainer.place.epoch)

    def draw(self, trainer, epoch):
        if epoch in self.panels:
            accuracy = trainer.evaluate(self.x, self.y)["accuracy"]
            nn.plots.decision_boundary(
                trainer.model,
                self.x,
                self.y,
                class_names=[f"arm {arm}" for arm in range(ARMS)],
                feature_names=("x", "y"),
                title=f"After {epoch} epochs: {accuracy:.1%} right",
                ax=self.panels[epoch],
            )


def main(seed=0, samples=1200, shown=(0, 3, 10, 30, 100), path="spirals.png", progress=True):
    """Train, draw the regions after some numbers of epochs, and return the held-out accuracy."""
    rng = np.random.default_rng(seed)
    x, y = make_spirals(samples, rng)
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.5, stratify=y, rng=rng)

    model = nn.Sequential(
        nn.Dense(2, 64, rng=rng),
        nn.ReLU(),
        nn.Dense(64, 64, rng=rng),
        nn.ReLU(),
        nn.Dense(64, ARMS, rng=rng),
    )
    optimizer = nn.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)

    figure, axes = plt.subplots(2, 3, figsize=(11, 7.5), layout="constrained")
    figure.suptitle("Three spirals: regions of the predicted class, and held-out points")
    panels = dict(zip(shown, axes.flat, strict=False))
    trainer.fit(
        x_train,
        y_train,
        epochs=max(shown),
        validation_data=(x_test, y_test),
        callbacks=[DrawRegions(panels, x_test, y_test)],
        rng=rng,
        progress=progress,
    )
    accuracy = trainer.evaluate(x_test, y_test)["accuracy"]
    nn.plots.learning_curves(trainer.history, ax=axes[1, 2])
    figure.savefig(path, dpi=100)
    print(f"Drew {path}")
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


if __name__ == "__main__":
    main()
