"""Handwritten digits, 8 x 8 pixels, embedded in the package."""

import os

import numpy as np

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array


@answers_other_arguments()
def load_digits() -> tuple[Array, Array]:
    """1,797 images of handwritten digits, 8 x 8 pixels, from 13 writers.

    Returns
    -------
    x : array of shape (1797, 64), float32
        The pixels, row by row, from 0 (paper) to 1 (ink), in steps of 1/16.
    y : array of shape (1797,), int64
        The digits, 0 to 9.

    Notes
    -----
    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49, licence CC BY 4.0: its test set, as it is in
    scikit-learn.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> x.shape, x.dtype, y[:5]
    ((1797, 64), dtype('float32'), array([0, 1, 2, 3, 4]))
    """
    with np.load(os.path.join(os.path.dirname(__file__), "digits.npz")) as arrays:
        return arrays["images"].astype(np.float32) / 16, arrays["labels"].astype(np.int64)
