"""Numbers that stop being finite during training."""

import threading

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center, Residual, pending
from tests.training.trainers_for_tests import X, Y, trainer, weights


def test_a_diverging_step_names_the_layer_even_without_predict():
    class Silent(Residual):
        predict = nn.Layer.predict

    model = nn.Sequential(Silent(nn.Dense(3, 3, rng=0)), Exploding())
    model[1].calls[0] = 5
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match=r"is that of layers.1, Exploding"):
        trained.step(X[:, :3], X[:, :3])


class Exploding(nn.Layer):
    """The identity for two training passes, then infinite."""

    def __init__(self):
        self.calls = [0]

    def forward(self, x):
        self.calls[0] += 1
        return x * np.inf if self.calls[0] > 2 else x

    def predict(self, x):
        return x * np.inf if self.calls[0] > 2 else x

    def backward(self, grad):
        return grad


@pytest.mark.parametrize("nested", [False, True])
def test_a_non_finite_loss_names_epoch_batch_and_layer_and_leaves_a_clean_model(nested):
    inner = [nn.ReLU(), Exploding()]
    place = r"layers.1.layers.1, Exploding\(\)" if nested else r"layers.2, Exploding\(\)"
    layers = [nn.Sequential(*inner)] if nested else inner
    model = nn.Sequential(nn.Dense(4, 3, rng=0), *layers)
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    match = (
        rf"epoch 2, batch 1: the loss is nan: the first output that is not finite is that of {place}"
    )
    with pytest.raises(FloatingPointError, match=match):
        trained.fit(X, Y, epochs=5, batch_size=25, rng=0, progress=False, health=False)
    assert trained.history.epochs == 1
    assert np.isfinite(weights(trained)).all()
    assert not any(pending(model))
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("lr", [1e2, 1e5, 1e10, 1e15, 1e20, 1e25, 1e30, 1e37, 1e38])
@pytest.mark.parametrize(
    "options", [{}, {"momentum": 0.9}, {"weight_decay": 0.1}, {"weight_decay": 1e-4}]
)
def test_weights_stay_finite_at_any_learning_rate(lr, options):
    trained = trainer(lr=lr, **options)
    try:
        trained.fit(X, Y, epochs=100, batch_size=10, rng=0, progress=False)
    except FloatingPointError:
        assert trained.history.epochs < 100
    else:
        assert trained.history.epochs == 100  # all units died, which is finite too
    assert np.isfinite(weights(trained)).all()


def test_running_statistics_stay_finite_too():
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Exploding(), Center(3))
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match=r"epoch 2, batch 1.*layers.1, Exploding"):
        trained.fit(X, Y, epochs=5, batch_size=25, rng=0, progress=False)
    assert np.isfinite(model[2].mean.value).all()
    assert model[2].mean.value.any()


def test_an_infinite_gradient_is_detected_before_the_update():
    class Steep(nn.Layer):
        def forward(self, x):
            return x

        def backward(self, grad):
            return grad * np.inf

    model = nn.Sequential(nn.Dense(4, 3, rng=0), Steep())
    trained = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    before = weights(trained)
    with pytest.raises(
        FloatingPointError, match=r"step: the loss is .* but the update of Parameter 'layers.0"
    ):
        trained.step(X, X[:, :3])
    np.testing.assert_array_equal(weights(trained), before)


def test_input_too_large_for_float32_is_named():
    trained = trainer()
    with pytest.raises(ValueError, match=r"x holds .*e\+299 at row 0, column 0 .*too large"):
        trained.fit(X.astype(float) * 1e300, Y, epochs=1, progress=False)
    with pytest.raises(FloatingPointError, match=r"the input is not finite \(in float32\)"):
        trained.step(np.full((4, 4), np.inf), Y[:4])


def test_an_infinite_loss_of_finite_outputs_is_named():
    class Infinite(nn.MeanSquaredError):
        def forward(self, prediction, target):
            super().forward(prediction, target)
            return float("inf")

    model = nn.Dense(4, 3, rng=0)  # a model need not be a Sequential
    trained = nn.Trainer(model, Infinite(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(
        FloatingPointError, match=r"Trainer.step: the loss is inf: run again, the output of every"
    ):
        trained.step(X, X[:, :3])


class Cell(nn.Layer):
    """y = x + h, of two arguments, which only the layer around it knows"""

    def forward(self, x, h):
        return x + h

    predict = forward

    def backward(self, grad):
        return grad


class Unrolled(nn.Layer):
    """Infinite, by an inner layer of two arguments"""

    def __init__(self):
        self.cell = Cell()

    def forward(self, x):
        return self.cell.forward(x, np.inf)

    def predict(self, x):
        return self.cell.predict(x, 0)

    def backward(self, grad):
        return grad


def test_inner_layers_of_several_arguments_are_named_and_summarised():
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Unrolled())
    assert "Unrolled()" in model.summary()
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match=r"is that of layers\.1\.cell, Cell\(\)"):
        trained.step(X, Y)


