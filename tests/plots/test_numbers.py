"""Histograms."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots
from tests.plots.charts_for_tests import legend_texts


def test_the_histogram_shows_the_share_of_each_bin():
    values = {"few": [0.0, 1.0], "many": np.array([[0.0, 0.1], [0.9, 4.0]])}
    chart = plots.histogram(values, xlabel="length (m)", title="Lengths", bins=4)
    ax = chart.ax_
    assert {name: share.tolist() for name, share in chart.data.items()} == {
        "few": [0.5, 0.5, 0, 0],
        "many": [0.75, 0, 0, 0.25],
    }
    assert (ax.get_title(), ax.get_xlabel()) == ("Lengths", "length (m)")
    assert ax.get_ylabel() == "share of the numbers"
    assert legend_texts(ax) == ["few", "many"]
    for patch, share in zip(ax.patches, chart.data.values(), strict=True):
        drawn, edges, _ = patch.get_data()
        np.testing.assert_array_equal(drawn, share)
        np.testing.assert_array_equal(edges, [0, 1, 2, 3, 4])


def test_the_histogram_draws_network_weights_on_the_given_axes():
    model = nn.Sequential(nn.Dense(3, 4), nn.ReLU(), nn.Dense(4, 2))
    _, ax = plt.subplots()
    weights = {path: parameter.value for path, parameter in model.named_parameters()}
    chart = plots.histogram(weights, xlabel="value", ax=ax)
    assert chart.ax_ is ax
    assert chart.figure_ is ax.figure
    assert [*chart.data] == ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]
    assert all(share.sum() == pytest.approx(1) for share in chart.data.values())


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({}, "expected at least one array, got none"),
        ({"a": [1.0], "b": []}, "expected finite numbers in 'b'"),
        ({"a": [1.0, np.nan]}, "expected finite numbers in 'a'"),
        ({"a": [np.inf]}, "expected finite numbers in 'a'"),
    ],
)
def test_the_histogram_rejects_empty_or_non_finite_values(values, match):
    with pytest.raises(ValueError, match=f"histogram: {match}"):
        plots.histogram(values, xlabel="value")
