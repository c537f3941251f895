"""What convolutions refuse, and what they do with dtypes, memory and odd arrays."""

import tracemalloc

import numpy as np
import pytest

import nnlayers as nn

LAYERS = [
    nn.Conv2D(3, 4, 3, rng=0),
    nn.Conv2D(8, 9, 3, padding="same", rng=0),
    nn.Conv2D(4, 4, 3, groups=4, padding=1, rng=0),
    nn.Conv2D(4, 8, 3, groups=4, stride=2, rng=0),
    nn.Conv2D(4, 6, 3, groups=2, stride=2, rng=0),
    nn.Conv1D(3, 4, 3, padding="same", rng=0),
    nn.ConvTranspose2D(3, 4, 3, stride=2, padding=1, output_padding=1, rng=0),
    nn.ConvTranspose2D(4, 4, 3, groups=4, rng=0),
]


def inputs(layer, rng, samples=3):
    sizes = (6,) if isinstance(layer, nn.Conv1D) else (6, 5)
    return rng.standard_normal((samples, *sizes, layer.in_channels)).astype(layer.dtype)


def passed(layer, x, grad=None):
    """The output and all gradients."""
    layer.clear_gradients()
    y = layer.forward(x)
    if grad is None:
        grad = np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype)
    return [y, layer.backward(grad), *(p.grad for p in layer.parameters())]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_float16_is_computed_in_float32(layer, rng):
    half = layer.astype(np.float16)
    x = inputs(half, rng)
    wide = half.astype(np.float32)
    grad = np.cos(np.arange(half.predict(x).size)).reshape(half.predict(x).shape).astype(np.float16)
    for narrow, exact in zip(passed(half, x, grad), passed(wide, x, grad), strict=True):
        np.testing.assert_allclose(narrow, exact, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("groups", [1, 2])
def test_sums_of_many_float16_numbers_do_not_stall(groups):
    layer = nn.Conv2D(2, 2, 1, groups=groups, bias=True).astype(np.float16)
    layer.forward(np.full((1, 60, 60, 2), 1, np.float16))
    layer.backward(np.full((1, 60, 60, 2), 1, np.float16))  # 3600 > 2048, where 1 is lost in a sum
    assert (layer.weight.grad == 3600).all()
    assert (layer.bias.grad == 3600).all()


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_outputs_and_gradients_are_contiguous_arrays_of_their_own(layer, rng):
    y, dx, *_ = passed(layer, inputs(layer, rng))
    assert y.flags.c_contiguous
    assert dx.flags.c_contiguous
    assert y.flags.writeable
    assert dx.flags.writeable


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_nothing_but_the_input_itself_is_kept(layer, rng):
    x = inputs(layer, rng)
    layer.forward(x)
    arrays = [value for value in layer.saved() if isinstance(value, np.ndarray)]
    assert len(arrays) == 1
    assert arrays[0] is x


@pytest.mark.parametrize("groups", [1, 16])
def test_a_pass_needs_few_megabytes_beside_its_output_however_large_the_image(groups, rng):
    layer = nn.Conv2D(16, 16, 5, padding="same", groups=groups, rng=0)
    x = rng.standard_normal((2, 100, 100, 16)).astype(np.float32)  # 16 MB of columns for each sample
    tracemalloc.start()
    y = layer.forward(x)
    dx = layer.backward(y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < y.nbytes + dx.nbytes + 8e6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Conv2D(0, 8, 3), "in_channels must be at least 1, got 0"),
        (lambda: nn.Conv2D(3, 8.0, 3), "out_channels must be a whole number, got 8.0"),
        (lambda: nn.Conv2D(3, 8, 0), "kernel_size must be at least 1, got 0"),
        (lambda: nn.Conv2D(3, 8, (3, 0)), "kernel_size must be at least 1, got 0"),
        (
            lambda: nn.Conv2D(3, 8, (3, 3, 3)),
            "kernel_size must be a whole number, or 2 of them, one for each axis, got (3, 3, 3)",
        ),
        (lambda: nn.Conv1D(3, 8, (3, 3)), "kernel_size must be a whole number, got (3, 3)"),
        (lambda: nn.Conv2D(3, 8, 3, stride=0), "Conv2D: stride must be at least 1, got 0"),
        (lambda: nn.Conv2D(3, 8, 3, dilation=0), "Conv2D: dilation must be at least 1, got 0"),
        (lambda: nn.Conv2D(3, 8, 3, padding=-1), "Conv2D: padding must be at least 0, got -1"),
        (lambda: nn.Conv2D(3, 8, 3, padding=None), "Conv2D: padding must be a whole number, got None"),
        (
            lambda: nn.Conv2D(3, 8, 3, padding="full"),
            "padding must be 'valid', 'same', a number, or a pair for each axis, as in "
            "((before, after), (before, after)), got 'full'",
        ),
        (lambda: nn.Conv1D(3, 8, 3, padding=(1, 2)), "as in ((before, after),), got (1, 2)"),
        (
            lambda: nn.Conv1D(3, 8, 3, padding="causal"),
            "got 'causal': give ((dilation * (kernel_size - 1), 0),)",
        ),
        (
            lambda: nn.Conv2D(3, 8, 3, padding=(1, (2, 1, 3))),
            "expected a pair in padding, (before, after), got (2, 1, 3)",
        ),
        (
            lambda: nn.Conv2D(3, 8, 3, groups=2),
            "Conv2D: groups must divide the channels, got 2 for 3 and 8",
        ),
        (lambda: nn.Conv2D(4, 6, 3, groups=4), "groups must divide the channels, got 4 for 4 and 6"),
        (
            lambda: nn.Conv2D(3, 8, (3, 4), padding="same"),
            "Conv2D: padding='same' needs a kernel_size that is odd, since others have no middle, got "
            "(3, 4): use odd ones, or give the numbers before and after, padding=((1, 1), (1, 2))",
        ),
        (
            lambda: nn.ConvTranspose2D(3, 8, 4, stride=2, padding="same"),
            "before and after, padding=((1, 1), (1, 1))",
        ),
        (
            lambda: nn.ConvTranspose2D(3, 8, 3, stride=2, output_padding=2),
            "ConvTranspose2D: output_padding must be less than the stride or the dilation, got 2 for a "
            "stride of 2 and a dilation of 1",
        ),
        (
            lambda: nn.ConvTranspose2D(3, 8, 3, stride=2, padding="same", output_padding=1),
            "padding='same' makes the output stride times as large as the input",
        ),
        (lambda: nn.Conv2D(3, 8, 3, filters=8), "Conv2D has no argument 'filters': use out_channels"),
        (lambda: nn.Conv2D(3, 8, 3, strides=2), "Conv2D has no argument 'strides': use stride"),
        (
            lambda: nn.Conv2D(3, 8, 3, initializer=3),
            "initializer must be a function such as nn.he_normal",
        ),
        (
            lambda: nn.Conv2D(3, 8, 3, initializer=lambda shape, rng, dtype: np.zeros(8)),
            "expected initial weights of shape (3, 3, 3, 8), got (8,)",
        ),
    ],
)
def test_arguments_that_mean_nothing_are_refused(make, message):
    with pytest.raises((ValueError, TypeError)) as error:
        make()
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            nn.Conv2D(3, 8, 5),
            (4, 8, 3),
            "Conv2D(3, 8, 5): the kernel covers 5 x 5 positions, more than the input of 4 x 8 has with "
            "its padding: use a smaller kernel, or more padding",
        ),
        (nn.Conv2D(3, 8, 3, padding=1, dilation=3), (4, 8, 3), "the kernel covers 7 x 7 positions"),
        (nn.Conv1D(3, 8, 5), (4, 3), "the kernel covers 5 positions, more than the input of 4"),
        (
            nn.Conv2D(3, 8, 5),
            (3, 28, 28),
            "expected input of shape (N, H, W, 3), got (1, 3, 28, 28): the channels come last, "
            "np.transpose(x, (0, 2, 3, 1))",
        ),
        (nn.Conv1D(3, 8, 5), (3, 28), "the channels come last, np.transpose(x, (0, 2, 1))"),
        (nn.Conv2D(3, 8, 5), (28, 28, 4), "expected input of shape (N, H, W, 3), got (1, 28, 28, 4)"),
        (
            nn.Conv2D(1, 8, 5),
            (28, 28),
            "got (1, 28, 28): give it an axis of channels with np.expand_dims(x, -1)",
        ),
        (
            nn.Conv2D(3, 8, 5),
            (28 * 28 * 3,),
            "got (1, 2352): make an image of each row with np.reshape(x, (-1, 28, 28, 3))",
        ),
        (nn.Conv2D(1, 8, 5), (10,), "make an image of each row with np.reshape(x, (-1, H, W, 1))"),
        (
            nn.ConvTranspose2D(3, 8, 2, padding=4),
            (4, 8, 3),
            "the padding cuts off all of the output for an input of 4 x 8: use less",
        ),
        (nn.ConvTranspose2D(3, 8, 2), (0, 8, 3), "the output for an input of 0 x 8"),
    ],
)
def test_what_does_not_fit_is_found_when_the_network_is_built(layer, shape, message):
    with pytest.raises(
        ValueError, match=r"Sequential: layer 0, Conv.*, cannot follow the input"
    ) as error:
        nn.Sequential(layer, input_shape=shape)
    assert message in str(error.value)


