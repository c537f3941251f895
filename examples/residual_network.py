"""Train a small residual network on Fashion-MNIST: convolutions with shortcuts around them.

A residual block adds its input to what its convolutions make of it, so that gradients reach the first
layers undiminished. Moved and mirrored images, new ones in every epoch, make up for the few parameters.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

CLASSES = nn.datasets.FASHION_MNIST_CLASSES


def convolution(inputs, outputs, rng, stride=1):
    """A 3 x 3 convolution, and the norm of its channels, whose offset makes a bias superfluous."""
    yield nn.Conv2D(inputs, outputs, 3, stride=stride, padding=1, bias=False, rng=rng)
    yield nn.BatchNorm(outputs)


def block(channels, rng):
    """``y = ReLU(x + f(x))``, with two convolutions in f."""
    first, second = convolution(channels, channels, rng), convolution(channels, channels, rng)
    return nn.Residual(*first, nn.ReLU(), *second), nn.ReLU()


def network(channels, rng):
    """Images of 28 x 28 pixels, halved twice; then each channel is averaged over the image."""
    wide = channels * 7 // 4
    return nn.Sequential(
        *(nn.Conv2D(1, channels, 3, padding=1, bias=False, rng=rng), nn.MaxPool2D(2)),
        *(nn.BatchNorm(channels), nn.ReLU()),
        *block(channels, rng),
        *convolution(channels, wide, rng, stride=2),
        nn.ReLU(),
        *block(wide, rng),
        nn.GlobalAveragePool(),
        nn.Dense(wide, 10, rng=rng),
        input_shape=(28, 28, 1),
    )


def moved_and_mirrored(batches, rng):
    """The batches, each image moved by up to 2 pixels each way, and about every second one mirrored."""
    for images, labels in batches:
        count = len(images)
        padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(1, 2))
        moved = windows[np.arange(count), *rng.integers(5, size=(2, count))]  # (count, 1, 28, 28)
        mirrored = rng.random(count) < 0.5
        moved[mirrored] = moved[mirrored, ..., ::-1]
        yield moved.reshape(images.shape), labels


def main(
    seed=0,
    epochs=9,
    channels=32,
    validation=5_000,
    folder=None,
    path="residual_network.png",
    progress=True,
):
    """Train, and return the accuracy on the test images, or None if the data set is not installed."""
    rng = np.random.default_rng(seed)
    try:
        x, x_test, y, y_test = nn.datasets.load_fashion_mnist(folder)
    except FileNotFoundError as error:
        print(error)
        return None
    x, x_test = x.reshape(-1, 28, 28, 1), x_test.reshape(-1, 28, 28, 1)
    x_train, x_validation, y_train, y_validation = nn.train_test_split(
        x, y, test_size=validation, stratify=y, rng=rng
    )
    model = network(channels, rng)
    print(model.summary(), flush=True)

    batches = nn.batches(x_train, y_train, batch_size=128, rng=rng)
    schedule = nn.schedules.one_cycle(0.01, steps=epochs * len(batches))
    optimizer = nn.AdamW(model.parameters(), lr=schedule, weight_decay=0.05)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(
        lambda: moved_and_mirrored(batches, rng),  # called anew for each epoch
        epochs=epochs,
        validation_data=(x_validation, y_validation),
        progress=progress,
    )

    logits = trainer.predict(x_test)
    shown = next(moved_and_mirrored([(x_train[[0] * 20], None)], rng))[0]
    draw(trainer.history, logits, y_test, shown).savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = nn.accuracy(logits, y_test)
    print(f"Test accuracy: {100 * accuracy:.2f} %")
    return accuracy


def draw(history, logits, y_test, shown):
    """Learning curves, an image as it is trained with, and the confusion matrix, in one picture."""
    figure, ((loss, accuracy), (images, confusion)) = plt.subplots(
        2, 2, figsize=(13, 12), layout="constrained"
    )
    figure.suptitle(f"Fashion-MNIST: {len(y_test):,} test images", fontsize="x-large")
    if history.epochs:  # 0 if Ctrl-C came in the first one
        nn.plots.learning_curves(history, ax=(loss, accuracy))
        accuracy.set_title("Accuracy (training: of moved and mirrored images)")
    title = "One image, as different epochs see it"
    nn.plots.image_grid(shown.reshape(-1, 28, 28), columns=5, title=title, ax=images)
    nn.plots.confusion_matrix(logits, y_test, class_names=CLASSES, ax=confusion)
    return figure


if __name__ == "__main__":
    main()
