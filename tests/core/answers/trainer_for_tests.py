"""A small trainer, its data, and a layer of a user, for tests of answers."""

import numpy as np

import nnlayers as nn

x, y = np.zeros((4, 3), np.float32), np.array([0, 1, 0, 1])


def make_trainer():
    model = nn.Sequential(nn.Dense(3, 2, rng=0))
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))


TRAINER = make_trainer()
PARTS = TRAINER.model, TRAINER.loss, TRAINER.optimizer


class Own(nn.Layer):
    """A layer of a user, with attributes that have other libraries' names."""

    def __init__(self, size, *, training=True):
        self.size, self.training = size, training
        self.state, self.fit, self.frozen = nn.State(np.zeros(size)), 3, False

    def train(self):
        return "its own"
