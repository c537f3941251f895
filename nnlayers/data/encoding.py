"""Labels as one-hot rows."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array, host_array, whole_number
from nnlayers.core.conversion import real_dtype
from nnlayers.core.devices import beside
from nnlayers.core.labels import check_labels, label_hint

__all__ = ["one_hot"]


@answers_other_arguments()
def one_hot(labels: ArrayLike, classes: int | None = None, dtype: DTypeLike = np.float32) -> Array:
    """One-hot rows, with a one at the label: shape ``(N, classes)`` from ``(N,)``.

    Parameters
    ----------
    labels : array_like of int, of shape (N,)
        The labels. If they are on a device, they are copied to the host, and the rows back to it.
    classes : int, optional
        The number of classes; by default the largest label plus one.
    dtype : dtype
        That of the rows.

    Returns
    -------
    array of shape (N, classes)

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
    given = labels
    labels = host_array(labels, "one_hot")
    if labels.ndim != 1 or (labels.size == 0 and classes is None):
        hint = label_hint(labels, labels.shape[:1])
        raise ValueError(f"one_hot: expected labels of shape (N,), got {labels.shape}{hint}")
    if labels.dtype.kind not in "iu":
        hint = label_hint(labels, labels.shape)
        raise TypeError(f"one_hot: expected integer labels, got {labels.dtype}{hint}")
    dtype = real_dtype(dtype, "one_hot")
    if classes is None:
        classes = int(labels.max()) + 1
    classes = whole_number(classes, "classes", "one_hot")
    check_labels(labels, classes, "one_hot")
    rows = np.zeros((len(labels), classes), dtype)
    rows[np.arange(len(labels)), labels] = 1
    return beside(rows, given)
