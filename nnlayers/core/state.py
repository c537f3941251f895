"""A `State`: an array that is kept with the network."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.building import check_room, is_blank
from nnlayers.core.checks import Array, as_array, writable
from nnlayers.core.conversion import check_real, convert, real_dtype, way_out
from nnlayers.core.declared import Checked, Declared, Number
from nnlayers.core.devices import Mover, beside, on_device, to_host


class Value(Checked):
    """The array of a State: an assigned one is copied, and must have the same shape."""

    def checked(self, value: Any, thing: "State") -> Array:
        new = thing.converted(value, "a value")
        return thing.value if thing.freezes_assignment and not thing.trainable else new


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

    freezes_assignment: ClassVar[bool] = True
    """True if assigning a value does nothing while it is frozen."""

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
        check_room(value.size, keep=True)
        check_real(value, self)
        if dtype is None:
            dtype = np.float32 if value.dtype.kind == "f" else value.dtype.newbyteorder("=")
        dtype = real_dtype(dtype, self)
        self._hold(value if is_blank(value) and value.dtype == dtype else convert(value, dtype, self))
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

    def converted(self, new: Any, what: str, dtype: DTypeLike | None = None) -> Array:
        """A copy of an array in a dtype (by default, that of the value), which it can become.

        Raises
        ------
        ValueError, TypeError
            See `check`; or a number does not fit the dtype.
        """
        new = as_array(new, self)
        self.check(new, what)
        if on_device(new) and (not on_device(self.value) or new.dtype.kind != "f"):
            new = to_host(new)  # where integers are checked exactly
        dtype = np.dtype(self.value.dtype if dtype is None else dtype)
        array = convert(new, dtype, f"{self}: {what}")
        wide = np.longdouble
        if new.dtype.kind in "iu" and not np.array_equal(array.astype(wide), new.astype(wide)):
            raise ValueError(f"{self}: expected {what} that fits {dtype}, got integers that it rounds")
        return beside(array, self.value)

    def adopt(self, array: Array) -> None:
        """Make an array of the same shape the value: itself, without a copy, if it can be written.

        A floating value may get another floating dtype by it.

        Raises
        ------
        ValueError, TypeError
            See `check`; or a number does not fit the dtype.
        """
        floating = array.dtype.kind == self.value.dtype.kind == "f"
        dtype = array.dtype.newbyteorder("=") if floating else self.value.dtype
        fits = array.shape == self.value.shape and array.dtype == dtype
        if fits and not on_device(self.value) and array.flags.behaved:
            self._hold(array)
        else:
            self._hold(self.converted(array, "a value", dtype))

    def convert(self, dtype: DTypeLike) -> None:
        """Convert a floating value to another floating dtype, in place; integers stay as they are.

        Raises
        ------
        ValueError
            A number is too large for the dtype.
        """
        if self.value.dtype.kind == "f":
            self._hold(beside(convert(to_host(self.value), dtype, self), self.value))

    def moved(self, move: Mover) -> Callable[[], None]:
        """Copy the value to another memory; return the function that makes the copy the value."""
        return partial(self._hold, move(self.value))

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The attributes and slots, copied at once: another thread may train meanwhile."""
        state: Any = super().__getstate__()
        attributes, slots = state if isinstance(state, tuple) else (state, {})
        return attributes.copy(), slots

    def __setstate__(self, state: Any) -> None:
        """Restore a pickle; arrays that are read-only, such as buffers and memory maps, are copied."""
        attributes, slots = state if isinstance(state, tuple) else (state, {})
        vars(self).update(attributes)
        for name, value in slots.items():
            object.__setattr__(self, name, value)
        self._hold(writable(self.value))

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        """Always raise: arithmetic with the object itself would lose its gradient in silence."""
        raise TypeError(f"{self} is not an array: use its value")

    def _refuse_arithmetic(self, *args: Any) -> NoReturn:
        raise TypeError(f"{self} is not an array: use its value")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse_arithmetic
    __truediv__ = __rtruediv__ = __matmul__ = __rmatmul__ = __pow__ = __rpow__ = _refuse_arithmetic
    __neg__ = __lt__ = __le__ = __gt__ = __ge__ = __abs__ = __float__ = _refuse_arithmetic
    __len__ = __getitem__ = __setitem__ = _refuse_arithmetic

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        kind = type(self).__name__
        return f"{kind} {self.name!r}" if self.name else kind

    def __repr__(self) -> str:
        return f"<{self}, shape {self.value.shape}, {self.value.dtype}>"
