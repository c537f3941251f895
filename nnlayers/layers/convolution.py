"""Convolutions: the same small weights at every position of a sequence or an image."""

import math
from collections.abc import Callable
from typing import ClassVar

from nnlayers.core.checks import (
    Array,
    RandomSource,
    check_gradient,
    divisor,
    real_array_like,
    whole_number,
)
from nnlayers.core.layer import Layer
from nnlayers.layers.correlation import correlate, input_gradient, weight_gradient
from nnlayers.layers.initial_parameters import initial_bias, initial_weight
from nnlayers.layers.initializers import he_normal
from nnlayers.layers.window_arguments import (
    Kernel,
    Numbers,
    Padding,
    check_positions,
    checked_numbers,
    checked_padding,
    per_axis,
    windows_of_input,
)
from nnlayers.layers.windows import Axis

__all__ = ["Conv1D", "Conv2D"]


def _kernel_size(layer: "Convolution") -> Numbers:
    """That of the weight."""
    return checked_numbers(layer._kernel().size, len(layer.axes), "kernel_size", layer)


def _keep_kernel_size(layer: "Convolution", value: Numbers) -> None:
    """Refuse another size than that of the weight; subclasses may set what it is, or will be."""
    size = checked_numbers(value, len(layer.axes), "kernel_size", type(layer).__name__)
    if "weight" in vars(layer) and size != layer.kernel_size:
        raise AttributeError(
            f"{layer!r}: kernel_size is that of the weight, and cannot be {value}: make a new layer"
        )


class Convolution(Layer):
    """Base of convolutions: the arguments, the parameters, and the three verbs."""

    axes: ClassVar[str] = "HW"
    kernel_size = property(_kernel_size, _keep_kernel_size)
    _apply: ClassVar[Callable[..., Array]] = staticmethod(correlate)
    _adjoint: ClassVar[Callable[..., Array]] = staticmethod(input_gradient)
    _gradients: ClassVar[Callable[..., tuple[Array, Array]]] = staticmethod(weight_gradient)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Numbers,
        *,
        stride: Numbers = 1,
        padding: Padding = "valid",
        dilation: Numbers = 1,
        groups: int = 1,
        bias: bool = True,
        initializer: Callable[..., Array] = he_normal,
        rng: RandomSource = None,
    ) -> None:
        who, axes = type(self).__name__, len(self.axes)
        self.last_axis = self.in_channels = whole_number(in_channels, "in_channels", who)
        self.out_channels = whole_number(out_channels, "out_channels", who)
        self.groups = divisor(groups, "groups", who, "channels", self.in_channels, self.out_channels)
        self.stride = checked_numbers(stride, axes, "stride", who)
        self.dilation = checked_numbers(dilation, axes, "dilation", who)
        size = per_axis(checked_numbers(kernel_size, axes, "kernel_size", who), axes)
        self.weight = initial_weight(initializer, (*size, *self._channels()), rng, who)
        self.padding = checked_padding(padding, axes, who, self._kernel())
        self.bias = initial_bias(self.out_channels, bias, who)

    def forward(self, x: Array) -> Array:
        x, axes, y = self._output(x)
        self.save_for_backward(x, axes, y.shape)
        return y

    def predict(self, x: Array) -> Array:
        return self._output(x)[-1]

    def backward(self, grad: Array) -> Array:
        grad, axes = self._add_gradients(grad)
        return self._adjoint(grad, self.weight.value, axes, self.groups)

    def backward_parameters(self, grad: Array) -> None:
        self._add_gradients(grad)

    def own_multiplications(self, *input_shape: int) -> int:
        steps = (axis.steps for axis in self._windows(input_shape[:-1], self._kernel()))
        return math.prod(steps, start=self.weight.value.size)

    def _channels(self) -> tuple[int, int]:  # the last two sizes of the weight
        return self.in_channels // self.groups, self.out_channels

    def _kernel(self) -> Kernel:
        n, size = len(self.axes), self.weight.value.shape[: len(self.axes)]
        return Kernel(size, per_axis(self.stride, n), per_axis(self.dilation, n))

    def _windows(self, sizes: tuple[int, ...], kernel: Kernel) -> list[Axis]:
        return windows_of_input(sizes, kernel, self.padding, self)

    def _output(self, x: Array) -> tuple[Array, list[Axis], Array]:
        """The input in the weight's dtype, its windows along each axis, and the output."""
        x = real_array_like(x, self.weight.value, self)
        check_positions(x, self.axes, self.in_channels, self)
        axes = self._windows(x.shape[1:-1], self._kernel())
        bias = None if self.bias is None else self.bias.value
        return x, axes, self._apply(x, self.weight.value, axes, self.groups, bias)

    def _add_gradients(self, grad: Array) -> tuple[Array, list[Axis]]:
        """Add those of the parameters; return the checked gradient of the output, and the windows."""
        x, axes, shape = self.saved()
        grad = check_gradient(grad, shape, self)
        found = self._gradients(x, grad, self.weight.value, axes, self.groups)
        for parameter, gradient in zip((self.weight, self.bias), found, strict=True):
            if parameter is not None:
                parameter.add_grad(gradient)
        return grad, axes


