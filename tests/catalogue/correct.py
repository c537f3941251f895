"""Layers and losses that are right, nasty ones included: a gradient checker must accept them all."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nnlayers as nn
from tests.catalogue import along_axes as axes
from tests.catalogue import composed, losses, products
from tests.catalogue import elementwise as each


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
    Correct("identity", each.Identity, "N D"),
    Correct("double", each.Double, "N D"),
    Correct("double, of images", each.Double, "N H W C"),
    Correct("relu", nn.ReLU, "N D"),
    Correct("relu, all points at kinks or ties", nn.ReLU, "N D", zeros_and_ones),
    Correct("relu, written out", each.ReLU, "N D"),
    Correct("leaky relu", each.LeakyReLU, "N D"),
    Correct("kink a millionth from 0", each.NearKink, "N D"),
    Correct("five kinks a millionth from a grid", each.NearKinks, "N D"),
    Correct("abs", each.Abs, "N D"),
    Correct("hard tanh", each.HardTanh, "N D"),
    Correct("hard tanh, all points at kinks", each.HardTanh, "N D", zeros_and_ones),
    Correct("clip to [-3, 3]", each.Clip, "N D"),
    Correct("relu 6", each.ReLU6, "N D"),
    Correct("hard sigmoid", each.HardSigmoid, "N D"),
    Correct("tanh", each.SavingTanh, "N D"),
    Correct("tanh that saves its input", each.Tanh, "N D"),
    Correct("sigmoid", each.Sigmoid, "N D"),
    Correct("steep sigmoid", each.SteepSigmoid, "N D"),
    Correct("sin(30 x)", each.FastSine, "N D"),
    Correct("offset of 1e6", each.Offset, "N D"),
    Correct("1e-7 tanh", each.Tiny, "N D"),
    Correct("1e-7 x", each.TinyLinear, "N D"),
    Correct("1e7 tanh", each.Huge, "N D"),
    Correct("1e7 x", each.HugeLinear, "N D"),
    Correct("x + 1e-7 tanh", each.TinyOnSlope, "N D"),
    Correct("square", each.Square, "N D"),
    Correct("cube", each.Cube, "N D"),
    Correct("arctan", each.Arctan, "N D"),
    Correct("softsign", each.Softsign, "N D"),
    Correct("elu", each.ELU, "N D"),
    Correct("softplus", each.Softplus, "N D"),
    Correct("log cosh", each.LogCosh, "N D"),
    Correct("gelu", each.GELU, "N D"),
    Correct("silu", each.SiLU, "N T D"),
    Correct("log", each.Log, "N D", positive),
    Correct("square root", each.Sqrt, "N D", positive),
    Correct("reciprocal", each.Reciprocal, "N D", positive),
    Correct("x log x", each.NegativeEntropy, "N D", positive),
    # with parameters
    Correct("swish with learned beta", each.Swish, "N D"),
    Correct("prelu", each.PReLU, "N D"),
    Correct("scale", each.Scale, "N D"),
    Correct("affine", each.Affine, "N D"),
    Correct("one gain for all", each.ScalarGain, "N D"),
    Correct("shift", each.Shift, "N D"),
    Correct("parameters in a list and a dict", each.Listed, "N D"),
    Correct("places", each.Places, "N T D"),
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
    Correct("max, first of ties", axes.Max, "N D"),
    Correct("max, first of ties, nothing but ties", axes.Max, "N D", zeros_and_ones),
    Correct("max, ties share", axes.MaxSplit, "N D"),
    Correct("max, ties share, nothing but ties", axes.MaxSplit, "N D", zeros_and_ones),
    Correct("max over time", axes.MaxOverTime, "N T D"),
    Correct("max of three that tie at 0", axes.MaxOfThree, "N D"),
    Correct("median", axes.Median, "N D"),
    Correct("sort", axes.Sort, "N D"),
    Correct("sort, nothing but ties", axes.Sort, "N D", zeros_and_ones),
    Correct("top two", axes.TopTwo, "N D"),
    Correct("norm, with gradient 0 at 0", axes.Norm, "N D"),
    Correct("sum of absolute values", axes.SumOfAbs, "N D"),
    Correct("normalize", axes.Normalize, "N D"),
    Correct("softmax", axes.Softmax, "N D"),
    Correct("softmax over time", axes.SoftmaxOverTime, "N T D"),
    Correct("log-softmax", axes.LogSoftmax, "N D"),
    Correct("logsumexp", axes.LogSumExp, "N D"),
    # normalisation and randomness
    Correct("layer norm", axes.LayerNorm, "N D"),
    Correct("layer norm, of sequences", axes.LayerNorm, "N T D"),
    Correct("rms norm", axes.RMSNorm, "N D"),
    Correct("batch norm", axes.BatchNorm, "N D"),
    Correct("batch norm, of sequences", axes.BatchNormOfSequences, "N T D"),
    Correct("instance norm", axes.InstanceNorm, "N T D"),
    Correct("center", axes.Center, "N D"),
    Correct("dropout of nothing", composed.dropout_none, "N D"),
    Correct("dropout of a tenth", composed.dropout_tenth, "N D"),
    Correct("dropout of half", composed.dropout_half, "N T D"),
    Correct("dropout of nine tenths", composed.dropout_most, "N D"),
    Correct("dropout, written out", composed.Dropout, "N D"),
    Correct("dropout of features", composed.DropFeatures, "N T D"),
    Correct("noise", composed.Noise, "N D"),
    Correct("random depth", composed.RandomDepth, "N D"),
    # moved, pooled
    Correct("cumsum", axes.Cumsum, "N T D"),
    Correct("roll", axes.Roll, "N D"),
    Correct("opposite order", axes.Backwards, "N T D"),
    Correct("permutation", axes.Permute, "N D"),
    Correct("flatten", axes.Flatten, "N T D"),
    Correct("swapped axes", axes.SwapAxes, "N T D"),
    Correct("new axis", axes.NewAxis, "N D"),
    Correct("first feature", axes.FirstFeature, "N D"),
    Correct("repeat", axes.Repeat, "N D"),
    Correct("mean over time", axes.MeanOverTime, "N T D"),
    Correct("global mean", axes.GlobalMean, "N H W C"),
    Correct("max-pool 1-D", axes.MaxPool1D, "N T D"),
    Correct("max-pool 1-D, nothing but ties", axes.MaxPool1D, "N T D", zeros_and_ones),
    Correct("mean-pool 1-D", axes.MeanPool1D, "N T D"),
    Correct("max-pool 2-D", axes.MaxPool2D, "N H W C"),
    Correct("mean-pool 2-D", axes.MeanPool2D, "N H W C"),
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
