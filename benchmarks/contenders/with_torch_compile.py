"""PyTorch with torch.compile: of the model with its loss, and also of the optimizer's step."""

import torch
from torch import nn

from contenders import Way
from contenders.with_torch import network, sgd, weights_of


def step(case):
    x, y = map(torch.from_numpy, case.rows())

    def way(name, how, compile_update):
        model = network(case)
        criterion = nn.CrossEntropyLoss()
        optimizer = sgd(model, case, **how)
        loss_of = torch.compile(lambda: criterion(model(x), y), dynamic=False)
        update = torch.compile(optimizer.step) if compile_update else optimizer.step

        def call():
            optimizer.zero_grad()
            loss = loss_of()
            loss.backward()
            update()
            return loss

        return Way(call, lambda: weights_of(model), name)

    return [
        way("fused optimizer", {"fused": True}, False),
        way("compiled optimizer", {"foreach": True}, True),
    ]
