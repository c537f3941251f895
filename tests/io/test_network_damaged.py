"""Damaged and hostile files of networks: refused in a sentence, without code run or memory taken."""

import io
import json
import struct
import sys
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.weights import read_file, write_file
from tests.io.damaged_networks import Altered, tries
from tests.io.gradient_networks import SUFFIXES

HTML = b"<!DOCTYPE html><html><body>404</body></html>"
TOO_LARGE = [
    "Dense(1000000, 1000000)",
    "Embedding(10000000000, 10)",
    "BatchNorm(10000000000)",
    "LayerNorm((100000, 100000))",
    "PReLU(10000000000)",
    "Standardize(10000000000)",
    "LSTM(100000, 100000)",
    "MultiHeadAttention(100000, 1)",
    "Conv2D(100000, 100000, 3)",
    "Dense(1, 100000000, initializer=zeros)",
    "Sequential(" + "Dense(3, 2), Dense(2, 3), " * 1000 + ")",
    "Sequential(Upsample2D(1000000), Dense(2, 2), input_shape=(1000000, 1000000, 2))",
    "Fork(Dense(2, 2), Upsample2D(100000))",
]


def rewritten(path, **changes):
    """A whole file whose note is another one."""
    nn.save(nn.Dense(3, 2, rng=0), path)
    arrays, note = read_file(path)
    write_file(
        path, arrays, {k: v for k, v in (note | changes).items() if v is not ...}, needs_note=True
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_altered_files_are_refused_or_fit(suffix, tmp_path):
    altered = Altered(tmp_path / f"net.{suffix}")
    verdicts = [verdict for _, verdict, _ in tries(altered, seed=0, count=120)]
    assert set(verdicts) == {"loaded", "refused"}


@pytest.mark.parametrize("text", TOO_LARGE)
def test_an_architecture_gets_no_more_memory_than_the_file_holds(text, tmp_path):
    path = tmp_path / "net.npz"
    rewritten(path, network=text)
    nn.save(nn.Dense(1, 1), tmp_path / "other.npz")
    nn.load(tmp_path / "other.npz")
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"net.npz: .*(holds|does not fit|nnlayers|cannot be made)"):
        nn.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read at character 0"),
        ("Dense(3, 2", "cannot be read at character 10"),
        ("Dense(3, 2))", "cannot be read at character 11"),
        ("Dense(3, 2); import os", "cannot be read at character 11"),
        ("Dense(3 + 0, 2)", "cannot be read at character 7"),
        ("Dense(*[3, 2])", "cannot be read at character 6"),
        ("Dense(**{})", "cannot be read"),
        ("[Dense(3, 2)][0]", "cannot be read"),
        ("Dense(3, 2).weight", "cannot be read at character 11"),
        ("Dense(3, 2)(1)", "cannot be read at character 11"),
        ("Dense(3, 2, bias=True, bias=True)", "gets an argument twice"),
        ("Dense(3, 2, initializer=eval)", "it has eval, which is not a layer of nnlayers"),
        ("__import__('os')", "it has __import__, which is not a layer"),
        ("os.system('echo')", "cannot be read at character 2"),
        ("open('x', 'w')", "it has open, which is not a layer"),
        ("Trainer(1, 2, 3)", "it has Trainer, which is not a layer"),
        ("read_csv('/etc/passwd')", "it has read_csv, which is not a layer"),
        ("Layer()", "it has Layer, which is not a layer of nnlayers"),
        ("Dense", "expected the call of a layer, got 'Dense'"),
        ("(Dense(3, 2),)", "expected the call of a layer"),
        ("Dense(3, 2, rng='x')", "Dense cannot be made like this"),
        ("Dense(shared_1, 2)", "it has shared_1, which is not a layer"),
        ("a := Sequential(a)", "it has a, which is not a layer"),
        ("Sequential(" * 1000 + "ReLU()" + ")" * 1000, "nested more than 100 deep"),
        ("(" * 1000 + ")" * 1000, "nested more than 100 deep"),
        ("Dense(" + "9" * 10_000 + ", 2)", "cannot be read"),
        ("ReLU()" + " " * 2**21, "characters, at most"),
        ("Dense(2, 2)", "its architecture does not fit: weight: expected shape"),
        ("ReLU()", r"unknown: \['bias', 'weight'\]"),
        (7, "damaged"),
        (None, "damaged"),
        (["Dense(3, 2)"], "damaged"),
    ],
)
def test_an_architecture_that_is_not_one_is_refused(text, message, tmp_path):
    rewritten(tmp_path / "net.npz", network=text)
    with pytest.raises(ValueError, match=message) as info:
        nn.load(tmp_path / "net.npz")
    assert str(tmp_path / "net.npz") in str(info.value)
    assert len(str(info.value)) < 500


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2, "nnlayers": "7.0"}, r"written by nnlayers 7.0 in format 2; this is nnlayers \d"),
        ({"format": "1"}, "its format is '1'"),
        ({"format": ...}, r"damaged \(KeyError: 'format'\)"),
        ({"classes": ["os", "system"]}, r"classes=\[os, system\]"),
        ({"classes": 3}, "damaged"),
        ({"settings": {"weights": {"trainable": False}}}, "damaged"),
        ({"settings": {"weight": {"lr_factor": -1}}}, "lr_factor"),
        ({"settings": {"weight": 3}}, "damaged"),
        ({"shapes": {"": {"input_shape": (-3,)}}}, "input_shape"),
        ({"columns": {"layers.9": ("a",)}}, "damaged"),
        ({"class_names": ...}, "damaged"),
        ({"network": ...}, "it holds weights, but not the network"),
    ],
)
def test_a_text_with_other_entries_is_refused(changes, message, tmp_path):
    rewritten(tmp_path / "net.npz", **changes)
    with pytest.raises(ValueError, match=message):
        nn.load(tmp_path / "net.npz")


