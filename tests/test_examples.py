"""Every example runs in seconds and learns."""

import contextlib
import functools
import importlib.util
import inspect
import io
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.test_datasets import idx

EXAMPLES = Path(__file__).parent.parent / "examples"
QUIET = {"progress": False}
SMALL = {
    "custom_layer": {"epochs": 2, **QUIET},
    "digits": {"epochs": 5, **QUIET},
    "digits_batchnorm": {"seeds": 1, "epochs": 3, "rates": (0.01, 0.1)},
    "fashion_mnist": {"epochs": 3, "validation": 100, "folder": ".", **QUIET},
    "gradient_check": {},
    "own_csv": {"epochs": 15, **QUIET},
    "regression": {"epochs": 30, **QUIET},
    "residual_network": {"epochs": 8, "channels": 8, "validation": 100, "folder": ".", **QUIET},
    "shared_weights": {"pairs": 4000, "epochs": 5, **QUIET},
    "spirals": {"samples": 900, "shown": (0, 5, 15), **QUIET},
    "time_steps": {"epochs": 10, **QUIET},
}
LEAST = {  # the last line printed, and the minimum accuracy of a small run in per cent
    "custom_layer": ("Held-out accuracy: {:.1f} %", 80),
    "digits": ("Held-out accuracy: {:.1f} %", 80),
    "fashion_mnist": ("Test accuracy: {:.2f} %", 80),
    "own_csv": ("Held-out accuracy: {:.1f} %", 90),
    "residual_network": ("Test accuracy: {:.2f} %", 70),
    "shared_weights": ("Held-out accuracy: {:.1f} %", 70),
    "spirals": ("Held-out accuracy: {:.1f} %", 80),
    "time_steps": ("Held-out accuracy: {:.1f} %", 70),
}


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _in_a_folder_with_images(tmp_path, monkeypatch):
    """Stand-ins for Fashion-MNIST: each class is a bright rectangle of its own size."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for part, count in [("train", 900), ("t10k", 300)]:
        labels = np.arange(count) % 10
        images = rng.integers(0, 100, (count, 28, 28))
        for image, label in zip(images, labels, strict=True):
            width, height = divmod(label, 5)
            image[12 - 2 * height : 16 + 2 * height, 10 - 8 * width : 18 + 8 * width] += 150
        Path(f"{part}-images-idx3-ubyte").write_bytes(idx(images.astype(np.uint8)))
        Path(f"{part}-labels-idx1-ubyte").write_bytes(idx(labels.astype(np.uint8)))


@functools.cache
def run(name):
    """Run a small version of an example, once, and return its result, its output and its picture."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        result = load(name).main(**SMALL[name], path=Path("picture.png"))
    return result, output.getvalue(), Path("picture.png").read_bytes()


def test_every_example_is_in_the_table():
    assert sorted(SMALL) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", SMALL)
def test_every_example_is_short_and_begins_with_a_docstring(name):
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert text.startswith('"""')


@pytest.mark.parametrize("name", LEAST)
def test_the_example_runs_and_learns(name):
    accuracy, output, _ = run(name)
    line, least = LEAST[name]
    assert 100 * accuracy > least
    assert output.splitlines()[-1] == line.format(100 * accuracy)


@pytest.mark.parametrize("name", SMALL)
def test_the_example_saves_its_picture_where_told(name):
    _, _, picture = run(name)
    assert picture.startswith(b"\x89PNG")
    assert inspect.signature(load(name).main).parameters["path"].default == f"{name}.png"


def test_the_gradient_check_shows_a_failure_and_a_report():
    checks, output, _ = run("gradient_check")
    assert output.startswith("Forgetful.backward: the gradient of the input is wrong")
    assert "Normalize: " in output
    assert output.splitlines()[-1] == f"Checks passed: {checks}"


def test_the_regression_beats_a_linear_fit():
    error, output, _ = run("regression")
    *_, linear, network = output.splitlines()
    assert network == f"Root mean square error of the network: {error:.2f} MPa"
    assert error < 0.75 * float(linear.split()[-2])


