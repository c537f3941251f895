"""Search the hyper-parameters of a classifier with scikit-learn and joblib, on all cores.

Candidates are drawn at random, and each is trained once for each fold of a cross-validation. These fits
do not depend on one another: each core has a process with one thread, and takes the next one.
"""

import time
import warnings
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import nnlayers as nn

try:
    from joblib import parallel_config
    from scipy.stats import loguniform
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold, train_test_split

    from nnlayers.sklearn import NNClassifier
except ImportError:
    NNClassifier = None

SIZES = [(16,), (64,), (256,)]
OPTIMIZERS = {  # with the range of their learning rates
    "SGD with momentum": (partial(nn.SGD, momentum=0.9), 1e-3, 1),
    "AdamW": (nn.AdamW, 1e-4, 1e-1),
}


def main(seed=0, candidates=40, epochs=15, workers=-1, path="search_joblib.png"):
    """Search on four fifths of the digits; return the accuracy of the best candidate on the rest."""
    if NNClassifier is None:
        return print("This example needs scikit-learn: pip install 'nnlayers[sklearn]'")
    x, y = nn.datasets.load_digits()
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=seed)
    space = [
        {"optimizer": [optimizer], "learning_rate": loguniform(*rates), "hidden_layer_sizes": SIZES}
        for optimizer, *rates in OPTIMIZERS.values()
    ]
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    classifier = NNClassifier(epochs=epochs, random_state=seed)
    search = RandomizedSearchCV(classifier, space, n_iter=candidates, cv=folds, random_state=seed)
    started = time.perf_counter()
    with (
        parallel_config("loky", n_jobs=workers, inner_max_num_threads=1),
        warnings.catch_warnings(action="ignore", category=nn.HealthWarning),  # of the bad ones
    ):
        search.fit(x, y)
    print(f"{candidates} candidates, 3 folds: {time.perf_counter() - started:.1f} s")
    draw(search.cv_results_).savefig(path, dpi=120)
    print(f"Drew {path}")
    best = search.best_params_
    (name,) = [name for name, (optimizer, *_) in OPTIMIZERS.items() if optimizer == best["optimizer"]]
    units, lr = best["hidden_layer_sizes"][0], best["learning_rate"]
    print(f"Best: {name}, learning rate {lr:.2g}, {units} hidden units")
    print(search.best_estimator_.trainer_.health)
    accuracy = search.score(x_test, y_test)
    print(f"Held-out accuracy: {100 * accuracy:.1f} %")
    return accuracy


def draw(results):
    """The error of each candidate, by its learning rate and by the time that a fit took."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), sharey=True, layout="constrained")
    count = len(results["params"])
    figure.suptitle(f"{count} networks for digits, 3 folds each; the bars are standard deviations")
    rates, times = results["param_learning_rate"].astype(float), results["mean_fit_time"]
    error, spread = 100 - 100 * results["mean_test_score"], 100 * results["std_test_score"]
    sizes = np.array([size for (size,) in results["param_hidden_layer_sizes"]])
    for color, (name, (optimizer, *_)) in enumerate(OPTIMIZERS.items()):
        own = np.array([given is optimizer for given in results["param_optimizer"]])
        for marker, (size,) in zip("os^", SIZES, strict=True):
            rows = own & (sizes == size)
            style = {"fmt": marker, "color": f"C{color}", "label": f"{name}, {size} units"}
            for ax, values in zip(axes, (rates, times), strict=True):
                ax.errorbar(values[rows], error[rows], spread[rows], alpha=0.8, **style)
    axes[0].set(title="Learning rate", xlabel="learning rate (log scale)", xscale="log", yscale="log")
    axes[0].set_ylabel("error on held-out folds in % (log scale)")
    axes[1].set(title="Time", xlabel="time of a fit in seconds")
    for ax in axes:
        ax.grid(alpha=0.3)
    axes[1].legend(loc="upper right")
    return figure


if __name__ == "__main__":
    main()
