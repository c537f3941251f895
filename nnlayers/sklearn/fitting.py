"""How estimators train, and predict."""

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, compute_class_weight, gen_batches
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from nnlayers.core.checks import Array, check_mask, real_number, true_or_false
from nnlayers.losses.binary import sigmoid
from nnlayers.losses.classification import softmax
from nnlayers.sklearn.network import make_network, make_optimizer
from nnlayers.sklearn.rows import SparseBatches
from nnlayers.sklearn.targets import OneClass, Targets, targets_for
from nnlayers.training.callbacks.base import check_callbacks
from nnlayers.training.callbacks.monitoring import EarlyStopping
from nnlayers.training.evaluation import EVALUATION_BATCH
from nnlayers.training.trainer import Trainer
from nnlayers.training.weights import check_weights


def fit(
    estimator: Any, x: Any, y: Any, sample_weight: Any, *, classes: Any = None, partial: bool = False
) -> None:
    """Train an estimator; ``partial`` for an epoch that goes on with what it has.

    After an error it is as it was, but for a network that went on, which keeps its steps.
    """
    before = vars(estimator).copy()
    try:
        learn(estimator, x, y, sample_weight, classes, partial=partial)
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def learn(estimator: Any, x: Any, y: Any, sample_weight: Any, classes: Any, *, partial: bool) -> None:
    """Check the data, train the network that they call for, and keep what was learned."""
    who = type(estimator).__name__
    for name in ("early_stopping", "warm_start"):
        true_or_false(getattr(estimator, name), name, who)
    for name, values in {"X": x, "y": y, "sample_weight": sample_weight}.items():
        check_mask(values, who, name)
    goes_on = hasattr(estimator, "model_") and (partial or estimator.warm_start)
    are_classes = is_classifier(estimator)
    made_of = tuple(np.ravel(estimator.hidden_layer_sizes)), estimator.model
    if goes_on and made_of != estimator._made_of:
        raise ValueError(
            f"{who}: hidden_layer_sizes or model is another one than before, and this fit goes on with "
            "the network that it has: make a new estimator, or fit it with warm_start=False"
        )
    if partial:
        check_partial(estimator, who)
    x, y = validate_data(
        estimator,
        x,
        y,
        reset=not goes_on,
        accept_sparse="csr",
        multi_output=True,
        y_numeric=not are_classes,
    )
    y = y.toarray() if is_sparse(y) else y
    try:
        known = estimator._targets if goes_on else None
        targets = targets_for(known, y, classes, who, are_classes=are_classes, partial=partial)
        encoded = targets.encode(y, who)
    except TypeError as error:
        error.add_note(f"{who}: classes are all numbers or all texts, as np.array(y, str) makes them")
        raise
    weights = weights_of(estimator, targets, encoded, sample_weight, who)
    rng = estimator._rng if goes_on else generator(estimator.random_state)
    settings = (estimator.optimizer, estimator.learning_rate, estimator.weight_decay)
    if goes_on and partial and settings == estimator._settings:
        trainer = estimator.trainer_
    else:
        network = estimator.model_ if goes_on else make_network(estimator, x.dtype, targets, rng)
        trainer = Trainer(network, targets.loss(), make_optimizer(estimator, network))
    data = (x, encoded) if weights is None else (x, encoded, weights)
    losses = train(estimator, trainer, data, rng, targets, partial=partial)

    estimator.trainer_, estimator.model_, estimator._settings = trainer, trainer.model, settings
    estimator._targets, estimator._rng, estimator.n_outputs_ = targets, rng, targets.outputs
    estimator._made_of = made_of
    if targets.classes is not None:
        estimator.classes_ = targets.classes
    estimator.loss_curve_ = [*(estimator.loss_curve_ if goes_on else []), *losses]
    estimator.n_iter_ = len(estimator.loss_curve_)


def train(
    estimator: Any,
    trainer: Trainer,
    data: tuple[Any, ...],
    rng: Any,
    targets: Targets,
    *,
    partial: bool,
) -> list[float]:
    """Train on ``(x, y)`` or ``(x, y, weights)``, and return the loss of each epoch."""
    callbacks = check_callbacks(estimator.callbacks)
    held: Any = None
    if estimator.early_stopping:
        callbacks.append(EarlyStopping("val_loss", patience=estimator.patience))
        strata = data[1] if isinstance(targets, OneClass) else None
        rows, held_rows = split(estimator, strata, len(data[1]), rng)
        data, held = tuple(a[rows] for a in data), tuple(a[held_rows] for a in data)
        if not all(weights.any() for weights in held[2:]):
            raise ValueError(
                f"{type(estimator).__name__}: all {len(held_rows)} samples that early_stopping=True "
                "sets aside have weight 0: raise validation_fraction, or leave out samples of weight 0"
            )
    options: dict[str, Any] = {
        "epochs": 1 if partial else estimator.epochs,
        "health": not partial,  # of one epoch, perhaps on a few rows, there is little to say
        "callbacks": callbacks,
        "progress": bool(estimator.verbose),
    }
    before = trainer.history.epochs
    x, y, *weights = data
    if is_sparse(x):
        if held is not None:
            held = SparseBatches(trainer.model, held, EVALUATION_BATCH)
        source = SparseBatches(trainer.model, data, estimator.batch_size, rng)
        trainer.fit(source, validation_data=held, **options)
    else:
        options |= {"batch_size": estimator.batch_size, "rng": rng, "validation_data": held}
        trainer.fit(x, y, sample_weight=weights[0] if weights else None, **options)
    history = trainer.history
    return history["loss"][before:] if history.epochs > before else []


