"""Compress digits to two numbers and draw new ones: a variational autoencoder.

The encoder maps an image to a normal distribution in a plane, the decoder a point of it to an image.
Source: Kingma, Welling, "Auto-Encoding Variational Bayes", ICLR 2014.
"""

from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn
from nnlayers.testing import check_layer, check_loss

PIXELS = 64


class Sample(nn.Layer):
    """Points ``mean + exp(v / 2) * noise`` from a tuple ``(mean, v)``, where ``v`` is log variance."""

    def __init__(self, *, rng=None):
        self.rng = np.random.default_rng(rng)

    def forward(self, x):
        mean, v = x
        noise = np.exp(v / 2) * self.rng.standard_normal(v.shape).astype(v.dtype)
        self.save_for_backward(noise)
        return mean + noise

    def predict(self, x):
        return x[0]  # noise has the mean 0

    def backward(self, grad):
        return grad, grad * self.saved() / 2


class Divergence(nn.Loss):
    """KL divergence from the standard normal distribution: ``sum (mean² + exp(v) - v - 1) / 2``."""

    def forward(self, prediction, target):
        mean, v = prediction
        self.save_for_backward(mean, v)
        return float((mean**2 + np.exp(v) - v - 1).sum()) / 2 / len(mean)

    def backward(self, grad=1.0):
        mean, v = self.saved()
        share = grad / len(mean)
        return share * mean, share * (np.exp(v) - 1) / 2


def main(seed=0, epochs=200, path="variational_autoencoder.png", progress=True):
    """Train without labels; return the bound on the log-likelihood of held-out digits, in nats."""
    print(check_layer(lambda D: Sample(rng=0), "N D, N D"))
    print(check_loss(Divergence(), prediction="N D, N D", target=lambda rng, N: np.zeros(N)))

    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x = (x >= 0.5).astype(np.float32)  # ink or paper: then the decoder says how probable ink is
    x_train, x_test, _, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)
    heads = nn.Fork(nn.Dense(128, 2, rng=rng), nn.Dense(128, 2, rng=rng))  # mean, log variance
    encoder = nn.Sequential(nn.Dense(PIXELS, 128, rng=rng), nn.Tanh(), heads)
    decoder = nn.Sequential(
        nn.Dense(2, 128, rng=rng), nn.Tanh(), nn.Dense(128, 128, rng=rng), nn.Tanh(),
        nn.Dense(128, PIXELS, rng=rng),
    )  # fmt: skip
    through = nn.Sequential(Sample(rng=rng), decoder)
    model = nn.Sequential(encoder, nn.Fork(through, nn.Identity()))  # pixels, and (mean, log variance)
    loss = nn.Losses([nn.SigmoidBinaryCrossEntropy(), Divergence()], factors=[PIXELS, 1])
    steps = epochs * len(nn.batches(x_train, batch_size=64))
    optimizer = nn.Adam(model.parameters(), lr=nn.schedules.one_cycle(0.005, steps=steps))
    trainer = nn.Trainer(model, loss, optimizer)
    # A loss of pixels has the images as its target; the divergence has none, and ignores what it gets.
    trainer.fit(x_train, (x_train, x_train), epochs=epochs, batch_size=64, rng=rng, progress=progress)

    bound = lower_bound(encoder, through, loss, x_test)
    ink = (x_train.sum(axis=0) + 0.5) / (len(x_train) + 1)  # of each pixel, whatever the others are
    alone = (x_test * np.log(ink) + (1 - x_test) * np.log(1 - ink)).sum(axis=1).mean()
    draw(trainer.history, encoder, decoder, x_test, y_test).savefig(path, dpi=120)
    print(f"Drew {path}")
    print(f"Pixels that know nothing of each other: {alone:.1f} nats an image")
    print(f"Evidence lower bound on held-out digits: {bound:.1f} nats an image")
    return bound


def lower_bound(encoder, through, loss, x, draws=100):
    """Minus the mean loss of draws; ``predict`` would decode the means only, and promise too much."""
    spread = encoder.predict(x)
    pixels = (through.forward(spread) for _ in range(draws))
    total = sum(loss.evaluate((logits, spread), (x, x)) for logits in pixels)
    through.clear_saved()
    return -total / draws


def draw(history, encoder, decoder, x_test, y_test):
    """Loss, the plane of the held-out digits, digits from all over the plane, and reconstructions."""
    figure, ((losses, plane), (drawn, again)) = plt.subplots(
        2, 2, figsize=(10, 9.5), layout="constrained"
    )
    nn.plots.learning_curves({"loss": history["loss"]}, ax=losses)
    losses.set(title="Minus the evidence lower bound", ylabel="nats an image", yscale="linear")
    points = encoder.predict(x_test)[0]
    for digit in range(10):
        plane.scatter(*points[y_test == digit].T, s=14, color=f"C{digit}", label=f"{digit}")
    title = f"{len(points)} held-out digits, placed without labels"
    plane.set(title=title, xlabel="first mean", ylabel="second mean")
    plane.legend(title="digit", loc="center left", bbox_to_anchor=(1, 0.5))

    steps = [NormalDist().inv_cdf((step + 0.5) / 12) for step in range(12)]  # all equally probable
    grid = np.stack(np.meshgrid(steps, steps[::-1]), axis=-1).reshape(-1, 2)
    images = nn.sigmoid(decoder.predict(grid)).reshape(-1, 8, 8)
    nn.plots.image_grid(images, columns=12, title="Digits from all over the plane", ax=drawn)
    some = np.stack([np.flatnonzero(y_test == digit)[:4] for digit in range(10)], axis=1)
    both = np.stack([x_test[some], nn.sigmoid(decoder.predict(points[some]))], axis=1)
    title = "Held-out digits, and below each what is left of it"
    nn.plots.image_grid(both.reshape(-1, 8, 8), columns=10, title=title, ax=again)
    return figure


if __name__ == "__main__":
    main()
