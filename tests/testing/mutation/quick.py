"""Quick tests, thorough and naive ones, that are run on each mistake."""

import numpy as np

from nnlayers.testing import check_layer
from tests.layers_for_tests import Scale


def check_scale():
    check_layer(lambda D: Scale(D), "N D")


def naive_test():
    layer = Scale(2)
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    assert np.array_equal(layer.forward(x), x)
    assert layer.backward(np.ones((2, 2))).shape == x.shape


def results_stay(cls):
    """A quick test: the results of a layer are those that it has now."""
    rng = np.random.default_rng(0)
    x, grad = rng.standard_normal((2, 3, 2)), rng.uniform(-2, 2, (3, 2))

    def results():
        layer = cls()
        layer.forward(x[0]), layer.forward(x[1])
        passes = [layer.backward(grad), layer.backward(grad), layer.predict(x[0]), grad, x[1]]
        return layer.pending, [array.tobytes() for array in passes]

    expected = results()

    def test_results():
        assert results() == expected

    return test_results
