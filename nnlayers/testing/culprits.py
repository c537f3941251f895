"""The part of a network that is wrong by itself: a layer of a Sequential, or the loss."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, each, sample_shape
from nnlayers.losses.base import Loss
from nnlayers.testing.objectives import layers_in_order
from nnlayers.testing.plan import Case, Values
from nnlayers.testing.subjects import Culprit, LayerSubject, LossSubject, Subject
from nnlayers.testing.trials import LayerTrial, LossTrial, Trial, copied
from nnlayers.testing.value import check_block


def find_culprit(model: Layer, loss: Loss, x: Any, y: Any, seed: int) -> Culprit | None:
    """The first part whose gradient is wrong at what it gets in the network; None if all are right.

    Parameters
    ----------
    model, loss : Layer, Loss
        Copies: one forward and backward pass is made with them.
    x, y : arrays
        The data.
    seed : int
        The seed of the random directions.
    """
    rng = np.random.default_rng(seed)
    for subject, trial in _parts(model, loss, x, y, seed):
        for block in trial.blocks:
            verdict = check_block(trial, block, rng, directions=1)
            if verdict.outcome == "wrong":
                return subject, trial, block, verdict
    return None


def _parts(model: Layer, loss: Loss, x: Any, y: Any, seed: int) -> Iterator[tuple[Subject, Trial]]:
    """The layers and the loss, each where it stands in the network."""
    copies: list[tuple[str, Layer, Any]] = []
    layers = layers_in_order(model)
    z = model.convert_input(x)
    for place, layer in layers:
        copies.append((place, copy.deepcopy(layer), copied(z)))
        z = layer.forward(z)
    prediction, copy_of_loss = copied(z), copy.deepcopy(loss)
    loss.forward(z, copied(y))
    gradient, upstream = loss.backward(), []
    for _, layer in reversed(layers):
        upstream.append(copied(gradient))
        if gradient is not None:  # None in front of layers of integers
            gradient = layer.backward(gradient)
    for (place, layer, x), grad in zip(copies, reversed(upstream), strict=True):
        if grad is not None:
            trial = LayerTrialInNetwork(place, layer, _case(x, seed), x, grad)
            yield LayerInNetwork(place, layer, x), trial
    yield (
        LossInNetwork(copy_of_loss, prediction, y),
        LossTrialInNetwork(copy_of_loss, _case(prediction, seed), prediction, y),
    )


def _case(x: Any, seed: int) -> Case:
    size = next(np.shape(array)[:1] for _, array in arrays_in(x))
    return Case({"N": size[0]} if size else {}, each(np.shape, x), "as in the network", seed)


class LayerInNetwork(LayerSubject):
    """A layer of a network; its other trials draw the input."""

    def __init__(self, place: str, layer: Layer, x: Any) -> None:
        shape = sample_shape(x)
        super().__init__(layer, shape, each(_resample, x))
        name = "".join(
            f"[{part}]" if part.isdigit() else f".{part}" for part in place.split(".") if part
        )
        self.reproduce = f"check_layer(model{name}, {shape}, {{}})"

    def trial(self, case: Case) -> LayerTrial:
        return super().trial(case._replace(regime="normal"))


def _resample(array: Any) -> Values | None:
    """A function that draws from the integers of an array; None for a floating one."""
    if array.dtype.kind == "f":
        return None
    return lambda rng, shape: rng.choice(array.ravel(), shape)


class LayerTrialInNetwork(LayerTrial):
    """A layer at the input and the upstream gradient that it gets in a network."""

    def __init__(self, place: str, layer: Layer, case: Case, x: Any, upstream: Any) -> None:
        kind = type(layer).__name__
        self.name, self.case, self.values_given = f"{place} ({kind})" if place else kind, case, True
        self.paths = [path for path, _ in layer.named_parameters()]
        self.set(layer, x, np.random.default_rng(case.seed))
        self._upstream = upstream
        terms = sum(float(np.abs(u).sum()) for _, u in arrays_in(upstream) if u is not None)
        self.absolute_sum = self.largest_output * terms


class LossInNetwork(LossSubject):
    """The loss of a network; its other trials draw the prediction."""

    def __init__(self, loss: Loss, prediction: Any, y: Any) -> None:
        super().__init__(loss, sample_shape(prediction), lambda rng: copied(y), None)

    def trial(self, case: Case) -> LossTrial:
        return super().trial(case._replace(regime="normal"))


class LossTrialInNetwork(LossTrial):
    """A loss at the prediction and the target that it gets in a network."""

    def __init__(self, loss: Loss, case: Case, prediction: Any, y: Any) -> None:
        self.name, self.case, self.values_given = f"loss ({type(loss).__name__})", case, True
        self.paths = [path for path, _ in loss.named_parameters()]
        self._target = y
        self.set(loss, prediction, np.random.default_rng(case.seed))
