"""The styles in which a function and its gradient are written: what comes out, and the way back."""

import copy
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from nnlayers.testing.returned import WrongForm, in_words, is_number, scaled

Outputs = tuple[Any, ...]


class WayBack(NamedTuple):
    """From the upstream gradients of all outputs to what the backward pass returns."""

    run: Callable[[Outputs], Any]
    unpacked: str
    """What the result of forward is unpacked into, as code; empty if it is not needed."""
    code: str
    """The gradient as code, with ``{backward}``, ``{upstream}``, ``{options}``, and its ``{place}``."""


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
                lambda upstream: scaled(gradients, upstream[0]), f"_, {star}gradients", code
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
    return WayBack(lambda upstream: scaled(backward(*values), upstream[0]), unpacked, code)


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
