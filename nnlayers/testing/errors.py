"""What a failed check raises."""

from typing import Any


class LayerCheckError(AssertionError):
    """A layer, a loss or a network that breaks its contract.

    Attributes
    ----------
    check : str
        The name of the check that failed.
    block : str
        The array it is about: ``"input"``, or a parameter's path; empty where it is about the whole.
    index : tuple of int or None
        The element with the largest mismatch.
    backward, numeric : float or None
        Both values of that element.
    error : float or None
        The estimated error of the numeric one.
    case : str
        The sizes, the values and the seed.
    causes : list of str
        What the mismatch looks like, the likeliest first.
    code : str
        The smallest case as runnable code; it needs ``np`` and, as ``make``, the layer's factory.

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
    """A backward that is not the gradient of its forward."""


class ContractError(LayerCheckError):
    """A layer that breaks another promise: it modifies its argument, forgets a parameter, ..."""


def _rebuild(kind: type[LayerCheckError], args: tuple[str], state: dict[str, Any]) -> LayerCheckError:
    error = kind(*args)
    error.__dict__.update(state)
    return error
