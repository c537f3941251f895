"""nnlayers: the same step through `Trainer.step`, which also checks that it is finite."""

import nnlayers as nn
from contenders import Way
from contenders.with_nnlayers import parts, weights_of


def step(case):
    model, loss, optimizer = parts(case)
    trainer = nn.Trainer(model, loss, optimizer)
    x, y = case.rows()
    return [Way(lambda: trainer.step(x, y), lambda: weights_of(model))]
