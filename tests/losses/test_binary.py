"""The cross-entropy of the sigmoid."""

from decimal import Decimal, getcontext

import numpy as np
import pytest

import nnlayers as nn

Z = np.array([[-0.02, 3.14, 2.22, 2.17], [4.86, -3.62, -1.88, -3.96], [-0.32, 3.0, -0.07, 1.49]])
T = np.array([[0.11, 0.26, 0.42, 0.45], [0.47, 0.93, 0.26, 0.19], [0.67, 0.95, 0.92, 0.88]])
W = np.array([[1.0, 0.0, 2.0, 0.5], [0.0, 0.0, 1.0, 3.0], [0.25, 1.0, 1.0, 0.0]])
GRADIENT = [  # of Z and T without weights, and with W; this and the other figures: torch 2.13
    [0.03208334722166669, 0.058209406724858685, 0.040169266308537184, 0.03729358054632522],
    [0.043525760343207646, -0.07532632707113476, -0.010634260538161218, -0.014274457503803782],
    [-0.02077702101239579, 0.0002145105685361174, -0.03645773813886582, -0.005326810618292016],
]
WEIGHTED = [
    [0.03948719658051285, 0.0, 0.09887819399024536, 0.02294989572081552],
    [0.0, 0.0, -0.013088320662352269, -0.05270568924481397],
    [-0.0063929295422756275, 0.00026401300742906757, -0.044871062324757925, 0.0],
]
DTYPES = [np.float16, np.float32, np.float64, np.longdouble]
getcontext().prec = 160


def exactly(z, t):
    """The loss and its derivative for one logit, from the definition, in 160 digits."""
    z, t = Decimal(float(z)), Decimal(float(t))
    p, q = 1 / (1 + (-z).exp()), 1 / (1 + z.exp())  # q = 1 - p
    return -(t * p.ln() + (1 - t) * q.ln()), p * (1 - t) - q * t


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_sigmoid_has_all_its_digits(dtype):
    z = np.array([0, 1e-3, -1e-3, 1, -1, 9, -9, 40, -40, 80, -80], dtype)
    p = nn.sigmoid(z)
    assert p.dtype == dtype
    expected = [float(1 / (1 + (-Decimal(float(logit))).exp())) for logit in z]
    tiny = np.finfo(dtype).smallest_subnormal
    np.testing.assert_allclose(p, expected, rtol=2 * np.finfo(dtype).eps, atol=tiny)


def test_the_sigmoid_of_large_numbers_and_of_integers():
    large = np.finfo(np.float32).max
    assert nn.sigmoid(np.array([np.inf, large, -large, -np.inf], np.float32)).tolist() == [1, 1, 0, 0]
    assert np.isnan(nn.sigmoid(np.array([np.nan]))).all()
    p = nn.sigmoid([[0, 100], [-100, 0]])
    assert p.dtype == np.float32
    assert p.tolist() == [[0.5, 1], [pytest.approx(np.exp(-100)), 0.5]]
    with pytest.raises(TypeError, match="sigmoid: expected an array of real numbers"):
        nn.sigmoid(["a"])


@pytest.mark.parametrize(
    ("target", "weights", "value"),
    [
        (T, None, 1.2655352766433483),
        (T, W, 0.8383693025589896),
        (T > 0.5, None, 1.582360276643348),
        (T > 0.5, W, 0.7857385333282205),
    ],
)
def test_it_is_the_mean_over_all_elements(target, weights, value):
    loss = nn.SigmoidBinaryCrossEntropy()
    assert loss.evaluate(Z, target, weights) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("weights", "gradient"), [(None, GRADIENT), (W, WEIGHTED)])
def test_the_gradient_is_that_of_the_mean(weights, gradient):
    loss = nn.SigmoidBinaryCrossEntropy()
    loss.forward(Z, T, weights)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-12)
    assert loss.pending == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("t", [0.0, 1.0, 0.5, 0.25, 2.0**-20, 1 - 2.0**-20])
def test_value_and_slope_have_all_their_digits_on_both_sides(t, dtype):
    z = np.array([s * a for a in (0, 1e-3, 0.5, 1, 3, 9, 17, 30, 40, 80, 300) for s in (1, -1)], dtype)
    loss = nn.SigmoidBinaryCrossEntropy()
    if dtype == np.float32:
        z = z[np.abs(z) < 87]  # the exponential of others is below the least normal number
    value, slope = loss.value(z, np.full_like(z, t)), loss.slope(z, np.full_like(z, t))
    assert value.dtype == slope.dtype == dtype
    expected = [exactly(logit, t) for logit in z]
    tolerance = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(value, [float(v) for v, _ in expected], rtol=tolerance)
    np.testing.assert_allclose(
        slope, [float(s) for _, s in expected], rtol=tolerance, atol=0 if t in (0, 1) else tolerance
    )


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        (np.float16, 6e4),
        (np.float32, 1e4),
        (np.float32, 3e38),
        (np.float64, 1e300),
        (np.longdouble, 1e5),
    ],
)
def test_logits_of_any_size_are_exact(dtype, size):
    z = np.array([[size], [-size], [size], [-size]], dtype)
    loss = nn.SigmoidBinaryCrossEntropy()
    assert loss.evaluate(z[:2], np.array([[1], [0]])) == 0
    assert loss.forward(z, np.array([[1], [0], [0], [1]])) == float(z[0, 0]) / 2
    gradient = loss.backward()
    assert gradient.dtype == dtype
    assert gradient.tolist() == [[0], [0], [0.25], [-0.25]]
    assert loss.evaluate(z, np.full((4, 1), 0.5)) == float(z[0, 0]) / 2


