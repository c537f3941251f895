"""A training run in a file: all that it takes to go on as if it had never been stopped."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.files import FilePath, file_name
from nnlayers.core.frames import Columns
from nnlayers.core.packing import pack, unpack
from nnlayers.core.weights import first_difference, list_of_layers
from nnlayers.training.callbacks.base import callback_name, remembering
from nnlayers.training.history import History
from nnlayers.training.loop import Loop
from nnlayers.training.names import Names, remember_names
from nnlayers.training.run_settings import run_settings

FORMAT = 1
TEXT = "text"
OF_A_FIT = ("loop", "callbacks", "settings", "who")
"""What concerns the next fit in what `read` returns."""


def state_of(
    trainer: Any, loop: Loop | None, run: Mapping[str, Any] | None, targets: Columns
) -> dict[str, Any]:
    """The state of a trainer, and of its fit: one that runs, ran last, or was read from a file.

    ``targets`` are the names of the columns of the targets.

    Raises
    ------
    RuntimeError
        A step is running.
    """
    state = {
        "format": FORMAT,
        "parts": parts_of(trainer),
        "model": trainer.model.state_dict(),
        "loss": trainer.loss.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "generators": {path: rng.bit_generator.state for path, rng in generators(trainer)},
        "history": trainer.history.state_dict(),
        "columns": [_written(trainer.model.known_column_names()), _written(targets)],
        "loop": loop.state_dict() if loop else None,
        "callbacks": trainer.callback_states(),
        "settings": {},
    }
    if loop and loop.settings:
        now = run_settings(trainer, loop.source, loop.accumulate)
        state["settings"] = {"begin": loop.settings, "now": now}
    if run:  # that no fit has gone on with yet
        state |= {name: run[name] for name in ("loop", "callbacks", "settings")}
    return state


def write(
    path: FilePath, trainer: Any, loop: Loop | None, run: Mapping[str, Any] | None, targets: Columns
) -> None:
    """Write what `state_of` returns.

    Raises
    ------
    OSError
        The path cannot be written.
    RuntimeError
        A step is running.
    TypeError
        A callback remembers what cannot be written.
    """
    state = state_of(trainer, loop, run, targets)
    from nnlayers.core.npz import write_arrays  # takes long to import, and few need it

    text, arrays = pack(state)
    write_arrays(path, {TEXT: np.frombuffer(text.encode(), np.uint8)} | arrays)


def _written(columns: Columns) -> Columns:
    """The names of columns; None if they are something else than texts and numbers."""
    try:
        pack(columns)
    except TypeError:
        return None
    return columns


def parts_of(trainer: Any) -> dict[str, str]:
    """What a trainer consists of, in words that have to be the same in a file."""
    layers = {
        name: f"the top {type(part).__name__}\n{list_of_layers(part)}"
        for name, part in (("model", trainer.model), ("loss", trainer.loss))
    }
    return layers | {"optimizer": type(trainer.optimizer).__name__}


def generators(trainer: Any) -> "Iterator[tuple[str, np.random.Generator]]":
    """The random sources in the model and the loss, with their paths."""
    for name, part in (("model", trainer.model), ("loss", trainer.loss)):
        for path, thing in Component.named_parts(part):
            if isinstance(thing, np.random.Generator):
                yield f"{name}.{path}", thing


def read(path: FilePath, trainer: Any) -> dict[str, Any]:
    """The run in a file, which is that of such a trainer; nothing is changed.

    Raises
    ------
    OSError
        There is no such file, or it cannot be read.
    ValueError
        It is damaged, or is that of another model, loss or optimizer.
    """
    from nnlayers.core.npz import read_arrays  # takes long to import, and few need it

    who = file_name(path)
    arrays, _ = read_arrays(path)
    if TEXT not in arrays or arrays[TEXT].dtype != np.uint8:
        raise ValueError(f"{who}: not a training run: was it written by trainer.save?")
    with _naming(who):
        state: dict[str, Any] = unpack(arrays[TEXT].tobytes().decode(), arrays)
        if state["format"] != FORMAT:
            raise ValueError(f"it has the format {state['format']}, expected {FORMAT}")
    return checked(state, trainer, who)


def checked(state: dict[str, Any], trainer: Any, who: str) -> dict[str, Any]:
    """A state from elsewhere, which is that of such a trainer.

    Raises
    ------
    ValueError
        It is damaged, or is that of another model, loss or optimizer.
    """
    with _naming(who):
        _check_parts(state["parts"], parts_of(trainer))
        _check_shapes(state["model"], trainer.model)
        there, here = sorted(state["generators"]), sorted(dict(generators(trainer)))
        if there != here:
            raise ValueError(f"it has random sources at {there}, not at {here}")
        settings = state.get("settings", {})  # older files have none
        settings = {moment: dict(values) for moment, values in settings.items()}
        return state | {"columns": Names(*state["columns"]), "settings": settings, "who": who}


@contextmanager
def _naming(who: str) -> Iterator[None]:
    """Errors in what was read from a file name it."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"{who}: it is damaged ({type(error).__name__}: {error})") from error
    except ValueError as error:
        raise ValueError(f"{who}: {error}") from error


