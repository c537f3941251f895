"""The exact check of the form of gradients, which is the first to call backward."""

import ast
import functools
import inspect
import textwrap
from typing import Any

import numpy as np

from nnlayers.core.checks import describe
from nnlayers.testing.contract.table import exact
from nnlayers.testing.errors import failed_pass
from nnlayers.testing.lines import last_line
from nnlayers.testing.trial import INPUT, Trial
from nnlayers.testing.value import check_block

ITSELF = "saved() returns a single value as itself, several as a tuple"


@exact("layer", "loss", "function")
def shapes(trial: Trial) -> str | None:
    """A backward that fails, or a gradient of the wrong form or shape."""
    thing = trial.fresh()
    trial.forward(thing, trial.x)
    nothing, saved = not thing.pending, _single_array(trial)
    try:
        gradient = trial.backward(thing, trial.upstream)
    except Exception as error:
        hint = ""
        if saved is not None and "unpack" in str(error) and ".shape" not in last_line(error):
            hint = f". forward saved one value: {ITSELF}"
        elif nothing and str(error).startswith(f"{thing!r}: backward without its forward"):
            return "backward calls saved(), but forward does not call save_for_backward(...)"
        return f"backward fails: {failed_pass(error)}{hint}"
    try:
        gradients = trial.named(gradient)
    except TypeError as error:
        return str(error)
    if saved is not None and _takes_first_row(type(thing).backward) and _has_wrong_gradients(trial):
        return f"backward takes only the first row of what forward saved, saved()[0]: {ITSELF}"
    return _wrong_shape(trial, gradients)


def _wrong_shape(trial: Trial, gradients: dict[str, Any]) -> str | None:
    """What is wrong with the shape of the gradients of the input."""
    for name, x in trial.inputs.items():
        found, where = gradients[name], trial.in_words(name)
        if x.dtype.kind != "f":
            if found is not None:
                which = "integer input" if name == INPUT else f"the integers {where}"
                return f"expected None as the gradient of {which}, got {describe(found)}"
        elif found is None:
            if len(trial.inputs) == 1:
                return f"backward returns None, expected the gradient of {where}: is a return missing?"
            return (
                f"backward returns None in the place of {where}, expected the gradient of {where}: "
                "None is for integers and masks, which values= draws"
            )
        elif np.shape(found) != x.shape:
            return f"the gradient of {where} has shape {np.shape(found)}, expected {x.shape}"
    return None


def _single_array(trial: Trial) -> Any:
    """The array that forward saves, if that is all it saves."""
    thing = trial.fresh()
    trial.forward(thing, trial.x)
    saved = thing.saved() if thing.pending else None
    return saved if isinstance(saved, np.ndarray) and saved.ndim else None


@functools.lru_cache(1024)
def _takes_first_row(backward: Any) -> bool:
    """True if the source of backward contains ``self.saved()[0]``."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(backward)))
    except (OSError, TypeError, SyntaxError):  # no source at hand
        return False
    return any(
        "saved()[0]" in ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Subscript)
    )


def _has_wrong_gradients(trial: Trial) -> bool:
    """True if the gradient of a block is wrong."""
    rng = np.random.default_rng(0)
    return any(check_block(trial, block, rng).outcome == "wrong" for block in trial.blocks)
