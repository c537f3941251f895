"""Layers and losses that are right, nasty ones included: a gradient checker must accept them all."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nnlayers as nn
from tests.catalogue import along_axes, composed, elementwise, losses, products


class Correct(NamedTuple):
    """A right layer (or loss): how to make it from sizes, and the axes of its input (or prediction)."""

    name: str
    make: Callable[..., Any]
    shape: str
    values: Callable[..., Any] | None = None
    target: Callable[..., Any] | None = None
    of: str = "layer"


# Values of the input, and targets of losses


def positive(rng, shape):
    return rng.uniform(0.5, 2, shape)


def zeros_and_ones(rng, shape):
    """Nothing but ties."""
    return rng.integers(0, 2, shape).astype(np.float64)


def below_five(rng, shape):
    """Indices, most of them more than once."""
    return rng.integers(0, 5, shape)


def labels(rng, N, C):
    return rng.integers(0, C, N)


def distributions(rng, N, C):
    return rng.dirichlet(np.ones(C), N)


def numbers(rng, N, D):
    return rng.standard_normal((N, D))


def signs(rng, N, D):
    return rng.choice([-1.0, 1.0], (N, D))


def bits(rng, N, D):
    return rng.integers(0, 2, (N, D))


CORRECT = [
    # element by element
    Correct("identity", elementwise.Identity, "N D"),
    Correct("double", elementwise.Double, "N D"),
    Correct("double, of images", elementwise.Double, "N H W C"),
    Correct("relu", nn.ReLU, "N D"),
    Correct("relu, all points at kinks or ties", nn.ReLU, "N D", zeros_and_ones),
    Correct("relu, written out", elementwise.ReLU, "N D"),
    Correct("leaky relu", elementwise.LeakyReLU, "N D"),
    Correct("kink a millionth from 0", elementwise.NearKink, "N D"),
    Correct("five kinks a millionth from a grid", elementwise.NearKinks, "N D"),
    Correct("abs", elementwise.Abs, "N D"),
    Correct("hard tanh", elementwise.HardTanh, "N D"),
    Correct("hard tanh, all points at kinks", elementwise.HardTanh, "N D", zeros_and_ones),
    Correct("clip to [-3, 3]", elementwise.Clip, "N D"),
    Correct("relu 6", elementwise.ReLU6, "N D"),
    Correct("hard sigmoid", elementwise.HardSigmoid, "N D"),
    Correct("tanh", elementwise.SavingTanh, "N D"),
    Correct("tanh that saves its input", elementwise.Tanh, "N D"),
    Correct("sigmoid", elementwise.Sigmoid, "N D"),
    Correct("steep sigmoid", elementwise.SteepSigmoid, "N D"),
    Correct("sin(30 x)", elementwise.FastSine, "N D"),
    Correct("offset of 1e6", elementwise.Offset, "N D"),
    Correct("1e-7 tanh", elementwise.Tiny, "N D"),
    Correct("1e-7 x", elementwise.TinyLinear, "N D"),
    Correct("1e7 tanh", elementwise.Huge, "N D"),
    Correct("1e7 x", elementwise.HugeLinear, "N D"),
    Correct("x + 1e-7 tanh", elementwise.TinyOnSlope, "N D"),
    Correct("square", elementwise.Square, "N D"),
    Correct("cube", elementwise.Cube, "N D"),
    Correct("arctan", elementwise.Arctan, "N D"),
    Correct("softsign", elementwise.Softsign, "N D"),
    Correct("elu", elementwise.ELU, "N D"),
    Correct("softplus", elementwise.Softplus, "N D"),
    Correct("log cosh", elementwise.LogCosh, "N D"),
    Correct("gelu", elementwise.GELU, "N D"),
    Correct("silu", elementwise.SiLU, "N T D"),
    Correct("log", elementwise.Log, "N D", positive),
    Correct("square root", elementwise.Sqrt, "N D", positive),
    Correct("reciprocal", elementwise.Reciprocal, "N D", positive),
    Correct("x log x", elementwise.NegativeEntropy, "N D", positive),
    # with parameters
    Correct("swish with learned beta", elementwise.Swish, "N D"),
    Correct("prelu", elementwise.PReLU, "N D"),
    Correct("scale", elementwise.Scale, "N D"),
    Correct("affine", elementwise.Affine, "N D"),
    Correct("one gain for all", elementwise.ScalarGain, "N D"),
    Correct("shift", elementwise.Shift, "N D"),
    Correct("parameters in a list and a dict", elementwise.Listed, "N D"),
    Correct("places", elementwise.Places, "N T D"),
    Correct("dense", composed.dense, "N D"),
    Correct("dense, of sequences", composed.dense, "N T D"),
    Correct("dense in float64", composed.dense_64, "N D"),
    Correct("dense without bias", composed.dense_without_bias, "N D"),
    Correct("frozen dense", composed.frozen_dense, "N D"),
    Correct("dense with frozen weight", composed.frozen_weight, "N D"),
    Correct("dense, written out", products.Dense, "N D"),
    Correct("product with its own backward_parameters", products.WithShortcut, "N D"),
    Correct("gated linear unit", products.GatedLinear, "N D"),
    Correct("bilinear", products.Bilinear, "N D"),
    Correct("outer product", products.Outer, "N D"),
    Correct("gram matrix", products.Gram, "N T D"),
    Correct("convolution 1-D", products.Convolution1D, "N T D"),
    Correct("depthwise convolution", products.Depthwise, "N T D"),
    Correct("convolution 2-D", products.Convolution2D, "N H W C"),
    # along an axis
    Correct("max, first of ties", along_axes.Max, "N D"),
    Correct("max, first of ties, nothing but ties", along_axes.Max, "N D", zeros_and_ones),
    Correct("max, ties share", along_axes.MaxSplit, "N D"),
    Correct("max, ties share, nothing but ties", along_axes.MaxSplit, "N D", zeros_and_ones),
    Correct("max over time", along_axes.MaxOverTime, "N T D"),
    Correct("max of three that tie at 0", along_axes.MaxOfThree, "N D"),
    Correct("median", along_axes.Median, "N D"),
    Correct("sort", along_axes.Sort, "N D"),
    Correct("sort, nothing but ties", along_axes.Sort, "N D", zeros_and_ones),
    Correct("top two", along_axes.TopTwo, "N D"),
    Correct("norm, with gradient 0 at 0", along_axes.Norm, "N D"),
    Correct("sum of absolute values", along_axes.SumOfAbs, "N D"),
    Correct("normalize", along_axes.Normalize, "N D"),
    Correct("softmax", along_axes.Softmax, "N D"),
    Correct("softmax over time", along_axes.SoftmaxOverTime, "N T D"),
    Correct("log-softmax", along_axes.LogSoftmax, "N D"),
    Correct("logsumexp", along_axes.LogSumExp, "N D"),
    # normalisation and randomness
    Correct("layer norm", along_axes.LayerNorm, "N D"),
    Correct("layer norm, of sequences", along_axes.LayerNorm, "N T D"),
    Correct("rms norm", along_axes.RMSNorm, "N D"),
    Correct("batch norm", along_axes.BatchNorm, "N D"),
    Correct("batch norm, of sequences", along_axes.BatchNormOfSequences, "N T D"),
    Correct("instance norm", along_axes.InstanceNorm, "N T D"),
    Correct("center", along_axes.Center, "N D"),
    Correct("dropout of nothing", composed.dropout_none, "N D"),
    Correct("dropout of a tenth", composed.dropout_tenth, "N D"),
    Correct("dropout of half", composed.dropout_half, "N T D"),
    Correct("dropout of nine tenths", composed.dropout_most, "N D"),
    Correct("dropout, written out", composed.Dropout, "N D"),
    Correct("dropout of features", composed.DropFeatures, "N T D"),
    Correct("noise", composed.Noise, "N D"),
    Correct("random depth", composed.RandomDepth, "N D"),
    # moved, pooled
    Correct("cumsum", along_axes.Cumsum, "N T D"),
    Correct("roll", along_axes.Roll, "N D"),
    Correct("opposite order", along_axes.Backwards, "N T D"),
    Correct("permutation", along_axes.Permute, "N D"),
    Correct("flatten", along_axes.Flatten, "N T D"),
    Correct("swapped axes", along_axes.SwapAxes, "N T D"),
    Correct("new axis", along_axes.NewAxis, "N D"),
    Correct("first feature", along_axes.FirstFeature, "N D"),
    Correct("repeat", along_axes.Repeat, "N D"),
    Correct("mean over time", along_axes.MeanOverTime, "N T D"),
    Correct("global mean", along_axes.GlobalMean, "N H W C"),
    Correct("max-pool 1-D", along_axes.MaxPool1D, "N T D"),
    Correct("max-pool 1-D, nothing but ties", along_axes.MaxPool1D, "N T D", zeros_and_ones),
    Correct("mean-pool 1-D", along_axes.MeanPool1D, "N T D"),
    Correct("max-pool 2-D", along_axes.MaxPool2D, "N H W C"),
    Correct("mean-pool 2-D", along_axes.MeanPool2D, "N H W C"),
    # integers
    Correct("embedding, of sequences", products.Embedding, "N T", below_five),
    Correct("embedding", products.Embedding, "N", below_five),
    Correct("bag of embeddings", products.Bag, "N T", below_five),
    Correct("embedding and dense", composed.embedding_and_dense, "N T", below_five),
    # layers that hold layers
    Correct("residual", composed.DeepResidual, "N D"),
    Correct("residual with a tanh at its end", composed.Residual, "N D"),
    Correct("sum of branches", composed.Sum, "N D"),
    Correct("mean of branches", composed.Parallel, "N D"),
    Correct("branches side by side", composed.Concatenated, "N D"),
    Correct("product of branches", composed.Product, "N D"),
    Correct("a layer stepped through time", composed.Stepped, "N T D"),
    Correct("recurrent", products.Recurrent, "N T D"),
    Correct("attention", products.Attention, "N T D"),
    Correct("deep network", composed.deep, "N D"),
    Correct("shared weights", composed.shared, "N D"),
    Correct("batch norm and dropout in a network", composed.classic, "N D"),
    Correct("nested and shared", composed.nested, "N D"),
    Correct("partly frozen network", composed.partly_frozen, "N D"),
    Correct("convolution network", composed.picture, "N H W C"),
    # losses
    Correct("softmax cross-entropy, labels", nn.SoftmaxCrossEntropy, "N C", None, labels, "loss"),
    Correct("softmax cross-entropy", nn.SoftmaxCrossEntropy, "N C", None, distributions, "loss"),
    Correct("cross-entropy, written out", losses.CrossEntropy, "N C", None, labels, "loss"),
    Correct("mean squared error", nn.MeanSquaredError, "N D", None, numbers, "loss"),
    Correct("squared error, written out", losses.SquaredError, "N D", None, numbers, "loss"),
    Correct("huber", losses.Huber, "N D", None, numbers, "loss"),
    Correct("mean absolute error", losses.MeanAbsoluteError, "N D", None, numbers, "loss"),
    Correct("binary hinge", losses.BinaryHinge, "N D", None, signs, "loss"),
    Correct("logistic loss", losses.LogisticLoss, "N D", None, bits, "loss"),
    Correct("quantile loss", losses.Quantile, "N D", None, numbers, "loss"),
    Correct("log cosh loss", losses.LogCoshLoss, "N D", None, numbers, "loss"),
    Correct("hinge", losses.Hinge, "N C", None, labels, "loss"),
    Correct("smoothed cross-entropy", losses.SmoothedCrossEntropy, "N C", None, labels, "loss"),
]
