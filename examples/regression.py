"""Predict the strength of concrete from its mixture and age, better than a linear least-squares fit."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

DATA = Path(__file__).parent / "data" / "concrete.csv"


def split_by_mixture(x, rng, share=0.25):
    """Indices of training and test rows: a mixture, tested at several ages, is on one side only."""
    mixtures, which = np.unique(x[:, :-1], axis=0, return_inverse=True)
    train, test = nn.train_test_split(np.arange(len(mixtures)), test_size=share, rng=rng)
    return np.flatnonzero(np.isin(which, train)), np.flatnonzero(np.isin(which, test))


def main(seed=0, epochs=300, path="regression.png", progress=True):
    """Fit to three quarters of the mixtures; return the network's error on the rest, in MPa."""
    rng = np.random.default_rng(seed)
    table = nn.read_csv(DATA, target="strength_mpa")
    train, test = split_by_mixture(table.x, rng)
    x_train, y_train, x_test, y_test = table.x[train], table.y[train], table.x[test], table.y[test]

    features = len(table.columns)
    inputs, outputs = nn.Standardize(features).fit(x_train), nn.Standardize(1).fit(y_train)
    model = nn.Sequential(
        inputs,
        nn.Dense(features, 64, rng=rng),
        nn.ReLU(),
        nn.Dense(64, 64, rng=rng),
        nn.ReLU(),
        nn.Dense(64, 1, rng=rng),
    )
    optimizer = nn.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)
    trainer = nn.Trainer(model, nn.MeanSquaredError(), optimizer)
    trainer.fit(
        x_train,
        outputs.predict(y_train),  # the network learns a strength of mean 0 and deviation 1
        epochs=epochs,
        validation_data=(x_test, outputs.predict(y_test)),
        rng=rng,
        progress=progress,
    )
    predicted = {
        "linear fit": linear_fit(inputs.predict(x_train), y_train, inputs.predict(x_test)),
        "network": model.predict(x_test) * outputs.std.value + outputs.mean.value,
    }
    draw(trainer.history, predicted, y_test).savefig(path, dpi=120)
    print(f"Drew {path}")
    error = nn.metrics.root_mean_squared_error
    errors = {name: error(values, y_test) for name, values in predicted.items()}
    print(f"Rows to train on and to test on: {len(train)} and {len(test)}")
    print(f"Root mean square error of the linear fit: {errors['linear fit']:.2f} MPa")
    print(f"Root mean square error of the network: {errors['network']:.2f} MPa")
    return errors["network"]


def linear_fit(x_train, y_train, x_test):
    """Predictions of the hyperplane with the least squared error."""
    train, test = (np.hstack([x, np.ones((len(x), 1), x.dtype)]) for x in (x_train, x_test))
    return test @ np.linalg.lstsq(train, y_train, rcond=None)[0]


def draw(history, predicted, y_test):
    """Learning curve, predicted against measured strength, and the distribution of the errors."""
    figure, (loss, scatter, errors) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    figure.suptitle(f"Strength of concrete: {len(y_test)} samples of held-out mixtures")
    nn.plots.learning_curves(history, ax=loss)
    loss.set_ylabel("mean squared error, in variances (log scale)")
    scatter.axline((0, 0), slope=1, color="tab:gray", label="equal")
    for name, values in predicted.items():
        scatter.plot(y_test, values, "o", markersize=4, alpha=0.6, label=name)
    scatter.set(title="Strength", xlabel="measured (MPa)", ylabel="predicted (MPa)")
    scatter.grid(alpha=0.3)
    scatter.legend()
    nn.plots.histogram(
        {name: values - y_test for name, values in predicted.items()},
        xlabel="predicted - measured (MPa)",
        title="Errors",
        bins=30,
        ax=errors,
    )
    return figure


if __name__ == "__main__":
    main()
