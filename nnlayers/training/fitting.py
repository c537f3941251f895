"""The preparation of a fit: its data, its callbacks, and where it begins."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from nnlayers.core.checks import RandomSource, generator, whole_number
from nnlayers.core.files import file_exists, file_name
from nnlayers.core.frames import check_same_rows
from nnlayers.core.structures import each
from nnlayers.data.streaming.stream import Stream
from nnlayers.training.callbacks.base import Callback, Callbacks, check_callbacks
from nnlayers.training.callbacks.checkpoints import Checkpoint
from nnlayers.training.checks import check_batches, check_figures, check_parameters, check_pending
from nnlayers.training.health.hooks import Unwatched
from nnlayers.training.health.watcher import watcher
from nnlayers.training.loop import Loop
from nnlayers.training.names import Names, names_for_fit, remember_names
from nnlayers.training.place import Place
from nnlayers.training.progress import ShowProgress
from nnlayers.training.ranks import Joining
from nnlayers.training.run_settings import notice_other_settings, run_settings
from nnlayers.training.sources import ArraySource, BatchSource, Source
from nnlayers.training.stepper import Batch, Stepper
from nnlayers.training.stream_source import source_of_batches
from nnlayers.training.validation import (
    BatchCheck,
    check_for_arrays,
    check_is_batches,
    is_plain_iterator,
    validation_batches,
)
from nnlayers.training.weights import check_weights

WHO = "Trainer.fit"
BATCH_SIZE = 32  # of arrays


@dataclass
class Settings:
    """The arguments of `Trainer.fit` without the data, all of them checked."""

    epochs: int
    batch_size: int | None
    accumulate: int
    callbacks: Iterable[Callback]
    checkpoint: Any
    rng: RandomSource
    progress: bool
    health: bool

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulate"):
            if name != "batch_size" or self.batch_size is not None:
                setattr(self, name, whole_number(getattr(self, name), name, WHO))
        if self.checkpoint is not None and not isinstance(self.checkpoint, Checkpoint):
            self.checkpoint = Checkpoint(file_name(self.checkpoint, f"{WHO}: checkpoint"))
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
    if y is None:
        check_is_batches(x, WHO)
        if isinstance(x, Stream):
            names = Names(names.inputs or x.column_names, names.targets)
        source: Source = batch_source(trainer, x, sample_weight, settings, names)
    else:
        names = names_for_fit(names, x, y)
        source = array_source(trainer, x, y, sample_weight, settings, names)
    return Data(source, validation_batches(trainer, validation_data, names, x), names)


def run_in_file(trainer: Any, settings: Settings, loaded: Any) -> Any:
    """The run in the file of a fit, which it goes on with; None if there is no file.

    Raises
    ------
    ValueError, OSError
        It cannot be read, or another run was loaded, which would be lost.
    """
    if settings.checkpoint is None or not file_exists(path := settings.checkpoint.path):
        return None
    if loaded and os.path.realpath(loaded["who"]) != os.path.realpath(file_name(path)):
        raise ValueError(
            f"{WHO}: the run of {loaded['who']} was loaded, but checkpoint={file_name(path)!r} exists, "
            "and fit would go on with the run in it: leave out load, or give the path of a new file"
        )
    from nnlayers.training import checkpoint as checkpoints  # takes long to import

    return checkpoints.read(path, trainer)


def begin(
    trainer: Any, stepper: Stepper, data: Data, settings: Settings, in_file: Any, loaded: Any
) -> Loop:
    """The loop of a fit, which goes on with the run in its file, or one that was loaded, if any."""
    source = data.source
    for callback in settings.callbacks:
        if isinstance(callback, Joining):
            source.read_part(*callback.part)

    own = run_settings(trainer, source, settings.accumulate)

    def new_loop() -> Loop:
        watch = watch_of(trainer, source, settings.epochs) if settings.health else Unwatched()
        before = trainer.history.epochs
        last = settings.epochs + (before if settings.checkpoint is None else 0)
        place = Place(before, last)
        file = "" if settings.checkpoint is None else file_name(settings.checkpoint.path)
        line = ShowProgress(source.total, file, goes_on=in_file is not None)
        shown = [line] * bool(settings.progress)
        callbacks = Callbacks([trainer.history, watch, *shown, *settings.callbacks])
        loop = Loop(
            trainer,
            stepper,
            source,
            data.validation,
            place,
            settings.accumulate,
            callbacks,
            settings.epochs,
        )
        loop.settings = own if file else {}
        return loop

    run = in_file or loaded
    loop = go_on(trainer, run, new_loop, source, own, is_loaded=not in_file) if run else new_loop()
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
    trainer: Any,
    run: Any,
    new_loop: Callable[[], Loop],
    source: Source,
    own: Mapping[str, str],
    *,
    is_loaded: bool,
) -> Loop:
    """A loop that goes on with a run that was read; it is loaded if it is not yet.

    If its settings were others than ``own``, those of this fit, a warning says so.

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
        if not is_loaded:
            notice_other_settings(run["who"], run["settings"], own)
            loop.settings = run["settings"].get("begin", own)
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
    batch_size, rng = settings.batch_size or BATCH_SIZE, settings.rng
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


def batch_source(
    trainer: Any, data: Any, weights: Any, settings: Settings, names: Names
) -> BatchSource:
    """Batches of an iterable; the first one is checked when it comes."""
    epochs = settings.epochs
    check_for_arrays(WHO, sample_weight=weights, batch_size=settings.batch_size, rng=settings.rng)
    if epochs > 1 and is_plain_iterator(data):
        raise ValueError(
            f"{WHO}: {type(data).__name__} can be read only once, and there are {epochs} epochs: give "
            "a list, an object whose __iter__ begins anew, or the function that makes it"
        )
    check = BatchCheck(trainer, WHO, to_train=True)
    return source_of_batches(data, WHO, check, names.inputs)
