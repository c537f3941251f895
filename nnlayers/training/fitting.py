"""The preparation of a fit: its data, its callbacks, and where it begins."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nnlayers.core.checks import RandomSource, as_array, describe, generator, real_array, whole_number
from nnlayers.core.conversion import where
from nnlayers.core.structures import each, length
from nnlayers.data.minibatches import batches
from nnlayers.training import checkpoint as checkpoints
from nnlayers.training.callbacks.base import Callback, Callbacks, check_callbacks
from nnlayers.training.callbacks.checkpoints import Checkpoint
from nnlayers.training.checks import check_batches, check_figures, check_parameters, check_pending
from nnlayers.training.evaluation import EVALUATION_BATCH
from nnlayers.training.health.hooks import Unwatched
from nnlayers.training.health.watcher import watcher
from nnlayers.training.loop import Loop
from nnlayers.training.names import Names, names_for_fit, remember_names
from nnlayers.training.place import Place
from nnlayers.training.progress import ShowProgress
from nnlayers.training.sources import ArraySource, BatchSource, Source, is_batches
from nnlayers.training.stepper import Batch, Stepper

WHO = "Trainer.fit"


def prepare(
    trainer: Any,
    stepper: Stepper,
    x: Any,
    y: Any,
    *,
    epochs: int,
    batch_size: int,
    validation_data: Any,
    sample_weight: Any,
    accumulate: int,
    callbacks: Iterable[Callback],
    checkpoint: Any,
    rng: RandomSource,
    progress: bool,
    health: bool,
    run: Any,
    target_names: Any,
) -> tuple[Loop, Names]:
    """The loop of a fit, all of whose arguments are checked; see `Trainer.fit`."""
    epochs = whole_number(epochs, "epochs", WHO)
    batch_size = whole_number(batch_size, "batch_size", WHO)
    accumulate = whole_number(accumulate, "accumulate", WHO)
    own = check_callbacks(callbacks)
    if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint(checkpoint)
    own += [checkpoint] * (checkpoint is not None)
    check_parameters(trainer.model, trainer.loss, trainer.optimizer)
    check_pending(trainer.model)
    if y is None and is_batches(x):
        names = Names(targets=target_names)
        source: Source = batch_source(trainer, x, sample_weight, epochs)
        watch = Unwatched("the data, which come in batches")
    else:
        names = names_for_fit(trainer.model, x, y, target_names)
        source = array_source(trainer, x, y, sample_weight, batch_size, rng, names)
        x, y = source.arrays[:2]
        weighted = sample_weight is not None
        watch = watcher(trainer, x, y, batch_size, epochs, weighted) if health else Unwatched()
    validation = validation_batches(trainer, validation_data, names)
    remember_names(trainer.model, names.inputs)
    if checkpoint is not None and Path(checkpoint.path).exists():
        run = checkpoints.read(checkpoint.path, trainer)
    before = trainer.history.epochs
    place = Place(before, epochs if checkpoint is not None else before + epochs)
    shown = [ShowProgress(source.total)] * bool(progress)
    every = Callbacks([trainer.history, *([watch] if health else []), *shown, *own])
    loop = Loop(trainer, stepper, source, validation, place, accumulate, every)
    if run is not None:
        checkpoints.resume(run, loop)
    trainer.health = watch.report
    return loop, names


def array_source(
    trainer: Any, x: Any, y: Any, weights: Any, batch_size: int, rng: RandomSource, names: Names
) -> ArraySource:
    """Batches of arrays, all of whose rows are checked."""
    generator(rng, WHO)  # refuses what cannot be one
    x, y = check_batches(trainer.model, trainer.loss, x, y, WHO, names, to_train=True)
    arrays: Batch = (x, y) if weights is None else (x, y, check_weights(weights, length(y)))
    check_figures(
        trainer.model, trainer.loss, trainer.metrics, *each(lambda array: array[:batch_size], arrays)
    )
    return ArraySource(arrays, batch_size, rng)


def check_weights(weights: Any, samples: int) -> Any:
    """Refuse weights that are not finite, negative, or all 0.

    Raises
    ------
    ValueError, TypeError
        It says which.
    """
    weights = as_array(weights, f"{WHO}: sample_weight")
    weights = real_array(weights, np.result_type(weights.dtype, np.float32), f"{WHO}: sample_weight")
    if not weights.ndim or len(weights) != samples:
        raise ValueError(
            f"{WHO}: expected sample_weight with one weight for each of {samples} samples, got "
            f"{describe(weights)}"
        )
    good = (weights >= 0) & (weights < np.inf)
    if not good.all():
        place = np.unravel_index(int(good.argmin()), weights.shape)
        raise ValueError(
            f"{WHO}: expected sample_weight to be finite and at least 0, got {weights[place]} "
            f"{where(place)}"
        )
    if not weights.any():
        raise ValueError(f"{WHO}: sample_weight is 0 for every sample: nothing would be trained")
    return weights


def batch_source(trainer: Any, data: Any, weights: Any, epochs: int) -> BatchSource:
    """Batches of an iterable; the first one is checked when it comes."""
    if weights is not None:
        raise ValueError(f"{WHO}: sample_weight goes with arrays; give batches (x, y, weights)")
    if epochs > 1 and iter_of_itself(data):
        raise ValueError(
            f"{WHO}: {type(data).__name__} can be read only once, and there are {epochs} epochs: give "
            "a list, an object whose __iter__ begins anew, or the function that makes it"
        )

    def check(batch: Batch) -> None:
        x, y, *given = batch
        check_batches(trainer.model, trainer.loss, x, y, WHO, Names(), to_train=True)
        check_figures(trainer.model, trainer.loss, trainer.metrics, x, y, *given)

    return BatchSource(data, WHO, check)


def iter_of_itself(data: Any) -> bool:
    """True for an iterator, which can be read only once."""
    return hasattr(data, "__next__")


def validation_batches(trainer: Any, data: Any, names: Names) -> Any:
    """The validation data as batches that can be read again and again; none if there are no data.

    Raises
    ------
    TypeError, ValueError
        They are something else, or do not fit.
    """
    who = f"{WHO}: validation_data"
    if data is None:
        return ()
    if is_batches(data) and not (isinstance(data, list) and len(data) == 2):
        if iter_of_itself(data):
            raise ValueError(f"{who}: {type(data).__name__} can be read only once: give a list")
        return BatchSource(data, who)
    if not isinstance(data, (tuple, list)) or not 2 <= len(data) <= 3:
        raise ValueError(
            f"{who}: expected a pair (x, y), perhaps with weights, or batches, got {describe(data)}"
        )
    x, y, *weights = data
    x, y = check_batches(trainer.model, trainer.loss, x, y, who, names)
    rest = [check_weights(given, length(y)) for given in weights]
    return batches(x, y, *rest, batch_size=EVALUATION_BATCH, shuffle=False)
