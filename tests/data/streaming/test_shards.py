"""Files of npy and npz: which belong together, and which are refused."""

import os
import zipfile

import numpy as np
import pytest

import nnlayers as nn

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)


def read(folder, **options):
    options = {"targets": "y", "shuffle": False, "batch_size": 100} | options
    return next(iter(nn.stream(folder, **options)))


def test_files_come_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 2, 1):
        np.savez(tmp_path / f"part-{number}.npz", x=X, y=Y + 100 * number)
    _, y = read(tmp_path)
    assert (y[::10] // 100).tolist() == [1, 2, 10]


def test_a_list_keeps_its_order_and_may_name_a_file_twice(tmp_path):
    for number in range(2):
        np.savez(tmp_path / f"{number}.npz", x=X, y=Y + 100 * number)
    files = [tmp_path / f"{number}.npz" for number in (1, 0, 1)]
    for given in ((files,), files, ([str(path) for path in files],)):
        _, y = next(iter(nn.stream(*given, targets="y", shuffle=False, batch_size=100)))
        assert (y[::10] // 100).tolist() == [1, 0, 1]


def test_hidden_files_and_others_are_left_out_and_links_are_followed(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    np.savez(tmp_path / "elsewhere.npz", x=X, y=Y)
    (folder / "link.npz").symlink_to(tmp_path / "elsewhere.npz")
    for name in (".0.npz", "_old.npz", "notes.txt", "1.npz.partial"):
        (folder / name).write_text("something else")
    assert len(read(folder)[1]) == 10


def test_several_arrays_are_inputs(tmp_path):
    np.savez(tmp_path / "0.npz", a=X, b=Y, label=Y, w=np.ones(10))
    (a, b), y, w = read(tmp_path, inputs=("a", "b"), targets="label", weights="w")
    for found, expected in ((a, X), (b, Y), (y, Y), (w, np.ones(10))):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(read(tmp_path, inputs="a", targets=None), X)


def test_npy_files_belong_together_by_what_follows_the_name(tmp_path):
    for number in (1, 2):
        for name, array in (("x", X), ("x_mask", X > 3), ("y", Y), ("other", Y)):
            np.save(tmp_path / f"{name}-{number}.npy", array + 0 * number)
    (x, mask), _ = read(tmp_path, inputs=("x", "x_mask"))
    np.testing.assert_array_equal(mask, x > 3)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", X)
    np.testing.assert_array_equal(read(tmp_path, inputs="a", targets="b")[1], X)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f2", "?", "u1", ">i8", "f8"])
@pytest.mark.parametrize("save", ["npy", "fortran", "npz", "compressed"])
def test_arrays_of_every_type_and_layout_come_as_they_were_saved(dtype, save, tmp_path):
    x = (np.arange(24).reshape(4, 3, 2) % 2).astype(dtype)
    if save in ("npy", "fortran"):
        np.save(tmp_path / "x.npy", np.asfortranarray(x) if save == "fortran" else x)
        np.save(tmp_path / "y.npy", Y[:4])
    else:
        (np.savez if save == "npz" else np.savez_compressed)(tmp_path / "0.npz", x=x, y=Y[:4])
    found, _ = read(tmp_path)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, x)


def test_rows_larger_than_a_block_and_single_rows_are_read(tmp_path):
    x = np.arange(3.0 * (1 << 16)).reshape(3, -1)
    np.savez(tmp_path / "0.npz", x=x, y=np.arange(3))
    np.testing.assert_array_equal(read(tmp_path, batch_size=2)[0], x[:2])
    np.savez(tmp_path / "0.npz", x=x[:1], y=np.arange(1))
    np.testing.assert_array_equal(read(tmp_path)[0], x[:1])


def save_truncated(folder):
    np.savez(folder / "1.npz", x=X, y=Y)
    path = folder / "1.npz"
    path.write_bytes(path.read_bytes()[:-100])


def save_text(folder):
    (folder / "1.npz").write_text("hello")


def save_objects(folder):
    np.savez(folder / "1.npz", x=np.array([{}] * 10), y=Y)


def save_structured(folder):
    np.savez(folder / "1.npz", x=np.zeros(10, [("a", "f4")]), y=Y)


def save_words(folder):
    np.savez(folder / "1.npz", x=X, y=Y.astype(str))


def save_without_targets(folder):
    np.savez(folder / "1.npz", x=X, z=Y)


def save_more_rows(folder):
    np.savez(folder / "1.npz", x=X, y=Y[:9])


def save_other_columns(folder):
    np.savez(folder / "1.npz", x=X[:, :1], y=Y)


def save_other_numbers(folder):
    np.savez(folder / "1.npz", x=X.astype("f4"), y=Y)


def save_a_number(folder):
    np.savez(folder / "1.npz", x=1.0, y=Y)


def save_encrypted_place(folder):
    with zipfile.ZipFile(folder / "1.npz", "w") as archive:
        archive.writestr("x.npy", b"no array")
        archive.writestr("y.npy", b"no array")


@pytest.mark.parametrize(
    ("save", "message"),
    [
        (save_truncated, "not a complete npz file"),
        (save_text, "not a complete npz file"),
        (save_objects, "1.npz: x: expected plain numbers, got pickled objects"),
        (save_structured, "1.npz: x: expected real numbers"),
        (save_words, "1.npz: y: expected real numbers"),
        (save_without_targets, r"expected an array 'y', found \['x', 'z'\]: say which are the inputs"),
        (save_more_rows, "expected as many rows in each array of a shard"),
        (
            save_other_columns,
            r"expected rows as in .*0.npz: x, float64 of shape \(2,\), got float64 of",
        ),
        (save_other_numbers, r"1.npz: x: expected rows as in .*, got float32 of shape \(2,\)"),
        (save_a_number, "1.npz: x: expected rows of at least one number, got shape"),
        (save_encrypted_place, "not an array in NumPy's format"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(save, message, tmp_path):
    np.savez(tmp_path / "0.npz", x=X, y=Y)
    save(tmp_path)
    with pytest.raises((ValueError, OSError), match=message) as info:
        nn.stream(tmp_path, targets="y")
    assert "1.npz" in str(info.value)


def test_a_truncated_npy_file_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", X)
    path = tmp_path / "x.npy"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"x\.npy: it is not complete"):
        nn.stream(path)


def test_an_npy_file_without_its_partner_is_named(tmp_path):
    np.save(tmp_path / "x-1.npy", X)
    with pytest.raises(ValueError, match=r"x-1\.npy: expected y-1\.npy beside it"):
        nn.stream(tmp_path, targets="y")
    with pytest.raises(ValueError, match=r"expected files such as .*-0001\.npy, got x-1\.npy"):
        nn.stream(tmp_path, inputs="a", targets="b")


def test_npy_files_of_one_name_in_two_folders_are_refused(tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        for name, array in (("x", X), ("y", Y)):
            np.save(folder / f"{name}-1.npy", array)
    with pytest.raises(ValueError, match=r"expected one file x-1\.npy, got .*a/x-1\.npy and .*b/x-1\."):
        nn.stream(tmp_path / "a", tmp_path / "b", targets="y")


@pytest.mark.parametrize("place", range(0, 120, 3))
def test_a_damaged_archive_is_refused_by_name(place, tmp_path):
    np.savez_compressed(tmp_path / "0.npz", x=X, y=Y)
    content = bytearray((tmp_path / "0.npz").read_bytes())
    content[place] ^= 255
    (tmp_path / "0.npz").write_bytes(content)
    message = ""
    try:
        x, y = read(tmp_path)
    except ValueError as error:
        message = str(error)
    # What was changed may have no meaning, such as the time at which it was written.
    assert "0.npz" in message or (np.array_equal(x, X) and np.array_equal(y, Y))


@pytest.mark.parametrize("way", ["changed", "gone", "damaged"])
def test_a_file_that_changes_between_epochs_is_refused_by_name(way, tmp_path):
    save = np.savez_compressed if way == "damaged" else np.savez
    path = tmp_path / "0.npz"
    save(path, x=X, y=Y)
    data = nn.stream(path, targets="y")
    list(data)
    if way == "gone":
        path.unlink()
    elif way == "changed":
        save(path, x=X + 1, y=Y)
        os.utime(path, ns=(1, 1))
    else:
        status, content = path.stat(), bytearray(path.read_bytes())
        content[60] ^= 255
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises((OSError, ValueError), match=r"0\.npz: cannot read rows 0 to 9: "):
        list(data)


def test_a_number_that_is_not_finite_is_named_with_its_file_and_row(tmp_path, monkeypatch):
    monkeypatch.setattr("nnlayers.data.streaming.reader.BLOCK_BYTES", 32)
    np.savez(tmp_path / "0.npz", x=X, y=Y)
    wrong = X.copy()
    wrong[7, 1] = np.nan
    np.savez(tmp_path / "1.npz", x=wrong, y=Y)
    with pytest.raises(ValueError, match=r"1\.npz: x holds nan at row 7, column 1 \(counted from 0\)"):
        list(nn.stream(tmp_path, targets="y"))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "expected files that end in .*, found none"),
        (["a/0.npz"], "found the folder 'a': give a list of files"),
        (["0.npz", "1.parquet"], "expected files of one kind, got Parquet and npz"),
    ],
)
def test_folders_of_other_things_are_refused(names, message, tmp_path):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.savez(tmp_path / "one.npz", x=X, y=Y)
        os.replace(tmp_path / "one.npz", tmp_path / name)
    with pytest.raises(ValueError, match=message):
        nn.stream(tmp_path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("set.h5", r"open it, file = h5py\.File\(path, 'r'\), and give nn\.stream\(file\['x'\]"),
        ("set.csv", r"nn\.read_csv\(path\) reads it"),
        ("set/*", r"give sorted\(glob\.glob\(path\)\)"),
        ("set.zarr", r"zarr\.open\(path, 'r'\)"),
    ],
)
def test_other_files_are_answered_with_what_reads_them(path, message):
    with pytest.raises(ValueError, match=message):
        nn.stream(path)


def test_a_folder_that_is_not_there_is_named_with_a_similar_one(tmp_path):
    (tmp_path / "shards").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no such file \(did you mean '.*shards'\?\)"):
        nn.stream(tmp_path / "shard", targets="y")


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match=r"nothing\.npz"):
        nn.stream("nothing.npz")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": ["a", "b"]}, r"inputs of several arrays are a tuple, got \['a', 'b'\]"),
        ({"inputs": 5}, "expected inputs to be the name of an array or column, got 5"),
        ({"weights": "w"}, "weights go with targets, and there are none"),
        ({"targets": ()}, "expected targets to be the name"),
    ],
)
def test_names_that_are_wrong_are_refused(options, message, tmp_path):
    np.savez(tmp_path / "0.npz", x=X, y=Y)
    with pytest.raises((TypeError, ValueError), match=message):
        nn.stream(tmp_path, **options)


def test_shards_without_rows_are_no_data(tmp_path):
    np.savez(tmp_path / "0.npz", x=X[:0], y=Y[:0])
    with pytest.raises(ValueError, match="expected at least one row, got none"):
        nn.stream(tmp_path, targets="y")
