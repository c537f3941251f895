"""Standardize."""

import statistics

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.data import checks


@pytest.fixture
def data(rng):
    return rng.normal([10.0, -3.0, 0.0], [2.0, 0.1, 30.0], (50, 3))


def test_it_is_the_identity_before_fit(data):
    y = nn.Standardize(3).forward(data.astype(np.float32))
    np.testing.assert_array_equal(y, data.astype(np.float32))


def test_fit_computes_the_mean_and_deviation_of_each_column(data):
    layer = nn.Standardize(3).fit(data)
    for index, column in enumerate(data.T.tolist()):
        assert layer.mean.value[index] == pytest.approx(statistics.fmean(column), rel=1e-6)
        assert layer.std.value[index] == pytest.approx(statistics.pstdev(column), rel=1e-6)
        expected = [(v - statistics.fmean(column)) / statistics.pstdev(column) for v in column]
        np.testing.assert_allclose(layer.predict(data)[:, index], expected, atol=1e-5)


def test_fit_returns_the_layer_and_replaces_earlier_fits(data):
    layer = nn.Standardize(3)
    assert layer.fit(data + 100) is layer
    layer.fit(data)
    np.testing.assert_array_equal(layer.mean.value, nn.Standardize(3).fit(data).mean.value)


@pytest.mark.parametrize("constant", [0.1, 0.0, -7.0, 1e9, 1e30])
def test_a_constant_feature_becomes_zero(constant, data):
    data[:, 1] = constant  # the mean of fifty values of 0.1 is not exactly 0.1
    layer = nn.Standardize(3).fit(data)
    assert layer.std.value[1] == 1
    assert layer.mean.value[1] == np.float32(constant)
    np.testing.assert_array_equal(layer.predict(data)[:, 1], 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float16, np.float32])
def test_sums_are_computed_in_float64(dtype, rng):
    x = (rng.integers(0, 2, (100_000, 2)) * 200).astype(dtype)  # sums overflow uint8 and float16
    layer = nn.Standardize(2).fit(x)
    np.testing.assert_allclose(layer.mean.value, x.astype(np.float64).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(layer.std.value, x.astype(np.float64).std(axis=0), rtol=1e-6)


def test_the_deviation_is_accurate_despite_a_large_offset(rng):
    x = 1e8 + rng.standard_normal((1000, 1))
    layer = nn.Standardize(1, dtype=np.float64).fit(x)
    assert layer.std.value[0] == pytest.approx((x - 1e8).std(), rel=1e-6)


def test_data_on_disk_is_read_in_chunks(data, tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", data)
    whole = nn.Standardize(3).fit(data)
    monkeypatch.setattr(checks, "CHUNK", 7 * 3)  # 50 rows: seven chunks of seven, and one row more
    seen = [len(chunk) for chunk in dict(checks.chunks(data)).values()]
    assert seen == [7] * 7 + [1]
    layer = nn.Standardize(3).fit(np.load(tmp_path / "x.npy", mmap_mode="r"))
    np.testing.assert_allclose(layer.mean.value, whole.mean.value, rtol=1e-6)
    np.testing.assert_allclose(layer.std.value, whole.std.value, rtol=1e-6)


def test_it_is_saved_with_its_network(data, tmp_path):
    def build():
        return nn.Sequential(nn.Standardize(3), nn.Dense(3, 2, rng=0))

    model, other = build(), build()
    model[0].fit(data)
    model.save_weights(tmp_path / "weights.npz")
    other.load_weights(tmp_path / "weights.npz")
    np.testing.assert_array_equal(other.predict(data), model.predict(data))
    assert sorted(model.state_dict())[-2:] == ["layers.1.bias", "layers.1.weight"]
    assert [path for path, _ in model.named_parameters()] == ["layers.1.weight", "layers.1.bias"]


def test_training_does_not_change_it(data):
    model = nn.Sequential(nn.Standardize(3).fit(data), nn.Dense(3, 1, rng=0))
    before = model[0].state_dict()
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.Optimizer(model.parameters(), lr=0.1))
    history = trainer.fit(data, data[:, :1] / 10, epochs=20, rng=0, progress=False)
    assert history["loss"][-1] < 0.01
    for name, value in model[0].state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_sequential_checks_and_summarizes_it():
    with pytest.raises(ValueError, match=r"layer 1, Dense\(4, 2\), cannot follow layer 0, Standardize"):
        nn.Sequential(nn.Standardize(3), nn.Dense(4, 2))
    summary = nn.Sequential(nn.Standardize(3), nn.Dense(3, 2)).summary()
    assert "Standardize(3)  (N, 3)" in summary
    assert "6 values of state" in summary


def test_backward_divides_by_the_deviation(data):
    layer = nn.Standardize(3).fit(data)
    layer.forward(data)
    grad = layer.backward(np.ones((50, 3), np.float32))
    np.testing.assert_allclose(grad, np.ones((50, 3)) / layer.std.value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_input_is_converted_to_its_dtype(dtype, data):
    layer = nn.Standardize(3, dtype=dtype).fit(data)
    assert layer.forward(data).dtype == dtype
    assert layer.predict(np.ones((2, 3), int)).dtype == dtype
    assert layer.astype(np.float64).predict(data).dtype == np.float64


@pytest.mark.parametrize(
    ("x", "match"),
    [
        (np.ones((5, 2)), r"expected x of shape \(N, 3\) with N of at least 2, got \(5, 2\)"),
        (np.ones((1, 3)), r"at least 2, got \(1, 3\)"),
        (np.ones((4, 5, 3)), r"got \(4, 5, 3\)"),
        (np.ones(3), r"got \(3,\)"),
        (np.zeros((0, 3)), "at least one sample"),
        ([[1, 2, 3], [1, np.nan, 3]], "x holds nan at row 1, column 1"),
        ([[1, 2, 3], [1, 2, np.inf]], "x holds inf at row 1, column 2"),
        ([[0, 0, 1e9], [0, 0, 1e9 + 1]], r"feature 2 .* deviation 0.5; float32 would round it"),
        ([[0, 1e300, 0], [0, -1e300, 0]], "feature 1 .*; it is too large for float32: scale x first"),
        ([[1e-60, 0, 0], [-1e-60, 0, 0]], "feature 0 .* too small for float32"),
    ],
)
def test_unusable_data_is_rejected_and_changes_nothing(x, match, data):
    layer = nn.Standardize(3).fit(data)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=rf"Standardize\(3\).fit: .*{match}"):
        layer.fit(x)
    assert all(np.array_equal(layer.state_dict()[name], before[name]) for name in before)


def test_non_real_data_and_invalid_sizes_are_rejected():
    with pytest.raises(TypeError, match=r"Standardize\(2\).fit: expected x of real numbers"):
        nn.Standardize(2).fit([["a", "b"], ["c", "d"]])
    with pytest.raises(TypeError, match="features must be a whole number"):
        nn.Standardize(2.0)
    with pytest.raises(ValueError, match="features must be at least 1"):
        nn.Standardize(0)
    with pytest.raises(TypeError, match="expected an array of real numbers"):
        nn.Standardize(2).predict(np.ones((3, 2), complex))


@pytest.mark.parametrize("shape", [(3,), (5, 2), ()])
def test_input_of_another_shape_is_rejected(shape):
    with pytest.raises(ValueError, match=r"Standardize\(3\): expected input of shape \(N, 3\), got"):
        nn.Standardize(3).forward(np.ones(shape))


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint64, np.longdouble])
@pytest.mark.parametrize("step", [1e-3, 1, 10, 60, 3600, 86_400])
def test_large_numbers_are_standardized_to_a_hundredth_or_refused(step, dtype):
    x = (1_700_000_000 + step * np.arange(90)[:, np.newaxis]).astype(dtype)
    layer = nn.Standardize(1)
    if step < 3600:
        with pytest.raises(ValueError, match=r"feature 0 .* has mean 1.7e\+09 .*subtract an offset"):
            layer.fit(x + np.array([[0], [1]] * 45).astype(dtype))  # not the same in all rows
        assert layer.std.value[0] == 1
    else:
        exact = x.astype(np.longdouble)
        expected = (exact - exact.mean()) / exact.std()
        for network in (layer.fit(x), nn.Sequential(layer, nn.Dense(1, 1, rng=0))[:1]):
            np.testing.assert_allclose(network.predict(x), expected, atol=0.01)