def test_a_search_that_fails_does_not_replace_the_error():
    class Locked(Unrolled):
        def __init__(self):
            super().__init__()
            self.lock = threading.Lock()

    model = nn.Sequential(nn.Dense(4, 3, rng=0), Locked())
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match=r"could not be found .TypeError: cannot pickle"):
        trained.step(X, Y)


class Moving(nn.Layer):
    """Moves its statistics in place, and has an infinite gradient."""

    def __init__(self):
        self.mean = nn.State(np.ones(3))

    def forward(self, x):
        self.mean.value *= 0.5
        return x

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * np.inf


def test_statistics_are_put_back_after_an_infinite_gradient_too():
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Moving())
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match=r"update of Parameter .layers"):
        trained.step(X, Y)
    assert model[1].mean.value.tolist() == [1, 1, 1]


def test_a_step_watches_the_optimizer_that_the_trainer_has_now():
    trained = trainer()
    trained.optimizer = nn.SGD(trained.model.parameters(), lr=1e38)
    before = weights(trained)
    with pytest.raises(FloatingPointError, match="the update of Parameter"):
        trained.step(1e4 * X, Y)
    np.testing.assert_array_equal(weights(trained), before)


def parts(dtype=np.float32, **options):
    model = nn.Sequential(nn.Dense(4, 3, rng=0)).astype(dtype)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), **options))


def everything(trained):
    memories = [v for k, v in trained.optimizer.state_dict().items() if k.endswith("velocity")]
    return np.concatenate([weights(trained), *(memory.ravel() for memory in memories)])


def with_a_large_velocity(dtype, share):
    trained = parts(dtype, lr=0.1, momentum=0.99)
    state = trained.optimizer.state_dict()
    for name in ("0.velocity", "1.velocity"):
        state[name] = np.full_like(state[name], share * float(np.finfo(dtype).max))
    trained.optimizer.load_state_dict(state)
    return trained


def with_a_factor(name, value):
    trained = parts(lr=0.1, weight_decay=0.1)
    setattr(trained.model[0].weight, name, value)
    return trained


EXTREMES = {
    "a rate beyond float16": lambda: parts(np.float16, lr=1e6),
    "a rate near the limit of float16": lambda: parts(np.float16, lr=6e4, momentum=0.9),
    "a decay beyond float16": lambda: parts(np.float16, lr=1e-6, weight_decay=1e5),
    "a rate beyond float32": lambda: parts(lr=1e300),
    "a decay beyond float32": lambda: parts(lr=1e-300, weight_decay=1e300),
    "velocities near the limit": lambda: with_a_large_velocity(np.float32, 0.9),
    "negative velocities": lambda: with_a_large_velocity(np.float32, -0.9),
    "velocities in float64": lambda: with_a_large_velocity(np.float64, 0.9),
    "velocities in float16": lambda: with_a_large_velocity(np.float16, 0.9),
    "a factor of the rate": lambda: with_a_factor("lr_factor", 1e300),
    "a factor of the decay": lambda: with_a_factor("decay", 1e300),
    "a decay that overshoots": lambda: with_a_factor("decay", 1e5),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_weights_and_memories_are_those_before_a_refused_batch_whatever_is_extreme(case):
    trained = EXTREMES[case]()
    refused = False
    for _ in range(300):
        before = everything(trained)
        try:
            trained.step(X, Y)
        except FloatingPointError:
            np.testing.assert_array_equal(everything(trained), before)
            refused = True
        assert np.isfinite(everything(trained)).all()
    assert refused


def test_a_gradient_that_is_not_finite_is_refused_by_any_method():
    class Signs(nn.Optimizer):
        def update(self, value, grad, lr):
            value -= lr * np.sign(grad)

    class Steep(nn.Layer):
        def forward(self, x):
            return x

        def backward(self, grad):
            return grad * np.inf

    model = nn.Sequential(nn.Dense(4, 3, rng=0), Steep())
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), Signs(model.parameters(), lr=0.1))
    with pytest.raises(FloatingPointError, match=r"the update of Parameter 'layers.0.weight'"):
        trained.step(X, Y)


class Counted(nn.MeanSquaredError):
    """Moves a State in every forward."""

    def __init__(self):
        self.calls = nn.State(np.zeros(1))

    def forward(self, prediction, target, weights=None):
        self.calls.value[...] += 1
        return super().forward(prediction, target, weights)


@pytest.mark.parametrize("failure", ["loss", "update", "clipping"])
def test_states_of_a_loss_are_put_back_too(failure):
    loss = Counted()
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Moving()).astype(np.float64)
    options = {"clip_norm": 1.0} if failure == "clipping" else {}
    trained = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1, **options))
    x = X.astype(float) * 1e300 if failure == "loss" else X
    with pytest.raises(FloatingPointError):
        trained.step(x, X[:, :3])
    assert loss.calls.value.tolist() == [0]
    assert model[1].mean.value.tolist() == [1, 1, 1]


def test_an_ordinary_step_copies_no_optimizer(monkeypatch):
    trained = trainer(momentum=0.9, weight_decay=1e-4)
    copies = []
    monkeypatch.setattr(nn.SGD, "__deepcopy__", lambda self, memo: copies.append(self), raising=False)
    trained.fit(X, Y, epochs=3, rng=0, progress=False)
    assert not copies
