"""PyTorch, eager: the loop of its tutorials, with the fastest of its implementations of SGD.

The loss stays a tensor. An epoch takes its batches by index from tensors in memory, which is faster
than a DataLoader (that is a contender of its own).
"""

import torch
from torch import nn

from contenders import Way, threads

torch.set_num_threads(threads())

OPTIMIZERS = {"one by one": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def network(case):
    layers = []
    for weight, _ in case.weights():
        linear = nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.zero_()
        layers += [linear, nn.ReLU()]
        if case.dropout:
            layers.append(nn.Dropout(case.dropout))
    return nn.Sequential(*layers[: layers.index(linear) + 1])


def weights_of(model):
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    return [(li.weight.detach().numpy().T, li.bias.detach().numpy()) for li in linears]


def sgd(model, case, **how):
    named = list(model.named_parameters())
    groups = [
        {"params": [p for name, p in named if name.endswith("weight")], "weight_decay": case.decay},
        {"params": [p for name, p in named if name.endswith("bias")]},
    ]
    return torch.optim.SGD(groups, lr=case.lr, **how)


def step(case):
    x, y = map(torch.from_numpy, case.rows())
    criterion = nn.CrossEntropyLoss()

    def way(name, how):
        model = network(case)
        optimizer = sgd(model, case, **how)

        def call():
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return Way(call, lambda: weights_of(model), name)

    return [way(name, how) for name, how in OPTIMIZERS.items()]


def epoch(case):
    x, y = map(torch.from_numpy, case.dataset())

    def taken():
        for rows in torch.randperm(len(x)).split(case.batch):
            yield x[rows], y[rows]

    return [Way(epoch_over(case, taken, len(x)))]


def epoch_over(case, batches, samples):
    """One epoch over what the function gives, with the mean loss and the accuracy."""
    model = network(case)
    criterion = nn.CrossEntropyLoss()
    optimizer = sgd(model, case, fused=True)

    def call():
        total = torch.zeros(())
        right = torch.zeros((), dtype=torch.long)
        for xb, yb in batches():
            optimizer.zero_grad()
            prediction = model(xb)
            loss = criterion(prediction, yb)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(xb)
            right += (prediction.argmax(1) == yb).sum()
        return right.item() / samples

    return call


def predict(case):
    model = network(case).eval()
    x = torch.from_numpy(case.rows()[0])

    def call():
        with torch.inference_mode():
            return model(x).numpy()

    return [Way(call)]
