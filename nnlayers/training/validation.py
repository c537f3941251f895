"""Data to evaluate on, as batches: those of `Trainer.evaluate`, and the validation data of a fit."""

import inspect
from contextlib import suppress
from typing import Any

from nnlayers.core.checks import describe, whole_number
from nnlayers.core.frames import check_same_rows
from nnlayers.core.placement import moved_beside
from nnlayers.core.structures import each, length
from nnlayers.data.minibatches import Batches, batches
from nnlayers.data.streaming.stream import Stream
from nnlayers.training.checks import check_batches, check_figures
from nnlayers.training.evaluation import EVALUATION_BATCH, evaluate
from nnlayers.training.figures import notice_undefined
from nnlayers.training.given_batches import is_batch, is_batches
from nnlayers.training.guard import quiet
from nnlayers.training.names import Names
from nnlayers.training.stepper import Batch
from nnlayers.training.stream_source import source_of_batches
from nnlayers.training.weights import check_weights


def evaluation_figures(
    trainer: Any, x: Any, y: Any, weights: Any, batch_size: int | None, names: Names
) -> dict[str, float]:
    """The figures of `Trainer.evaluate`; one that has no value is absent, and a warning says why."""
    data = evaluation_batches(trainer, x, y, weights, batch_size, names)
    totals = evaluate(trainer.model, trainer.loss, trainer.metrics, data)
    figures = totals.figures()
    notice_undefined(totals.undefined, "Trainer.evaluate")
    return figures


def evaluation_batches(
    trainer: Any, x: Any, y: Any, weights: Any, batch_size: int | None, names: Names
) -> Any:
    """The data of `Trainer.evaluate` as batches.

    Raises
    ------
    TypeError, ValueError
        They are something else, or do not fit.
    """
    who = "Trainer.evaluate"
    if batch_size is not None:
        batch_size = whole_number(batch_size, "batch_size", who)
    if y is None:
        check_is_batches(x, who)
        check_for_arrays(who, sample_weight=weights, batch_size=batch_size)
        columns = trainer.model.known_column_names()
        source = source_of_batches(_in_order(x), who, BatchCheck(trainer, who), columns)
        source.begin()
        return source
    arrays = (x, y) if weights is None else (x, y, weights)
    return array_batches(trainer, arrays, names, who, f"{who}: sample_weight", batch_size)


def validation_batches(trainer: Any, data: Any, names: Names, trained_on: Any) -> Any:
    """The validation data as batches that can be read again and again; none if there are no data.

    Raises
    ------
    TypeError, ValueError
        They are something else, or do not fit.
    """
    who = "Trainer.fit: validation_data"
    if data is None:
        return ()
    if is_batches(data) and not (
        isinstance(data, list) and len(data) in (2, 3) and not is_batch(data[-1])
    ):
        if is_plain_iterator(data):
            raise ValueError(f"{who}: {type(data).__name__} can be read only once: give a list")
        source = source_of_batches(_in_order(data), who, BatchCheck(trainer, who), names.inputs)
        if data is trained_on:  # which is read before it
            next(source.epoch())
        else:
            source.begin()
        return source
    if not isinstance(data, (tuple, list)) or not 2 <= len(data) <= 3:
        raise ValueError(
            f"{who}: expected a pair (x, y), perhaps with weights, or batches, got {describe(data)}"
        )
    return array_batches(trainer, data, names, who, f"{who}: the weights")


def array_batches(
    trainer: Any,
    arrays: Any,
    names: Names,
    who: str,
    who_of_weights: str,
    batch_size: int | None = None,
) -> Batches:
    """Batches of ``x`` and ``y``, perhaps weights, all of whose rows are checked."""
    x, y, *weights = arrays
    x, y = check_batches(trainer.model, trainer.loss, x, y, who, names)
    check_same_rows(arrays, who_of_weights)
    rest = [check_weights(given, y, who_of_weights) for given in weights]
    return batches(x, y, *rest, batch_size=batch_size or EVALUATION_BATCH, shuffle=False)


def _in_order(data: Any) -> Any:
    """The batches, not shuffled, so that sums are the same again."""
    if isinstance(data, Stream):
        return data.in_order()
    if isinstance(data, Batches):
        return Batches(data.arrays, data.batch_size, False, None, data.device)
    return data


class BatchCheck:
    """Refuses a first batch that does not fit, and later targets that do not go with predictions."""

    def __init__(self, trainer: Any, who: str, to_train: bool = False) -> None:
        self.trainer, self.who, self.to_train = trainer, who, to_train
        self.prediction: Any = None
        """That for one row."""

    def __call__(self, batch: Batch) -> None:
        """Check the first batch."""
        trainer, (x, y, *given) = self.trainer, batch
        parts = trainer.model, trainer.loss
        check_batches(*parts, x, y, f"{self.who}: batch 1", Names(), to_train=self.to_train)
        check_figures(*parts, trainer.metrics, x, y, *given)

    def targets(self, x: Any, y: Any) -> None:
        """Check the targets of some rows that are read ahead."""
        model = self.trainer.model
        if self.prediction is None:  # the fit still waits for its first batch
            with quiet(), suppress(Exception):  # which the check of that batch will raise
                self.prediction = model.predict(moved_beside(model, each(lambda a: a[:1], x)))
        if self.prediction is not None:
            shape = each(lambda array: (length(y), *array.shape[1:]), self.prediction)
            self.trainer.loss.check_target(y, shape)


def check_is_batches(x: Any, who: str) -> None:
    """Refuse data without targets, unless they are batches, which have them.

    Raises
    ------
    TypeError
        It says what to give.
    """
    if not is_batches(x):
        verb = who.rpartition(".")[2]
        hint = f": give {verb}(x, y)" if isinstance(x, tuple) and len(x) == 2 else ""
        raise TypeError(
            f"{who}: expected x and y, or batches (x, y), got {type(x).__name__} and no y{hint}"
        )


def check_for_arrays(who: str, **options: Any) -> None:
    """Refuse what goes with arrays only, where batches are given.

    Raises
    ------
    ValueError
        It names the first option that is given.
    """
    for name, value in options.items():
        if value is None:
            continue
        way = "give batches (x, y, weights)"
        if name != "sample_weight":
            size = f"batch_size={value}, " * (name == "batch_size")
            way = f"to choose sizes and order, give them to nn.stream or nn.batches(x, y, {size}rng=0)"
        raise ValueError(f"{who}: {name} goes with arrays, but x gives batches: {way}")


def is_plain_iterator(data: Any) -> bool:
    """True for an iterator that can be read only once: its class has no ``__iter__`` of its own."""
    return hasattr(data, "__next__") and not inspect.isfunction(getattr(type(data), "__iter__", None))
