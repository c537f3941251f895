"""Histograms."""

import io

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


LARGEST = float(np.finfo(np.float64).max)


@pytest.mark.parametrize("bins", [1, 50])
@pytest.mark.parametrize(
    "values",
    [
        [1.0, np.nextafter(1, 2)], [2.0**62] * 2, np.array([2**62, 2**62 + 1]), [-1e308, 1e308],
        [-LARGEST, LARGEST], [1e300, 1.0000001e300], [0, 5e-324], [5e-324, 1e-323],
        np.linspace(0, 1e-308, 100), np.linspace(0, 1e-250, 50), [True, False], 3, [0.0], [-0.0, 0.0],
        np.array([-65504, 65504], np.float16), np.array([2**64 - 1, 2**64 - 2], np.uint64),
        np.array([1, 2], ">f4"), np.array([1, 2], np.longdouble), np.arange(10), [1e16, 1e16 + 2],
        np.array([-128, 127], np.int8),
    ],
)  # fmt: skip
def test_ranges_of_every_kind_have_bins(values, bins):
    chart = plots.histogram({"w": values, "one": [np.ravel(values)[0]]}, xlabel="value", bins=bins)
    chart.figure_.savefig(io.BytesIO(), dpi=30)
    for share in chart.data.values():
        assert len(share) == bins
        assert share.sum() == pytest.approx(1)
    edges = chart.ax_.patches[0].get_data().edges
    assert (np.diff(edges) > 0).all()


def test_the_unit_of_huge_numbers_stands_at_the_axis():
    chart = plots.histogram({"w": [-1e308, 1e308]}, xlabel="value")
    assert chart.ax_.get_xlabel() == "value, divided by 1e+300"


def test_numbers_that_differ_little_are_told_apart():
    values = 1e6 + 1e-6 * np.arange(100)
    assert (plots.histogram({"w": values}, xlabel="value").data["w"] > 0).sum() > 40


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"bins": 0}, ValueError, "bins must be at least 1, got 0"),
        ({"bins": 2.5}, TypeError, "bins must be a whole number, got 2.5"),
        ({"bins": "auto"}, TypeError, "bins must be a whole number, got 'auto'"),
        ({"bins": True}, TypeError, "bins must be a whole number, got True"),
        ({"values": np.ones(3)}, TypeError, "expected a mapping of names to arrays, .* got an array"),
        ({"values": {"a": ["b"]}}, TypeError, "expected 'a' of real numbers, got dtype <U1"),
        ({"values": {"a": [1j]}}, TypeError, "expected 'a' of real numbers, got dtype complex128"),
        ({"values": {"a": [[1], [2, 3]]}}, ValueError, "'a': expected an array"),
    ],
)
def test_the_histogram_rejects_other_arguments(options, error, match):
    with pytest.raises(error, match=f"histogram: {match}"):
        plots.histogram(**{"values": {"a": [1.0]}, "xlabel": "value"} | options)


def test_gradients_are_compared_in_one_panel_each():
    points = {name: (np.ones((2, 2)), np.ones((2, 2)), np.full((2, 2), np.inf)) for name in "ab"}
    with pytest.raises(ValueError, match="expected at least one block, got none"):
        plots.gradient_comparison({})
    with pytest.raises(ValueError, match="expected 2 Axes, one for each block, got 1"):
        plots.gradient_comparison(points, ax=plt.subplots()[1])
    with pytest.raises(TypeError, match="gradient_comparison: 'a': expected an array without a mask"):
        plots.gradient_comparison({"a": (np.ones(2), np.ma.masked_array([1, 2], [0, 1]), np.ones(2))})
    chart = plots.gradient_comparison(points, title="Mine")
    assert [ax.get_title() for ax in chart.ax_] == ["Mine: a", "Mine: b"]
    assert legend_texts(chart.ax_[1]) == ["equal", "element"]
