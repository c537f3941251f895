"""The memory of an optimizer for each parameter, and its way into a state_dict and back.

A memory is a dict: arrays of the parameter's shape, zero at first, and perhaps ``steps``, the number
of updates. It is empty until the first update. The arrays have the parameter's dtype, or float32 if
that is float16, in which the squares of small gradients would be 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, whole_number
from nnlayers.core.devices import MOVES, as_floats, beside, device_of, mover, to_host
from nnlayers.core.kernels import BLOCK, blocks
from nnlayers.core.parameter import Parameter


def memory_dtype(value: Array) -> np.dtype[Any]:
    """The dtype of what is remembered of a parameter."""
    return np.promote_types(value.dtype, np.float32)


def new_memory(value: Array, names: Sequence[str]) -> dict[str, Any]:
    """The memory of a parameter before its first update."""
    dtype = memory_dtype(value)
    return {name: 0 if name == "steps" else np.zeros_like(value, dtype) for name in names}


def follow(parameters: Sequence[Parameter], memories: Sequence[dict[str, Any]]) -> int:
    """Move what is remembered of each parameter to where it is; return the number of moves so far."""
    moves = MOVES[0]
    for parameter, memory in zip(parameters, memories, strict=True):
        move = mover(device_of(parameter.value), "Optimizer")
        memory |= {name: move(array) for name, array in memory.items() if name != "steps"}
    return moves


def remembered(parameters: Sequence[Parameter], memories: Sequence[dict[str, Any]]) -> list[Array]:
    """The arrays that are remembered, beside their parameters; they are not copies."""
    follow(parameters, memories)
    return [array for memory in memories for name, array in memory.items() if name != "steps"]


def decayed_squares(parameters: Sequence[Parameter]) -> float:
    """``sum d ||W||²`` over the parameters that are trained, each with its factor of decay."""
    held = [p for p in parameters if p.decay and p.trainable]
    squares = as_floats([np.sum(np.square(p.value, dtype=np.float64)) for p in held])
    return sum((p.decay * square for p, square in zip(held, squares, strict=True)), 0.0)


def update_with_memory(
    optimizer: Any, value: Array, grad: Array, lr: float, decay: float, memory: dict[str, Any]
) -> None:
    """Update one parameter, and what is remembered of it, by the optimizer's ``update``."""
    if not memory:
        memory |= new_memory(value, optimizer.remembered_names)
    rounded = value
    if (dtype := memory_dtype(value)) != value.dtype:  # computed in float32, and rounded once
        value, grad = value.astype(dtype), grad.astype(dtype)
    counted = {"steps": memory["steps"] + 1} if optimizer.update_takes_steps else {}
    if optimizer.update_takes_decay:
        optimizer.update(value, grad, lr, decay=decay, **memory | counted)
    else:
        _update_in_blocks(optimizer, value, grad, lr, decay, memory, counted)
    memory |= counted
    if value is not rounded:
        rounded[...] = value


def _update_in_blocks(
    optimizer: Any,
    value: Array,
    grad: Array,
    lr: float,
    decay: float,
    memory: dict[str, Any],
    counted: dict[str, int],
) -> None:
    """Update block by block, with the decay added before or, if it is decoupled, after that."""
    names = optimizer.memory_names
    arrays = (value, grad, *[memory[name] for name in names])
    for w, g, *remembered in blocks(*arrays, size=2 * BLOCK // len(arrays)):
        shrinkage = lr * decay * w if decay and optimizer.decoupled else None
        if decay and not optimizer.decoupled:
            g = decay * w + g
        optimizer.update(w, g, lr, **dict(zip(names, remembered, strict=True)), **counted)
        if shrinkage is not None:  # now, because an update may fail
            w -= shrinkage


def write_memories(
    parameters: Sequence[Parameter], memories: Sequence[dict[str, Any]], names: Sequence[str]
) -> dict[str, Any]:
    """Copies of what is remembered: of every parameter, something of each name."""
    state: dict[str, Any] = {}
    for index, (parameter, memory) in enumerate(zip(parameters, memories, strict=True)):
        memory = memory or new_memory(parameter.value, names)
        state |= {f"{index}.{name}": np.array(to_host(memory[name])) for name in names}
    return state


def read_numbers(optimizer: Any, state: Mapping[str, Any]) -> dict[str, Any]:
    """The hyper-parameters in a state_dict, and the steps.

    Raises
    ------
    ValueError, TypeError
        One is missing, or ``steps`` is not a count.
    """
    who = f"{type(optimizer).__name__}.load_state_dict"
    if not isinstance(state, Mapping):
        raise TypeError(f"{who}: expected a state_dict, got {type(state).__name__}")
    scheduled = callable(optimizer.lr)
    expected = {"steps", *optimizer.hyperparameters} - ({"lr"} if scheduled else set())
    if missing := expected - state.keys():
        hint = ": it was saved with a schedule, so give the optimizer one" * ("lr" in missing)
        raise ValueError(f"{who}: no value for {sorted(missing)}{hint}")
    if scheduled and "lr" in state:
        raise ValueError(f"{who}: it holds lr={state['lr']}, and this optimizer has a schedule")
    values = {name: state[name] for name in expected}
    # From an npz file a number comes as an array of one.
    one = {name for name, value in values.items() if isinstance(value, np.ndarray) and value.size == 1}
    values |= {name: values[name].item() for name in one}
    values["steps"] = whole_number(values["steps"], "steps", who, least=0)
    return values


def read_memories(
    optimizer: Any, state: Mapping[str, Any], names: Sequence[str]
) -> list[dict[str, Any]]:
    """The memories of a state_dict, one for each parameter: something of each name.

    Raises
    ------
    ValueError, TypeError
        A name is missing or unknown, a shape does not fit, or a number is not finite.
    """
    who, parameters = f"{type(optimizer).__name__}.load_state_dict", optimizer.parameters
    memories: list[dict[str, Any]] = [{} for _ in parameters]
    places = {f"{index}.{name}": (index, name) for index in range(len(parameters)) for name in names}
    for key in state.keys() - {"steps", *optimizer.hyperparameters, *places}:
        raise ValueError(f"{who}: unknown name {key!r}: was it saved for {len(parameters)} parameters?")
    if missing := [key for key in places if key not in state]:
        raise ValueError(
            f"{who}: no value for {missing}: was it saved for {len(parameters)} parameters?"
        )
    for key, (index, name) in places.items():
        array = to_host(as_array(state[key], who))
        if name == "steps":
            memories[index][name] = whole_number(array[()], key, who, least=0)
            continue
        dtype = memory_dtype(parameters[index].value)
        memories[index][name] = array = parameters[index].converted(array, f"{key!r}", dtype)
        if not np.isfinite(array).all():
            raise ValueError(f"{who}: {key!r} holds numbers that are not finite")
        if name in optimizer.squares and (array < 0).any():
            raise ValueError(f"{who}: {key!r} holds negative numbers, but it is of squares")
        memories[index][name] = beside(array, parameters[index].value)
    return memories
