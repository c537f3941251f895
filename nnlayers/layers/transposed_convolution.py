"""The transposed convolution, which makes images larger."""

from collections.abc import Callable, Sequence

from nnlayers.core.checks import Array, RandomSource
from nnlayers.core.sums import at_least_float32, column_sums
from nnlayers.layers.convolution import Convolution
from nnlayers.layers.correlation import correlate, input_gradient, weight_gradient
from nnlayers.layers.initializers import he_normal
from nnlayers.layers.window_arguments import (
    Kernel,
    Numbers,
    Padding,
    check_output_padding,
    checked_numbers,
    per_axis,
    windows_of_output,
)
from nnlayers.layers.windows import Axis

__all__ = ["ConvTranspose2D"]


def _spread(x: Array, weight: Array, axes: Sequence[Axis], groups: int, bias: Array | None) -> Array:
    """The adjoint of `correlate`, and a bias."""
    y = input_gradient(x, weight, axes, groups)
    if bias is not None:
        y += bias
    return y


def _spread_gradients(
    x: Array, grad: Array, weight: Array, axes: Sequence[Axis], groups: int
) -> tuple[Array, Array]:
    """The gradient of the weight, for which input and output change places, and that of a bias."""
    for_weight, _ = weight_gradient(grad, x, weight, axes, groups)
    for_bias = column_sums(at_least_float32(grad).reshape(-1, grad.shape[-1]))
    return for_weight, for_bias.astype(weight.dtype, copy=False)


class ConvTranspose2D(Convolution):
    """The adjoint of `Conv2D`: each ``x[p] @ weight[t].T`` is added to ``y[stride p + dilation t]``.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, dilation, groups, bias, initializer, rng
        As in `Conv2D`; but it is the output that the stride makes larger.
    padding : "valid", "same", int or tuple
        What is cut off the output, where `Conv2D` pads its input: nothing; what is more than ``stride
        * H`` rows (if it is an odd number, the greater half comes after); or numbers.
    output_padding : int or tuple of two int
        So many more rows and columns at the end; fewer than the stride or the dilation.

    Raises
    ------
    ValueError, TypeError
        As in `Conv2D`; ``output_padding`` is too large, or given with "same"; or nothing is left.

    Notes
    -----
    ``x`` has shape ``(N, H, W, in_channels)``; ``weight`` that of the `Conv2D` back from the output,
    ``(*kernel_size, out_channels / groups, in_channels)``, so the initializer's fan_in counts output
    channels, as in PyTorch. ``y`` has ``stride (H - 1) + dilation (kernel_size - 1) + 1 - padding +
    output_padding`` rows, with the padding in all. With ``g = dL/dy``, ``dL/dx`` is the convolution of
    ``g``, ``dL/dweight[t] = sum over p of g[stride p + dilation t].T @ x[p]``, ``dL/dbias = sum g``.

    Source: Zeiler, Krishnan, Taylor, Fergus, "Deconvolutional networks", CVPR 2010.

    Examples
    --------
    >>> nn.ConvTranspose2D(8, 3, 4, stride=2, padding=1, rng=0).output_shape(16, 16, 8)
    (32, 32, 3)
    """

    _apply, _adjoint = staticmethod(_spread), staticmethod(correlate)
    _gradients = staticmethod(_spread_gradients)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Numbers,
        *,
        stride: Numbers = 1,
        padding: Padding = "valid",
        output_padding: Numbers = 0,
        dilation: Numbers = 1,
        groups: int = 1,
        bias: bool = True,
        initializer: Callable[..., Array] = he_normal,
        rng: RandomSource = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride=stride, padding=padding, dilation=dilation,
            groups=groups, bias=bias, initializer=initializer, rng=rng,
        )  # fmt: skip
        self.output_padding = checked_numbers(
            output_padding, 2, "output_padding", "ConvTranspose2D", least=0
        )
        check_output_padding(
            per_axis(self.output_padding, 2),
            per_axis(self.stride, 2),
            per_axis(self.dilation, 2),
            self.padding,
        )

    def _channels(self) -> tuple[int, int]:
        return self.out_channels // self.groups, self.in_channels

    def _windows(self, sizes: tuple[int, ...], kernel: Kernel) -> list[Axis]:
        """Those in the output: as many as the input has positions."""
        return windows_of_output(sizes, kernel, self.padding, per_axis(self.output_padding, 2), self)
