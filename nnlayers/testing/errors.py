"""The errors that failed checks raise."""

import textwrap
from typing import Any

__all__ = ["ContractError", "GradientError", "LayerCheckError"]


class LayerCheckError(AssertionError):
    """A layer, a loss or a network breaks its contract.

    Attributes
    ----------
    check : str
        The name of the check that failed.
    block : str
        The array with the wrong gradient: ``"input"`` (``"input[1]"`` of several), the path of a
        parameter, or the name of an argument of a plain function; otherwise empty.
    index : tuple of int or None
        The element with the largest mismatch.
    backward, numeric : float or None
        The gradient of that element according to backward, and the numeric one.
    error : float or None
        The estimated error of ``numeric``.
    case : str
        The sizes, the kind of values and the seed.
    causes : list of str
        Likely causes of the mismatch, the most likely first; at last, the change of one line that makes
        the gradient right, if one was found.
    code : str
        The smallest case as runnable code; empty if there is none. It needs ``np``, and ``make``, the
        function given to `check_layer` (or ``layer``, the instance; or the plain functions).

    Examples
    --------
    >>> from nnlayers.testing import LayerCheckError, check_layer
    >>> class Doubled(nn.Layer):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def backward(self, grad):
    ...         return grad
    >>> try:
    ...     check_layer(Doubled, "N D")
    ... except LayerCheckError as error:
    ...     print(type(error).__name__, error.check, error.block, error.backward / error.numeric)
    GradientError value input 0.5
    """

    def __init__(
        self,
        message: str,
        *,
        check: str = "",
        block: str = "",
        index: tuple[int, ...] | None = None,
        backward: float | None = None,
        numeric: float | None = None,
        error: float | None = None,
        case: str = "",
        causes: list[str] | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.check, self.block, self.index = check, block, index
        self.backward, self.numeric, self.error = backward, numeric, error
        self.case, self.causes, self.code = case, causes or [], code

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class GradientError(LayerCheckError):
    """A gradient that backward returns or adds is wrong.

    Examples
    --------
    >>> from nnlayers.testing import GradientError, check_layer
    >>> class Square(nn.Elementwise):
    ...     def value(self, x):
    ...         return x**2
    ...
    ...     def slope(self, x, y):
    ...         return x
    >>> try:
    ...     check_layer(Square, "N D")
    ... except GradientError as error:
    ...     print(error.causes[0])
    A constant factor is wrong: the gradient is 1/2 x the correct one.
    """


class ContractError(LayerCheckError):
    """Another promise is broken: an argument is modified, a parameter is not found, and so on.

    Examples
    --------
    >>> from nnlayers.testing import ContractError, check_layer
    >>> class Double(nn.Layer):
    ...     def forward(self, x):
    ...         x *= 2
    ...         return x
    ...
    ...     def backward(self, grad):
    ...         return 2 * grad
    >>> try:
    ...     check_layer(Double, "N D")
    ... except ContractError as error:
    ...     print(error.check, "/", str(error).partition("  ")[0])
    arguments / Double: forward modifies its argument: line 3 (Double.forward), `x *= 2`
    """


def _rebuild(kind: type[LayerCheckError], args: tuple[str], state: dict[str, Any]) -> LayerCheckError:
    error = kind(*args)
    error.__dict__.update(state)
    return error


def failed_pass(error: Exception) -> str:
    """A pass that failed, in words, with the way out if it is a common slip."""
    kind, text = type(error).__name__, str(error).rstrip(". ")  # advice may follow
    words = f"{kind}: {text}" if text else f"it raises {kind}"
    if isinstance(error, TypeError) and "operand type(s) for +" in words and "'NoneType'" in words:
        words += ": add to a gradient with parameter.add_grad(...), since grad is None at first"
    return words


def contract_error(
    who: Any, check: str, words: str, passed: int = 0, guards_against: str = "", *, case: Any = None
) -> ContractError:
    """The error of a failed exact check, or of a pass that fails, of a trial (or a subject)."""
    case = case or getattr(who, "case", None)
    width = 96 - len(check)
    lines = textwrap.wrap(f"{who.name}: {words}", width, subsequent_indent="  ", max_lines=5)
    lines[-1] = f"{lines[-1]:<{width}}  [{check}]"
    about = [f"With {case}."] if case else []
    if guards_against:
        about.append(f"The check guards against: {guards_against}")
    if passed:
        about.append(f"{passed} check{'s' * (passed != 1)} passed before this one.")
    for sentence in about:
        lines += textwrap.wrap(sentence, 98, initial_indent="  ", subsequent_indent="    ")
    return ContractError("\n".join(lines), check=check, case=str(case or ""))