def test_the_tail_of_a_small_loss_is_kept_in_float32():
    z = np.array([[50], [-50]], np.float32)
    loss = nn.SigmoidBinaryCrossEntropy()
    assert loss.forward(z, np.array([[1], [0]])) == pytest.approx(np.exp(-50), rel=1e-6)
    np.testing.assert_allclose(loss.backward(), [[-np.exp(-50) / 2], [np.exp(-50) / 2]], rtol=1e-6)


def test_an_infinite_logit_is_right_or_infinitely_wrong():
    loss, z = nn.SigmoidBinaryCrossEntropy(), np.array([[np.inf], [-np.inf]])
    assert loss.forward(z, np.array([[1], [0]])) == 0
    assert loss.backward().tolist() == [[0], [0]]
    assert loss.forward(z, np.array([[0], [1]])) == np.inf
    assert loss.backward().tolist() == [[0.5], [-0.5]]


def test_a_logit_that_is_not_a_number_does_not_look_like_one():
    loss = nn.SigmoidBinaryCrossEntropy()
    for target in (0, 1, 0.5):
        assert np.isnan(loss.forward(np.array([[np.nan]]), np.array([[target]])))
        assert np.isnan(loss.backward()).all()


def test_a_large_batch_of_float16_is_summed_exactly():
    loss, z = nn.SigmoidBinaryCrossEntropy(), np.full((100_000, 2), 300, np.float16)
    target = np.zeros((100_000, 2), np.float16)
    assert loss.forward(z, target) == 300
    gradient = loss.backward()
    assert gradient.dtype == np.float16
    assert (gradient == np.float16(1 / 200_000)).all()


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8, np.int64, ">i4", np.uint64, *DTYPES])
@pytest.mark.parametrize("dtype", DTYPES)
def test_targets_may_be_of_any_real_type(dtype, kind):
    loss, t = nn.SigmoidBinaryCrossEntropy(), T > 0.5
    value = loss.forward(Z.astype(dtype), t.astype(kind))
    assert value == pytest.approx(1.582360276643348, rel=1e-3 if dtype == np.float16 else 1e-6)
    assert loss.backward().dtype == dtype


def test_integer_targets_leave_float32_as_it_is():
    loss = nn.SigmoidBinaryCrossEntropy()
    with_integers = loss.evaluate(Z.astype(np.float32), (T > 0.5).astype(np.int64))
    assert with_integers == loss.evaluate(Z.astype(np.float32), (T > 0.5).astype(np.float32))


@pytest.mark.parametrize(
    ("shape", "target", "error", "match"),
    [
        (
            (3, 1),
            [0, 1, 1],
            ValueError,
            r"\(3, 1\), not empty, got \(3,\): take np.expand_dims\(y, -1\)$",
        ),
        ((3,), [[0], [1], [1]], ValueError, r"\(3,\), not empty, got \(3, 1\): take np.ravel\(y\)$"),
        ((2, 1), [[0, 1], [1, 0]], ValueError, r"got \(2, 2\): of two columns, .*, take y\[..., 1:\]$"),
        (
            (3, 4),
            [0, 1, 1],
            ValueError,
            r"got \(3,\): labels of 4 classes go with SoftmaxCrossEntropy$",
        ),
        ((3, 2), [[0], [1], [1]], ValueError, r"got \(3, 1\)$"),
        ((3, 1), [[0], [1]], ValueError, "expected one target for each of 3 predictions"),
        ((0, 1), np.zeros((0, 1)), ValueError, "not empty"),
        (
            (3, 1),
            [[1], [-1], [1]],
            ValueError,
            r"in \[0, 1\], got -1 at row 1.*: take np.maximum\(y, 0\)$",
        ),
        ((3, 1), [[0], [1], [2]], ValueError, r"got 2 at row 2.*go with SoftmaxCrossEntropy$"),
        ((3, 1), [[0], [1.5], [1]], ValueError, r"got 1.5 at row 1, column 0 \(counted from 0\)$"),
        ((3, 1), [[0], [np.nan], [1]], ValueError, "got nan at row 1"),
        ((), 2.0, ValueError, r"got 2.0$"),
        ((3, 1), [["a"], ["b"], ["c"]], TypeError, "expected a target of real numbers"),
    ],
)
def test_targets_that_do_not_fit_are_refused(shape, target, error, match):
    loss = nn.SigmoidBinaryCrossEntropy()
    with pytest.raises(error, match=rf"SigmoidBinaryCrossEntropy\(\): .*{match}"):
        loss.forward(np.zeros(shape), np.asarray(target))
    assert loss.pending == 0


def test_a_network_learns_several_labels_of_each_sample(rng):
    x = rng.standard_normal((200, 3)).astype(np.float32)
    y = x @ rng.standard_normal((3, 4)) > 0
    model = nn.Dense(3, 4, rng=0)
    trainer = nn.Trainer(model, nn.SigmoidBinaryCrossEntropy(), nn.SGD(model.parameters(), lr=1.0))
    trainer.fit(x, y, epochs=20, rng=0, progress=False)
    assert ((model.predict(x) > 0) == y).mean() > 0.95
