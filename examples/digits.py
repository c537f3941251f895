"""Train a network on handwritten digits, and draw its learning curves and its errors."""

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn


def main(seed=0, epochs=60, path="digits.png", progress=True):
    """Train on four fifths of the digits, test on the rest, and return the accuracy there."""
    rng = np.random.default_rng(seed)
    x, y = nn.datasets.load_digits()
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.2, stratify=y, rng=rng)

    model = nn.Sequential(
        nn.Dense(64, 256, rng=rng),
        nn.ReLU(),
        nn.Dropout(0.5, rng=rng),
        nn.Dense(256, 10, rng=rng),
    )
    print(model.summary(), flush=True)

    steps = epochs * len(nn.batches(x_train))
    optimizer = nn.SGD(
        model.parameters(),
        lr=nn.schedules.cosine(0.1, steps=steps),  # down to 0: at the end, the weights settle
        momentum=0.9,
        weight_decay=1e-4,
    )
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(
        x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), rng=rng, progress=progress
    )

    figure = draw(trainer.history, model.predict(x_test), x_test, y_test)
    figure.savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = trainer.evaluate(x_test, y_test)["accuracy"]
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


def draw(history, logits, x_test, y_test):
    """Learning curves, confusion matrix, and the most confident errors, in one picture."""
    figure, ((loss, accuracy), (confusion, errors)) = plt.subplots(
        2, 2, figsize=(10, 8.5), layout="constrained"
    )
    figure.suptitle(f"Handwritten digits: {len(y_test)} held-out images", fontsize="x-large")
    if history.epochs:  # 0 if Ctrl-C came in the first one
        nn.plots.learning_curves(history, ax=(loss, accuracy))
        accuracy.set_title("Accuracy (training: while it learns, with dropout)")
    nn.plots.confusion_matrix(logits, y_test, ax=confusion)

    said = logits.argmax(axis=1)
    confidence = nn.softmax(logits).max(axis=1)
    wrong = np.flatnonzero(said != y_test)
    wrong = wrong[np.argsort(-confidence[wrong])][:9]
    nn.plots.image_grid(
        x_test[wrong].reshape(-1, 8, 8),
        titles=[f"said {said[i]}, is {y_test[i]}\n({confidence[i]:.0%} sure)" for i in wrong],
        columns=3,
        title="The most confident errors",
        ax=errors,
    )
    return figure


if __name__ == "__main__":
    main()
