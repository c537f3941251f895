"""What plain functions return: outputs, and gradients in order or by name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import describe


class WrongForm(TypeError):  # noqa: N818 (it says what it is)
    """A function returns something else, or takes other arguments, than in any of the styles."""


def in_order(found: Any, names: Sequence[str], floating: Sequence[str]) -> dict[str, Any]:
    """The gradients by the names of the arguments, from what a backward pass returned.

    Parameters
    ----------
    found : array, tuple, list or dict
        One for each floating array among the arguments, or one for each argument.
    names, floating : list of str
        The names of all arguments, and of the floating arrays.

    Raises
    ------
    WrongForm
        There are more or fewer, or they have other names.
    """
    if isinstance(found, Mapping):
        gradients = _by_name(found, names, floating)
    else:
        listed = found if isinstance(found, (tuple, list)) else (found,)
        if len(listed) not in (len(floating), len(names)):
            came = f"{len(listed)} gradients" if listed is found else in_words(found)
            several = f"{len(floating)} gradients" if len(floating) > 1 else "one gradient"
            raise WrongForm(
                f"the backward pass returns {came}, expected {several} ({', '.join(floating)})"
            )
        keys = floating if len(listed) == len(floating) else names
        gradients = dict(zip(keys, listed, strict=True))
    return {name: _gradient(gradients[name], name) for name in floating}


def _by_name(found: Mapping[Any, Any], names: Sequence[str], floating: Sequence[str]) -> dict[str, Any]:
    """The gradients by the names of the arguments, from keys such as ``x``, ``dx`` and ``x_grad``."""
    gradients, left = {}, dict(found)
    for alike in (str, lambda key: str(key).lower()):  # same letters first: there may be 'w' and 'W'
        for name in names:
            forms = {alike(form) for form in (name, f"d{name}", f"grad_{name}", f"{name}_grad")}
            keys = [key for key in left if alike(key) in forms]
            if keys and name not in gradients:
                gradients[name] = left.pop(keys[0])
    if left:
        unknown = ", ".join(map(repr, left))
        expected = ", ".join(repr(f"d{name}") for name in floating)
        raise WrongForm(
            f"the backward pass returns a gradient of {unknown}, which is not an argument; expected "
            f"{expected} (or the name itself, 'grad_...', '..._grad')"
        )
    if missing := [name for name in floating if name not in gradients]:
        raise WrongForm(
            f"the backward pass returns no gradient of {missing[0]!r}, only "
            f"{', '.join(map(repr, found))}"
        )
    return gradients


def output(y: Any) -> Any:
    """An output as an array, or as the number that it is.

    Raises
    ------
    WrongForm
        It is something else.
    """
    array = y if isinstance(y, (np.ndarray, float, int)) else _real_array(y)
    if array is None or np.asarray(array).dtype.kind not in "fiub":
        raise WrongForm(f"returns {in_words(y)} as an output, expected an array of real numbers")
    return array


def _gradient(gradient: Any, name: str) -> Any:
    array = None if gradient is None else _real_array(gradient)
    if gradient is not None and array is None:
        words = in_words(gradient)
        raise WrongForm(f"the gradient of {name!r} is {words}, expected an array of real numbers")
    return array


def _real_array(x: Any) -> Any:
    """An array of any library, or a number, as one of NumPy's; None for everything else."""
    array = np.asarray(x) if is_number(x) or hasattr(x, "__array__") else None
    return array if array is not None and array.dtype.kind in "fiub" else None


def scaled(gradients: Any, factor: float) -> Any:
    """All gradients times a number."""
    if isinstance(gradients, Mapping):
        return {name: scaled(gradient, factor) for name, gradient in gradients.items()}
    if isinstance(gradients, (tuple, list)):
        return tuple(scaled(gradient, factor) for gradient in gradients)
    return None if gradients is None else factor * np.asarray(gradients)


def is_number(y: Any) -> bool:
    """True for a number, also as an array without axes."""
    return isinstance(y, (int, float)) or (hasattr(y, "dtype") and np.shape(y) == ())


def in_words(x: Any) -> str:
    """What a function returned, for messages."""
    if isinstance(x, (tuple, list)):
        return f"a {type(x).__name__} of {len(x)} ({', '.join(map(in_words, x))})"
    if x is None or is_number(x):
        return repr(x)
    return describe(x) if hasattr(x, "shape") else f"a {type(x).__name__}"