def test_a_large_feature_that_is_constant_becomes_zero():
    x = np.full((5, 1), 1_700_000_001)
    assert not nn.Standardize(1).fit(x).predict(x).any()


@pytest.mark.parametrize("dtype", [int, bool, complex, str, np.uint8, "M8[s]"])
@pytest.mark.parametrize(
    "layer", [lambda d: nn.Standardize(2, dtype=d), lambda d: nn.Dense(2, 2, dtype=d)]
)
def test_a_dtype_that_is_not_floating_is_refused(layer, dtype):
    with pytest.raises(TypeError, match="expected a floating dtype, got"):
        layer(dtype)


def test_integers_that_only_integers_tell_apart_are_refused():
    with pytest.raises(ValueError, match="subtract an offset first"):
        nn.Standardize(1).fit(np.array([[2**53], [2**53 + 1]]))


def test_a_wide_standardize_keeps_the_input_of_a_network_wide():
    x = 1.7e9 + np.arange(0, 900, 10.0)[:, np.newaxis]
    model = nn.Sequential(nn.Standardize(1, dtype=np.float64).fit(x), nn.Dense(1, 1, rng=0))
    model[1].weight.value[...] = 1
    expected = (x - x.mean()) / x.std()
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5, atol=1e-6)
    assert model.predict(x).dtype == np.float32
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(x, expected, epochs=1, rng=0, progress=False)
    assert trainer.evaluate(x, expected)["loss"] < 1


def test_a_stream_is_read_in_batches_and_gives_the_same_figures():
    x = np.random.default_rng(0).standard_normal((1000, 3)) * [1, 100, 0] + [5, 0, 7]
    expected = nn.Standardize(3).fit(x)
    for data in (nn.stream(x, batch_size=64), nn.stream(x, np.zeros(1000), rng=0)):
        found = nn.Standardize(3).fit(data)
        np.testing.assert_allclose(found.mean.value, expected.mean.value, rtol=1e-6)
        np.testing.assert_allclose(found.std.value, expected.std.value, rtol=1e-6)
        assert found.std.value[2] == 1
    with pytest.raises(ValueError, match=r"expected x of shape \(N, 2\) .* got \(1000, 3\)"):
        nn.Standardize(2).fit(nn.stream(x))
    with pytest.raises(ValueError, match=r"expected x of shape \(N, 3\) .* got \(1000,\)"):
        nn.Standardize(3).fit(nn.stream((x, x)))


@pytest.mark.parametrize("name", ["inverse", "inverse_transform", "unscale", "denormalize", "undo"])
def test_the_way_back_is_said_under_any_likely_name(name, data):
    layer = nn.Standardize(3).fit(data)
    with pytest.raises(AttributeError, match=rf"'{name}': use y \* std.value \+ mean.value"):
        getattr(layer, name)
    y = layer.predict(data)
    np.testing.assert_allclose(y * layer.std.value + layer.mean.value, data, rtol=1e-3, atol=1e-3)
