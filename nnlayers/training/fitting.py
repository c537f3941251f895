"""The preparation of a fit: its data, its callbacks, and where it begins."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from nnlayers.core.checks import RandomSource, describe, generator, whole_number
from nnlayers.core.files import file_exists
from nnlayers.core.frames import check_same_rows
from nnlayers.core.structures import each
from nnlayers.data.minibatches import Batches, batches
from nnlayers.training.callbacks.base import Callback, Callbacks, check_callbacks
from nnlayers.training.callbacks.checkpoints import Checkpoint
from nnlayers.training.checks import check_batches, check_figures, check_parameters, check_pending
from nnlayers.training.evaluation import EVALUATION_BATCH
from nnlayers.training.health.hooks import Unwatched
from nnlayers.training.health.watcher import watcher
from nnlayers.training.loop import Loop
from nnlayers.training.names import Names, known_names, names_for_fit, remember_names
from nnlayers.training.place import Place
from nnlayers.training.progress import ShowProgress
from nnlayers.training.sources import ArraySource, BatchSource, Source, is_batch, is_batches
from nnlayers.training.stepper import Batch, Stepper
from nnlayers.training.weights import check_weights

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
    check_not_running(stepper, WHO)
    epochs = whole_number(epochs, "epochs", WHO)
    batch_size = whole_number(batch_size, "batch_size", WHO)
    accumulate = whole_number(accumulate, "accumulate", WHO)
    if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
        checkpoint = Checkpoint(checkpoint)
    own = check_callbacks(callbacks, checkpoint)
    check_parameters(trainer.model, trainer.loss, trainer.optimizer)
    check_pending(trainer.model)
    if y is None and not is_batches(x):
        raise TypeError(f"{WHO}: expected x and y, or batches (x, y), got {type(x).__name__} and no y")
    in_file = checkpoint is not None and file_exists(checkpoint.path)
    if in_file:
        from nnlayers.training import checkpoint as checkpoints  # takes long to import

        run = checkpoints.read(checkpoint.path, trainer)
    names = known_names(trainer.model, target_names, run if in_file else None)
    if y is None:
        source: Source = batch_source(trainer, x, sample_weight, epochs)
    else:
        names = names_for_fit(names, x, y)
        source = array_source(trainer, x, y, sample_weight, batch_size, rng, names)
    validation = validation_batches(trainer, validation_data, names, x)

    def loop() -> Loop:
        watch = watch_of(trainer, source, epochs) if health else Unwatched()
        before = trainer.history.epochs
        place = Place(before, epochs if checkpoint is not None else before + epochs)
        shown = [ShowProgress(source.total)] * bool(progress)
        every = Callbacks([trainer.history, watch, *shown, *own])
        return Loop(trainer, stepper, source, validation, place, accumulate, every)

    begun = go_on(trainer, run, loop, source, is_loaded=not in_file) if run else loop()
    remember_names(trainer.model, names.inputs)
    trainer.health = next(c.report for c in begun.callbacks.all if isinstance(c, Unwatched))
    return begun, names


def watch_of(trainer: Any, source: Source, epochs: int) -> Any:
    """What watches the fit for the health report: with the weights that it begins with."""
    if not isinstance(source, ArraySource):
        return Unwatched("the data, which come in batches")
    x, y, *weights = source.arrays
    return watcher(trainer, x, y, source.batch_size, epochs, weighted=bool(weights))


def go_on(trainer: Any, run: Any, loop: Callable[[], Loop], source: Source, *, is_loaded: bool) -> Loop:
    """A loop that goes on with a run that was read; it is loaded if it is not yet.

    Raises
    ------
    ValueError
        It does not fit; nothing was changed.
    """
    from nnlayers.training import checkpoint as checkpoints  # takes long to import

    with checkpoints.all_or_nothing(trainer, source.rng):
        if not is_loaded:
            checkpoints.apply(run, trainer)
        begun = loop()
        checkpoints.resume(run, begun)
    return begun


def check_not_running(stepper: Stepper, who: str) -> None:
    """Refuse what cannot be done while a fit runs, such as by its callbacks.

    Raises
    ------
    RuntimeError
        One runs.
    """
    if stepper.place is not None:
        raise RuntimeError(f"{who}: a fit of this trainer is running, at {stepper.place}")


def array_source(
    trainer: Any, x: Any, y: Any, weights: Any, batch_size: int, rng: RandomSource, names: Names
) -> ArraySource:
    """Batches of arrays, all of whose rows are checked."""
    generator(rng, WHO)  # refuses what cannot be one
    given = x, y, weights
    x, y = check_batches(trainer.model, trainer.loss, x, y, WHO, names, to_train=True)
    check_same_rows(given, f"{WHO}: sample_weight")
    arrays: Batch = (
        (x, y) if weights is None else (x, y, check_weights(weights, y, f"{WHO}: sample_weight"))
    )
    check_figures(
        trainer.model, trainer.loss, trainer.metrics, *each(lambda array: array[:batch_size], arrays)
    )
    return ArraySource(arrays, batch_size, rng)


def batch_source(trainer: Any, data: Any, weights: Any, epochs: int) -> BatchSource:
    """Batches of an iterable; the first one is checked when it comes."""
    if weights is not None:
        raise ValueError(f"{WHO}: sample_weight goes with arrays; give batches (x, y, weights)")
    if epochs > 1 and is_plain_iterator(data):
        raise ValueError(
            f"{WHO}: {type(data).__name__} can be read only once, and there are {epochs} epochs: give "
            "a list, an object whose __iter__ begins anew, or the function that makes it"
        )
    return BatchSource(data, WHO, batch_check(trainer, WHO, to_train=True))


def batch_check(trainer: Any, who: str, to_train: bool = False) -> Callable[[Batch], None]:
    """What refuses a first batch that does not fit."""

    def check(batch: Batch) -> None:
        x, y, *given = batch
        check_batches(trainer.model, trainer.loss, x, y, f"{who}: batch 1", Names(), to_train=to_train)
        check_figures(trainer.model, trainer.loss, trainer.metrics, x, y, *given)

    return check


def is_plain_iterator(data: Any) -> bool:
    """True for an iterator that can be read only once: its class has no ``__iter__`` of its own."""
    return hasattr(data, "__next__") and not inspect.isfunction(getattr(type(data), "__iter__", None))


def validation_batches(trainer: Any, data: Any, names: Names, trained_on: Any) -> Any:
    """The validation data as batches that can be read again and again; none if there are no data.

    Raises
    ------
    TypeError, ValueError
        They are something else, or do not fit.
    """
    who = f"{WHO}: validation_data"
    if data is None:
        return ()
    if isinstance(data, Batches):
        data = Batches(data.arrays, data.batch_size, False, None)  # so that sums are the same again
    if is_batches(data) and not (
        isinstance(data, list) and len(data) in (2, 3) and not is_batch(data[-1])
    ):
        if is_plain_iterator(data):
            raise ValueError(f"{who}: {type(data).__name__} can be read only once: give a list")
        source = BatchSource(data, who, batch_check(trainer, who))
        if data is trained_on:  # which is read before it
            next(source.epoch())
        else:
            source.begin()
        return source
    if not isinstance(data, (tuple, list)) or not 2 <= len(data) <= 3:
        raise ValueError(
            f"{who}: expected a pair (x, y), perhaps with weights, or batches, got {describe(data)}"
        )
    x, y, *weights = data
    x, y = check_batches(trainer.model, trainer.loss, x, y, who, names)
    check_same_rows(data, f"{who}: the weights")
    rest = [check_weights(given, y, f"{who}: the weights") for given in weights]
    return batches(x, y, *rest, batch_size=EVALUATION_BATCH, shuffle=False)
