"""The arrays that a layer owns: `State` is kept with the network, `Parameter` is trained as well."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.checks import Array, as_array, real_array
from nnlayers.core.conversion import check_real, convert, floating_dtype, way_out
from nnlayers.core.declared import Checked, Declared, Factor, Number
from nnlayers.core.other_words import answers_other_arguments


class Value(Checked):
    """The array of a State: an assigned one is copied, and must have the same shape."""

    def checked(self, value: Any, thing: "State") -> Array:
        new = thing.converted(value, "a value")
        return new if thing.trainable or isinstance(thing, Parameter) else thing.value


class State(Declared):
    """An array that is saved, copied and converted with its layer, but not trained.

    Running statistics are the usual example. It is updated by assignment,
    ``self.mean.value = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)``: the new value is copied,
    must have the same shape, and is converted to the state's dtype.

    Parameters
    ----------
    value : array_like
        The first value; it is copied.
    dtype : dtype, optional
        By default float32 for floating values; other real values keep their dtype.

    Attributes
    ----------
    trainable : bool
        Set it to False to freeze the state: assigning a value then does nothing, so that training
        passes no longer move it. ``value[...] = x`` still writes into it.

    Raises
    ------
    TypeError
        The value does not consist of real numbers, or the dtype is not one of them.
    ValueError
        A value of another shape is assigned, or one with numbers that do not fit the dtype.
    AttributeError
        An attribute that it does not have is set or read.

    Examples
    --------
    >>> mean = nn.State(np.zeros(2))
    >>> mean.value = 0.9 * mean.value + 0.1 * np.array([1.0, 2.0])
    >>> mean.value
    array([0.1, 0.2], dtype=float32)
    """

    name = ""
    """The path in the component whose states were listed last, for messages."""

    value: Array = Value()  # type: ignore[assignment]
    """The array. Assigning checks the shape; ``value[...] = x`` writes into it."""

    trainable: bool = Number(True)  # type: ignore[assignment]
    """False if it is frozen."""

    other_words: ClassVar[Mapping[str, str]] = {
        "requires_grad": "set trainable",
        "frozen": "set trainable = False",
        "data": "read value, and write value[...] = x",
        "numpy": "read value",
        "shape": "read value.shape",
        "dtype": "read value.dtype",
    }

    def __init__(self, value: Any, *, dtype: DTypeLike | None = None) -> None:
        value = as_array(value, self)
        check_real(value, self)
        if dtype is None:
            dtype = np.float32 if value.dtype.kind == "f" else value.dtype.newbyteorder("=")
        if np.dtype(dtype).kind not in "fiub":
            raise TypeError(f"{self}: expected a dtype of real numbers, got {np.dtype(dtype)}")
        self._hold(convert(value, dtype, self))
        self.trainable = True

    def _hold(self, array: Array) -> None:
        """Make an array the value without a look at the one before."""
        object.__setattr__(self, "value", array)

    def check(self, new: Array, what: str) -> None:
        """Refuse an array that cannot become the value, or the gradient, without being broadcast.

        Raises
        ------
        ValueError, TypeError
            It has another shape, or a dtype that does not convert to this one.
        """
        if new.shape != self.value.shape:
            raise ValueError(
                f"{self}: expected {what} of shape {self.value.shape}, got {new.shape} "
                "(nothing is broadcast)"
            )
        if not np.can_cast(new.dtype, self.value.dtype, "same_kind"):
            raise TypeError(
                f"{self}: expected {what} like {self.value.dtype}, got {new.dtype}{way_out(new)}"
            )

    def converted(self, new: Any, what: str) -> Array:
        """A copy of an array in the dtype of the value, which it can become.

        Raises
        ------
        ValueError, TypeError
            See `check`; or a number does not fit the dtype.
        """
        new = as_array(new, self)
        self.check(new, what)
        return convert(new, self.value.dtype, f"{self}: {what}")

    def convert(self, dtype: DTypeLike) -> None:
        """Convert a floating value to another floating dtype, in place; integers stay as they are.

        Raises
        ------
        ValueError
            A number is too large for the dtype.
        """
        if self.value.dtype.kind == "f":
            self._hold(convert(self.value, dtype, self))

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        """Always raise: arithmetic with the object itself would lose its gradient in silence."""
        raise TypeError(f"{self} is not an array: use its value")

    def __str__(self) -> str:
        kind = type(self).__name__
        return f"{kind} {self.name!r}" if self.name else kind

    def __repr__(self) -> str:
        return f"<{self}, shape {self.value.shape}, {self.value.dtype}>"


class Parameter(State):
    """An array that is trained: a value, and the gradient of the loss with respect to it.

    Parameters
    ----------
    value : array_like
        The first value; it is copied. Change it later through ``.value[...] = x``.
    decay : bool or float
        How strongly weight decay applies, as a factor of at least 0: True, or 1, for weights; False,
        or 0, for biases and gains.
    dtype : dtype
        A floating type.

    Attributes
    ----------
    grad : array or None
        The sum of what `add_grad` was given since the last optimizer step. Do not write into it.
    decay : float
        The factor of weight decay.
    lr_factor : float
        A factor of the learning rate, at least 0; 1 by default.
    trainable : bool
        Set it to False to freeze the parameter: `add_grad` then does nothing, and optimizers and
        decay skip it.

    Raises
    ------
    TypeError
        The value is not real, or the dtype not floating.
    AttributeError
        An attribute that it does not have is set or read.

    Examples
    --------
    >>> gain = nn.Parameter(np.ones(3), decay=False)
    >>> gain.add_grad(np.array([1.0, 0.0, 2.0]))
    >>> gain.add_grad(np.array([1.0, 1.0, 0.0]))
    >>> gain.grad
    array([2., 1., 2.], dtype=float32)
    >>> gain.value[...] = 0.5
    """

    __slots__ = ("grad",)  # faster to set than an attribute whose name is looked at

    grad: Array | None
    decay: float = Factor(1.0)  # type: ignore[assignment]
    """The factor of weight decay."""
    lr_factor: float = Factor(1.0)  # type: ignore[assignment]
    """The factor of the learning rate."""

    other_words: ClassVar[Mapping[str, str]] = {
        **State.other_words,
        "weight_decay": "decay is its factor, and weight_decay belongs to the optimizer",
        "decay_mult": "set decay",
        "lr": "lr_factor is a factor of the optimizer's lr",
        "lr_mult": "set lr_factor",
        "gradient": "read grad",
    }

    @answers_other_arguments(requires_grad="set trainable afterwards")
    def __init__(
        self, value: Any, *, decay: bool | float = True, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__(value, dtype=floating_dtype(dtype, "Parameter"))
        self.decay = decay
        self.lr_factor = 1.0
        self.grad = None

    def add_grad(self, grad: Any) -> None:
        """Add ``grad`` to the gradient; the first one is kept as it is, not copied.

        Raises
        ------
        ValueError
            ``grad`` has another shape than the value, even one that would broadcast; or a number is too
            large for the value's dtype.
        TypeError
            ``grad`` does not consist of real numbers.
        """
        if not self.trainable:
            return
        value, sum_so_far = self.value, self.grad
        if type(grad) is not np.ndarray or grad.shape != value.shape or grad.dtype != value.dtype:
            grad = as_array(grad, self)
            self.check(grad, "a gradient")
            grad = real_array(grad, value.dtype, f"{self}: a gradient")
        _set_grad(self, grad if sum_so_far is None else sum_so_far + grad)

    def take_grad(self) -> Array | None:
        """Return the gradient, and clear it."""
        grad = self.grad
        _set_grad(self, None)
        return grad


_set_grad = vars(Parameter)["grad"].__set__
