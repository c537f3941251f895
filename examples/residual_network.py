"""Train a small residual network on Fashion-MNIST: convolutions with shortcuts around them.

A residual block adds its input to what its convolutions make of it, so that gradients reach the first
layers undiminished. In every epoch, about half of the images are mirrored, others each time: a mirrored
shoe is a shoe. In the end, the scores of an image and of its mirror image are added.
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
        nn.Conv2D(1, channels, 3, padding=1, bias=False, rng=rng),
        nn.MaxPool2D(2),
        nn.BatchNorm(channels),
        nn.ReLU(),
        *block(channels, rng),
        *convolution(channels, wide, rng, stride=2),
        nn.ReLU(),
        *block(wide, rng),
        nn.GlobalAveragePool(),
        nn.Dense(wide, 10, rng=rng),
        input_shape=(28, 28, 1),
    )


def some_mirrored(batches, rng):
    """The batches, with left and right exchanged in about half of the images."""
    for images, labels in batches:
        chosen = rng.random((len(images), 1, 1, 1)) < 0.5
        yield np.where(chosen, images[:, :, ::-1], images), labels


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
        lambda: some_mirrored(batches, rng),  # called anew for each epoch
        epochs=epochs,
        validation_data=(x_validation, y_validation),
        progress=progress,
    )

    logits = trainer.predict(x_test) + trainer.predict(x_test[:, :, ::-1])
    draw(trainer.history, logits, x_test, y_test).savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = nn.accuracy(logits, y_test)
    print(f"Test accuracy: {100 * accuracy:.2f} %")
    return accuracy


def draw(history, logits, x_test, y_test):
    """Learning curves, confusion matrix, and the least certain images, in one picture."""
    figure, ((loss, accuracy), (confusion, images)) = plt.subplots(
        2, 2, figsize=(11, 10), layout="constrained"
    )
    figure.suptitle(f"Fashion-MNIST: {len(y_test):,} test images", fontsize="x-large")
    if history.epochs:  # 0 if Ctrl-C came in the first one
        nn.plots.learning_curves(history, ax=(loss, accuracy))
        accuracy.set_title("Accuracy (training: while it learns, some mirrored)")
    nn.plots.confusion_matrix(logits, y_test, class_names=CLASSES, ax=confusion)

    first, second = np.argsort(-logits, axis=1)[:, :2].T
    rows = np.arange(len(logits))
    closest = np.argsort(logits[rows, first] - logits[rows, second])[:12]
    nn.plots.image_grid(
        x_test[closest].reshape(-1, 28, 28),
        titles=[f"{CLASSES[first[i]]} or\n{CLASSES[second[i]]}?" for i in closest],
        columns=4,
        title="The closest decisions",
        ax=images,
    )
    return figure


if __name__ == "__main__":
    main()
