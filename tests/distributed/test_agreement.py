"""Ranks that are about to do different things are refused, with the first difference."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.distributed.agreement import check_same, facts_of
from tests.training.trainers_for_tests import X, Y


class Facts(nn.Callback):
    """Keeps what has to be the same in all ranks."""

    def start(self, trainer):
        self.facts = facts_of(trainer._loop)


def facts(x=X, y=Y, lr=0.1, trainable=True, callbacks=(), metrics=None, **options):
    model = nn.Sequential(nn.Dense(X.shape[1], 4, rng=0), nn.ReLU(), nn.Dense(4, 3, rng=1))
    model.layers[0].trainable = trainable
    optimizer = nn.SGD(model.parameters(), lr=lr)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)
    kept = Facts()
    options = {"epochs": 1, "progress": False, "health": False, "rng": 0} | options
    trainer.fit(x, y, callbacks=[kept, *callbacks], **options)
    return kept.facts


def test_the_same_arguments_and_any_seeds_are_the_same():
    assert facts() == facts(rng=1)  # the seed is that of rank 0
    check_same([facts(), facts(), facts(rng=1)])


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"epochs": 2}, "epochs: rank 0 has 1, rank 1 2"),
        ({"batch_size": 7}, "batch_size: rank 0 has 32, rank 1 7"),
        ({"accumulate": 2}, "accumulate: rank 0 has 1, rank 1 2"),
        ({"lr": 0.2}, "the optimizer's lr: rank 0 has 0.1, rank 1 0.2"),
        ({"lr": nn.schedules.cosine(0.3, steps=9)}, "the optimizer's lr: rank 0 has 0.1, rank 1 0.3"),
        ({"trainable": False}, "the model's layers.0.weight: .*trainable=True.*trainable=False"),
        ({"metrics": []}, r"metrics: rank 0 has \['accuracy'\], rank 1 \[\]"),
        ({"rng": np.random.default_rng(0)}, "rng: rank 0 has a seed, rank 1 a Generator"),
        ({"x": X + 1}, r"the training data: .*checksum.* part\(index, count\)"),
        ({"validation_data": (X, Y)}, "the validation data: rank 0 has none"),
        ({"callbacks": [nn.TimeLimit(9)]}, r"callbacks: .*'TimeLimit'.* ask trainer\.rank"),
    ],
)
def test_other_arguments_are_refused(other, words):
    with pytest.raises(ValueError, match=f"DataParallel: the ranks differ in {words}"):
        check_same([facts(), facts(**other)])
