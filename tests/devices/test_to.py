"""Networks move to a device and back, with all that they hold, or not at all."""

import copy
import pickle
import sys

import numpy as np
import pytest

import nnlayers as nn
from tests.devices.log import watched
from tests.devices.rows import on_device


def network():
    return nn.Sequential(
        nn.Dense(3, 4, rng=0), nn.BatchNorm(4), nn.Dropout(0.5, rng=1), nn.Dense(4, 2, rng=2)
    )


def trained(model, x):
    """With gradients and statistics that are not those of the beginning."""
    model.backward(np.ones_like(model.forward(x)))
    return model


def places(model):
    arrays = [state.value for _, state in model.named_states()]
    arrays += [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    return {type(array).__module__ for array in arrays}


@pytest.fixture
def x(rng):
    return rng.standard_normal((5, 3), np.float32)


def test_values_gradients_and_statistics_go_there_and_back(cupy, x):
    model = trained(network(), x)
    before = copy.deepcopy(model)
    assert model.to("cupy") is model
    assert places(model) == {"cupy"}
    assert model.to("numpy") is model
    assert places(model) == {"numpy"}
    for one, other in zip(model.parameters(), before.parameters(), strict=True):
        assert np.array_equal(one.value, other.value)
        assert np.array_equal(one.grad, other.grad)
    for path, value in model.state_dict().items():
        assert np.array_equal(value, before.state_dict()[path])


def test_shared_parameters_stay_shared(cupy):
    embedding = nn.Embedding(5, 3)
    model = nn.Sequential(embedding, nn.TiedDense(embedding)).to("cupy")
    assert model[1].embedding.weight is model[0].weight
    assert len(model.named_parameters()) == 2


def test_saved_values_of_pending_forwards_are_dropped(cupy, x):
    model = network()
    model.forward(x)
    model.to("cupy")
    assert model.pending == 0


def test_if_one_array_does_not_fit_none_has_moved(cupy, x, monkeypatch):
    model, moved = trained(network(), x), []

    def asarray(array):
        if len(moved) == 3:
            raise MemoryError("the GPU is full")
        moved.append(array)
        return on_device(array)

    monkeypatch.setattr(cupy, "asarray", asarray)
    with pytest.raises(MemoryError):
        model.to("cupy")
    assert places(model) == {"numpy"}


@pytest.mark.parametrize(
    ("device", "error", "words"),
    [
        ("cuda", ValueError, r'Dense\.to: expected "numpy" or "cupy", got \'cuda\': write "cupy"'),
        ("cuda:0", ValueError, 'write "cupy"'),
        ("cpu", ValueError, 'write "numpy"'),
        ("jax", ValueError, r"got 'jax'$"),
        (np.float64, TypeError, "astype"),
        (np.dtype("f4"), TypeError, "astype"),
        (None, TypeError, "got None$"),
        (0, TypeError, "got 0$"),
    ],
)
def test_other_devices_are_refused_with_the_word_that_was_meant(device, error, words):
    with pytest.raises(error, match=words):
        nn.Dense(2, 2).to(device)


def test_without_cupy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(
        ImportError, match=r"pip install 'nnlayers\[cupy\]'.*a version of CUDA other than 12"
    ):
        nn.Dense(2, 2).to("cupy")


def test_without_a_gpu_it_says_so(cupy, monkeypatch):
    monkeypatch.setattr(cupy, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=r"Dense\.to: CuPy finds no GPU"):
        nn.Dense(2, 2).to("cupy")


def test_files_and_dicts_of_weights_are_those_of_the_host(cupy, x, tmp_path):
    model = trained(network(), x)
    expected = model.state_dict()
    model.save_weights(tmp_path / "host.npz")
    nn.save(model, tmp_path / "host_model.npz")
    model.to("cupy")
    assert all(type(value) is np.ndarray for value in model.state_dict().values())
    model.save_weights(tmp_path / "device.npz")
    nn.save(model, tmp_path / "device_model.npz")
    for name in ("", "_model"):
        one, other = tmp_path / f"host{name}.npz", tmp_path / f"device{name}.npz"
        with np.load(one) as arrays, np.load(other) as others:
            assert {key: arrays[key].tolist() for key in arrays if key != "nnlayers.json"} == {
                key: others[key].tolist() for key in others if key != "nnlayers.json"
            }
    other = network().to("cupy")
    other.load_weights(tmp_path / "host.npz")
    assert places(other) == {"cupy"}
    assert all(np.array_equal(value, expected[path]) for path, value in other.state_dict().items())
    other.load_state_dict(expected)
    assert places(other) == {"cupy"}


def test_values_of_either_device_become_those_of_a_state(cupy):
    state = nn.State(np.zeros(2))
    state.value = on_device(np.ones(2))
    assert state.value.tolist() == [1, 1]
    layer = nn.BatchNorm(2).to("cupy")
    layer.mean.value = np.ones(2)
    assert type(layer.mean.value).__module__ == "cupy"
    with pytest.raises(ValueError, match="expected a value of shape"):
        layer.mean.value = np.ones(3)
    with pytest.raises(ValueError, match="too large for float32"):
        layer.mean.value = np.array([1e300, 0])
    assert layer.mean.value.get().tolist() == [1, 1]


def test_copies_pickles_and_conversions_stay_there(cupy, x):
    model = trained(network().to("cupy"), on_device(x))
    expected = model.predict(on_device(x)).get()
    copies = copy.deepcopy(model), pickle.loads(pickle.dumps(model)), model.for_inference()
    for other in (*copies, model.astype(np.float64)):
        assert places(other) == {"cupy"}
        assert np.allclose(other.predict(on_device(x)).get(), expected, atol=1e-6)
    model.layers[0].weight.value[0, 0] = 1e30
    with pytest.raises(ValueError, match="too large for float16"):
        model.astype(np.float16)


def test_a_network_on_a_device_says_the_same_of_itself(cupy):
    model = nn.Sequential(nn.Conv2D(2, 3, 2), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(12, 2))
    words, html, shape = model.summary((5, 5, 2)), model._repr_html_(), model.output_shape(5, 5, 2)
    model.to("cupy")
    assert (model.summary((5, 5, 2)), model._repr_html_(), model.output_shape(5, 5, 2)) == (
        words,
        html,
        shape,
    )
    assert places(model) == {"cupy"}


def test_layers_on_a_device_make_networks_there(cupy):
    first, last = nn.Dense(3, 4).to("cupy"), nn.Sequential(nn.Dense(4, 2)).to("cupy")
    model = nn.Sequential(first, nn.ReLU(), last)
    assert model.output_shape(3) == (2,)
    assert nn.Residual(nn.Sequential(nn.Dense(3, 3)).to("cupy")).output_shape(3) == (3,)
    with pytest.raises(ValueError, match="cannot follow"):
        nn.Sequential(first, nn.Dense(5, 2).to("cupy"))
    with pytest.raises(ValueError, match=r"cannot follow.*move the model"):
        nn.Sequential(first, nn.Dense(4, 2))


def test_frozen_states_stay_frozen(cupy, x):
    model = network()
    model[1].trainable = False
    model.to("cupy")
    model.forward(on_device(x))
    assert model[1].mean.value.get().tolist() == [0] * 4


def test_standardize_is_fitted_with_data_of_the_host(cupy, x):
    layer = nn.Standardize(3).to("cupy").fit(x)
    assert np.allclose(layer.mean.value.get(), x.mean(axis=0))
    other = nn.Standardize(3).to("cupy").fit(on_device(x))
    assert np.array_equal(layer.std.value.get(), other.std.value.get())


def test_moving_waits_once_for_each_array_and_not_at_all_on_the_way_there(cupy):
    model = network()
    with watched() as log:
        model.to("cupy")
    assert not log.waits
    assert len(log.copies) == len(model.named_states())
    with watched() as log:
        model.to("numpy")
    assert len(log.waits) == len(model.named_states())