def test_the_size_of_the_kernel_is_that_of_the_weight_and_cannot_be_set():
    layer = nn.Conv2D(3, 8, (5, 5))
    with pytest.raises(AttributeError, match="kernel_size"):
        layer.kernel_size = 3
    assert repr(layer) == "Conv2D(3, 8, 5)"


def test_a_subclass_may_set_the_size_of_its_kernel_before_and_after_the_constructor_of_its_base():
    class Square(nn.Conv2D):
        def __init__(self, channels, kernel_size):
            self.kernel_size = kernel_size
            super().__init__(channels, channels, kernel_size)
            self.channels, self.kernel_size = channels, kernel_size

    assert repr(Square(2, 3)) == "Square(2, 3)"


def test_the_error_for_a_single_image_shows_how_to_make_it_a_batch():
    with pytest.raises(
        ValueError, match=r"got \(8, 8, 3\): make one sample a batch with np.expand_dims\(x, 0\)"
    ):
        nn.Conv2D(3, 8, 5).forward(np.ones((8, 8, 3)))


def test_a_dense_layer_of_the_wrong_size_behind_is_found_when_the_network_is_built():
    with pytest.raises(ValueError, match=r"layer 1, Dense\(8, 2\), cannot follow layer 0, Conv2D"):
        nn.Sequential(nn.Conv2D(1, 7, 3), nn.Dense(8, 2), input_shape=(5, 5, 1))


@pytest.mark.parametrize("name", ["Conv2d", "Conv2DTranspose", "ConvTranspose2d", "DepthwiseConv2D"])
def test_names_of_other_libraries_lead_to_ours(name):
    with pytest.raises(AttributeError, match=f"nnlayers has no '{name}': use Conv"):
        getattr(nn, name)
