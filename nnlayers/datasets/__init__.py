"""Real data to try things on: digits that ship with the package, and readers of IDX files."""

from nnlayers.datasets.digits import load_digits
from nnlayers.datasets.fashion_mnist import FASHION_MNIST_CLASSES, load_fashion_mnist
from nnlayers.datasets.idx import read_idx

__all__ = ["FASHION_MNIST_CLASSES", "load_digits", "load_fashion_mnist", "read_idx"]
