"""A metric of other predictions than those of the loss is refused."""

import functools
from functools import partial

import numpy as np
import pytest

import nnlayers as nn

X = np.random.default_rng(0).standard_normal((20, 3))
CLASSES = {"accuracy", "average_precision", "f1", "precision", "recall", "roc_auc", "top_5_accuracy"}
FIT = {
    nn.SoftmaxCrossEntropy: CLASSES,
    nn.SigmoidBinaryCrossEntropy: CLASSES - {"accuracy", "top_5_accuracy"} | {"binary_accuracy"},
    **dict.fromkeys(
        [nn.MeanSquaredError, nn.MeanAbsoluteError, nn.Huber],
        {"mean_absolute_error", "root_mean_squared_error", "r2"}  # and those of ranks:
        | {"accuracy", "average_precision", "roc_auc", "top_5_accuracy"},
    ),
}


class Hinge(nn.Pointwise):
    def value(self, y, t):
        return np.maximum(0, 1 - y * t)

    def slope(self, y, t):
        return np.where(y * t < 1, -t, 0)


def trainer(loss, metrics, outputs=1):
    model = nn.Dense(3, outputs, rng=0)
    return nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1), metrics=metrics)


@pytest.mark.parametrize("loss", FIT)
@pytest.mark.parametrize("name", nn.metrics.BY_NAME)
@pytest.mark.parametrize(
    "given", [str, nn.metrics.BY_NAME.get, lambda name: partial(nn.metrics.BY_NAME[name])]
)
def test_each_built_in_metric_fits_some_losses(loss, name, given):
    if name in FIT[loss]:
        assert list(trainer(loss(), {name: given(name)}).metrics) == [name]
        return
    with pytest.raises(
        ValueError, match=rf"Trainer: {name} is a metric of .* {loss.__name__}"
    ) as error:
        trainer(loss(), {name: given(name)})
    named = str(error.value).partition("those that fit are ")[2].partition(";")[0]
    assert set(named.split(", ")) == FIT[loss]


def test_metrics_that_are_set_later_are_checked_too():
    trained = trainer(nn.MeanSquaredError(), ["r2"])
    with pytest.raises(ValueError, match=r"give functools\.partial\(nn\.f1, threshold=0\.5\)"):
        trained.metrics = ["f1"]
    assert list(trained.metrics) == ["r2"]


def test_a_threshold_of_its_own_fits_numbers():
    trained = trainer(nn.MeanSquaredError(), [partial(nn.binary_accuracy, threshold=0.5)])
    y = (X[:, :1] > 0).astype(float)
    expected = ((trained.model.predict(X) > 0.5) == y).mean()
    assert trained.evaluate(X, y)["binary_accuracy"] == pytest.approx(expected)


def test_functions_and_losses_of_users_fit_everything():
    def own(prediction, target):
        return float(np.mean(prediction))

    for loss in FIT:
        assert list(trainer(loss(), [own], outputs=3).metrics) == ["own"]
    assert list(trainer(Hinge(), [*nn.metrics.BY_NAME, own]).metrics) == [*nn.metrics.BY_NAME, "own"]
    assert list(trainer(nn.Losses([Hinge()]), ["r2"]).metrics) == ["r2"]


def test_functions_of_labels_fit_losses_of_classes():
    def share(y_true, y_pred):
        return float(np.mean(y_pred))

    metric = nn.metrics.of_labels(share)
    for loss in (nn.SoftmaxCrossEntropy(), nn.SigmoidBinaryCrossEntropy(), Hinge()):
        assert list(trainer(loss, [metric]).metrics) == ["share"]
    with pytest.raises(ValueError, match="share is a metric of scores of classes or logits of labels"):
        trainer(nn.MeanSquaredError(), [metric])


@pytest.mark.parametrize("name", ["accuracy", "roc_auc"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_a_metric_of_classes_that_fails_for_numbers_names_those_of_numbers(name, outputs):
    trained = trainer(nn.MeanSquaredError(), [name], outputs)
    with pytest.raises(ValueError, match=f"{name}: ") as info:
        trained.fit(X, np.linspace(-1, 1, len(X) * outputs).reshape(len(X), outputs), epochs=1)
    message = " ".join([str(info.value), *info.value.__notes__])
    for other in ("r2", "mean_absolute_error", "root_mean_squared_error"):
        assert message.count(other) == 1
    assert "binary_accuracy" not in message


def test_a_decision_about_numbers_needs_a_threshold():
    trained = trainer(nn.MeanSquaredError(), ["accuracy"])
    y = (X[:, :1] > 0).astype(float)
    with pytest.raises(ValueError, match="for one logit a sample, as for Sigmoid") as info:
        trained.fit(X, y, epochs=1, progress=False)
    note = info.value.__notes__[-1]
    metric = eval(note.partition("give ")[2], {"nn": nn, "functools": functools})
    assert "binary_accuracy" in trainer(nn.MeanSquaredError(), [metric]).evaluate(X, y)


@pytest.mark.parametrize("error", [ZeroDivisionError("1/0"), ValueError("own: expected something")])
def test_an_error_in_a_metric_of_a_user_is_not_answered_with_other_metrics(error):
    def own(prediction, target):
        raise error

    with pytest.raises(type(error)) as info:
        trainer(nn.MeanSquaredError(), [own]).fit(X, X[:, :1], epochs=1, progress=False)
    assert info.value.__notes__ == ["in the metric 'own'"]


def test_the_metrics_of_numbers_come_first():
    with pytest.raises(ValueError, match="those that fit are mean_absolute_error, r2, root_mean_squ"):
        trainer(nn.MeanSquaredError(), ["f1"])
