"""What Hypothesis draws: networks and arrays."""

import numpy as np
from hypothesis import given

from nnlayers.testing import strategies


@given(strategies.networks(3), strategies.arrays((4, 3)))
def test_networks_take_the_features_that_they_are_drawn_for(model, x):
    assert model.predict(x).shape[0] == 4
    y = model.forward(x)
    assert model.backward(np.ones_like(y)).shape == x.shape


@given(strategies.arrays(strategies.sizes().map(lambda n: (n, 2)), regimes=("with ties",)))
def test_arrays_with_ties_are_drawn(x):
    assert x.shape[1] == 2
    np.testing.assert_array_equal(2 * x, np.round(2 * x))
