"""Predict how many bikes are hired in an hour, from a table of numbers and categories.

Each category, such as the hour of the day, has vectors of its own, which the network learns.
Source: Guo, Berkhahn, "Entity Embeddings of Categorical Variables", arXiv:1604.06737, 2016.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

DATA = Path(__file__).parent / "data" / "bikes.csv"
NUMBERS = ["day", "workday", "temperature", "humidity", "wind"]
SUNDAY_FIRST = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


def read():
    """The inputs, a tuple ``(hour, weekday, weather, numbers)``, and the bikes, ``(N, 1)``."""
    numbers, bikes, _, _ = nn.read_csv(DATA, target="bikes", columns=NUMBERS)
    categories, weather, _, kinds = nn.read_csv(DATA, label="weather", columns=["hour", "weekday"])
    hour, weekday = categories.astype(int).T
    print(f"{len(bikes):,} hours, weather: {', '.join(kinds)}")
    return (hour, weekday, weather, numbers), bikes


def build(counts, features, rng):
    """Vectors of the three categories beside the numbers, and a network of all of them."""
    sizes = [4, 2, 2]  # of the vectors
    embeddings = [nn.Embedding(*shape, rng=rng) for shape in zip(counts, sizes, strict=True)]
    for embedding in embeddings:
        embedding.weight.value *= 0.1  # all close together at first: what parts them is learned
    return nn.Sequential(
        nn.Parallel(*embeddings, nn.Standardize(features)),
        nn.Concatenate(),
        nn.Dense(sum(sizes) + features, 64, rng=rng),
        nn.ReLU(),
        nn.Dense(64, 64, rng=rng),
        nn.ReLU(),
        nn.Dense(64, 1, rng=rng),
    )


def main(seed=0, epochs=20, path="mixed_table.png", progress=True):
    """Train on three quarters of the days; return the error on the others, in bikes an hour."""
    rng = np.random.default_rng(seed)
    x, bikes = read()
    days = x[-1][:, 0]  # an hour is like the one before it: a day is on one side only
    train_days, _ = nn.train_test_split(np.unique(days), rng=rng)
    train = np.isin(days, train_days)
    x_train, x_test = (tuple(column[rows] for column in x) for rows in (train, ~train))
    y_train, y_test = bikes[train], bikes[~train]

    counts = [column.max() + 1 for column in x[:-1]]
    model = build(counts, len(NUMBERS), rng)
    model[0][-1].fit(x_train[-1])
    outputs = nn.Standardize(1).fit(y_train)
    print(model.summary(((), (), (), (len(NUMBERS),))), flush=True)
    steps = epochs * len(nn.batches(y_train, batch_size=64))
    schedule = nn.schedules.one_cycle(0.005, steps=steps)
    optimizer = nn.AdamW(model.parameters(), lr=schedule, weight_decay=0.1)
    trainer = nn.Trainer(model, nn.MeanSquaredError(), optimizer)
    trainer.fit(
        x_train, outputs.predict(y_train), epochs=epochs, batch_size=64,
        validation_data=(x_test, outputs.predict(y_test)), rng=rng, progress=progress,
    )  # fmt: skip

    predicted = model.predict(x_test) * outputs.std.value + outputs.mean.value
    draw(trainer.history, model, x_test, y_test, predicted).savefig(path, dpi=120)
    print(f"Drew {path}")
    error = nn.metrics.root_mean_squared_error
    fitted = linear_fit(one_hot(x_train, counts), y_train, one_hot(x_test, counts))
    print(f"Root mean square error of a linear fit: {error(fitted, y_test):.1f} bikes an hour")
    print(f"Root mean square error of the network: {error(predicted, y_test):.1f} bikes an hour")
    return error(predicted, y_test)


def one_hot(x, counts):
    """What a linear fit needs: a column for each value of each category, beside the numbers."""
    columns = [nn.one_hot(column, count) for column, count in zip(x[:-1], counts, strict=True)]
    return np.hstack([*columns, x[-1]])


def linear_fit(x_train, y_train, x_test):
    """Predictions of the hyperplane with the least squared error."""
    return x_test @ np.linalg.lstsq(x_train, y_train, rcond=None)[0]


def draw(history, model, x_test, y_test, predicted):
    """Learning curves, a workday and a day off, and the vectors of the hours in a plane."""
    figure, (loss, day, plane) = plt.subplots(1, 3, figsize=(12, 4.5), layout="constrained")
    figure.suptitle("Bikes hired in Washington in 2011: days held out")
    nn.plots.learning_curves(history, ax=loss)
    loss.set_ylabel("mean squared error, in variances (log scale)")
    hours, weekdays, _, numbers = x_test
    for wanted, color in [(6, "C1"), (3, "C0")]:
        date = numbers[weekdays == wanted, 0]
        rows = numbers[:, 0] == date[len(date) // 2]
        name = f"{SUNDAY_FIRST[wanted]} (day {date[len(date) // 2]:.0f})"
        day.plot(hours[rows], y_test[rows], "o", color=color, label=f"{name}, counted")
        day.plot(hours[rows], predicted[rows], color=color, label="predicted")
    day.set(title="Two days", xlabel="hour", ylabel="bikes an hour")
    day.grid(alpha=0.3)
    day.set_ylim(0, 1.3 * day.get_ylim()[1])
    day.legend(loc="upper left", fontsize="small")
    vectors = model[0][0].weight.value
    vectors = vectors - vectors.mean(axis=0)
    points = vectors @ np.linalg.svd(vectors)[2][:2].T
    plane.plot(*np.vstack([points, points[:1]]).T, color="lightgray", zorder=0)
    plane.scatter(*points.T, c=np.arange(24), cmap="twilight_shifted", s=60)
    for hour, point in enumerate(points):
        plane.annotate(f"{hour}", point, (0, 6), textcoords="offset points", ha="center")
    plane.margins(0.1)
    plane.set(title="The hours in a plane", xlabel="first component", ylabel="second component")
    return figure


if __name__ == "__main__":
    main()