class Conv2D(Convolution):
    """A convolution of images: ``y[p] = sum over t of x[stride p + dilation t] @ weight[t] + bias``.

    Positions ``p`` and taps ``t`` are pairs of row and column. As in all libraries the kernel is not
    flipped; mathematicians call this a correlation.

    Parameters
    ----------
    in_channels, out_channels : int
        The sizes of the last axis of the input and of the output.
    kernel_size, stride, dilation : int or tuple of two int
        The rows and columns of the kernel; the distances between the places where it is applied; those
        between its taps.
    padding : "valid", "same", int or tuple
        Zeros around the image: none; as many as give ``ceil(H / stride)`` rows; a number; or a number
        or a pair ``(before, after)`` for rows and one for columns. With "same", if the number in all
        is odd, the greater half comes after, as in Keras; ``kernel_size`` must be odd.
    groups : int
        Into how many parts the channels are divided, each with a weight of its own. With as many as
        there are channels the convolution is depthwise.
    bias : bool
        Whether there is a bias.
    initializer : function of (shape, rng, dtype)
        Draws the weights; biases begin at zero.
    rng : int, Generator or None
        The source of the weights.

    Raises
    ------
    ValueError, TypeError
        A size is not a whole number of at least 1, ``groups`` does not divide the channels, or
        ``kernel_size`` is even with "same"; later, an input that is not ``(N, H, W, in_channels)``, or
        smaller than the kernel.

    Notes
    -----
    ``x`` has shape ``(N, H, W, in_channels)``, ``weight`` ``(*kernel_size, in_channels / groups,
    out_channels)``, ``bias`` ``(out_channels,)``. ``y`` has ``(H + padding - dilation (kernel_size - 1)
    - 1) // stride + 1`` rows, with the padding in all. With ``g = dL/dy``: ``dL/dweight[t] = sum over p
    of x[stride p + dilation t].T @ g[p]``, ``dL/dbias = sum g``, and ``dL/dx`` is the sum of all
    ``g[p] @ weight[t].T``, each at ``stride p + dilation t``. Weight decay applies to the weight only.

    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86, 1998.

    Examples
    --------
    >>> conv = nn.Conv2D(3, 8, 5, padding="same", rng=0)
    >>> conv.weight.value.shape, conv.output_shape(32, 32, 3)
    ((5, 5, 3, 8), (32, 32, 8))
    >>> depthwise = nn.Conv2D(8, 8, 3, stride=2, padding=1, groups=8, rng=0)
    >>> depthwise.output_shape(32, 32, 8)
    (16, 16, 8)
    """


class Conv1D(Convolution):
    """A convolution of sequences: ``y[p] = sum over t of x[stride p + dilation t] @ weight[t] + bias``.

    Parameters
    ----------
    in_channels, out_channels : int
        The sizes of the last axis of the input and of the output.
    kernel_size, stride, dilation : int
        The steps of the kernel; the distances between the places where it is applied; those between
        its taps.
    padding : "valid", "same", int or tuple
        As in `Conv2D`, with one pair, ``((before, after),)``. With all of it before, ``((dilation *
        (kernel_size - 1), 0),)``, the convolution is causal: no output depends on later steps.
    groups, bias, initializer, rng
        As in `Conv2D`.

    Raises
    ------
    ValueError, TypeError
        As in `Conv2D`, for an input ``(N, T, in_channels)``.

    Notes
    -----
    ``x`` has shape ``(N, T, in_channels)``, ``weight`` ``(kernel_size, in_channels / groups,
    out_channels)``. The steps of ``y`` and the gradients are those of `Conv2D`, with one axis.

    Source: Waibel, Hanazawa, Hinton, Shikano, Lang, "Phoneme recognition using time-delay neural
    networks", IEEE Transactions on Acoustics, Speech, and Signal Processing 37, 1989.

    Examples
    --------
    >>> causal = nn.Conv1D(4, 8, 3, dilation=2, padding=((4, 0),), rng=0)
    >>> causal.output_shape(20, 4)
    (20, 8)
    """

    axes = "T"
