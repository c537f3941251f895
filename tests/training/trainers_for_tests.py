"""A small trainer and its data, for the tests of training."""

import numpy as np

import nnlayers as nn


def data(samples=50, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((samples, 4)).astype(np.float32), rng.integers(0, 3, samples)


def trainer(rng=0, lr=0.1, metrics=None, optimizer=nn.SGD, **options):
    rng = np.random.default_rng(rng)
    model = nn.Sequential(
        nn.Dense(4, 8, rng=rng), nn.ReLU(), nn.Dropout(0.2, rng=rng), nn.Dense(8, 3, rng=rng)
    )
    return nn.Trainer(
        model, nn.SoftmaxCrossEntropy(), optimizer(model.parameters(), lr, **options), metrics=metrics
    )


def weights(trained):
    return np.concatenate([value.ravel() for value in trained.model.state_dict().values()])


X, Y = data()
