"""Files of other kinds, told by how they begin, or by what is in an archive."""

from collections.abc import Iterable

TORCH = "a file of PyTorch: nn.io.load_torch(model, path) reads its weights"
KERAS = "a file of Keras: nn.io.load_keras(model, path) reads its weights"
NNLAYERS = "a file of nnlayers: nn.load(path) or model.load_weights(path) reads it"
KINDS = (
    (b"\x80", "a pickle, which could run code when it is read"),
    (b"\x89HDF", f"HDF5, perhaps {KERAS}"),
    (b"\x08", "perhaps an ONNX model: nn.io.from_onnx(path) reads it"),
    (b"<", "a web page, perhaps of a download that failed"),
    (b"\x93NUMPY", "a single array: np.load reads it"),
    (b"\x1f\x8b", "compressed by gzip: unpack it first"),
    (b"version https://git-lfs", "a pointer of Git LFS: git lfs pull fetches the file itself"),
    (b"PK", "a zip archive, such as an npz file"),
)


def kind_of_file(begin: bytes) -> str:
    """What a file is, by its first bytes; empty if that is not known."""
    if not begin:
        return "empty"
    return next((words for start, words in KINDS if begin.lstrip().startswith(start)), "")


def kind_of_archive(names: Iterable[str]) -> str:
    """What a zip archive is, by the names of its members; empty if that is not known."""
    for name in names:
        if name.endswith("/data.pkl"):
            return TORCH
        if name in ("config.json", "metadata.json"):
            return KERAS
        if name.endswith(".npy"):
            return NNLAYERS
    return ""
