"""Files of other kinds, told by how they begin."""

PK = b"PK"
TORCH = "a file of PyTorch: nn.io.load_torch(model, path) reads its weights"
KERAS = "a file of Keras: nn.io.load_keras(model, path) reads its weights"
IN_ZIP = ((b"/data.pkl", TORCH), (b"/data/", TORCH), (b"metadata.json", KERAS), (b"config.json", KERAS))
KINDS = (
    (b"\x80", "a pickle, which could run code when it is read"),
    (b"\x89HDF", f"HDF5, perhaps {KERAS}"),
    (b"\x08", "perhaps an ONNX model: nn.io.from_onnx(path) reads it"),
    (b"<", "a web page, perhaps of a download that failed"),
    (b"\x93NUMPY", "a single array: np.load reads it"),
    (b"\x1f\x8b", "compressed by gzip: unpack it first"),
    (b"version https://git-lfs", "a pointer of Git LFS: git lfs pull fetches the file itself"),
    (PK, "a zip archive: give it a name that does not end in .safetensors"),
)


def kind_of_file(begin: bytes, *, is_zip: bool) -> str:
    """What a file is, by its first bytes, that is not what it should be; empty if it is not known."""
    if not begin:
        return "empty"
    if is_zip and begin.startswith(PK):
        return next((words for part, words in IN_ZIP if part in begin[:512]), "")
    return next((words for start, words in KINDS if begin.lstrip().startswith(start)), "")
