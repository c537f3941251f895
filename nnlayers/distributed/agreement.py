"""What has to be the same in all processes before they train together."""

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlayers.core.structures import arrays_in
from nnlayers.data.minibatches import Batches
from nnlayers.training.callbacks.base import callback_name
from nnlayers.training.callbacks.checkpoints import Checkpoint
from nnlayers.training.sources import ArraySource, BatchSource
from nnlayers.version import __version__

if TYPE_CHECKING:
    from nnlayers.training.loop import Loop

ROWS = 64  # of the data that are compared


def facts_of(loop: "Loop") -> dict[str, Any]:
    """What has to be the same, in words and numbers, by name."""
    trainer, callbacks = loop.trainer, [c for c in loop.callbacks.all if not c.is_default]
    facts = {
        "nnlayers": __version__,
        "numpy": np.__version__,
        "epochs": loop.epochs,
        **loop.facts(),
        "the training data": _data_of(loop.source),
        "the validation data": _data_of(loop.validation),
        "callbacks": [callback_name(callback) for callback in callbacks],
    }
    if isinstance(facts.get("rng"), int):
        facts["rng"] = "a seed"  # that of rank 0 counts
    for callback in callbacks:
        if isinstance(callback, Checkpoint):
            facts["the Checkpoint"] = (callback.every_epochs, callback.every_steps)
    optimizer = trainer.optimizer
    for name in optimizer.hyperparameters:
        value = getattr(optimizer, name)
        facts[f"the optimizer's {name}"] = value(0) if callable(value) else value
    for kind, part in (("model", trainer.model), ("loss", trainer.loss)):
        for path, parameter in part.named_parameters():
            value = parameter.value
            facts[f"the {kind}'s {path}"] = (
                f"{value.dtype}{list(value.shape)}, trainable={bool(parameter.trainable)}, "
                f"decay={parameter.decay}, lr_factor={parameter.lr_factor}"
            )
    return facts


def _data_of(source: Any) -> str:
    """What tells data from others: the shapes, and a checksum of some rows."""
    if isinstance(source, BatchSource):
        source = source.batches
    if not isinstance(source, (ArraySource, Batches)):
        return "none" if source == () else f"batches of {type(source).__name__}"
    parts, checksum = [], 0
    for _, array in arrays_in(source.arrays):
        some = np.ascontiguousarray(array[:: max(1, len(array) // ROWS)])
        checksum = zlib.crc32(some.tobytes(), checksum)
        parts.append(f"{array.dtype}{list(array.shape)}")
    return f"arrays {', '.join(parts)} with the checksum {checksum:08x}"


def check_same(facts: Sequence[Mapping[str, Any]]) -> None:
    """Refuse ranks whose facts differ.

    Raises
    ------
    ValueError
        It says which, in the first difference.
    """
    first = facts[0]
    for rank, others in enumerate(facts):
        for name in {**first, **others}:
            here, there = first.get(name, "none"), others.get(name, "none")
            if here != there:
                raise ValueError(
                    f"DataParallel: the ranks differ in {name}: rank 0 has {here}, rank {rank} "
                    f"{there}: all have to call fit with the same arguments{_hint(name)}"
                )


def _hint(name: str) -> str:
    """The way out of a difference, where it is another than to give the same arguments."""
    if name == "the training data":
        return (
            ". Arrays are divided among them; if each rank has data of its own, give batches, in an "
            "object whose part(index, count) returns those of the rank"
        )
    if name == "callbacks":
        return ". The callbacks of nnlayers write files on rank 0 only; others can ask trainer.rank"
    return ""
