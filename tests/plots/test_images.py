"""Grids of images."""

import io

import numpy as np
import pytest

from nnlayers import plots


@pytest.mark.parametrize("shape", [(5, 4, 4), (5, 4, 4, 3)])
def test_the_image_grid_shows_every_image_with_its_title(shape, rng):
    chart = plots.image_grid(rng.random(shape), titles=list("abcde"), columns=2, title="Letters")
    assert chart.ax_.get_title() == "Letters"
    assert [text.get_text() for text in chart.ax_.texts] == list("abcde")
    places = []
    for cell, text, image in zip(chart.ax_.images, chart.ax_.texts, chart.data, strict=True):
        np.testing.assert_array_equal(cell.get_array(), image)
        left, right, bottom, top = cell.get_extent()
        assert (right - left, top - bottom) == pytest.approx((4, 4))
        assert text.xy == pytest.approx((left + 2, top))
        places.append((left, -bottom))
    assert len({left for left, _ in places}) == 2
    assert sorted(places, key=lambda place: place[::-1]) == places  # row by row, from above


@pytest.mark.parametrize("shape", [(4, 60), (60, 4), (8, 8)])
def test_titles_do_not_cover_the_images_above(shape):
    chart = plots.image_grid(np.ones((4, *shape)), titles=["a\nb"] * 4, columns=2)
    chart.figure_.savefig(io.BytesIO(), dpi=72)
    images, texts = (
        [thing.get_window_extent() for thing in things]
        for things in (chart.ax_.images, chart.ax_.texts)
    )
    assert texts[2].y1 < images[0].y0


def test_the_image_grid_may_be_empty_or_untitled():
    assert list(plots.image_grid(np.zeros((0, 2, 2))).ax_.images) == []
    untitled = plots.image_grid(np.zeros((3, 2, 2))).ax_
    assert len(untitled.images) == 3
    assert list(untitled.texts) == []


def test_the_image_grid_rejects_wrong_shapes_and_numbers_of_titles():
    with pytest.raises(
        ValueError, match=r"expected images of shape \(N, height, width\), got \(3, 64\)"
    ):
        plots.image_grid(np.zeros((3, 64)))
    with pytest.raises(ValueError, match="expected 3 titles, got 1"):
        plots.image_grid(np.zeros((3, 8, 8)), titles=["one"])


COLOURS = np.linspace(0, 1, 96).reshape(2, 4, 4, 3)


def drawn(images):
    chart = plots.image_grid(images)
    chart.figure_.savefig(io.BytesIO(), dpi=30)
    return np.asarray(chart.ax_.images[0].get_array())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f4", np.longdouble])
def test_colours_are_floats_up_to_1(dtype):
    np.testing.assert_allclose(drawn(COLOURS.astype(dtype)), COLOURS[0], rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, ">i4", np.uint16])
def test_colours_are_integers_up_to_255(dtype):
    bytes_ = (255 * COLOURS).astype(np.uint8)
    np.testing.assert_array_equal(drawn(bytes_.astype(dtype)), bytes_[0])


@pytest.mark.parametrize(
    ("images", "match"),
    [
        (
            255 * COLOURS.astype(np.float32),
            r"colours as floats in \[0, 1\], got 0 to 255: divide bytes",
        ),
        (2 * COLOURS - 1, r"colours as floats in \[0, 1\], got -1 to 1"),
        ((300 * COLOURS).astype(int), r"colours as integers in 0 ... 255, got 0 to 300"),
        ((65535 * COLOURS).astype(np.uint16), r"colours as integers in 0 ... 255, got 0 to 65535"),
        (-(2 * COLOURS).astype(int), r"colours as integers in 0 ... 255, got -2 to 0"),
        (np.ones((2, 4, 4, 2)), r"with 1, 3 or 4 channels, got \(2, 4, 4, 2\)$"),
        (np.ones((2, 3, 8, 8)), r"move the channels to the end, with np.moveaxis\(images, 1, -1\)"),
        (np.ones((2, 0, 8)), r"of shape \(N, height, width\), got \(2, 0, 8\)"),
        (np.full((2, 4, 4), np.nan), "images holds nan at row 0, column 0, 0"),
    ],
)
def test_other_colours_and_channels_are_refused(images, match):
    with pytest.raises(ValueError, match=f"image_grid: .*{match}"):
        plots.image_grid(images)


@pytest.mark.parametrize(
    "images",
    [
        np.eye(4, dtype=bool), np.linspace(-1, 1, 16).reshape(4, 4), np.zeros((4, 4)),
        np.full((4, 4), 2**64 - 1, np.uint64), np.full((4, 4), 7), np.ones((4, 4), np.float16),
        np.ones((4, 4), np.longdouble),
        np.ones((4, 4, 1)), np.ones((4, 4, 3), bool), np.ones((4, 4, 4)),
    ],
)  # fmt: skip
def test_grey_values_of_every_range_are_drawn(images):
    assert drawn(images[np.newaxis]).shape[:2] == (4, 4)


def test_negative_grey_values_are_not_cut_off():
    chart = plots.image_grid(np.array([[[-2.0, 1.0]]]))
    assert chart.ax_.images[0].get_clim() == (-2, 1)


@pytest.mark.parametrize(("columns", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError)])
def test_columns_are_a_whole_number(columns, error):
    with pytest.raises(error, match="image_grid: columns must be"):
        plots.image_grid(np.ones((2, 2, 2)), columns=columns)


def test_words_are_not_pixels():
    with pytest.raises(TypeError, match="expected images of real numbers, got dtype <U1"):
        plots.image_grid(np.array([[["a"]]]))
