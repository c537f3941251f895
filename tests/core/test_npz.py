"""Weight files: npz archives that are written completely and checked on reading."""

import os
import warnings
import zipfile

import numpy as np
import pytest

import nnlayers as nn


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.npz"


def assert_rejected(path, match):
    layer = nn.Dense(2, 3, rng=0)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=match):
        layer.load_weights(path)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def arrays(**changes):
    return {"weight": np.ones((2, 3), np.float32), "bias": np.ones(3, np.float32)} | changes


def test_weight_files_are_interchangeable_with_those_of_numpy(path):
    layer = nn.Dense(2, 3, rng=0)
    layer.save_weights(path)
    with np.load(path) as file:
        np.testing.assert_array_equal(file["weight"], layer.weight.value)
    np.savez(path, **arrays(weight=np.asfortranarray(np.arange(6.0).reshape(2, 3))))
    layer.load_weights(path)
    assert layer.weight.value.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_no_suffix_is_added_to_the_path(tmp_path):
    nn.Dense(2, 3).save_weights(str(tmp_path / "weights"))
    assert os.listdir(tmp_path) == ["weights"]


def test_a_parameter_may_have_any_name(path):
    class Odd(nn.Layer):
        def __init__(self, value):
            self.file = nn.Parameter(value)

    Odd(3.0).save_weights(path)
    layer = Odd(0.0)
    layer.load_weights(path)
    assert layer.file.value == 3


def test_a_failed_save_leaves_the_old_file_intact(path, monkeypatch):
    layer = nn.Dense(2, 3, rng=0)
    layer.save_weights(path)
    old = path.read_bytes()
    neighbour = path.with_name("weights.npz.partial")
    neighbour.write_text("a file of the user's")
    monkeypatch.setattr(np.lib.format, "write_array", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        layer.save_weights(path)
    assert path.read_bytes() == old
    assert sorted(os.listdir(path.parent)) == sorted([path.name, neighbour.name])
    assert neighbour.read_text() == "a file of the user's"


def test_a_missing_file_raises_file_not_found(path):
    with pytest.raises(FileNotFoundError):
        nn.Dense(2, 3).load_weights(path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (arrays(gain=np.ones(1)), r"missing: \[\], unknown: \['gain'\]"),
        ({"weight": np.ones((2, 3))}, r"missing: \['bias'\], unknown: \[\]"),
        (arrays(bias=np.ones(4)), r"bias: expected shape \(3,\), got \(4,\)"),
        (arrays(bias=np.ones((3, 1))), r"bias: expected shape \(3,\), got \(3, 1\)"),
        (
            arrays(bias=np.array([1, "a", None], object)),
            "bias: expected plain numbers, got pickled objects",
        ),
    ],
)
def test_wrong_names_shapes_and_pickles_are_rejected(path, content, match):
    np.savez(path, **content)
    assert_rejected(path, match)


def test_compressed_arrays_are_rejected(path):
    np.savez_compressed(path, **arrays())
    assert_rejected(path, "expected an uncompressed array")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\3\4"])
def test_a_file_that_is_not_npz_is_rejected(path, content):
    path.write_bytes(content)
    assert_rejected(path, "not a complete npz file")


def test_a_truncated_file_is_rejected(path):
    nn.Dense(2, 3).save_weights(path)
    path.write_bytes(path.read_bytes()[:-30])
    assert_rejected(path, "not a complete npz file")


def test_a_flipped_bit_is_detected(path):
    layer = nn.Dense(2, 3, rng=0)
    layer.save_weights(path)
    content = bytearray(path.read_bytes())
    content[content.find(layer.weight.value.tobytes()) + 5] ^= 1
    path.write_bytes(content)
    assert_rejected(path, r"weights.npz: weight: it is damaged \(its checksum differs\)")


@pytest.mark.parametrize("tail", [b"", b"1" * 13])
def test_a_member_whose_size_contradicts_its_header_is_rejected(path, tail):
    np.savez(path, **arrays())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["bias.npy"] = members["bias.npy"][:-12] + tail
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert_rejected(path, "bytes are not")


@pytest.mark.parametrize("header", [b"{'descr': (", b"{[]: 1}", b"hello", b"\0" * 5])
@pytest.mark.parametrize(
    "begin", [b"", b"\x93NUMPY\1\0\x20\0", b"\x93NUMPY\2\0\x20\0\0\0", b"\x93NUMPY\7\0\x20\0"]
)
def test_a_member_that_is_not_an_array_is_rejected(path, begin, header):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weight.npy", begin + header.ljust(32))
        archive.writestr("bias.npy", b"")
    assert_rejected(path, "not an array in NumPy's format")


def test_missing_bytes_are_detected_anywhere_in_the_file(path):
    nn.Dense(2, 3).save_weights(path)
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + content[place + 3 :])
        assert_rejected(path, "weights.npz")


def model(*between):
    return nn.Sequential(nn.Dense(3, 4, rng=0), *between, nn.Dense(4, 2, rng=1))


def test_weights_written_by_other_layers_that_fit_are_said_to_be_so(path):
    model(nn.ReLU()).save_weights(path)
    other = model(nn.Dropout(0.5))
    with pytest.warns(UserWarning, match=r"by a network with ReLU at layers.1, not Dropout"):
        other.load_weights(path)
    shorter = nn.Sequential(*model(nn.ReLU()), nn.ReLU())
    with pytest.warns(UserWarning, match=r"by a network with nothing at layers.3, not ReLU"):
        shorter.load_weights(path)


def test_other_options_of_the_same_layers_are_no_difference(path):
    saved, other = model(nn.Dropout(0.5)), model(nn.Dropout(0.1))
    saved[0].weight.value[...] = 5
    saved.save_weights(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        other.load_weights(path)
    assert caught == []
    np.testing.assert_array_equal(other[0].weight.value, saved[0].weight.value)


def test_the_list_of_layers_is_left_out_if_it_is_too_long(path):
    deep = nn.Sequential(nn.Dense(2, 2, rng=0), *[nn.ReLU() for _ in range(5_000)])
    deep.save_weights(path)
    shallow = deep[:1].astype(np.float32)
    shallow[0].weight.value[...] = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        shallow.load_weights(path)
    assert caught == []
    np.testing.assert_array_equal(shallow[0].weight.value, deep[0].weight.value)