def outputs_of(estimator: Any, x: Any) -> Array:
    """The outputs of the network for some rows, computed batch by batch."""
    check_is_fitted(estimator, "model_")
    check_mask(x, type(estimator).__name__, "X")
    x = validate_data(estimator, x, reset=False, accept_sparse="csr")
    model, parts = estimator.model_, []
    for rows in gen_batches(x.shape[0], EVALUATION_BATCH):
        xb = x[rows].toarray() if is_sparse(x) else x[rows]
        parts.append(model.predict(model.convert_input(xb)))
    return np.concatenate(parts)


def predict(estimator: Any, x: Any) -> Array:
    """What is predicted for some rows, in the form of ``y``."""
    z = outputs_of(estimator, x)
    return estimator._targets.decode(z)


def probabilities(estimator: Any, x: Any) -> Array:
    """The probabilities of classes or labels."""
    z = outputs_of(estimator, x)
    return softmax(z) if isinstance(estimator._targets, OneClass) else sigmoid(z)


def decisions(estimator: Any, x: Any) -> Array:
    """The logits; of two classes, the difference."""
    z = outputs_of(estimator, x)
    is_binary = isinstance(estimator._targets, OneClass) and z.shape[1] == 2
    return z[:, 1] - z[:, 0] if is_binary else z


def weights_of(
    estimator: Any, targets: Targets, encoded: Array, sample_weight: Any, who: str
) -> Array | None:
    """How much each sample counts: by its own weight, times that of its class."""
    weights = None
    if sample_weight is not None:
        weights = check_array(
            sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
        )
        if weights.shape != (len(encoded),):
            raise ValueError(
                f"{who}: expected sample_weight of shape ({len(encoded)},), got {weights.shape}"
            )
    class_weight = getattr(estimator, "class_weight", None)
    if class_weight is not None:
        if not isinstance(targets, OneClass):
            raise ValueError(
                f"{who}: class_weight is for one class a sample, and here there are labels: give "
                "sample_weight"
            )
        y = targets.classes[encoded]
        try:
            by_class = compute_class_weight(class_weight, classes=targets.classes, y=y)[encoded]
        except (TypeError, ValueError) as error:
            error.add_note(
                f"{who}: class_weight={class_weight!r} for y with the classes {np.unique(y).tolist()} "
                f"of {targets.classes.tolist()}"
            )
            raise
        weights = by_class if weights is None else weights * by_class
    if weights is None:
        return None
    if not weights.any():
        raise ValueError(f"{who}: sample_weight: all weights are zero: no sample would count")
    return check_weights(weights, encoded, f"{who}: sample_weight")


def split(estimator: Any, strata: Any, samples: int, rng: Any) -> list[Array]:
    """The numbers of the rows to train on, and of those to watch for early stopping."""
    who = type(estimator).__name__
    fraction = real_number(estimator.validation_fraction, "validation_fraction", who, below=1.0)
    try:
        return train_test_split(
            np.arange(samples),
            test_size=fraction,
            stratify=strata,
            random_state=int(rng.integers(2**31)),
        )
    except ValueError as error:
        error.add_note(
            f"{who}: early_stopping=True sets validation_fraction={fraction} of {samples} samples aside"
        )
        raise


def check_partial(estimator: Any, who: str) -> None:
    """Refuse what needs all data at once.

    Raises
    ------
    ValueError
        It names the argument.
    """
    if estimator.early_stopping:
        raise ValueError(
            f"{who}.partial_fit: early_stopping=True needs all epochs: use fit, or early_stopping=False"
        )
    if isinstance(getattr(estimator, "class_weight", None), str):
        raise ValueError(
            f"{who}.partial_fit: class_weight='balanced' needs all data at once: give a dict, "
            "of sklearn.utils.compute_class_weight, or sample_weight"
        )


def is_sparse(x: Any) -> bool:
    """True for a sparse matrix, False for an array."""
    return hasattr(x, "toarray")


def generator(random_state: Any) -> np.random.Generator:
    """NumPy's new generator for a ``random_state`` of scikit-learn."""
    return np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
