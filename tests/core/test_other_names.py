"""Names of other libraries are answered with ours."""

import pytest

import nnlayers as nn
from nnlayers.core.other_names import OTHER_NAMES, advice


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Linear", "use Dense"),
        ("CrossEntropyLoss", "use SoftmaxCrossEntropy"),
        ("MSELoss", "use MeanSquaredError"),
        ("BatchNorm1d", "a Layer of your own"),
        ("Adam", "an Optimizer of your own"),
        ("DataLoader", "use batches"),
        ("dense", r"did you mean Dense\?"),
        ("SoftMaxCrossEntropy", r"did you mean SoftmaxCrossEntropy\?"),
        ("save", r"use model.save_weights\(path\)$"),
        ("load", r"use model.load_weights\(path\)$"),
        ("sigmoid", "use Elementwise"),
        ("Variable", "use NumPy arrays"),
        ("fit", r"use Trainer\(model, loss, optimizer\).fit"),
        ("EarlyStopping", "use a loop around fit"),
        ("manual_seed", r"use rng = np.random.default_rng\(0\)"),
        ("load_digits", "use datasets.load_digits"),
        ("check_layer", "use from nnlayers.testing import check_layer"),
        ("array", "nnlayers has no 'array'$"),
        ("Qqqqqqq", "nnlayers has no 'Qqqqqqq'$"),
    ],
)
def test_a_missing_name_is_answered_with_ours(name, ours):
    with pytest.raises(AttributeError, match=ours):
        getattr(nn, name)


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_every_other_name_has_an_answer_or_exists_by_now(name):
    assert name in nn.__all__ or f"nnlayers has no {name!r}: use " in advice(name, nn.__all__)


def test_a_layer_that_is_called_says_which_verbs_there_are():
    with pytest.raises(TypeError, match=r"Dense cannot be called.*forward\(x\).*predict\(x\)"):
        nn.Dense(2, 2)([1.0, 2.0])
