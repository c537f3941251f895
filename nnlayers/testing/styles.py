"""The styles in which a function and its gradient are written: what comes out, and the way back."""

import copy
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import describe

Outputs = tuple[Any, ...]


class WayBack(NamedTuple):
    """From the upstream gradients of all outputs to what the backward pass returns."""

    run: Callable[[Outputs], Any]
    unpacked: str
    """What the result of forward is unpacked into, as code; empty if it is not needed."""
    code: str
    """The gradient as code, with ``{backward}``, ``{upstream}``, ``{options}``, and its ``{place}``."""


class WrongForm(TypeError):  # noqa: N818 (it says what it is)
    """A function returns something else, or takes other arguments, than in any of the styles."""


class Function:
    """A function under test, with its options."""

    def __init__(self, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
        self.function, self.options = function, options
        parameters = parameters_of(function)
        positional = [
            p for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD and p.name not in options
        ]
        self.least = len([p for p in positional if p.default is p.empty])
        takes_any = not parameters or any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.most = math.inf if takes_any else len(positional)

    def takes(self, count: int) -> bool:
        """True if it can be called with so many positional arguments."""
        return self.least <= count <= self.most

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments, **self.options)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Function":
        twin = copy.copy(self)
        twin.options = copy.deepcopy(self.options, memo)
        with suppress(Exception):  # callable objects of other libraries, such as compiled functions
            twin.function = copy.deepcopy(self.function, memo)  # also the object of a bound method
        return twin


def without_backward(returned: Any) -> tuple[Outputs, WayBack]:
    """The outputs and the way back of a function that returns both, or the gradients of a number."""
    if isinstance(returned, tuple) and len(returned) > 1:
        *outputs, last = returned
        if callable(last):
            code = "backward({upstream}){place}"
            return tuple(outputs), WayBack(lambda upstream: last(*upstream), "*_, backward", code)
        if is_number(returned[0]):
            gradients, star = (last, "") if len(returned) == 2 else (returned[1:], "*")
            code = "{upstream} * gradients{place}"
            return returned[:1], WayBack(
                lambda upstream: _scaled(gradients, upstream[0]), f"_, {star}gradients", code
            )
    raise WrongForm(
        f"returns {in_words(returned)}; without a backward function, expected (output, function "
        "of the upstream gradient), or (loss, gradients) with a number as loss"
    )


def with_backward(
    returned: Any, backward: Function, arguments: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[Outputs, WayBack]:
    """The outputs, and the call of a backward that fits its signature; the likeliest one.

    Parameters
    ----------
    returned : object
        What forward returned: the output, several of them, or these and a cache.
    backward : Function
        Its gradient.
    arguments, arrays : dict
        The arguments of forward by their names; all of them, and the arrays among them.

    Raises
    ------
    WrongForm
        None fits.
    """
    tried = []
    for outputs, rest, takes_upstream in _calls_of_backward(returned, arguments, arrays):
        if backward.takes(len(outputs) * takes_upstream + len(rest)):
            return outputs, _call(backward, rest, takes_upstream)
        upstream = ["upstream gradient" + "s" * (len(outputs) > 1)] * takes_upstream
        tried.append(f"({', '.join([*upstream, *rest])})")
    raise WrongForm(
        f"returns {in_words(returned)}, and {name_of(backward.function, 'backward')}"
        f"{inspect.signature(backward.function)} cannot be called with "
        f"{' or '.join(dict.fromkeys(tried))}"
    )


def _call(backward: Function, rest: Mapping[str, Any], takes_upstream: bool) -> WayBack:
    values, names = tuple(rest.values()), ", ".join(map(as_identifier, rest))
    unpacked = "*_, cache" if "cache" in rest else ""
    if takes_upstream:
        code = f"{{backward}}({{upstream}}{', ' * bool(rest)}{names}{{options}}){{place}}"
        return WayBack(lambda upstream: backward(*upstream, *values), unpacked, code)
    code = f"{{upstream}} * {{backward}}({names}{{options}}){{place}}"
    return WayBack(lambda upstream: _scaled(backward(*values), upstream[0]), unpacked, code)


def as_identifier(name: str) -> str:
    """The name of an argument, in code."""
    return name.replace(" ", "_")


def _calls_of_backward(
    returned: Any, arguments: Mapping[str, Any], arrays: Mapping[str, Any]
) -> Iterator[tuple[Outputs, Mapping[str, Any], bool]]:
    """The outputs, what backward takes beside their gradients, and whether it takes these."""
    several = isinstance(returned, tuple)
    outputs: Outputs = returned if several else (returned,)
    if len(outputs) > 1:
        yield outputs[:-1], {"cache": outputs[-1]}, True
    yield outputs, arguments, True
    yield outputs, arrays, True
    if len(outputs) == 2 and is_number(outputs[0]):
        yield outputs[:1], {"cache": outputs[1]}, False
    if is_number(returned):
        yield outputs, arguments, False
        yield outputs, arrays, False
    elif not several:  # a linear function, or the method of an object that has saved what it needs
        yield outputs, {}, True


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


def _scaled(gradients: Any, factor: float) -> Any:
    """All gradients times a number."""
    if isinstance(gradients, Mapping):
        return {name: _scaled(gradient, factor) for name, gradient in gradients.items()}
    if isinstance(gradients, (tuple, list)):
        return tuple(_scaled(gradient, factor) for gradient in gradients)
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


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters; none for some functions that are not written in Python."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def name_of(function: Any, otherwise: str = "the function") -> str:
    """What it is called, with its class if it is a method."""
    while not hasattr(function, "__name__") and hasattr(function, "func"):  # functools.partial
        function = function.func
    name = getattr(function, "__qualname__", type(function).__name__).rpartition("<locals>.")[2]
    return otherwise if name == "<lambda>" else name
