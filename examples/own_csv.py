"""From a table of your own to predictions: python own_csv.py TABLE.csv LABEL.

The table has a line of names, columns of numbers, and one column of labels. Without arguments, it is
the table of the Palmer penguins, with their species and four measurements.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

PENGUINS = Path(__file__).parent / "data" / "penguins.csv"


def main(
    table=PENGUINS,
    label="species",
    seed=0,
    epochs=100,
    folder=".",
    path="own_csv.png",
    progress=True,
):
    """Train, save, load, predict; return the accuracy on a held-out quarter of the rows."""
    rng = np.random.default_rng(seed)
    x, y, columns, classes = nn.read_csv(table, label=label)
    print(f"{len(x)} rows, {len(columns)} columns of numbers, {len(classes)} classes: {classes}")
    x_train, x_test, y_train, y_test = nn.train_test_split(x, y, stratify=y, rng=rng)

    # The first layer brings the columns, whatever their units, to a common scale.
    model = nn.Sequential(
        nn.Standardize(len(columns)).fit(x_train),
        nn.Dense(len(columns), 32, rng=rng),
        nn.ReLU(),
        nn.Dense(32, len(classes), rng=rng),
    )
    optimizer = nn.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    data = {"validation_data": (x_test, y_test), "rng": rng, "progress": progress}
    trainer.fit(x_train, y_train, epochs=epochs, **data)

    # The network, with mean and deviation of every column, and the names that go with it.
    model.column_names, model.class_names = columns, classes
    file = Path(folder, "own_csv.npz")
    nn.save(model, file)
    print(f"Saved {file}")

    predict(file, x_test[:5], [classes[index] for index in y_test[:5]])
    figure = draw(trainer.history, model.predict(x_test), y_test, classes)
    figure.suptitle(f"{Path(table).name}: {len(y_test)} held-out rows")
    figure.savefig(path, dpi=120)
    print(f"Drew {path}")
    accuracy = trainer.evaluate(x_test, y_test)["accuracy"]
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


def predict(file, rows, truth):
    """Load what was saved and apply it, as another program would do later.

    It would read its rows with ``nn.read_csv(path, columns=model.column_names).x``.
    """
    model = nn.load(file)
    probabilities = nn.softmax(model.predict(rows))
    for row, chances, true in zip(rows, probabilities, truth, strict=True):
        values = ", ".join(f"{value:g}" for value in row)
        best = chances.argmax()
        print(f"  {values}: {model.class_names[best]} ({chances[best]:.1%}), is {true}")


def draw(history, logits, y_test, classes):
    """Learning curves, and the confusion matrix of the held-out rows."""
    figure, (loss, accuracy, confusion) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    nn.plots.learning_curves(history, ax=(loss, accuracy))
    nn.plots.confusion_matrix(logits, y_test, class_names=classes, ax=confusion)
    return figure


if __name__ == "__main__":
    main(*sys.argv[1:])
