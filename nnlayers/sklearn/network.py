"""The network of an estimator, and its optimizer."""

import copy
from itertools import pairwise
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.layers.activations import ReLU
from nnlayers.layers.dense import Dense
from nnlayers.layers.initializers import glorot_uniform
from nnlayers.layers.sequential import Sequential
from nnlayers.optimizers.base import Optimizer
from nnlayers.sklearn.targets import OneClass, Targets
from nnlayers.training.names import remember_names

HIDDEN = (100,)
CALL = "model(in_features, out_features, rng=generator)"


def make_network(estimator: Any, in_dtype: Any, targets: Targets, rng: Any) -> Layer:
    """A new network for the data that an estimator has looked at.

    Raises
    ------
    TypeError, ValueError
        ``model`` is neither a layer nor a function that makes one, or does not fit the data.
    """
    who, model, inputs = type(estimator).__name__, estimator.model, estimator.n_features_in_
    hidden, outputs, network = estimator.hidden_layer_sizes, targets.outputs, model
    if model is not None and not np.array_equal(hidden, HIDDEN):
        raise ValueError(f"{who}: give hidden_layer_sizes or model, not both")
    if isinstance(model, Layer):
        network = copy.deepcopy(model)
        network.clear_gradients()
    elif model is None or callable(model):
        asked = f"hidden_layer_sizes={hidden!r}" if model is None else "model is called as " + CALL
        try:
            if model is None:
                network = perceptron(hidden, inputs, outputs, in_dtype, rng)
            else:  # a copy, since it may return the same layer each time
                network = copy.deepcopy(model(inputs, outputs, rng=rng.spawn(1)[0]))
        except (TypeError, ValueError) as error:
            error.add_note(f"{who}: {asked}")
            raise
    if not isinstance(network, Layer):
        raise TypeError(
            f"{who}: expected model to be a Layer, or a function that returns one, called as {CALL}, "
            f"got {network!r}"
        )
    shape = network.output_shape(inputs)
    if shape != (outputs,):
        raise ValueError(
            f"{who}: expected a model with {outputs} outputs, one for each {targets.in_words}, got one "
            f"with output of shape {shape} for {inputs} features"
        )
    name_columns(network, estimator, who)
    if isinstance(targets, OneClass):
        name_classes(network, targets.classes.tolist(), who)
    return network


def perceptron(hidden: Any, inputs: int, outputs: int, in_dtype: Any, rng: Any) -> Layer:
    """Dense layers with ReLU between them, that compute in float32 if the data are, else in float64."""
    options: dict[str, Any] = {
        "initializer": glorot_uniform,
        "rng": rng,
        "dtype": np.float32 if in_dtype == np.float32 else np.float64,
    }
    sizes = [inputs, *([hidden] if np.ndim(hidden) == 0 else hidden), outputs]
    layers = [layer for pair in pairwise(sizes) for layer in (Dense(*pair, **options), ReLU())]
    return Sequential(*layers[:-1])


def name_columns(network: Layer, estimator: Any, who: str) -> None:
    """Let a network know the names of the columns; refuse one that was trained on others.

    Raises
    ------
    ValueError
        It was.
    """
    names = getattr(estimator, "feature_names_in_", None)
    known = network.known_column_names()
    if names is None:
        return
    if known is not None and tuple(known) != tuple(names):
        raise ValueError(
            f"{who}: the model was trained on the columns {list(known)}, and X has {list(names)}: give "
            "X[list(model.column_names)]"
        )
    remember_names(network, tuple(names))


def name_classes(network: Layer, classes: list[Any], who: str) -> None:
    """Let a network know the names of the classes; refuse one that has them in another order.

    Raises
    ------
    ValueError
        It has.
    """
    known = [] if network.class_names is None else list(network.class_names)
    if known != classes and set(known) == set(classes):
        raise ValueError(
            f"{who}: the outputs of the model are the classes {known}, and those of an estimator are "
            f"sorted, {classes}: to learn them anew, set class_names = None on the model"
        )
    network.class_names = classes


def make_optimizer(estimator: Any, network: Layer) -> Optimizer:
    """A new optimizer of the network's parameters.

    Raises
    ------
    TypeError
        ``optimizer`` cannot be called as it has to be.
    """
    who, make = type(estimator).__name__, estimator.optimizer
    call = "optimizer(parameters, lr=learning_rate, weight_decay=weight_decay)"
    if not callable(make):
        raise TypeError(
            f"{who}: expected optimizer to be a class such as nn.Adam, or a function called as {call}, "
            f"got {make!r}"
        )
    try:
        return make(
            network.parameters(), lr=estimator.learning_rate, weight_decay=estimator.weight_decay
        )
    except TypeError as error:
        error.add_note(
            f"{who}: it is called as {call}, for example functools.partial(nn.SGD, momentum=0.9)"
        )
        raise
