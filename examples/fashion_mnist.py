"""Train a network on 60,000 images of garments (Fashion-MNIST), and see which ones it mixes up.

Sizes, epochs, learning rate and dropout were chosen by the accuracy on validation images, which are
taken from the training images. The test images are for the end.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

CLASSES = nn.datasets.FASHION_MNIST_CLASSES


def main(
    seed=0,
    epochs=18,
    validation=5_000,
    folder=None,
    path="fashion_mnist.png",
    progress=True,
):
    """Train, and return the accuracy on the test images, or None if the data set is not installed."""
    rng = np.random.default_rng(seed)
    try:
        x, x_test, y, y_test = nn.datasets.load_fashion_mnist(folder)
    except FileNotFoundError as error:
        print(error)
        return None
    x_train, x_validation, y_train, y_validation = nn.train_test_split(
        x, y, test_size=validation, stratify=y, rng=rng
    )
    mean = x_train.mean(axis=0)  # taken off every image: pixels of mean 0 are learned faster

    model = nn.Sequential(
        nn.Dense(784, 512, rng=rng),
        nn.ReLU(),
        nn.Dropout(0.15, rng=rng),
        nn.Dense(512, 128, rng=rng),
        nn.ReLU(),
        nn.Dropout(0.15, rng=rng),
        nn.Dense(128, 10, rng=rng),
    )
    print(model.summary(), flush=True)

    steps = epochs * len(nn.batches(x_train, batch_size=256))
    schedule = nn.schedules.one_cycle(0.002, steps=steps)
    optimizer = nn.AdamW(model.parameters(), lr=schedule, weight_decay=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(
        x_train - mean,
        y_train,
        epochs=epochs,
        batch_size=256,
        validation_data=(x_validation - mean, y_validation),
        rng=rng,
        progress=progress,
    )

    logits = model.predict(x_test - mean)
    draw(trainer.history, logits, x_test, y_test).savefig(path, dpi=120)
    print(f"Drew {path}")
    print(most_confused(nn.confusion_matrix(logits, y_test)))
    accuracy = nn.accuracy(logits, y_test)
    print(f"Test accuracy: {100 * accuracy:.2f} %")
    return accuracy


def most_confused(counts):
    """A sentence about the two classes that were confused with each other most often."""
    mixed = np.triu(counts + counts.T, 1)
    one, other = np.unravel_index(mixed.argmax(), mixed.shape)
    return (
        f"Mixed up most: {CLASSES[one]} and {CLASSES[other]}. It took {counts[one, other]} of "
        f"{counts[one].sum()} images of the first for the second, and {counts[other, one]} of "
        f"{counts[other].sum()} of the second for the first."
    )


def draw(history, logits, x_test, y_test):
    """Learning curves, confusion matrix, and the most confident errors, in one picture."""
    figure, ((loss, accuracy), (confusion, errors)) = plt.subplots(
        2, 2, figsize=(11, 10), layout="constrained"
    )
    figure.suptitle(f"Fashion-MNIST: {len(y_test):,} test images", fontsize="x-large")
    if history.epochs:  # 0 if Ctrl-C came in the first one
        nn.plots.learning_curves(history, ax=(loss, accuracy))
        accuracy.set_title("Accuracy (training: while it learns, with dropout)")
    nn.plots.confusion_matrix(logits, y_test, class_names=CLASSES, ax=confusion)

    said, confidence = logits.argmax(axis=1), nn.softmax(logits).max(axis=1)
    wrong = np.flatnonzero(said != y_test)
    wrong = wrong[np.argsort(-confidence[wrong])][:12]
    nn.plots.image_grid(
        x_test[wrong].reshape(-1, 28, 28),
        titles=[f"said {CLASSES[said[i]]},\nis {CLASSES[y_test[i]]}" for i in wrong],
        columns=4,
        title="The most confident errors",
        ax=errors,
    )
    return figure


if __name__ == "__main__":
    main()
