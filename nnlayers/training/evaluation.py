"""Evaluation and prediction, batch by batch."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from nnlayers.core.devices import device_of, to_host
from nnlayers.core.frame_advice import is_in_file
from nnlayers.core.frames import in_order
from nnlayers.core.layer import Layer
from nnlayers.core.placement import first_state, moved, moved_beside
from nnlayers.core.structures import arrays_in, as_arrays, each, length, own_arrays
from nnlayers.data.checks import check_lengths
from nnlayers.data.minibatches import batches
from nnlayers.data.streaming.stream import Stream
from nnlayers.losses.base import Loss
from nnlayers.metrics import Metric
from nnlayers.training.figures import Totals

EVALUATION_BATCH = 1024


def evaluate(
    model: Layer, loss: Loss, metrics: Mapping[str, Metric], data: Iterable[tuple[Any, ...]]
) -> Totals:
    """The loss and the metrics on batches ``(x, y)`` or ``(x, y, weights)``, added up."""
    totals = Totals(metrics, loss)
    add_evaluated(totals, model, data)
    return totals


def add_evaluated(totals: Totals, model: Layer, data: Iterable[tuple[Any, ...]]) -> None:
    """Add the loss and the metrics of batches to others."""
    for x, y, *weights in moved_to_model(data, model):
        if not length(y):  # of a part that has none left
            continue
        prediction = model.predict(x)
        totals.add(totals.loss.evaluate(prediction, y, *weights), prediction, y, *weights)


def predict(model: Layer, x: Any, batch_size: int) -> Any:
    """The predictions for some data."""
    who = "Trainer.predict"
    if is_in_file(x):
        from nnlayers.data.streaming.streams import stream  # which few need

        x = stream(x, batch_size=batch_size)
    if isinstance(x, Stream):
        return _joined_predictions(model, x.in_columns(model.known_column_names(), who).inputs())
    x = as_arrays(in_order(x, model.known_column_names(), who), who)
    if isinstance(x, tuple):
        check_lengths(x, who)
    if any(array.ndim == 0 for _, array in arrays_in(x)) or length(x) <= batch_size:
        x = moved_beside(model, x)
        return each(to_host, own_arrays(model.predict(x), x))
    return _joined_predictions(model, batches(x, batch_size=batch_size, shuffle=False))


def _joined_predictions(model: Layer, rows: Iterable[Any]) -> Any:
    """The predictions for batches, on the host."""
    parts = [each(to_host, model.predict(xb)) for xb in moved_to_model(rows, model)]
    return each(lambda *arrays: np.concatenate(arrays), *parts)


def moved_to_model(batches: Iterable[Any], model: Layer) -> Iterator[Any]:
    """Batches, each on the device where the model is then: a callback may move it."""
    state = first_state(model)
    if state is None:
        return iter(batches)

    def beside_model(batch: Any) -> Any:
        device = device_of(state.value)
        return batch if device == "numpy" else moved(batch, device, type(model).__name__)

    return map(beside_model, batches)
