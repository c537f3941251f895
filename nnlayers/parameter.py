"""The arrays that a layer owns: `State` is kept with the network, `Parameter` is trained as well."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.arrays import Array, as_array


class State:
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

    Raises
    ------
    TypeError
        The value is not made of real numbers.
    ValueError
        A value of another shape is assigned.

    Examples
    --------
    >>> mean = nn.State(np.zeros(2))
    >>> mean.value = 0.9 * mean.value + 0.1 * np.array([1.0, 2.0])
    >>> mean.value
    array([0.1, 0.2], dtype=float32)
    """

    name = ""  # a parameter's path in the layer that listed it last, for messages

    def __init__(self, value: Any, *, dtype: DTypeLike | None = None) -> None:
        value = as_array(value)
        if value.dtype.kind not in "fiub":
            raise TypeError(f"{self}: expected real numbers, got an array of dtype {value.dtype}")
        if dtype is None:
            dtype = np.float32 if value.dtype.kind == "f" else value.dtype
        self._value: Array = value.astype(dtype)

    @property
    def value(self) -> Array:
        """The array. Assigning checks the shape; ``value[...] = x`` writes into it."""
        return self._value

    @value.setter
    def value(self, new: Any) -> None:
        new = as_array(new)
        self._check("a value", new)
        self._value = new.astype(self._value.dtype)

    def _check(self, what: str, new: Array) -> None:
        """Refuse an array that cannot become this one's value, or its gradient, as it is."""
        if new.shape != self._value.shape:
            raise ValueError(
                f"{self}: expected {what} of shape {self._value.shape}, got {new.shape} "
                "(nothing is broadcast)"
            )
        if not np.can_cast(new.dtype, self._value.dtype, "same_kind"):
            raise TypeError(f"{self}: expected {what} like {self._value.dtype}, got {new.dtype}")

    def __str__(self) -> str:
        kind = type(self).__name__
        return f"{kind} {self.name!r}" if self.name else kind

    def __repr__(self) -> str:
        return f"<{self}, shape {self._value.shape}, {self._value.dtype}>"


class Parameter(State):
    """An array that is trained: a value, and the gradient of the loss with respect to it.

    Parameters
    ----------
    value : array_like
        The first value; it is copied. Change it later through ``.value[...] = x``.
    decay : bool
        Whether weight decay applies: yes for weights, no for biases and gains.
    dtype : dtype
        A floating type.

    Attributes
    ----------
    grad : array or None
        The sum of what `add_grad` was given since the last optimizer step. Nobody writes into it.
    trainable : bool
        Set it to False to freeze the parameter: `add_grad` then does nothing, and optimizers and
        decay pass it by.

    Raises
    ------
    TypeError
        The value is not real, or the dtype not floating.

    Examples
    --------
    >>> gain = nn.Parameter(np.ones(3), decay=False)
    >>> gain.add_grad(np.array([1.0, 0.0, 2.0]))
    >>> gain.add_grad(np.array([1.0, 1.0, 0.0]))
    >>> gain.grad
    array([2., 1., 2.], dtype=float32)
    >>> gain.value[...] = 0.5
    """

    def __init__(self, value: Any, *, decay: bool = True, dtype: DTypeLike = np.float32) -> None:
        super().__init__(value, dtype=dtype)
        if self._value.dtype.kind != "f":
            raise TypeError(f"Parameter: expected a floating dtype, got {self._value.dtype}")
        self.decay = decay
        self.trainable = True
        self.grad: Array | None = None

    def add_grad(self, grad: Any) -> None:
        """Add ``grad`` to the gradient; the first one is kept as it is, not copied.

        Raises
        ------
        ValueError
            ``grad`` has another shape than the value, even one that would broadcast.
        TypeError
            ``grad`` is not made of real numbers.
        """
        if not self.trainable:
            return
        grad = as_array(grad)
        if grad.shape != self._value.shape or grad.dtype != self._value.dtype:
            self._check("a gradient", grad)
            grad = grad.astype(self._value.dtype)
        self.grad = grad if self.grad is None else self.grad + grad
