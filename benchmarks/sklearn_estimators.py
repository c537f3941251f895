"""NNClassifier and NNRegressor beside MLPClassifier and MLPRegressor, on scikit-learn's own data.

    python benchmarks/sklearn_estimators.py
    python benchmarks/sklearn_estimators.py --seeds 3 --epochs 20 --dtype float32

Both have one hidden layer of 100 ReLU units, Adam with a learning rate of 0.001, no weight decay, and
take as many epochs, in batches of the same size, of the same standardized rows in the same dtype; what
else they do is their default. For each seed, a quarter of the rows is held out. Processes of one thread
take turns. Printed are the mean score on the rows held out (accuracy; R² for diabetes), with its
standard error, and the processor time of a fit: the least of three, and of these the median over seeds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from nnlayers.sklearn import NNClassifier, NNRegressor

DATA = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "made, 4 classes": lambda: datasets.make_classification(
        2000, 20, n_informative=10, n_classes=4, random_state=0
    ),
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
}
CONTENDERS = ["nnlayers", "scikit-learn"]


def estimator(contender, is_regression, options):
    seed, epochs, batch_size = options.seed, options.epochs, options.batch_size
    if contender == "nnlayers":
        kind = NNRegressor if is_regression else NNClassifier
        found = kind((100,), epochs=epochs, batch_size=batch_size, random_state=seed)
    else:
        kind = MLPRegressor if is_regression else MLPClassifier
        found = kind(hidden_layer_sizes=(100,), batch_size=batch_size, random_state=seed)
        found.set_params(alpha=0.0, max_iter=epochs, n_iter_no_change=epochs + 1)  # no end of its own
    return TransformedTargetRegressor(found, transformer=StandardScaler()) if is_regression else found


def worker(contender, options):
    """Fit all data sets with one seed; print scores and seconds."""
    warnings.simplefilter("ignore")  # scikit-learn's, that it has not converged
    found = {}
    for name, load in DATA.items():
        x, y = load()
        is_regression = name == "diabetes"
        split = dict(test_size=0.25, random_state=options.seed, stratify=None if is_regression else y)
        x_train, x_test, y_train, y_test = train_test_split(x, y, **split)
        scaler = StandardScaler().fit(x_train)
        x_train, x_test = (scaler.transform(part).astype(options.dtype) for part in (x_train, x_test))
        times = []
        for _ in range(3):
            model = estimator(contender, is_regression, options)
            start = time.process_time()
            model.fit(x_train, y_train)
            times.append(time.process_time() - start)
        found[name] = model.score(x_test, y_test), min(times)
    print(json.dumps(found))


def measure(options):
    """The scores and seconds of each contender and data set."""
    found = {name: {contender: [] for contender in CONTENDERS} for name in DATA}
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for seed in range(options.seeds):
        for contender in CONTENDERS[:: 1 if seed % 2 else -1]:
            command = [sys.executable, __file__, "--worker", contender, "--seed", str(seed)]
            for name in ("epochs", "batch_size", "dtype"):
                command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, text=True, check=True, env=environment
            )
            for name, figures in json.loads(done.stdout).items():
                found[name][contender].append(figures)
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])
    parser.add_argument("--worker", choices=CONTENDERS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.worker:
        worker(options.worker, options)
        return
    head = f"{options.epochs} epochs, batches of {options.batch_size}, {options.dtype}"
    print(f"| {head} | nnlayers | scikit-learn | nnlayers, s | scikit-learn, s | time ratio |")
    print("|---|---|---|---|---|---|")
    for name, found in measure(options).items():
        scores, times = [], []
        for contender in CONTENDERS:
            score, seconds = np.array(found[contender]).T
            error = np.std(score) / max(len(score) - 1, 1) ** 0.5
            scores.append(f"{np.mean(score):.4f} ± {error:.4f}")
            times.append(statistics.median(seconds))
        ours, theirs = times
        print(f"| {name} | {' | '.join(scores)} | {ours:.3f} | {theirs:.3f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
