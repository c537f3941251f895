"""Random sequences of calls against a model that cannot go wrong: a fresh copy for every pass."""

import copy
import pickle
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import nnlayers as nn
from nnlayers.testing import strategies

FEATURES = 3


class Network(RuleBasedStateMachine):
    """A network in use, and what its gradients must be."""

    @initialize(model=strategies.networks(FEATURES), twice=st.booleans())
    def build(self, model, twice):
        shared = nn.Dense(FEATURES, FEATURES, rng=0)
        layers = [shared, nn.ReLU(), shared, *model] if twice else list(model)
        self.model = nn.Sequential(*layers).astype(np.float64)
        self.pending = []  # for each forward without a backward: a fresh copy from before it, and x
        self.expected = {}  # the gradients that must have come together

    def trainable(self):
        return bool(self.model.parameters())

    @rule(x=strategies.arrays(st.tuples(st.integers(0, 4), st.just(FEATURES))))
    def forward(self, x):
        fresh = copy.deepcopy(self.model)
        fresh.clear_gradients()
        y = self.model.forward(x)
        self.pending.append((fresh, x, y.copy(), y))

    @precondition(lambda self: self.pending)
    @rule(seed=strategies.seeds(), short=st.booleans())
    def backward(self, seed, short):
        fresh, x, y, _ = self.pending.pop()
        np.testing.assert_array_equal(fresh.forward(x), y)
        grad = np.random.default_rng(seed).standard_normal(y.shape)
        right = fresh.backward(grad)
        if short:
            assert self.model.backward_parameters(grad) is None
        else:
            np.testing.assert_allclose(self.model.backward(grad), right, atol=1e-12)
        for path, parameter in fresh.named_parameters():
            self.expected[path] = self.expected.get(path, 0) + parameter.grad
        for path, parameter in self.model.named_parameters():
            np.testing.assert_allclose(parameter.grad, self.expected[path], rtol=1e-9, atol=1e-9)

    @rule(x=strategies.arrays(st.tuples(st.integers(0, 4), st.just(FEATURES))))
    def predict(self, x):
        before = self.model.state_dict()
        first = self.model.predict(x)
        np.testing.assert_array_equal(copy.deepcopy(self.model).predict(x), first)
        for path, value in self.model.state_dict().items():
            np.testing.assert_array_equal(value, before[path])

    @precondition(lambda self: self.expected and not self.pending)
    @rule(decay=st.sampled_from([0.0, 0.1]))
    def step(self, decay):
        before = self.model.state_dict()
        nn.SGD(self.model.parameters(), lr=0.01, weight_decay=decay).step()
        for path, parameter in self.model.named_parameters():
            gradient = self.expected[path] + decay * parameter.decay * before[path]
            np.testing.assert_allclose(parameter.value, before[path] - 0.01 * gradient, atol=1e-12)
            assert parameter.grad is None
        self.expected = {}

    @precondition(lambda self: not self.pending)
    @rule(way=st.sampled_from([copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]))
    def replace_by_a_copy(self, way):
        self.model = way(self.model)

    @precondition(lambda self: not self.pending)
    @rule()
    def save_and_load(self):
        with tempfile.TemporaryDirectory() as folder:
            self.model.save_weights(Path(folder) / "weights.npz")
            other = copy.deepcopy(self.model)
            for parameter in other.parameters():
                parameter.value[...] = 7
            other.load_weights(Path(folder) / "weights.npz")
        self.model = other

    @rule()
    def drop_everything(self):
        self.model.clear_saved()
        self.model.clear_gradients()
        self.pending, self.expected = [], {}

    def teardown(self):
        for _, _, kept, y in getattr(self, "pending", []):
            np.testing.assert_array_equal(y, kept)  # nothing that was handed out was overwritten


TestNetwork = Network.TestCase
TestNetwork.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
