"""Fashion-MNIST, read from its IDX files."""

import os

import numpy as np

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array
from nnlayers.datasets.idx import read_idx

DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist"
FASHION_MNIST_CLASSES = (
    "T-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip


@answers_other_arguments()
def load_fashion_mnist(
    path: str | os.PathLike[str] | None = None,
) -> tuple[Array, Array, Array, Array]:
    """70,000 images of garments, 28 x 28 pixels, in ten classes.

    Parameters
    ----------
    path : str or Path, optional
        The folder of the four IDX files, gzipped or not; by default that of Debian's package
        ``dataset-fashion-mnist``.

    Returns
    -------
    x_train, x_test, y_train, y_test
        Pixels in [0, 1], float32, of shape (60000, 784) and (10000, 784); labels, int64, of shape
        (60000,) and (10000,). What they stand for: ``nn.datasets.FASHION_MNIST_CLASSES``.

    Raises
    ------
    FileNotFoundError
        A file is missing.
    ValueError
        A file is damaged, or holds something else.

    Notes
    -----
    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms", 2017, arXiv:1708.07747, MIT licence.

    Examples
    --------
    >>> x_train, x_test, y_train, y_test = nn.datasets.load_fashion_mnist()  # doctest: +SKIP
    >>> nn.datasets.FASHION_MNIST_CLASSES[9]
    'ankle boot'
    """
    folder = os.fspath(DEBIAN_FOLDER if path is None else path)
    x_train, y_train = _read_part(folder, "train")
    x_test, y_test = _read_part(folder, "t10k")
    return x_train, x_test, y_train, y_test


def _read_part(folder: str, part: str) -> tuple[Array, Array]:
    images = read_idx(_find(folder, f"{part}-images-idx3-ubyte"))
    labels = read_idx(_find(folder, f"{part}-labels-idx1-ubyte"))
    if (
        images.dtype != np.uint8 or images.shape[1:] != (28, 28)
        or labels.dtype != np.uint8 or labels.shape != images.shape[:1]
        or labels.max(initial=0) >= len(FASHION_MNIST_CLASSES)
    ):  # fmt: skip
        raise ValueError(
            f"{folder}, {part}: expected bytes of shape (N, 28, 28) and N labels in 0 ... 9, got "
            f"images of {images.dtype} {images.shape} and labels of {labels.dtype} {labels.shape}"
        )
    return images.reshape(len(images), 784).astype(np.float32) / 255, labels.astype(np.int64)


def _find(folder: str, name: str) -> str:
    for file in (name, f"{name}.gz"):
        if os.path.exists(path := os.path.join(folder, file)):
            return path
    raise FileNotFoundError(
        f"Fashion-MNIST: no {name} or {name}.gz in {folder}. On Debian and Ubuntu, 'apt install "
        "dataset-fashion-mnist' brings the files; elsewhere, put the four IDX files into a folder and "
        "name it: load_fashion_mnist(path)"
    )