def _check_parts(there: Mapping[str, str], here: Mapping[str, str]) -> None:
    for name in ("model", "loss"):
        if difference := first_difference(there[name], here[name]):
            raise ValueError(f"it is a run of another {name}, with {difference}")
    if there["optimizer"] != here["optimizer"]:
        raise ValueError(
            f"it is a run of another optimizer, {there['optimizer']}, not {here['optimizer']}"
        )


def _check_shapes(there: Mapping[str, Any], model: Any) -> None:
    for path, part in model.named_states():
        if path in there and (shape := there[path].shape) != (here := part.value.shape):
            raise ValueError(f"it is a run of another model, with {path} of shape {shape}, not {here}")


@contextmanager
def all_or_nothing(trainer: Any, order: Any = None) -> Iterator[None]:
    """A with-block that leaves a trainer, and its random sources, as they were if it fails."""
    parts = trainer.model, trainer.loss, trainer.optimizer
    before, history = [part.state_dict() for part in parts], trainer.history
    sources = [rng for _, rng in generators(trainer)] + ([] if order is None else [order])
    random = [rng.bit_generator.state for rng in sources]
    try:
        yield
    except BaseException:
        for part, values in zip(parts, before, strict=True):
            part.load_state_dict(values)
        for rng, state in zip(sources, random, strict=True):
            rng.bit_generator.state = state
        trainer.history = history
        raise


def load(path: FilePath, trainer: Any) -> dict[str, Any]:
    """Load the run in a file, all of it or nothing, but for the fit; what `read` returned."""
    run = read(path, trainer)
    with all_or_nothing(trainer):
        apply(run, trainer)
    remember_names(trainer.model, run["columns"].inputs)
    return run


def apply(state: Mapping[str, Any], trainer: Any) -> None:
    """Load what `read` returned, but for the fit: in a block of `all_or_nothing`.

    Raises
    ------
    ValueError
        Something does not fit.
    """
    with _naming(state["who"]):
        trainer.model.load_state_dict(state["model"])
        trainer.loss.load_state_dict(state["loss"])
        trainer.optimizer.load_state_dict(state["optimizer"])
        for path, rng in generators(trainer):
            rng.bit_generator.state = state["generators"][path]
        history = History()
        history.load_state_dict(state["history"])
        trainer.history = history


def resume(run: Mapping[str, Any], loop: Loop) -> None:
    """Let a fit go on with a run that was read.

    Raises
    ------
    ValueError
        It has other callbacks, or data that do not go with it.
    """
    those = remembering(loop.callbacks.all)
    with _naming(run["who"]):
        there, here = [name for name, _ in run["callbacks"]], [callback_name(c) for c in those]
        if run["loop"] and there != here:
            raise ValueError(
                f"it is a run with the callbacks {there}, this fit has {here}: give the same ones, in "
                "the same order"
            )
        if run["loop"]:
            loop.load_state_dict(run["loop"])
    loop.resumed = True
    before = [vars(callback).copy() for callback in those]
    for callback, (_, state) in zip(those, run["callbacks"], strict=False):
        try:
            callback.load_state_dict(state)
        except Exception as error:
            for changed, attributes in zip(those, before, strict=True):
                vars(changed).clear()
                vars(changed).update(attributes)
            error.add_note(f"in {callback_name(callback)}.load_state_dict, for {run['who']}")
            raise
