"""The objective of a network, the loss plus the L2 penalty, and a trial of it that is fast."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter, clear_gradients
from nnlayers.core.saving import SavesForBackward
from nnlayers.core.state import State
from nnlayers.layers.sequential import Sequential
from nnlayers.losses.base import Loss
from nnlayers.testing.snapshots import Snapshot
from nnlayers.testing.trial import Gradients, Trial, copied

MANY_BLOCKS = 20  # of more than these, each is followed along one direction only


def layers_in_order(model: Layer) -> list[tuple[str, Layer]]:
    """The layers of a Sequential with their paths, those of nested ones too; else the model itself."""
    kind = type(model)
    if (
        isinstance(model, Sequential)
        and kind.forward is Sequential.forward
        and kind.backward is Sequential.backward
    ):
        return [(model.place(index), layer) for index, layer in enumerate(model.unfolded())]
    return [("", model)]


class Objective(Layer):
    """The loss of a model's output plus the L2 penalty: a layer whose output is a number.

    Backward ignores its upstream gradient, which is 1.
    """

    def __init__(self, model: Layer, loss: Loss, y: Any, weight_decay: float) -> None:
        self.model, self.loss, self.y, self.weight_decay = model, loss, y, weight_decay
        of_model = model.named_parameters()
        known = {id(parameter) for _, parameter in of_model}
        of_loss = [(f"loss.{path}", p) for path, p in loss.named_parameters() if id(p) not in known]
        self.paths_of_parameters = [*of_model, *of_loss]

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """Those of the model by its own paths, those of the loss as ``loss.path``."""
        return self.paths_of_parameters

    def forward(self, x: Any) -> float:
        return self.of_prediction(self.model.forward(x))

    def of_prediction(self, prediction: Any) -> float:
        """The value for an output of the model."""
        value = self.loss.forward(prediction, copied(self.y))
        squares = sum(p.decay * float((p.value**2).sum()) for p in self._decayed())
        return value + self.weight_decay / 2 * squares

    def backward(self, grad: Any) -> Any:
        found = self.model.backward(self.loss.backward())
        for parameter in self._decayed():
            parameter.add_grad(self.weight_decay * parameter.decay * parameter.value)
        return found

    def _decayed(self) -> list[Parameter]:
        if not self.weight_decay:
            return []
        return [p for _, p in self.paths_of_parameters if p.decay and p.trainable]


class NetworkTrial(Trial):
    """A whole objective on some data."""

    kind = "network"
    holds_layers = True

    def __init__(self, objective: Objective, x: Any, name: str) -> None:
        self.name = name
        self.paths = [path for path, _ in objective.named_parameters()]
        self._layers: list[Layer] = []
        self._inputs: dict[int, tuple[int, Any]] = {}
        self.set(objective, x, np.random.default_rng(0))
        self.directions = 1 if len(self.blocks) > MANY_BLOCKS else 2

    def set(self, thing: Component, x: Any, rng: np.random.Generator) -> None:
        super().set(thing, x, rng)
        self._upstream = 1.0
        self.new_copy = self.fresh
        working_copy = WorkingCopy(self.new_copy())
        self.passes(working_copy())
        self.fresh = working_copy
        if self.forward(working_copy(), self.x) != self.output:  # something else changes in it
            self.fresh = self.new_copy

        elif not working_copy.generators and len(working_copy.states) == len(working_copy.parameters):
            self._remember_inputs(working_copy)

    def _remember_inputs(self, working_copy: "WorkingCopy") -> None:
        """The inputs of all layers: what stands in front of a parameter need not run again."""
        objective = working_copy()
        x = objective.model.convert_input(self.x)
        for _, layer in layers_in_order(objective.model):
            for parameter in layer.parameters():
                self._inputs.setdefault(id(parameter), (len(self._layers), copied(x)))
            self._layers.append(layer)
            x = layer.forward(x)
        for _, parameter in objective.named_parameters():  # the rest are the loss's
            self._inputs.setdefault(id(parameter), (len(self._layers), copied(x)))

    def take_gradients(self, thing: Any, upstream: Any) -> Gradients:
        return {name: copied(found) for name, found in super().take_gradients(thing, upstream).items()}

    # What is asked for each of many blocks is computed once

    def value(self, changes: Mapping[str, Array]) -> tuple[float, float]:
        if self._is_here(changes):
            return self._value_here
        block, z = next(iter(changes.items()))
        if block in self.inputs or not self._inputs or len(changes) > 1:
            return super().value(changes)
        objective, parameters = self.fresh.with_parameters()
        parameters[block].value[...] = z
        first, x = self._inputs[id(parameters[block])]
        x = copied(x)
        for layer in self._layers[first:]:
            x = layer.forward(x)
        return self.weigh(objective.of_prediction(x))

    def gradients(
        self, changes: Mapping[str, Array] = MappingProxyType({}), factor: float = 1.0
    ) -> Gradients:
        if factor == 1 and self._is_here(changes):
            return self._gradients_here
        return super().gradients(changes, factor)

    def _is_here(self, changes: Mapping[str, Array]) -> bool:
        return all(z is self.blocks[block] for block, z in changes.items())

    @cached_property
    def _value_here(self) -> tuple[float, float]:
        return self.weigh(self.output)

    @cached_property
    def _gradients_here(self) -> Gradients:
        return super().gradients()


class WorkingCopy(Snapshot[Objective]):
    """One copy for all passes, set back to what it was whenever it is asked for; a new one is slow."""

    def __init__(self, objective: Objective) -> None:
        parts = [part for _, part in objective.named_parts()]
        self.pair = objective, dict(objective.named_parameters())
        self.states = [(part, part.value.copy()) for part in parts if isinstance(part, State)]
        self.parameters = [part for part in parts if isinstance(part, Parameter)]
        self.holders = [part for part in parts if isinstance(part, SavesForBackward)]
        self.generators = [
            (part, part.bit_generator.state) for part in parts if isinstance(part, np.random.Generator)
        ]

    def with_parameters(self) -> tuple[Objective, dict[str, Parameter]]:
        for state, value in self.states:
            state.value[...] = value
        for generator, state_of_bits in self.generators:
            generator.bit_generator.state = state_of_bits
        clear_gradients(self.parameters)
        for holder in self.holders:  # clear_saved() looks for them anew
            holder.drop_since(-1)
        return self.pair
