"""Real data to try things on: digits that ship with the package, and readers of IDX files."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.datasets.digits import load_digits
from nnlayers.datasets.fashion_mnist import FASHION_MNIST_CLASSES, load_fashion_mnist
from nnlayers.datasets.idx import read_idx

__all__ = ["FASHION_MNIST_CLASSES", "load_digits", "load_fashion_mnist", "read_idx"]

if not TYPE_CHECKING:  # to a type checker, this would make every name right
    __getattr__ = answer_other_names(__name__, __all__)
