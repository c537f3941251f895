"""Grids of images."""

import numpy as np
import pytest

from nnlayers import plots


@pytest.mark.parametrize("shape", [(5, 4, 4), (5, 4, 4, 3)])
def test_the_image_grid_shows_every_image_with_its_title(shape, rng):
    chart = plots.image_grid(rng.random(shape), titles=list("abcde"), columns=2, title="Letters")
    cells = chart.ax_.child_axes
    assert [cell.get_title() for cell in cells] == list("abcde")
    assert chart.ax_.get_title() == "Letters"
    for cell, image in zip(cells, chart.data, strict=True):
        np.testing.assert_array_equal(cell.images[0].get_array(), image)
    columns = {round(cell.get_position().x0, 3) for cell in cells}
    assert len(columns) == 2


def test_the_image_grid_may_be_empty_or_untitled():
    assert plots.image_grid(np.zeros((0, 2, 2))).ax_.child_axes == []
    assert len(plots.image_grid(np.zeros((3, 2, 2))).ax_.child_axes) == 3


def test_the_image_grid_rejects_wrong_shapes_and_numbers_of_titles():
    with pytest.raises(
        ValueError, match=r"expected images of shape \(N, height, width\), got \(3, 64\)"
    ):
        plots.image_grid(np.zeros((3, 64)))
    with pytest.raises(ValueError, match="expected 3 titles, got 1"):
        plots.image_grid(np.zeros((3, 8, 8)), titles=["one"])
