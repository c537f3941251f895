"""PyTorch: the loop of its tutorials, eager, and with the model and its loss compiled.

In its favour, the loss stays a tensor, and ``epoch`` takes its batches by index from tensors in memory;
with a DataLoader, as in the tutorials, it is another contender. To compile the optimizer's step as well
makes nothing faster.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from contenders import Way, threads

torch.set_num_threads(threads())


def network(case):
    layers = []
    for weight, _ in case.weights():
        linear = nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight).T)
            linear.bias.zero_()
        layers += [linear, nn.ReLU(), nn.Dropout(case.dropout)][: 3 if case.dropout else 2]
    return nn.Sequential(*layers[: layers.index(linear) + 1])


def weights_of(model):
    linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    return [(li.weight.detach().numpy().T, li.bias.detach().numpy()) for li in linears]


def sgd(model, case, fused=True):
    weights, biases = ([p for p in model.parameters() if p.ndim == ndim] for ndim in (2, 1))
    groups = [{"params": weights, "weight_decay": case.decay}, {"params": biases}]
    return torch.optim.SGD(groups, lr=case.lr, fused=fused, foreach=False)


def step(case, compiled=False):
    x, y = map(torch.from_numpy, case.rows())
    criterion = nn.CrossEntropyLoss()

    def way(fused):
        model = network(case)
        optimizer = sgd(model, case, fused)

        def loss_of():
            return criterion(model(x), y)

        if compiled:  # its own random numbers are slower than those of eager mode
            loss_of = torch.compile(loss_of, dynamic=False, options={"fallback_random": True})

        def call():
            optimizer.zero_grad()
            loss = loss_of()
            loss.backward()
            optimizer.step()
            return loss

        return Way(call, lambda: weights_of(model), "fused" if fused else "one by one")

    return [way(True)] if compiled else [way(True), way(False)]


def compiled_step(case):
    return step(case, compiled=True)


def epoch(case):
    x, y = map(torch.from_numpy, case.dataset())

    def batches():
        return ((x[rows], y[rows]) for rows in torch.randperm(len(x)).split(case.batch))

    return [Way(epoch_over(batches, case))]


def loader_epoch(case):
    dataset = TensorDataset(*map(torch.from_numpy, case.dataset()))
    loader = DataLoader(dataset, batch_size=case.batch, shuffle=True)
    return [Way(epoch_over(lambda: loader, case))]


def epoch_over(batches, case):
    model = network(case)
    criterion = nn.CrossEntropyLoss()
    optimizer = sgd(model, case)

    def call():
        total, right, seen = torch.zeros(()), torch.zeros((), dtype=torch.long), 0
        for x, y in batches():
            optimizer.zero_grad()
            prediction = model(x)
            loss = criterion(prediction, y)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
            right += (prediction.argmax(1) == y).sum()
            seen += len(x)
        return right.item() / seen

    return call


def predict(case):
    model = network(case).eval()
    x = torch.from_numpy(case.rows()[0])

    def call():
        with torch.inference_mode():
            return model(x).numpy()

    return [Way(call)]
