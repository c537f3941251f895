"""What is done with a network that is on a device, once it is trained, and with data that are there."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.devices import device_of
from tests.devices.trainers_for_tests import (
    WEIGHTS,
    X,
    Y,
    Z,
    assert_same_figures,
    both,
    fit,
    on_device,
    trainer,
)

pytestmark = pytest.mark.usefixtures("cupy")


@pytest.fixture
def trained():
    """Two trainers whose networks have the same weights, on NumPy and on the device."""
    one, other = both()
    fit(one)
    other.model.load_state_dict(one.model.state_dict())
    return one, other


def test_a_trainer_predicts_arrays_of_the_host_and_a_model_those_of_the_device(trained):
    one, other = trained
    x, expected = on_device(X), one.predict(X)
    for batch_size in (7, 1024):
        for given in (X, x):
            found = other.predict(given, batch_size=batch_size)
            assert type(found) is np.ndarray
            np.testing.assert_allclose(found, expected, 1e-4, 1e-5)
    for stream in (nn.stream(X, batch_size=7), nn.stream(X, Y, rng=0)):
        np.testing.assert_allclose(other.predict(stream), expected, 1e-4, 1e-5)
    found = other.model.predict(x)
    assert device_of(found) == "cupy"
    np.testing.assert_allclose(found.get(), expected, 1e-4, 1e-5)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_an_evaluation_is_that_of_numpy(trained, weights):
    one, other = trained
    expected = one.evaluate(X, Y, sample_weight=weights, batch_size=20)
    for x, y in ((X, Y), on_device(X, Y)):
        found = other.evaluate(x, y, sample_weight=weights, batch_size=20)
        assert_same_figures(expected, found)
        assert {type(value) for value in found.values()} == {float}


METRICS = {
    "scores": ["accuracy", "f1", "precision", "recall", "roc_auc", "average_precision"],
    "logits": ["binary_accuracy", "f1", "roc_auc"],
    "numbers": ["mean_absolute_error", "root_mean_squared_error", "r2"],
}


@pytest.mark.parametrize("kind", METRICS)
def test_metrics_of_arrays_on_the_device_are_those_of_numpy(trained, kind):
    scores = trained[0].predict(X)
    target = {"scores": Y, "logits": np.eye(4)[Y] + (X[:, :4] > 1) > 0, "numbers": Z}[kind]
    for name in METRICS[kind]:
        metric = nn.metrics.BY_NAME[name]
        for weights in ((), (WEIGHTS,)):
            arrays = on_device(scores, target, *weights)
            assert metric(*arrays) == metric(scores, target, *weights)


def test_confusion_and_charts_take_arrays_of_the_device(trained):
    scores = trained[0].predict(X)
    there, labels = on_device(scores, Y)
    expected = nn.confusion_matrix(scores, Y)
    np.testing.assert_array_equal(nn.confusion_matrix(there, labels), expected)
    chart = nn.plots.confusion_matrix(there, labels)
    np.testing.assert_array_equal(chart.data, nn.plots.confusion_matrix(scores, Y).data)
    nn.plots.image_grid(on_device(np.zeros((4, 5, 5), np.float32)))
    nn.plots.histogram({"weights": trained[1].model.layers[0].weight.value}, xlabel="weight")
    plt.close("all")


def test_a_boundary_is_drawn_of_a_network_on_the_device():
    model = nn.Dense(2, 3, rng=0)
    x, y = X[:, :2], Y % 3
    expected = nn.plots.decision_boundary(model, x, y, resolution=9).data
    for arrays in ((x, y), on_device(x, y)):
        found = nn.plots.decision_boundary(model.to("cupy"), *arrays, resolution=9).data
        np.testing.assert_array_equal(found, expected)
    plt.close("all")


def test_rows_of_ones_are_where_the_labels_are():
    found = nn.one_hot(on_device(Y))
    assert device_of(found) == "cupy"
    np.testing.assert_array_equal(found.get(), nn.one_hot(Y))
    with pytest.raises(ValueError, match="expected labels in 0"):
        nn.one_hot(on_device(Y), 3)


@pytest.mark.parametrize("stratify", [False, True])
def test_a_split_is_that_of_numpy(stratify):
    x, y = on_device(X, Y)
    found = nn.train_test_split(x, y, stratify=y if stratify else None, rng=0)
    expected = nn.train_test_split(X, Y, stratify=Y if stratify else None, rng=0)
    for part, one in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part.get(), one)


def test_the_summary_is_that_of_numpy(trained):
    one, other = trained
    assert other.model.summary() == one.model.summary()
    assert repr(other.model) == repr(one.model)
    assert device_of(other.model.layers[0].weight.value) == "cupy"


def test_the_gradient_of_the_input_is_that_of_numpy(trained):
    one, other = trained
    expected = nn.input_gradient(one.model, one.loss, X, Y)
    found = nn.input_gradient(other.model, other.loss, *on_device(X, Y))
    np.testing.assert_allclose(found.get(), expected, 1e-4, 1e-6)
    with pytest.raises(TypeError, match=r"cupy\.asarray"):
        nn.input_gradient(other.model, other.loss, X, Y)


def test_learning_rates_are_found_as_on_numpy():
    curves = [nn.find_learning_rate(made, X, Y, steps=20, rng=0) for made in both()]
    np.testing.assert_allclose(curves[1].losses, curves[0].losses, 1e-3)


def test_the_health_report_is_that_of_numpy():
    found = []
    for made in both(lr=1e-9):
        with pytest.warns(nn.HealthWarning):
            fit(made, epochs=30, health=True)
        found.append(made.health)
    assert [finding.name for finding in found[0]] == [finding.name for finding in found[1]]
    assert found[1].problems == found[0].problems == []
    assert found[1].dead.keys() == found[0].dead.keys()
    assert found[1].losses == pytest.approx(found[0].losses, rel=1e-5)


def test_the_health_report_takes_data_of_the_device():
    made = trainer("cupy")
    fit(made, *on_device(X, Y), epochs=6, health=True)
    assert made.health.problems == []


def test_statistics_of_layers_are_those_of_numpy():
    found = []
    for made in both():
        statistics = nn.LayerStatistics(X, every_steps=4)
        fit(made, callbacks=[statistics])
        found.append(statistics)
    for name in ("outputs", "weights"):
        one, other = (getattr(statistics, name) for statistics in found)
        for path in one:
            assert_same_figures(one[path], other[path], 1e-3)
    nn.LayerStatistics(on_device(X))
