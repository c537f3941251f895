"""What may have led to the failure of a plain function: sentences for messages."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.testing.arguments import Argument
from nnlayers.testing.returned import WrongForm, in_words


def hint(error: Exception, arguments: Sequence[Argument], undrawn: Collection[str]) -> str:
    """A sentence about arguments that may not be meant.

    ``undrawn`` are the names of the drawn arguments that no function of the user draws.
    """
    if isinstance(error, WrongForm):
        return ""
    drawn = [argument for argument in arguments if argument.sizes is not None]
    if undrawn and isinstance(error, (IndexError, TypeError)) and "integer" in str(error):
        name = [argument.name for argument in drawn if argument.name in undrawn][-1]
        return (
            f". If an argument holds integers, such as {name!r}, draw it with "
            f"values={{{name!r}: a function of (rng, shape)}}"
        )
    for argument in arguments if drawn else ():
        fixed = argument.constant if argument.array is None else argument.array
        if isinstance(fixed, np.ndarray) and fixed.ndim:
            return (
                f". {argument.name!r} has shape {fixed.shape} in every case: the sizes of "
                "the others may be numbers, as in 'N 3'"
            )
        if argument.sizes and argument.sizes.isidentifier() and len(argument.sizes) > 2:
            return (
                f". {argument.sizes!r} is taken as the name of a size: a constant string is given "
                f"by name, {argument.name}={argument.sizes!r}"
            )
    return ""


def called_backward(second: Any) -> str:
    """A question about arrays in the place of backward, which may be what a call of it returned."""
    items = second.values() if isinstance(second, Mapping) else second
    several = isinstance(second, (tuple, list, Mapping)) and any(hasattr(x, "shape") for x in items)
    if not several and not isinstance(second, np.ndarray):
        return ""
    return (
        f". The second argument is {in_words(second)}: is the function backward meant, not its result?"
    )


def drew_integers(names: Sequence[str], values: Any) -> str:
    """Why no argument has a gradient, if all that are drawn are integers."""
    words = (
        f"values draws integers for {' and '.join(map(repr, names))}, so that nothing has a gradient"
    )
    if callable(values) and len(names) > 1:
        words += f": for one argument alone, name it, as in values={{{names[-1]!r}: ...}}"
    return words


def gradients_in_constant(error: Exception, constants: Mapping[str, Any]) -> str:
    """A sentence about gradients of arrays in a dict, which stays constant."""
    for name, constant in constants.items():
        if isinstance(constant, Mapping) and any(repr(key) in str(error) for key in constant):
            return (
                f". {name!r} is a dict, which stays constant: for gradients of its arrays, check a "
                "function that takes them as arguments and makes the dict"
            )
    return ""


def exchanged(found: Mapping[str, Any], blocks: Mapping[str, Any]) -> str:
    """What is wrong if the gradients have the shapes of the arguments, but in another order."""
    came = [np.shape(found[name]) for name in blocks]
    expected = [np.shape(array) for array in blocks.values()]
    if came == expected or sorted(came) != sorted(expected):
        return ""
    names, *shapes = (", ".join(map(str, items)) for items in (blocks, came, expected))
    return (
        f"the gradients of {names} have shapes {shapes[0]}, expected {shapes[1]}: are they exchanged?"
    )
