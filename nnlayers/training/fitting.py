"""The preparation of a fit: its data, its callbacks, and where it begins."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

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
from nnlayers.training.names import Names, names_for_fit, remember_names
from nnlayers.training.place import Place
from nnlayers.training.progress import ShowProgress
from nnlayers.training.sources import ArraySource, BatchSource, Source, is_batch, is_batches
from nnlayers.training.stepper import Batch, Stepper
from nnlayers.training.weights import check_weights

WHO = "Trainer.fit"


@dataclass
class Settings:
    """The arguments of `Trainer.fit` without the data, all of them checked."""

    epochs: int
    batch_size: int
    accumulate: int
    callbacks: Iterable[Callback]
    checkpoint: Any
    rng: RandomSource
    progress: bool
    health: bool

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulate"):
            setattr(self, name, whole_number(getattr(self, name), name, WHO))
        if self.checkpoint is not None and not isinstance(self.checkpoint, Checkpoint):
            self.checkpoint = Checkpoint(self.checkpoint)
        self.callbacks = check_callbacks(self.callbacks, self.checkpoint)


class Data(NamedTuple):
    """The data of a fit, checked."""

    source: Source
    validation: Any
    """Batches; empty if there are none."""
    names: Names


def read_data(
    trainer: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    validation_data: Any,
    settings: Settings,
    names: Names,
) -> Data:
    """The data of a fit, which the trainer's parts can be trained on; some names may be known."""
    check_parameters(trainer.model, trainer.loss, trainer.optimizer)
    check_pending(trainer.model)
    if y is None and not is_batches(x):
        hint = ": give fit(x, y)" if isinstance(x, tuple) and len(x) == 2 else ""
        raise TypeError(
            f"{WHO}: expected x and y, or batches (x, y), got {type(x).__name__} and no y{hint}"
        )
    if y is None:
        source: Source = batch_source(trainer, x, sample_weight, settings.epochs)
    else:
        names = names_for_fit(names, x, y)
        source = array_source(trainer, x, y, sample_weight, settings, names)
    return Data(source, validation_batches(trainer, validation_data, names, x), names)


def run_in_file(trainer: Any, settings: Settings) -> Any:
    """The run in the file of a fit, which it goes on with; None if there is no file."""
    if settings.checkpoint is None or not file_exists(settings.checkpoint.path):
        return None
    from nnlayers.training import checkpoint as checkpoints  # takes long to import

    return checkpoints.read(settings.checkpoint.path, trainer)


def begin(
    trainer: Any, stepper: Stepper, data: Data, settings: Settings, in_file: Any, loaded: Any
) -> Loop:
    """The loop of a fit, which goes on with the run in its file, or one that was loaded, if any."""
    source = data.source

    def new_loop() -> Loop:
        watch = watch_of(trainer, source, settings.epochs) if settings.health else Unwatched()
        before = trainer.history.epochs
        last = settings.epochs + (before if settings.checkpoint is None else 0)
        place = Place(before, last)
        shown = [ShowProgress(source.total)] * bool(settings.progress)
        callbacks = Callbacks([trainer.history, watch, *shown, *settings.callbacks])
        return Loop(trainer, stepper, source, data.validation, place, settings.accumulate, callbacks)

    run = in_file or loaded
    loop = go_on(trainer, run, new_loop, source, is_loaded=not in_file) if run else new_loop()
    remember_names(trainer.model, data.names.inputs)
    trainer.health = next(c.report for c in loop.callbacks.all if isinstance(c, Unwatched))
    return loop


def watch_of(trainer: Any, source: Source, epochs: int) -> Any:
    """What watches the fit for the health report: with the weights that it begins with."""
    if not isinstance(source, ArraySource):
        return Unwatched("the data, which come in batches")
    x, y, *weights = source.arrays
    return watcher(trainer, x, y, source.batch_size, epochs, weighted=bool(weights))


def go_on(
    trainer: Any, run: Any, new_loop: Callable[[], Loop], source: Source, *, is_loaded: bool
) -> Loop:
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
        loop = new_loop()
        checkpoints.resume(run, loop)
    return loop


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
    trainer: Any, x: Any, y: Any, weights: Any, settings: Settings, names: Names
) -> ArraySource:
    """Batches of arrays, all of whose rows are checked."""
    batch_size, rng = settings.batch_size, settings.rng
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
