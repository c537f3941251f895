"""The arguments and inputs of layers with windows, checked: sizes, padding, channels."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from nnlayers.core.checks import Array, whole_number
from nnlayers.layers.windows import Axis, extent, windows_along, windows_for_steps

Numbers = int | tuple[int, ...]
Padding = str | int | tuple[int | tuple[int, int], ...]


class Kernel(NamedTuple):
    """What a kernel is along each axis."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]

    @property
    def extents(self) -> list[int]:
        """How many positions it covers."""
        return [*map(extent, self.size, self.dilation)]


def checked_numbers(value: Any, axes: int, name: str, who: object, *, least: int = 1) -> Numbers:
    """A whole number, or a tuple of one for each axis; if they are equal, the number.

    Raises
    ------
    TypeError, ValueError
        The value is neither, or a number is less than ``least``.
    """
    if not isinstance(value, (tuple, list)):
        return whole_number(value, name, who, least=least)
    if len(value) != axes:
        words = "a whole number" + f", or {axes} of them, one for each axis" * (axes > 1)
        raise ValueError(f"{who}: {name} must be {words}, got {value!r}")
    checked = tuple(whole_number(number, name, who, least=least) for number in value)
    return checked if len(set(checked)) > 1 else checked[0]


def per_axis(value: Numbers, axes: int) -> tuple[int, ...]:
    """The number of each axis."""
    return value if isinstance(value, tuple) else (value,) * axes


def checked_padding(value: Any, axes: int, who: object, kernel: Kernel | None = None) -> Padding:
    """``"valid"``, ``"same"``, a number, or a tuple with a number or a pair for each axis.

    Raises
    ------
    TypeError, ValueError
        The value is none of these, or it is "same" for a kernel that has even sizes.
    """
    word = isinstance(value, str)
    if word and value in ("valid", "same"):
        if value == "same" and kernel is not None:
            _check_middle(kernel, who)
        return str(value)
    if word or (isinstance(value, (tuple, list)) and len(value) != axes):
        pairs = ", ".join(["(before, after)"] * axes) + "," * (axes == 1)
        hint = ": give ((dilation * (kernel_size - 1), 0),)" if value == "causal" else ""
        raise ValueError(
            f"{who}: padding must be 'valid', 'same', a number, or a pair for each axis, as in "
            f"({pairs}), got {value!r}{hint}"
        )
    if not isinstance(value, (tuple, list)):
        return whole_number(value, "padding", who, least=0)
    return tuple(_number_or_pair(item, who) for item in value)


def _number_or_pair(value: Any, who: object) -> int | tuple[int, int]:
    if not isinstance(value, (tuple, list)):
        return whole_number(value, "padding", who, least=0)
    if len(value) != 2:
        raise ValueError(f"{who}: expected a pair in padding, (before, after), got {value!r}")
    before, after = (whole_number(number, "padding", who, least=0) for number in value)
    return before, after


def padding_of_each(padding: Padding, axes: int) -> list[str | tuple[int, int]]:
    """The word, or the numbers before and after, for each axis."""
    items = padding if isinstance(padding, tuple) else (padding,) * axes
    return [(item, item) if isinstance(item, int) else item for item in items]


def _check_middle(kernel: Kernel, who: object) -> None:
    """Refuse even sizes for ``padding="same"``: they have no middle.

    Raises
    ------
    ValueError
        A size is even. The message gives the padding that comes closest.
    """
    if any(size % 2 == 0 for size in kernel.size):
        both = zip(kernel.extents, kernel.stride, strict=True)
        totals = [max(covered - stride, 0) for covered, stride in both]
        padding = tuple((total // 2, total - total // 2) for total in totals)
        raise ValueError(
            f"{who}: padding='same' needs a kernel_size that is odd, since others have no middle, got "
            f"{kernel.size}: use odd ones, or give the numbers before and after, padding={padding}"
        )


def windows_of_input(
    sizes: Sequence[int], kernel: Kernel, padding: Padding, who: object, word: str = "kernel"
) -> list[Axis]:
    """The windows along each axis of an input; the sizes of the output are their steps.

    Raises
    ------
    ValueError
        The kernel covers more than the input with its padding.
    """
    axes = [*map(windows_along, sizes, *kernel, padding_of_each(padding, len(sizes)))]
    if any(axis.steps < 1 for axis in axes):
        raise ValueError(
            f"{who}: the {word} covers {_product(kernel.extents)} positions, more than the input of "
            f"{_product(sizes)} has with its padding: use a smaller {word}, or more padding"
        )
    return axes


def windows_of_output(
    sizes: Sequence[int], kernel: Kernel, padding: Padding, more: Sequence[int], who: object
) -> list[Axis]:
    """The windows along each axis of the output of a transposed convolution: its sizes are theirs.

    Raises
    ------
    ValueError
        There is no output.
    """
    axes = [*map(windows_for_steps, sizes, *kernel, padding_of_each(padding, len(sizes)), more)]
    if any(axis.size < 1 or axis.steps < 1 for axis in axes):
        raise ValueError(
            f"{who}: the padding cuts off all of the output for an input of {_product(sizes)}: use less"
        )
    return axes


def _product(sizes: Sequence[int]) -> str:
    return " x ".join(map(str, sizes))


def check_output_padding(
    more: Sequence[int], stride: Sequence[int], dilation: Sequence[int], padding: Padding
) -> None:
    """Refuse an ``output_padding`` beside "same", or one that is as large as stride and dilation.

    Raises
    ------
    ValueError
        ``output_padding`` is given with "same", or is too large.
    """
    if any(more) and padding == "same":
        raise ValueError(
            "ConvTranspose2D: padding='same' makes the output stride times as large as the input, "
            "without output_padding: leave it out, or give the padding in numbers"
        )
    for number, step, gap in zip(more, stride, dilation, strict=True):
        if number >= max(step, gap):
            raise ValueError(
                "ConvTranspose2D: output_padding must be less than the stride or the dilation, got "
                f"{number} for a stride of {step} and a dilation of {gap}"
            )


def check_positions(x: Array, axes: str, channels: int, who: object) -> None:
    """Refuse an input that is not ``(N, H, W, channels)``, for axes ``"HW"``.

    Raises
    ------
    ValueError
        The input has another shape. The message says what it probably is.
    """
    if x.ndim == len(axes) + 2 and x.shape[-1] == channels:
        return
    hint = ""
    if x.ndim == len(axes) + 2 and x.shape[1] == channels:
        places = ", ".join(map(str, range(2, x.ndim)))
        hint = f": the channels come last, np.transpose(x, (0, {places}, 1))"
    elif x.ndim == len(axes) + 1 and x.shape[-1] == channels:
        hint = ": make one sample a batch with np.expand_dims(x, 0)"
    elif x.ndim == len(axes) + 1 and channels == 1:
        hint = ": give it an axis of channels with np.expand_dims(x, -1)"
    elif x.ndim == 2 and len(axes) == 2 and x.shape[1] % channels == 0:
        side = math.isqrt(x.shape[1] // channels)
        square = side * side * channels == x.shape[1]
        shape = f"{side}, {side}, {channels}" if square else f"H, W, {channels}"
        hint = f": make an image of each row with np.reshape(x, (-1, {shape}))"
    expected = ", ".join(["N", *axes, str(channels)])
    raise ValueError(f"{who}: expected input of shape ({expected}), got {x.shape}{hint}")
