"""Files of the safetensors format."""

import json

import numpy as np
import pytest

from nnlayers.core.safetensors_file import read_safetensors

safetensors = pytest.importorskip("safetensors.numpy")


def content(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_arrays_of_all_types_are_read(tmp_path):
    rng = np.random.default_rng(0)
    kinds = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]
    arrays = {kind: rng.integers(0, 2, (2, 3)).astype(kind) for kind in kinds}
    arrays |= {"empty": np.zeros((0, 3)), "number": np.array(3.0)}
    path = tmp_path / "arrays.safetensors"
    safetensors.save_file(arrays, path, metadata={"format": "np"})
    found = read_safetensors(path)[0]
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_bfloat16_is_the_upper_half_of_float32(tmp_path):
    path = tmp_path / "half.safetensors"
    path.write_bytes(content({"a": entry("BF16", (2,), (0, 4))}, b"\x80\x3f\x00\xc0"))
    np.testing.assert_array_equal(read_safetensors(path)[0]["a"], np.float32([1, -2]))


DATA = bytes(8)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\x01",
        b"<html><body>not found</body></html>",
        content({"a": entry()}, DATA)[:-1],
        content({"a": entry()}, DATA + b"\0"),
        content({"a": entry(offsets=(0, 2**60), shape=(2**58,))}, DATA),
        content({"a": entry(shape=(2**40, 2**40))}, DATA),
        content({"a": entry(shape=(-2,))}, DATA),
        content({"a": entry(shape=(2.0,))}, DATA),
        content({"a": entry(shape=(True, 2))}, DATA),
        content({"a": entry(), "b": entry()}, DATA),
        content({"a": entry(), "b": entry(offsets=(16, 24))}, bytes(24)),
        content({"a": entry("F8_E4M3", (8,))}, DATA),
        content({"a": entry("BOOL", (8,))}, b"\2" * 8),
        content({"a": {"dtype": "F32"}}, DATA),
        content({"a": entry(shape=(1,) * 100 + (2,))}, DATA),
        content([entry()], DATA),
        content(b"[" * 100_000, DATA),
        content(b'{"a": 1, "a": 1}', DATA),
        content(b"\xff\xff", DATA),
    ],
    ids=lambda wrong: repr(wrong[:60]),
)
def test_other_and_altered_files_are_refused_with_their_path(tmp_path, wrong):
    path = tmp_path / "arrays.safetensors"
    path.write_bytes(wrong)
    with pytest.raises(ValueError, match=r"arrays\.safetensors: "):
        read_safetensors(path)
