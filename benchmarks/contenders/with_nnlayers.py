"""nnlayers: the plain training loop; for an epoch `Trainer.fit`."""

import nnlayers as nn
from contenders import Way


def network(case):
    layers = []
    for weight, _ in case.weights():
        dense = nn.Dense(*weight.shape)
        dense.weight.value[...] = weight
        layers += [dense, nn.ReLU(), nn.Dropout(case.dropout, rng=3)][: 3 if case.dropout else 2]
    return nn.Sequential(*layers[: layers.index(dense) + 1])


def parts(case):
    model = network(case)
    return model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), case.lr, weight_decay=case.decay)


def weights_of(model):
    return [(layer.weight.value, layer.bias.value) for layer in model if isinstance(layer, nn.Dense)]


def train(model, loss, optimizer, x, y):
    value = loss.forward(model.forward(x), y)
    model.backward_parameters(loss.backward())
    optimizer.step()
    return value


def step(case):
    model, loss, optimizer = parts(case)
    x, y = case.rows()
    return [Way(lambda: train(model, loss, optimizer, x, y), lambda: weights_of(model))]


def trainer_step(case):
    trainer = nn.Trainer(*parts(case))
    x, y = case.rows()
    return [Way(lambda: trainer.step(x, y), lambda: weights_of(trainer.model))]


def epoch(case):
    trainer = nn.Trainer(*parts(case))
    x, y = case.dataset()

    def call():
        history = trainer.fit(x, y, epochs=1, batch_size=case.batch, rng=3, progress=False)
        return history["accuracy"][-1]

    return [Way(call)]


def plain_loop(case):
    """The steps of an epoch and nothing else, over batches that were cut beforehand."""
    model, loss, optimizer = parts(case)
    cut = list(nn.batches(*case.dataset(), batch_size=case.batch, rng=3))

    def call():
        for x, y in cut:
            train(model, loss, optimizer, x, y)

    return [Way(call)]


def predict(case):
    trainer = nn.Trainer(*parts(case))
    x, _ = case.rows()
    ways = [Way(lambda: trainer.model.predict(x), name="at once")]
    return ways if len(x) == 1 else [*ways, Way(lambda: trainer.predict(x), name="in batches")]
