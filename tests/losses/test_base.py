"""What all losses have in common."""

import numpy as np
import pytest

import nnlayers as nn

LOSSES = [
    nn.SoftmaxCrossEntropy,
    nn.SigmoidBinaryCrossEntropy,
    nn.MeanSquaredError,
    nn.MeanAbsoluteError,
    nn.Huber,
]


@pytest.fixture(params=LOSSES)
def loss(request):
    return request.param()


def test_gradients_scale_with_the_upstream_gradient_and_keep_the_dtype_of_the_prediction(loss, rng):
    z = rng.standard_normal((3, 2)).astype(np.float32)
    t = nn.one_hot([0, 1, 1])
    loss.forward(z, t)
    loss.forward(z, t)
    whole = loss.backward()
    scaled = loss.backward(np.float64(-2.5))
    assert whole.dtype == scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, -2.5 * whole, rtol=1e-6)
    assert isinstance(loss.forward(z, t), float)


def test_losses_modify_neither_arguments_nor_earlier_results(loss, rng):
    z, t = rng.standard_normal((3, 2)), nn.one_hot([0, 1, 1])
    z_before, t_before = z.copy(), t.copy()
    loss.forward(z, t)
    first = loss.backward()
    kept = first.copy()
    loss.forward(2 * z, t)
    loss.backward()
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(z, z_before)
    np.testing.assert_array_equal(t, t_before)


def test_backward_without_forward_is_rejected(loss):
    with pytest.raises(RuntimeError, match="backward without its forward"):
        loss.backward()


def test_a_loss_without_a_method_says_which_to_define():
    class Empty(nn.Loss):
        pass

    with pytest.raises(NotImplementedError, match="Empty: define forward"):
        Empty().forward(np.zeros(1), np.zeros(1))
    with pytest.raises(NotImplementedError, match="Empty: define backward"):
        Empty().backward()


def test_evaluate_computes_the_loss_and_saves_nothing(rng):
    z, t = rng.standard_normal((3, 2)), np.array([0, 1, 1])
    loss = nn.SoftmaxCrossEntropy()
    value = loss.forward(z, t)
    assert loss.evaluate(2 * z, t) != value
    assert loss.evaluate(z, t) == value
    np.testing.assert_allclose(loss.backward(), (nn.softmax(z) - nn.one_hot(t)) / 3)
    with pytest.raises(RuntimeError, match="evaluate saves nothing"):
        loss.backward()


def test_clear_saved_discards_a_pending_forward():
    loss = nn.MeanSquaredError()
    loss.forward(np.ones(2), np.ones(2))
    loss.clear_saved()
    with pytest.raises(RuntimeError):
        loss.backward()
