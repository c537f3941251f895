"""Labels and distributions as targets, in every integer type."""

import re

import numpy as np
import pytest

import nnlayers as nn

INTEGERS = [f"{order}{kind}{size}" for order in "<>" for kind in "iu" for size in (1, 2, 4, 8)]
LOSS = nn.SoftmaxCrossEntropy()


def chart(scores, labels):
    return nn.plots.confusion_matrix(scores, labels).data


def trained(scores, labels):
    """Scores are inputs of a network here, which has as many outputs."""
    model = nn.Dense(scores.shape[1], scores.shape[1], rng=0)
    trainer = nn.Trainer(model, LOSS, nn.SGD(model.parameters(), lr=0.1))
    return list(trainer.fit(scores, labels, epochs=1, rng=0, progress=False)["loss"])


ENTRIES = {
    "loss": LOSS.evaluate,
    "loss of positions": lambda z, y: LOSS.evaluate(z[np.newaxis], y[np.newaxis]),
    "gradient": lambda z, y: (LOSS.forward(z, y), LOSS.backward()[0, :3].tolist()),
    "accuracy": nn.accuracy,
    "confusion_matrix": lambda z, y: nn.confusion_matrix(z, y)[:3, :3].tolist(),
    "chart": lambda z, y: chart(z, y)[:3, :3].tolist(),
    "one_hot": lambda z, y: nn.one_hot(y, z.shape[1])[:, :3].tolist(),
    "fit": trained,
}


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_labels_mean_the_same_in_every_integer_type(entry, dtype, rng):
    scores, labels = rng.standard_normal((3, 20)), np.array([2, 0, 1])
    assert ENTRIES[entry](scores, labels.astype(dtype)) == ENTRIES[entry](scores, labels)


@pytest.mark.parametrize(
    ("labels", "classes", "match"),
    [
        (
            np.array([0, -1], np.int8),
            256,
            "int8 does not hold labels of 256 classes, so",
        ),
        (np.array([0, 200]).astype(np.int8), 250, "from -56 to 0: int8 does not hold labels of 250"),
        (np.array([0, -1], np.int8), 10, "from -1 to 0: leave out samples that have no label"),
        (np.array([0, -1], ">i4"), 10, "from -1 to 0: leave out"),
        (np.array([0, -1], np.int64), 10, "from -1 to 0: leave out"),
        (np.array([0, 255], np.uint8), 10, "from 0 to 255: 255 is what uint8 makes of -1"),
        (np.array([0, -1]).astype(np.uint64), 10, "is what uint64 makes of -1"),
        (np.array([0, 2**63], np.uint64), 10, "from 0 to 9223372036854775808: a network for these"),
        (np.array([0, 256], ">u2"), 256, "from 0 to 256: a network for these labels needs 257 outputs"),
        (np.array([1, 10]), 10, "from 1 to 10: labels count from 0, so take y - 1"),
        (np.array([-1, 1]), 2, r"labels count from 0, so take np.maximum\(y, 0\)"),
    ],
)
@pytest.mark.parametrize("entry", ENTRIES)
def test_labels_that_no_class_has_are_refused_with_the_way_out(entry, labels, classes, match):
    with pytest.raises(ValueError, match=rf"expected labels in 0 \.\.\. {classes - 1}, got .*{match}"):
        ENTRIES[entry](np.zeros((2, classes)), labels)


WORDS = (
    r'"classes, y = np.unique\(y, return_inverse=True\)", those of other data, all among the '
    r'classes, with "y = np.searchsorted\(classes, y\)"; classes\[y\] turns them back'
)


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        ([0.0, 1.0], r"take np.array\(y, int\)"),
        ([True, False], r"take np.array\(y, int\)"),
        ([[0], [1]], r"take np.ravel\(y\)"),
        ([[0.0], [1.0]], r"take np.ravel\(y\)"),
        ([0.0, 1.5], r"1.5 at row 1 \(counted from 0\) is not a label"),
        (["cat", "dog"], WORDS),
        (np.array(["cat", "dog"], object), f"holds 'cat' at row 0.*{WORDS}"),
        (np.array([0, None]), r"it holds None at row 1 \(counted from 0\)"),
        ([1j, 0], "complex128"),
        (np.array(["2020-01-01", "NaT"], "M8[D]"), "datetime64"),
        (np.array(["cat", None]), r"leave out None, which is not a text, or .* np.array\(y, str\)"),
        (np.array(["cat", 1.5], object), "leave out 1.5, which is not a text"),
        (np.array([1j, 0], object), "it holds 1j at row 0"),
    ],
)
@pytest.mark.parametrize("entry", ["loss", "accuracy", "confusion_matrix", "one_hot", "fit"])
def test_what_is_not_a_label_is_refused_with_the_call_that_makes_one(entry, labels, match):
    with pytest.raises((TypeError, ValueError), match=match):
        ENTRIES[entry](np.zeros((2, 3)), labels)


def refusal(labels):
    with pytest.raises((TypeError, ValueError)) as info:
        LOSS.evaluate(np.zeros((len(labels), 3)), labels)
    return str(info.value)


