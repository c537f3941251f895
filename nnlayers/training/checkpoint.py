"""A training run in a file: all that it takes to go on as if it had never been stopped."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.files import FilePath, file_name
from nnlayers.core.npz import read_all_arrays, write_arrays
from nnlayers.core.weights import first_difference, list_of_layers
from nnlayers.training.callbacks.base import Callback, callback_name
from nnlayers.training.history import History
from nnlayers.training.loop import Loop
from nnlayers.training.packing import pack, unpack

FORMAT = 1
TEXT = "text"


def write(path: FilePath, trainer: Any, loop: Loop | None) -> None:
    """Write the state of a trainer, and of the fit that runs or ran last.

    Raises
    ------
    OSError
        The path cannot be written.
    """
    state = {
        "format": FORMAT,
        "parts": parts_of(trainer),
        "model": trainer.model.state_dict(),
        "loss": trainer.loss.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "generators": {path: rng.bit_generator.state for path, rng in generators(trainer)},
        "history": trainer.history.state_dict(),
        "loop": loop.state_dict() if loop else None,
        "callbacks": states_of(loop.callbacks.all) if loop else [],
    }
    text, arrays = pack(state)
    named = {TEXT: np.frombuffer(text.encode(), np.uint8)} | arrays
    write_arrays(path, named)


def parts_of(trainer: Any) -> dict[str, str]:
    """What a trainer consists of, in words that have to be the same in a file."""
    return {
        "model": list_of_layers(trainer.model),
        "loss": list_of_layers(trainer.loss) or type(trainer.loss).__name__,
        "optimizer": type(trainer.optimizer).__name__,
    }


def generators(trainer: Any) -> "Iterator[tuple[str, np.random.Generator]]":
    """The random sources in the model and the loss, with their paths."""
    for name, part in (("model", trainer.model), ("loss", trainer.loss)):
        for path, thing in Component.named_parts(part):
            if isinstance(thing, np.random.Generator):
                yield f"{name}.{path}", thing


def states_of(callbacks: list[Callback]) -> list[list[Any]]:
    """The names and states of the callbacks that remember something."""
    return [[callback_name(c), c.state_dict()] for c in callbacks if _remembers(c)]


def _remembers(callback: Callback) -> bool:
    return not callback.is_default and bool(callback.state_dict())


def read(path: FilePath, trainer: Any) -> dict[str, Any]:
    """Load a file into a trainer; what is left for the next fit is returned.

    Raises
    ------
    OSError
        There is no such file, or it cannot be read.
    ValueError
        It is damaged, or is that of another model, loss or optimizer; nothing was changed.
    """
    who = file_name(path)
    arrays = read_all_arrays(path)
    if TEXT not in arrays or arrays[TEXT].dtype != np.uint8:
        raise ValueError(f"{who}: not a training run: was it written by trainer.save?")
    try:
        state = unpack(arrays[TEXT].tobytes().decode(), arrays)
        if state["format"] != FORMAT:
            raise ValueError(f"it has the format {state['format']}, expected {FORMAT}")
        _check_parts(state["parts"], parts_of(trainer))
        _apply(state, trainer)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ValueError(f"{who}: it is damaged ({type(error).__name__}: {error})") from error
    except ValueError as error:
        raise ValueError(f"{who}: {error}") from error
    return {"loop": state["loop"], "callbacks": state["callbacks"]}


def _check_parts(there: Mapping[str, str], here: Mapping[str, str]) -> None:
    if difference := first_difference(there["model"], here["model"]):
        raise ValueError(f"it is a run of another model, with {difference}")
    for name in ("loss", "optimizer"):
        if there[name] != here[name]:
            raise ValueError(f"it is a run with another {name}, {there[name]}, not {here[name]}")


def _apply(state: Mapping[str, Any], trainer: Any) -> None:
    """Load everything; if something does not fit, all is as before."""
    sources = dict(generators(trainer))
    if state["generators"].keys() != sources.keys():
        raise ValueError(
            f"it has random sources at {sorted(state['generators'])}, not at {sorted(sources)}"
        )
    history = History()
    history.load_state_dict(state["history"])
    before = [part.state_dict() for part in (trainer.model, trainer.loss, trainer.optimizer)]
    random = {path: rng.bit_generator.state for path, rng in sources.items()}
    try:
        trainer.model.load_state_dict(state["model"])
        trainer.loss.load_state_dict(state["loss"])
        trainer.optimizer.load_state_dict(state["optimizer"])
        for path, rng in sources.items():
            rng.bit_generator.state = state["generators"][path]
    except BaseException:
        for part, values in zip((trainer.model, trainer.loss, trainer.optimizer), before, strict=True):
            part.load_state_dict(values)
        for path, rng in sources.items():
            rng.bit_generator.state = random[path]
        raise
    trainer.history = history


def resume(run: Mapping[str, Any], loop: Loop) -> None:
    """Let a fit go on with a run that was read.

    Raises
    ------
    ValueError
        It has other callbacks.
    """
    remembering = [callback for callback in loop.callbacks.all if _remembers(callback)]
    there, here = [name for name, _ in run["callbacks"]], [callback_name(c) for c in remembering]
    if there != here:
        raise ValueError(
            f"Trainer.fit: the run that was loaded has the callbacks {there}, this fit {here}: give "
            "the same ones, in the same order"
        )
    for callback, (_, state) in zip(remembering, run["callbacks"], strict=True):
        callback.load_state_dict(state)
    if run["loop"]:
        loop.load_state_dict(run["loop"])
