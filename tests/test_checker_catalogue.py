"""The gradient checker finds every planted bug of the catalogue, and flags no correct layer."""

import contextlib
import pickle

import pytest

from nnlayers.testing import LayerCheckError, NotVerifiedWarning, check_layer, check_loss
from nnlayers.testing.settings import undiagnosed
from tests.catalogue import BUGS, CORRECT
from tests.catalogue.elementwise import ReLU
from tests.catalogue.harness import Row, plant, plant_all, substitute


def check(entry):
    if entry.of == "loss":
        return check_loss(
            entry.make(), prediction=entry.shape, target=entry.target, values=entry.values
        )
    return check_layer(entry.make, entry.shape, values=entry.values)


DIAGNOSED = BUGS[::9]
UNDIAGNOSED = [bug for bug in BUGS if bug not in DIAGNOSED]


@pytest.mark.parametrize("bug", UNDIAGNOSED, ids=[bug.name for bug in UNDIAGNOSED])
def test_the_planted_bug_is_found(bug):
    with undiagnosed(), pytest.raises(LayerCheckError):
        check(bug)


@pytest.mark.parametrize("bug", DIAGNOSED, ids=[bug.name for bug in DIAGNOSED])
def test_the_planted_bug_is_found_with_a_message_of_at_most_15_lines_of_100_columns(bug):
    with pytest.raises(LayerCheckError) as info:
        check(bug)
    lines = str(info.value).splitlines()
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100


# A bias before a batch normalization has no effect, so that its gradient is zero.
WITHOUT_EFFECT = {
    "batch norm and dropout in a network": ["layers.0.bias"],
    "residual in residual": ["layers.0.layers.0.bias"],
}


@pytest.mark.parametrize("layer", CORRECT, ids=[layer.name for layer in CORRECT])
def test_the_correct_layer_passes(layer):
    without_effect = WITHOUT_EFFECT.get(layer.name, [])
    with pytest.warns(NotVerifiedWarning) if without_effect else contextlib.nullcontext():
        report = check(layer)
    assert report.checks > 0
    assert report.never_verified() == without_effect


def test_there_are_enough_of_both():
    assert len(BUGS) >= 565
    assert len(CORRECT) >= 254
    assert len({bug.family for bug in BUGS}) == 9
    for entries in (BUGS, CORRECT):
        assert len({entry.name for entry in entries}) == len(entries)


def test_pickle_finds_every_class_with_a_bug():
    for bug in BUGS:
        assert pickle.loads(pickle.dumps(bug.make)) is bug.make


SOURCE = """\
class Double(nn.Layer):
    def forward(self, x):
        return 2 * x

    def backward(self, grad):
        return 2 * grad
"""


def test_wrong_code_takes_the_place_and_the_indentation_of_right_code():
    wrong = """
        grad = grad + 1
        return 2 * grad"""
    assert (
        substitute(SOURCE, {"return 2 * grad": wrong, "2 * x": "3 * x"})
        == """\
class Double(nn.Layer):
    def forward(self, x):
        return 3 * x

    def backward(self, grad):
        grad = grad + 1
        return 2 * grad
"""
    )


def test_right_code_may_span_lines_and_be_removed():
    changed = substitute(SOURCE, {"def forward(self, x): return 2 * x": ""})
    assert "forward" not in changed
    assert "def backward" in changed


def test_two_pieces_of_code_can_be_exchanged():
    changed = substitute(SOURCE, {"* x": "* grad", "* grad": "* x"})
    assert changed.index("2 * grad") < changed.index("2 * x")


@pytest.mark.parametrize(("right", "times"), [("3 * x", 0), ("2 *", 2)])
def test_right_code_must_occur_exactly_once(right, times):
    with pytest.raises(ValueError, match=rf"^expected '.*' once, found it {times} times in:\nclass D"):
        substitute(SOURCE, {right: "x"})


def test_a_bug_leaves_the_correct_layer_as_it_is():
    wrong = plant(ReLU, Row("value", "a test: mask inverted", {"x > 0": "x < 0"}, adds="added = True"))
    assert (wrong.__name__, wrong.added) == ("ReLU", True)
    assert wrong is not ReLU
    assert check_layer(ReLU, "N D").checks > 0
    with pytest.raises(LayerCheckError):
        check_layer(wrong, "N D")


def test_a_bug_must_be_in_a_correct_layer():
    with pytest.raises(KeyError):
        plant_all({int: []})