@pytest.mark.parametrize("kind", [list, np.array, lambda words: np.array(words, object)])
def test_the_advised_lines_give_words_of_other_data_the_same_labels(kind):
    y = kind(["a", "b", "c", "b"])
    first, other = re.findall('"(.*?)"', refusal(y))
    names = {"np": np, "y": y}
    exec(first, names)
    assert names["y"].tolist() == [0, 1, 2, 1]
    names["y"] = kind(["c", "b"])
    exec(other, names)
    assert names["y"].tolist() == [2, 1]
    assert names["classes"][names["y"]].tolist() == ["c", "b"]


def test_words_among_other_things_become_labels_in_two_steps():
    y = np.array(["a", None, 1.5, "a"])
    texts = eval(re.search(r"with (np.array.*)", refusal(y))[1], {"np": np, "y": y})
    assert "np.unique" in refusal(texts)


@pytest.mark.parametrize("dtype", ["M8[D]", "m8[s]"])
def test_seconds_are_not_advised_as_labels(dtype):
    assert refusal(np.array([0, 1], dtype)).endswith("of shape (2,)")


@pytest.mark.parametrize("entry", ["loss", "accuracy", "confusion_matrix", "one_hot", "fit"])
def test_a_missing_label_is_named(entry):
    with pytest.raises((TypeError, ValueError), match=r"nan at row 1 \(counted from 0\)"):
        ENTRIES[entry](np.zeros((2, 3)), np.array([0, np.nan]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f4", np.float64, np.longdouble])
@pytest.mark.parametrize("classes", [3, 3_000, 100_000])
def test_distributions_over_many_classes_are_accepted_in_every_floating_type(classes, dtype):
    target = np.full((1, classes), 1 / classes).astype(dtype)
    value = LOSS.evaluate(np.zeros((1, classes), np.float32), target)
    assert value == pytest.approx(np.log(classes), rel=5e-3)


@pytest.mark.parametrize("target", [[[0.5, 0.4]], [[1.5, -0.5]], [[np.nan, 1]], [[2.0, 3.0]], [[1, 1]]])
@pytest.mark.parametrize("entry", ["loss", "accuracy", "confusion_matrix"])
def test_rows_that_are_not_distributions_are_refused(entry, target):
    with pytest.raises(ValueError, match=r"not negative and with rows that sum to 1, got .* at row"):
        ENTRIES[entry](np.zeros((1, 2)), np.array(target))


@pytest.mark.parametrize(
    ("scores", "labels", "match"),
    [
        ((2, 5, 3), (2,), r"put nn.Flatten\(\), nn.GlobalAveragePool\(\) or return_sequences=False"),
        ((2, 4, 4, 3), (2,), r"for one label a sample, put nn.Flatten\(\)"),
        ((2, 3, 5), (2, 5), r"the classes come last: np.moveaxis\(prediction, 1, -1\)$"),
        ((2, 5, 3), (2, 4), r"got int64 of shape \(2, 4\)$"),
    ],
)
def test_labels_of_other_positions_are_refused_with_the_change_of_the_network(scores, labels, match):
    with pytest.raises(ValueError, match=match):
        LOSS.forward(np.zeros(scores), np.zeros(labels, np.int64))


def test_one_output_for_two_classes_is_named_by_the_loss():
    with pytest.raises(ValueError, match=r"two classes need two outputs, Dense\(\.\.\., 2\)"):
        LOSS.forward(np.zeros((2, 1)), np.array([0, 1]))


@pytest.mark.parametrize("dtype", [str, complex, object, "M8[s]"])
def test_one_hot_rows_are_real_numbers(dtype):
    with pytest.raises(TypeError, match="one_hot: expected a dtype of real numbers, got"):
        nn.one_hot([0, 1], dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float16, ">f4", np.int8, bool])
def test_one_hot_labels_may_need_more_classes_than_their_dtype_counts(dtype):
    rows = nn.one_hot(np.array([0, 127], np.int8), 1_000, dtype=dtype)
    assert rows.shape == (2, 1_000)
    assert rows.dtype == dtype
    assert rows[1, 127] == rows.sum() - 1 == 1


def test_labels_of_each_step_need_the_outputs_of_each_step():
    with pytest.raises(ValueError, match=r"label at each of 3 steps, leave out return_sequences=False"):
        LOSS.evaluate(np.zeros((2, 5)), np.array([[0, 4, 2], [1, 1, 1]]))
    with pytest.raises(ValueError, match=r"got int64 of shape \(2, 3\)$"):  # one-hot
        LOSS.evaluate(np.zeros((2, 5)), np.eye(3, dtype=np.int64)[:2])


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (["0", "1"], r"texts of numbers become numbers with np.array\(y, int\)$"),
        (np.array([0, 1], object), r"convert it with np.array\(y, int\)$"),
        (np.array([b"0", b"1"]), r"np.array\(y, int\)$"),
        (["0.5", "1"], r"texts of numbers become numbers with np.array\(y, float\)$"),
        (np.array([0.5, 1], object), r"convert it with np.array\(y, float\)$"),
        ([1j, 0], r"take np.real\(y\), np.imag\(y\) or np.abs\(y\)$"),
    ],
)
@pytest.mark.parametrize("entry", ["loss", "accuracy", "one_hot", "fit"])
def test_what_is_not_a_number_becomes_one_by_a_call_with_y(entry, labels, match):
    with pytest.raises(TypeError, match=match):
        ENTRIES[entry](np.zeros((2, 3)), labels)