def test_the_regression_splits_by_mixture(rng):
    x = np.repeat(rng.random((10, 3)), 4, axis=0)
    x[:, -1] = np.arange(40)  # the age
    train, test = load("regression").split_by_mixture(x, rng)
    assert sorted([*train, *test]) == list(range(40))
    assert len(test) == 12
    assert set(map(tuple, x[train, :-1])).isdisjoint(map(tuple, x[test, :-1]))


def test_the_linear_fit_finds_a_plane(rng):
    x = rng.random((20, 3))
    y = x @ [[1.0], [2.0], [3.0]] + 4
    found = load("regression").linear_fit(x[:15], y[:15], x[15:])
    np.testing.assert_allclose(found, y[15:])


@pytest.mark.parametrize("name", ["fashion_mnist", "residual_network"])
def test_the_examples_of_garments_say_how_to_install_the_data(name, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert load(name).main(folder=tmp_path / "empty") is None
    assert "apt install dataset-fashion-mnist" in capsys.readouterr().out


def test_the_most_confused_garments_are_named():
    counts = np.diag([100] * 10)
    counts[2, 4], counts[4, 2], counts[9, 0] = 7, 5, 10
    assert load("fashion_mnist").most_confused(counts) == (
        "Mixed up most: pullover and coat. It took 7 of 107 images of the first for the second, and "
        "5 of 105 of the second for the first."
    )


def test_about_half_of_the_images_are_mirrored(rng):
    images = rng.random((500, 28, 28, 1), np.float32)
    [(found, labels)] = load("residual_network").some_mirrored([(images, np.arange(500))], rng)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(labels, np.arange(500))
    same = (found == images).all(axis=(1, 2, 3))
    assert 200 < same.sum() < 300
    np.testing.assert_array_equal(found[~same], images[~same, :, ::-1])


def test_the_residual_network_has_at_most_100_000_parameters(rng):
    network = load("residual_network").network(32, rng)
    assert sum(parameter.value.size for parameter in network.parameters()) < 100_000


def test_batchnorm_learns_digits_faster_at_a_large_learning_rate():
    accuracies, output, _ = run("digits_batchnorm")
    without, with_it = accuracies[1]
    assert with_it > 0.85
    assert with_it > without + 0.1
    without, with_it = 100 * accuracies.max(axis=0)
    assert output.splitlines()[-1] == (
        "Held-out accuracy at the best rate: "
        f"{without:.1f} % without BatchNorm, {with_it:.1f} % with it"
    )


def test_both_networks_of_the_batchnorm_example_begin_with_the_same_weights():
    network = load("digits_batchnorm").network
    dense = [
        [
            layer.weight.value
            for layer in network(norm, np.random.default_rng(3)).layers
            if hasattr(layer, "weight")
        ]
        for norm in (False, True)
    ]
    assert len(dense[0]) == 11
    for without, with_it in zip(*dense, strict=True):
        np.testing.assert_array_equal(without, with_it)


def test_own_csv_reads_a_table_and_saves_the_model(capsys):
    rows = [f"{i % 7},{i % 2},{'even' if i % 2 == 0 else 'odd'}" for i in range(40)]
    Path("mine.csv").write_text("\n".join(["size,odd,parity", *rows]))
    assert load("own_csv").main("mine.csv", "parity", **SMALL["own_csv"]) == 1
    assert "Saved own_csv.npz and own_csv.json" in capsys.readouterr().out
    assert Path("own_csv.png").read_bytes().startswith(b"\x89PNG")
    Path("mine.csv").write_text("\n".join(["size,odd,parity", *rows, "NA,1,odd"]))
    with pytest.raises(ValueError, match="line 42, column 'size': expected a finite number, got 'NA'"):
        load("own_csv").main("mine.csv", "parity")


def test_the_digits_example_reaches_its_accuracy():
    module = load("digits")
    found = [module.main(seed=seed, progress=False) for seed in range(3)]
    assert min(found) >= 0.965
    assert sum(found) / len(found) >= 0.98
