"""Labels as one-hot rows."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from nnlayers.core.checks import Array, as_array, whole_number
from nnlayers.core.other_words import answers_other_arguments

__all__ = ["one_hot"]


@answers_other_arguments()
def one_hot(labels: ArrayLike, classes: int | None = None, dtype: DTypeLike = np.float32) -> Array:
    """Rows with a one at the label: shape ``(N, classes)`` from ``(N,)``.

    ``classes`` is the largest label plus one, unless it is given.

    Raises
    ------
    TypeError, ValueError
        The labels are not integers, not of shape ``(N,)``, or not in ``0 ... classes-1``.

    Examples
    --------
    >>> nn.one_hot([2, 0])
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = as_array(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot: expected integer labels, got {labels.dtype}")
    if labels.ndim != 1 or (labels.size == 0 and classes is None):
        raise ValueError(f"one_hot: expected labels of shape (N,), got {labels.shape}")
    if classes is None:
        classes = int(labels.max()) + 1
    classes = whole_number(classes, "classes", "one_hot")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"one_hot: expected labels in 0 ... {classes - 1}, "
            f"got labels from {labels.min()} to {labels.max()}"
        )
    rows = np.zeros((len(labels), classes), dtype)
    rows[np.arange(len(labels)), labels] = 1
    return rows
