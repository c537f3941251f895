"""Every loss of the gradient table on a device."""

import inspect

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import each
from tests.devices.log import watched
from tests.devices.results import assert_alike, assert_on_device
from tests.devices.rows import LOSSES, SIZES, inputs, on_both, on_device, title

WAYS_TO_BE_WRONG = [
    (nn.SoftmaxCrossEntropy(), np.array([0, 3, 4])),
    (nn.SoftmaxCrossEntropy(), np.array([0, -1, 2])),
    (nn.SoftmaxCrossEntropy(), np.array([0, 1, 255], np.uint8)),
    (nn.SoftmaxCrossEntropy(), np.full((3, 4), 0.3)),
    (nn.SoftmaxCrossEntropy(), np.array([[2.0, -1.0, 0.0, 0.0]] * 3)),
    (nn.SoftmaxCrossEntropy(), np.full((3, 4), np.nan)),
    (nn.SigmoidBinaryCrossEntropy(), np.full((3, 4), 2)),
    (nn.SigmoidBinaryCrossEntropy(), np.full((3, 4), -1)),
    (nn.SigmoidBinaryCrossEntropy(), np.full((3, 4), 1.5)),
    (nn.SigmoidBinaryCrossEntropy(), np.full((3, 4), np.nan)),
    (nn.MeanSquaredError(), np.full((3, 4), np.nan)),
    (nn.Losses([nn.SoftmaxCrossEntropy()]), (np.array([0, 3, 4]),)),
]


@pytest.mark.parametrize(("loss", "shape", "target"), LOSSES, ids=map(title, LOSSES))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_are_those_of_numpy_and_nothing_waits(loss, shape, target, dtype, cupy, rng):
    expected, there = on_both(loss)
    y = each(lambda array: array.astype(dtype), inputs(shape, None, rng))
    sizes = {name: SIZES[name] for name in inspect.signature(target).parameters if name in SIZES}
    t = target(rng, **sizes)
    value = expected.forward(y, t)
    gradient, again = expected.backward(0.5), expected.evaluate(y, t)
    y, t = on_device(y), on_device(t)
    with watched() as log:
        results = there.forward(y, t), there.backward(0.5), there.evaluate(y, t)
    assert not log.waits
    assert_on_device(*results)
    assert_alike(results, (np.float64(value), gradient, np.float64(again)), "loss")
    with watched() as log:
        assert float(results[0]) == pytest.approx(value, rel=1e-6)
    assert len(log.waits) == 1


@pytest.mark.parametrize(("loss", "target"), WAYS_TO_BE_WRONG)
def test_the_loss_of_a_target_that_is_refused_on_the_host_is_nan(loss, target, cupy):
    prediction = np.zeros((3, 4), np.float32)
    prediction = (prediction,) if isinstance(target, tuple) else prediction
    with watched() as log:
        value, gradient = loss.forward(on_device(prediction), on_device(target)), loss.backward()
    assert not log.waits
    assert np.isnan(float(value))
    gradient = gradient[0] if isinstance(gradient, tuple) else gradient
    assert np.isnan(gradient.get()).any()


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_the_loss_with_a_weight_that_is_refused_on_the_host_is_nan(wrong, cupy):
    weights = on_device(np.array([1.0, wrong, 1.0]))
    y, labels = on_device(np.zeros((3, 4), np.float32)), on_device(np.array([0, 1, 2]))
    with watched() as log:
        losses = [
            nn.SoftmaxCrossEntropy().forward(y, labels, weights),
            nn.MeanSquaredError().forward(y, y, weights),
        ]
    assert not log.waits
    assert np.isnan([float(loss) for loss in losses]).all()


def test_weights_leave_out_samples_and_all_of_them(cupy):
    y, t = np.zeros((3, 4), np.float32), np.array([0, 1, 2])
    y[1] = np.inf
    for weights in ([1.0, 0.0, 3.0], [0.0, 0.0, 0.0]):
        given = on_device(np.array(weights))
        with np.errstate(invalid="ignore"):
            loss = nn.SoftmaxCrossEntropy()
            found = loss.forward(on_device(y), on_device(t), given), loss.backward()
            expected = loss.forward(y, t, np.array(weights)), loss.backward()
        assert_alike(found, (np.float64(expected[0]), expected[1]), "loss")


def test_targets_and_weights_elsewhere_than_the_prediction_are_refused(cupy):
    y, t, w = np.zeros((3, 4), np.float32), np.array([0, 1, 2]), np.ones(3)
    loss = nn.SoftmaxCrossEntropy()
    with pytest.raises(TypeError, match=r"the target on the GPU, as the prediction, .*device="):
        loss.forward(on_device(y), t)
    with pytest.raises(TypeError, match=r"the target in the memory of the host, .*x.get\(\)"):
        loss.forward(y, on_device(t))
    with pytest.raises(TypeError, match="the weights on the GPU"):
        loss.forward(on_device(y), on_device(t), w)
    with pytest.raises(TypeError, match="the target on the GPU"):
        nn.MeanSquaredError().forward(on_device(y), y)
    with pytest.raises(TypeError, match="the weights in the memory of the host"):
        nn.MeanSquaredError().forward(y, y, on_device(w))


def test_shapes_and_dtypes_are_refused_as_on_the_host(cupy):
    y = on_device(np.zeros((3, 4), np.float32))
    with pytest.raises(ValueError, match="expected one target for each"):
        nn.SoftmaxCrossEntropy().forward(y, on_device(np.array([0, 1])))
    with pytest.raises(TypeError, match="expected integer labels"):
        nn.SoftmaxCrossEntropy().forward(y, on_device(np.array([0.0, 1.0, 2.0])))
    with pytest.raises(ValueError, match="expected a target of the prediction's shape"):
        nn.MeanSquaredError().forward(y, on_device(np.zeros((3, 1))))


def test_a_loss_with_parameters_moves_too(cupy):
    class Scaled(nn.MeanSquaredError):
        def __init__(self):
            self.scale = nn.Parameter(np.ones(4))

        def forward(self, prediction, target, weights=None):
            return super().forward(prediction * self.scale.value, target, weights)

    y = on_device(np.ones((3, 4), np.float32))
    assert float(Scaled().to("cupy").forward(y, y)) == 0
