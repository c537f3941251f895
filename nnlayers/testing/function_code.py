"""The passes of a plain function as code, for messages."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.testing.code import arrays
from nnlayers.testing.pairs import Call, FunctionTrial, as_tuple
from nnlayers.testing.styles import as_identifier, name_of

LONGEST = 60  # of a constant


def function_code(trial: FunctionTrial, block: str) -> list[str]:
    """Code that sets ``found`` to the gradient of an argument; empty if a constant is too long."""
    call: Call = trial.fresh().call
    constants = {name: _constant(value) for name, value in call.constants.items()}
    options = _options(call.forward.options)
    _, back = call.run(trial.x)  # which may write into a constant
    upstream = as_tuple(trial.upstream)
    returned = back.run(upstream)
    wanted = dict(zip(call.array_names, call.gradients(returned, trial.x), strict=True))[block]
    if not all([*constants.values(), *options.values()]):
        return []
    given = constants | {name: arrays(array) for name, array in trial.inputs.items()}
    lines = [f"{as_identifier(name)} = {given[name]}" for name in call.names]
    taken = ", ".join([*map(as_identifier, call.names), *options.values()])
    forward = f"{name_of(call.forward.function, 'forward')}({taken})"
    if back.unpacked:
        lines.append(f"{back.unpacked} = {forward}")
    elif hasattr(call.forward.function, "__self__"):  # a method may leave something in its object
        lines.append(forward)
    backward = options_of_backward = ""
    if call.backward is not None:
        backward = name_of(call.backward.function, "backward")
        options_of_backward = "".join(f", {o}" for o in _options(call.backward.options).values())
    code = back.code.format(
        backward=backward,
        upstream=", ".join(arrays(u if u is None or np.ndim(u) else float(u)) for u in upstream),
        options=options_of_backward,
        place=_place(returned, wanted),
    )
    return [*lines, f"found = {code}"]


def _options(options: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _constant(value) for name, value in options.items()}
    return {name: f"{name}={value}" if value else "" for name, value in found.items()}


def _constant(value: Any) -> str:
    """A constant as code; empty if there is none that is short."""
    code = arrays(value) if isinstance(value, np.ndarray) else repr(value)
    return "" if len(code) > LONGEST or code.startswith("<") else code


def _place(returned: Any, wanted: Any) -> str:
    """Where a gradient stands in what backward returned: ``[1]``, or ``['dw']``."""
    if isinstance(returned, Mapping):
        return next((f"[{key!r}]" for key, value in returned.items() if value is wanted), "")
    if isinstance(returned, (tuple, list)):
        return next((f"[{index}]" for index, value in enumerate(returned) if value is wanted), "")
    return ""
