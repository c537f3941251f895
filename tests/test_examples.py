"""Every example runs in seconds and learns."""

import contextlib
import gzip
import importlib.util
import inspect
import io
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from tests.datasets.test_datasets import idx

EXAMPLES = Path(__file__).parent.parent / "examples"
QUIET = {"progress": False}
TEXT = EXAMPLES.parent / "docs" / "tutorial-1.md"  # any text will do
SMALL = {
    "characters": {"text": TEXT, "epochs": 2, "steps": 8, **QUIET},
    "custom_layer": {"epochs": 2, **QUIET},
    "digits": {"epochs": 5, **QUIET},
    "digits_in_c": {"epochs": 5, **QUIET},
    "digits_batchnorm": {"seeds": 1, "epochs": 3, "rates": (0.01, 0.1)},
    "fashion_mnist": {"epochs": 3, "validation": 100, "folder": ".", **QUIET},
    "gradient_check": {},
    "mixed_table": {"epochs": 4, **QUIET},
    "own_csv": {"epochs": 15, **QUIET},
    "regression": {"epochs": 30, **QUIET},
    "residual_network": {"epochs": 8, "channels": 8, "validation": 100, "folder": ".", **QUIET},
    "search_dask": {"count": 3, "rounds": (2, 6)},
    "search_joblib": {"candidates": 4, "epochs": 3, "workers": 1},
    "shared_weights": {"pairs": 4000, "epochs": 5, **QUIET},
    "spirals": {"samples": 900, "shown": (0, 5, 15), **QUIET},
    "time_steps": {"epochs": 10, **QUIET},
    "variational_autoencoder": {"epochs": 30, **QUIET},
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


OF_THEIR_OWN = {  # those that print something else, and have a test below, or in test_search.py
    *("characters", "digits_batchnorm", "digits_in_c", "gradient_check", "mixed_table"),
    *("regression", "search_dask", "search_joblib", "variational_autoencoder"),
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_images():
    """Stand-ins for Fashion-MNIST: each class is a bright rectangle of its own size."""
    rng = np.random.default_rng(0)
    for part, count in [("train", 900), ("t10k", 300)]:
        labels = np.arange(count) % 10
        images = rng.integers(0, 100, (count, 28, 28))
        for image, label in zip(images, labels, strict=True):
            width, height = divmod(label, 5)
            image[12 - 2 * height : 16 + 2 * height, 10 - 8 * width : 18 + 8 * width] += 150
        Path(f"{part}-images-idx3-ubyte").write_bytes(idx(images.astype(np.uint8)))
        Path(f"{part}-labels-idx1-ubyte").write_bytes(idx(labels.astype(np.uint8)))


def run(name):
    """Run a small version of an example, which draws; return its result and what it printed."""
    main = load(name).main
    assert inspect.signature(main).parameters["path"].default == f"{name}.png"
    if "folder" in SMALL[name]:
        write_images()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        result = main(**SMALL[name], path=Path("picture.png"))
    assert Path("picture.png").read_bytes().startswith(b"\x89PNG")
    return result, output.getvalue()


def test_every_example_is_in_the_table():
    assert sorted(SMALL) == sorted(path.stem for path in EXAMPLES.glob("*.py"))
    assert sorted(SMALL) == sorted([*LEAST, *OF_THEIR_OWN])


@pytest.mark.parametrize("name", SMALL)
def test_every_example_is_short_and_begins_with_a_docstring(name):
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert text.startswith('"""')


@pytest.mark.parametrize("name", LEAST)
def test_the_example_runs_draws_and_learns(name):
    accuracy, output = run(name)
    line, least = LEAST[name]
    assert 100 * accuracy > least
    assert output.splitlines()[-1] == line.format(100 * accuracy)


def test_the_gradient_check_shows_a_failure_and_a_report():
    checks, output = run("gradient_check")
    assert output.startswith("Forgetful.backward: the gradient of the input is wrong")
    assert "Normalize: " in output
    assert output.splitlines()[-1] == f"Checks passed: {checks}"


def test_the_regression_beats_a_linear_fit():
    error, output = run("regression")
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


def test_the_language_models_learn():
    bits, output = run("characters")
    assert list(bits) == ["5-grams", "gzip", "bz2", "lzma", "lstm", "transformer"]
    assert output.splitlines()[-2:] == [
        f"{name}: {bits[name]:.3f} bits" for name in ("lstm", "transformer")
    ]
    count = len(load("characters").read(TEXT)[0])
    assert max(bits["lstm"], bits["transformer"]) < 0.9 * np.log2(count)


def test_a_paragraph_becomes_a_line(tmp_path):
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress("A\n   b.\n\n\n ─── \n\nc│d\n".encode()))
    characters, codes = load("characters").read(path)
    assert "".join(characters[codes]) == "A b.\ncd"


def test_n_grams_of_no_context_are_smoothed_frequencies():
    n_gram_bits = load("characters").n_gram_bits
    # Seen: 3 of 4 times a, 1 of 4 times b, of 5 characters that there may be.
    p = {"a": (3 + 2 / 5) / (4 + 2), "b": (1 + 2 / 5) / (4 + 2), "c": (2 / 5) / (4 + 2)}
    expected = -np.mean([np.log2(p[character]) for character in "bcaa"])
    assert n_gram_bits("aaba", "abcaa", 5, order=1) == pytest.approx(expected)


def test_n_grams_know_what_follows():
    n_gram_bits = load("characters").n_gram_bits
    assert (
        n_gram_bits("abcd" * 50, "abcd" * 9, 4) < 0.1 < 1.9 < n_gram_bits("abcd" * 50, "abcd" * 9, 4, 1)
    )


def test_the_characters_say_how_to_install_the_text(tmp_path, capsys):
    assert load("characters").main(text=tmp_path / "none.gz") is None
    assert "apt install jargon-text" in capsys.readouterr().out


def test_the_mixed_table_beats_a_linear_fit():
    error, output = run("mixed_table")
    *_, linear, network = output.splitlines()
    assert network == f"Root mean square error of the network: {error:.1f} bikes an hour"
    assert error < 0.8 * float(linear.split()[-4])


def test_the_bound_is_better_than_that_of_single_pixels():
    bound, output = run("variational_autoencoder")
    *_, alone, last = output.splitlines()
    assert last == f"Evidence lower bound on held-out digits: {bound:.1f} nats an image"
    assert float(alone.split()[-4]) + 1 < bound < 0


def test_the_bound_is_the_mean_loss_of_many_draws():
    """Of an encoder that knows nothing, and a decoder without weights: its divergence is 0."""
    module, nothing = load("variational_autoencoder"), nn.Dense(64, 2, initializer=nn.zeros, rng=0)
    decoder = nn.Dense(2, 64, initializer=nn.zeros, rng=0)
    through = nn.Sequential(module.Sample(rng=0), decoder)
    loss = nn.Losses([nn.SigmoidBinaryCrossEntropy(), module.Divergence()], factors=[64, 1])
    bound = module.lower_bound(nn.Fork(nothing, nothing), through, loss, np.ones((3, 64)), draws=2)
    assert bound == pytest.approx(-64 * np.log(2))


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
    accuracies, output = run("digits_batchnorm")
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
    assert "Saved own_csv.npz\n" in capsys.readouterr().out
    assert Path("own_csv.png").read_bytes().startswith(b"\x89PNG")
    Path("mine.csv").write_text("\n".join(["size,odd,parity", *rows, "NA,1,odd"]))
    with pytest.raises(ValueError, match="line 42, column 'size': expected a finite number, got 'NA'"):
        load("own_csv").main("mine.csv", "parity")


def test_the_digits_in_c_have_a_budget_and_are_those_of_predict():
    accuracy, output = run("digits_in_c")
    first, *_, last = output.splitlines()
    assert first.startswith("64-16-10: 4,840 bytes of weights, 64 of workspace, ")
    assert output.count(" 0 answers differ") == 3
    assert accuracy > 0.8
    assert last == f"Held-out accuracy: {100 * accuracy:.1f} %"


def test_the_digits_example_reaches_its_accuracy():
    module = load("digits")
    found = [module.main(seed=seed, progress=False) for seed in range(3)]
    assert min(found) >= 0.965
    assert sum(found) / len(found) >= 0.98
