"""The name that was probably meant."""

import pytest

from nnlayers.core.similar import closest


@pytest.mark.parametrize(
    ("name", "found"),
    [("lengths", "length"), ("Width ", " width"), ("LENGTH", "length"), ("kind", ""), ("", "")],
)
def test_the_most_similar_name_is_found_in_any_case(name, found):
    assert closest(name, ["length", " width"]) == found