def test_settings_that_a_file_may_not_have_are_not_set(tmp_path):
    rewritten(tmp_path / "net.npz", settings={"weight": {"value": 3, "__class__": "x", "grad": 1}})
    model = nn.load(tmp_path / "net.npz")
    assert model.weight.value.shape == (3, 2)
    assert model.weight.grad is None


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "3", '"' + "a" * 2**22 + '"', "\x00"])
def test_a_text_that_is_not_a_dict_is_refused(text, tmp_path):
    path = tmp_path / "net.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nnlayers.json", text)
    with pytest.raises(ValueError, match=r"its text (is damaged|has 4,194,306 characters)"):
        nn.load(path)


@pytest.mark.parametrize(
    ("content", "npz", "safetensors"),
    [
        (b"", "it is empty", "it is empty"),
        (HTML, "it is a web page", "it is a web page"),
        (b"\x80\x04\x95", "it is a pickle", "it is a pickle"),
        (b"\x89HDF\r\n\x1a\n", "nn.io.load_keras", "nn.io.load_keras"),
        (b"\x08\x07\x12\x07pytorch", "nn.io.from_onnx", "nn.io.from_onnx"),
        (b"\x1f\x8b\x08", "compressed by gzip", "compressed by gzip"),
        (b"version https://git-lfs.github.com/spec/v1", "git lfs pull", "git lfs pull"),
        (b"PK\x03\x04" + b"\0" * 26 + b"weight.npy", "not a zip file", "a zip archive"),
        (b"nonsense", "not a zip file", "header too"),
        (struct.pack("<Q", 2**62) + b"{}", "not a zip file", "header too large"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_another_kind_is_told(content, npz, safetensors, suffix, tmp_path):
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(content)
    expected = npz if suffix == "npz" else safetensors
    with pytest.raises(ValueError, match=f"net.{suffix}: not a complete {suffix} file .*{expected}"):
        nn.load(path)
    layer = nn.Dense(2, 2)
    with pytest.raises(ValueError, match=expected):
        layer.load_weights(path)


def member(name, content, *, claimed=None, method=0, flags=0):
    """The local header and the content of a member of a zip archive, and its entry in the directory."""
    size = len(content) if claimed is None else claimed
    fields = struct.pack(
        "<HHHHHLLLHH", 20, flags, method, 0, 0, zlib.crc32(content), size, size, len(name), 0
    )
    return fields, name, content


def archive_of(*members, repeat=1):
    """A zip archive in which each member stands once, but several times in the directory."""
    body, directory = b"", b""
    for fields, name, content in members:
        place = len(body)
        body += b"PK\x03\x04" + fields + name + content
        for copy in range(repeat):
            other = name if not copy else b"%05d" % copy + name[5:]
            entry = fields + struct.pack("<HHHLL", 0, 0, 0, 0, place) + other
            directory += b"PK\x01\x02\x14\x00" + entry
    count = len(members) * repeat
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def array_of(shape, size):
    """An array of so many bytes in NumPy's format, whose header says that this is its shape."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(size)


SHAPES = [((0, 10**30), 0), ((0, 2**62), 0), ((1,) * 70, 8), ((True, 1), 8)]


def test_the_archive_of_these_tests_can_be_read(tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(
        archive_of(member(b"weight.npy", npy(np.ones((2, 2)))), member(b"bias.npy", npy(np.ones(2))))
    )
    layer = nn.Dense(2, 2)
    layer.load_weights(path)
    assert layer.bias.value.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive_of(member(b"weight.npy", npy(np.ones(10_000))), repeat=100), "longer than the file"),
        (archive_of(member(b"weight.npy", b"", claimed=2**31)), "longer than the file"),
        (
            archive_of(member(b"weight.npy", npy(np.ones(4)), method=8)),
            "expected an uncompressed array",
        ),
        (
            archive_of(member(b"weight.npy", npy(np.ones(4)), method=99)),
            "expected an uncompressed array",
        ),
        (archive_of(member(b"../../weight.npy", npy(np.ones(4)))), r"unknown: \['../../weight'\]"),
        (archive_of(member(b"w\x80.npy", b"", flags=0x800)), "can't decode byte 0x80"),
        (archive_of(member(b"/etc/passwd", b"root")), "not an array in NumPy's format"),
        (archive_of(*[member(b"weight.npy", npy(np.ones(4)))] * 2), "two arrays of one name"),
        (archive_of(member(b"w.npy", npy(np.array(["a"])))), "expected real numbers"),
        (archive_of(member(b"w.npy", npy(np.ones(2, complex)))), "expected real numbers"),
        (
            archive_of(member(b"w.npy", b"\x93NUMPY\x09\x00" + b"{" * 200)),
            "not an array in NumPy's format",
        ),
        (
            archive_of(member(b"w.npy", npy(np.ones(1)).replace(b"(1,)", b"(9,)"))),
            r"8 bytes are not \(9,\) values",
        ),
        *[
            (archive_of(member(b"w.npy", array_of(*shape))), "not an array in NumPy")
            for shape in SHAPES
        ],
    ],
)
def test_an_archive_that_is_made_by_hand_is_refused(content, message, tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    layer = nn.Dense(2, 2, rng=0)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=message):
        layer.load_weights(path)
    with pytest.raises(ValueError, match=r"w\.npz"):
        nn.load(path)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("archive/data.pkl", "nn.io.load_torch"),
        ("metadata.json", "nn.io.load_keras"),
        ("config.json", "nn.io.load_keras"),
    ],
)
def test_archives_of_other_libraries_are_told(name, message, tmp_path):
    path = tmp_path / "w.npz"
    path.write_bytes(archive_of(member(name.encode(), b"x")))
    with pytest.raises(ValueError, match=rf"w.npz: not an npz file \(it is a file of .*{message}"):
        nn.load(path)


def test_names_in_a_network_do_not_make_it_a_file_of_another_kind(tmp_path):
    class Table(nn.Layer):
        def __init__(self, source):
            self.source = source
            self.parts = {"x/data.pkl": nn.Parameter(1.0), "x/data/y": nn.Parameter(2.0)}

        def forward(self, x):
            return x

    nn.save(Table("config.json"), tmp_path / "net.npz")
    layer = nn.load(tmp_path / "net.npz", [Table])
    assert layer.source == "config.json"
    layer.load_weights(tmp_path / "net.npz")


def test_pickled_objects_are_never_loaded(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("code was run",))

    np.savez(tmp_path / "w.npz", weight=np.array([Bomb()], dtype=object))
    with pytest.raises(ValueError, match="pickled objects"):
        nn.load(tmp_path / "w.npz")


@pytest.mark.parametrize(
    "header",
    [
        {"w": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4]}},
        {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4 * 10**9]}},
        {"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"w": {"dtype": "object", "shape": [1], "data_offsets": [0, 4]}},
        {"w": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}},
        {"w": 3},
        [],
    ],
)
def test_a_safetensors_header_that_lies_is_refused(header, tmp_path):
    path = tmp_path / "w.safetensors"
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 4)
    with pytest.raises(ValueError, match="not a complete safetensors file"):
        nn.load(path)


def test_numbers_that_numpy_does_not_have_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    text = json.dumps({"w": {"dtype": "F8_E5M2", "shape": [4], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 4)
    with pytest.raises(ValueError, match="NumPy has no numbers of the kind F8_E5M2"):
        nn.load(path)


def test_a_kind_of_numbers_that_safetensors_does_not_have_is_refused(tmp_path):
    layer = nn.Dense(2, 2)
    object.__setattr__(layer.weight, "value", layer.weight.value.astype(np.longdouble))
    if layer.weight.value.dtype == np.float64:
        pytest.skip("long double is double here")
    with pytest.raises(ValueError, match="safetensors has no float128"):
        layer.save_weights(tmp_path / "w.safetensors")
    assert not list(tmp_path.iterdir())


def test_the_error_names_the_extra_if_safetensors_is_missing(tmp_path, monkeypatch):
    for module in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"needs safetensors: pip install 'nnlayers\[safetensors\]'"):
        nn.Dense(2, 2).save_weights(tmp_path / "w.safetensors")
    with pytest.raises(ImportError, match=r"nnlayers\[safetensors\]"):
        nn.load(tmp_path / "w.safetensors")


@pytest.mark.parametrize("content", [b"", HTML, b"version https://git-lfs.github.com/spec/v1"])
@pytest.mark.parametrize("suffix", ["pt", "safetensors", "keras", "h5", "onnx"])
def test_each_reader_tells_what_a_file_is(content, suffix, tmp_path):
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(content)
    model = nn.Dense(2, 2)
    read = {"onnx": nn.io.from_onnx, "keras": lambda path: nn.io.load_keras(model, path)}
    read["h5"] = read["keras"]
    with pytest.raises(ValueError, match=f"net.{suffix}: .*(empty|web page|Git LFS|damaged)"):
        read.get(suffix, lambda path: nn.io.load_torch(model, path))(path)


def test_each_reader_knows_the_files_of_nnlayers(tmp_path):
    model = nn.Dense(2, 2)
    nn.save(model, tmp_path / "net.npz")
    for read in (nn.io.load_torch, nn.io.load_keras):
        with pytest.raises(ValueError, match=r"net.npz: not a file of .*nn.load\(path\)"):
            read(model, tmp_path / "net.npz")
    with pytest.raises(ValueError, match="such as an npz file"):
        nn.io.from_onnx(tmp_path / "net.npz")
