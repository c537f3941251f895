"""Checks before training: data, optimizers, and figures that do not fit the model are refused."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.devices import on_device, to_host
from nnlayers.core.frames import check_same_rows, names_of
from nnlayers.core.labels import TWO_CLASSES
from nnlayers.core.layer import Layer
from nnlayers.core.notices import notice
from nnlayers.core.parameter import Parameter
from nnlayers.core.placement import check_together, moved_beside
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in, each
from nnlayers.data.checks import check_data, check_lengths, check_spread
from nnlayers.losses.base import Loss
from nnlayers.metrics import Metric
from nnlayers.metrics.on_device import without_wait
from nnlayers.optimizers.base import Optimizer
from nnlayers.training.figures import Totals
from nnlayers.training.guard import quiet
from nnlayers.training.metric_values import figure_of
from nnlayers.training.names import Names
from nnlayers.training.reported import add_those_of_numbers

PARTS: dict[str, tuple[type, str]] = {
    "model": (Layer, "a Layer"),
    "loss": (Loss, "a Loss"),
    "optimizer": (Optimizer, "an Optimizer"),
}
EXAMPLES = {
    "loss": "nn.SoftmaxCrossEntropy()",
    "optimizer": "nn.Adam(model.parameters(), lr=0.001)",
}


def check_parts(model: object, loss: object, optimizer: object) -> None:
    """Refuse what is not a model, a loss, and an optimizer of theirs.

    Raises
    ------
    TypeError, ValueError
        Something is of another type, or the optimizer holds no parameter of the model.
    """
    for name, value in (("model", model), ("loss", loss), ("optimizer", optimizer)):
        check_part(name, value)
    held: Any = optimizer
    parts: Any = model, loss
    if not set(held.parameters) & {parameter for part in parts for parameter in part.parameters()}:
        raise ValueError("Trainer: no parameter of the optimizer belongs to the model")


def check_part(name: str, value: object) -> None:
    """Refuse a model, loss or optimizer that is something else.

    Raises
    ------
    TypeError
        It says what was expected.
    """
    kind, words = PARTS[name]
    if not isinstance(value, kind):
        hint = ": make one, with ()" if isinstance(value, type) else ""
        if isinstance(value, str) and name in EXAMPLES:
            hint = f": give an object, such as {EXAMPLES[name]}"
        if name == "loss" and isinstance(value, (list, tuple)):
            hint = ": for a network with several outputs, give nn.Losses([...])"
        raise TypeError(f"Trainer: expected {name} to be {words}, got {value!r}{hint}")


def check_batches(
    model: Layer,
    loss: Loss,
    x: Any,
    y: Any,
    who: str,
    names: Names,
    *,
    to_train: bool = False,
) -> tuple[Any, Any]:
    """The data as arrays that the model and the loss take, in every row.

    The columns of tables are put in order.

    Raises
    ------
    TypeError, ValueError
        They are something else, or do not fit the model's dtype; a note says which data it was.
    """
    if y is None:
        raise TypeError(f"{who}: expected x and y, arrays with a row for each sample, got no y")
    check_same_rows((x, y), who)
    is_list = isinstance(x, list)
    x, y = names.inputs_in_order(x, model, who), names.targets_in_order(y, who)
    dtype = None if model.takes_integers is True else model.dtype
    columns = None if isinstance(x, tuple) else names_of(x)
    x = check_data(x, "x", who, dtype)
    y = check_data(y, "y", who, model.dtype)
    try:
        samples = check_lengths((x, y), who)
    except ValueError as error:
        if is_list and len(x) > 1 and {len(item) for item in x} == {len(y)}:
            error.add_note("several inputs are a tuple of arrays, (x_1, x_2), not a list")
        raise
    if to_train and dtype is not None:
        for name, array in arrays_in(x, "x"):
            check_spread(array, name, who, dtype, columns)
    try:
        _try(model, loss, x, y, samples)
    except (TypeError, ValueError) as error:
        shapes = [each(lambda array: array.shape, data) for data in (x, y)]
        if shapes[0] != shapes[1] and _fits(model, loss, y, x, samples):
            raise ValueError(
                f"{who}: x and y look swapped: expected x, the data, and then y, the targets; got x of "
                f"shape {shapes[0]} and y of shape {shapes[1]}"
            ) from error
        if call := _call_that_fits(model, x):
            raise ValueError(
                f"{who}: expected x with a row of features for each sample, got shape {shapes[0]}: "
                f"give {call}"
            ) from error
        error.add_note(f"in {who}: x has shape {shapes[0]}, y {shapes[1]}")
        if len(shapes[0]) == 1:
            error.add_note("if each number is a sample of one feature, give np.expand_dims(x, -1)")
        raise
    return x, y


def _try(model: Layer, loss: Loss, x: Any, y: Any, samples: int) -> None:
    """Predict a sample, and let the loss check the targets of all of them."""
    with quiet():
        prediction = model.predict(moved_beside(model, each(lambda array: array[:1], x)))
    _check_outputs(loss, prediction)
    loss.check_target(each(to_host, y), each(lambda array: (samples, *array.shape[1:]), prediction))


def _check_outputs(loss: Loss, prediction: Any) -> None:
    """Refuse predictions with too few classes for their loss."""
    if isinstance(prediction, tuple):
        for one, part in zip(getattr(loss, "losses", ()), prediction, strict=False):
            _check_outputs(one, part)
        return
    shape = np.shape(prediction)
    if len(shape) > 1 and shape[-1] < loss.least_outputs:
        raise ValueError(
            f"{loss!r}: expected a network of at least {loss.least_outputs} outputs, one for each "
            f"class, got {shape[-1]}: {TWO_CLASSES}"
        )


def _fits(model: Layer, loss: Loss, x: Any, y: Any, samples: int) -> bool:
    """True if the model takes ``x``, and the loss ``y`` with what the model predicts."""
    try:
        _try(model, loss, x, y, samples)
    except Exception:
        return False
    return True


def _call_that_fits(model: Layer, x: Any) -> str:
    """The call that makes rows of ``x``, if the model takes these and not ``x`` itself."""
    if isinstance(x, tuple) or x.ndim == 2 or _predicts(model, x[:1]):
        return ""
    call = "np.expand_dims(x, -1)" if x.ndim == 1 else "np.reshape(x, (len(x), -1))"
    return call if _predicts(model, x[:1].reshape(1, -1)) else ""


def _predicts(model: Layer, x: Any) -> bool:
    """True if the model takes this input."""
    try:
        with quiet():
            model.predict(moved_beside(model, x))
    except Exception:
        return False
    return True


def check_parameters(model: Layer, loss: Loss, optimizer: Optimizer) -> None:
    """Refuse an optimizer that lacks parameters which are trained, and a model that trains none.

    Raises
    ------
    ValueError
        It names their paths; or they are not all on one device.
    """
    check_together(model=model, loss=loss)
    held = set(optimizer.parameters)
    named = model.named_parameters()
    named += [(f"loss.{path}", parameter) for path, parameter in loss.named_parameters()]
    if not any(parameter.trainable for _, parameter in named):
        raise ValueError(
            "Trainer.fit: nothing to train, all parameters are frozen: set trainable = True on "
            "the part to train"
        )
    if missing := [path for path, p in named if p.trainable and p not in held]:
        raise ValueError(
            f"Trainer.fit: the optimizer does not hold {', '.join(missing)}: make it from "
            "model.parameters() (and loss.parameters()) of the model as it is now, or freeze what is "
            "not to be trained, with trainable = False"
        )


def check_pending(model: Layer) -> None:
    """Warn of forwards without a backward, in a network where predict does something else."""
    parts = [part for _, part in model.named_parts() if isinstance(part, (State, np.random.Generator))]
    pending = model.pending
    if pending and not all(isinstance(part, Parameter) for part in parts):
        notice(
            f"Trainer.fit: forward passes of {type(model).__name__} without a backward: {pending}. To "
            "evaluate a network use predict, since forward is a training pass"
        )


def check_figures(
    model: Layer, loss: Loss, metrics: Mapping[str, Metric], x: Any, y: Any, weights: Any = None
) -> None:
    """Compute loss and metrics of a first batch, so that mistakes in them show before training.

    Raises
    ------
    TypeError
        The loss is not a float, or a metric not a number; and whatever they raise themselves.
    """
    x, y, weights = moved_beside(model, (x, y, weights))
    with quiet():
        prediction = model.predict(x)
        value: Any = loss.evaluate(prediction, y, weights)
        if on_device(value):
            value = float(value)
        if not isinstance(value, float):
            raise TypeError(f"Trainer: {loss!r}.forward must return a float, got {value!r}")
        for name, metric in metrics.items():
            if on_device(prediction) and without_wait(metric) is not metric:
                # Its checks of the numbers would wait in each step.
                figure_of(name, metric, to_host(prediction), to_host(y), None)
        totals = Totals(metrics, loss)
        try:
            totals.add(value, prediction, y, weights)
            totals.figures()
        except Exception as error:
            add_those_of_numbers(error, loss)
            raise
