"""A trial: a layer, a loss or a function at one point, as a scalar function of its blocks."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.structures import arrays_in, each
from nnlayers.testing.errors import contract_error
from nnlayers.testing.forms import in_form_of
from nnlayers.testing.plan import Case, mixed_signs
from nnlayers.testing.snapshots import Snapshot

INPUT = "input"
Gradients = dict[str, Array | None]


class Trial:
    """A subject at a point: a scalar function of blocks (each input and each parameter).

    The function is ``<upstream, forward(x)>``. All passes run on copies of the subject, so that a
    dropout mask or a running statistic is the same each time.
    """

    kind = ""
    """``"layer"``, ``"loss"``, ``"function"`` or ``"network"``."""
    holds_layers = False
    values_given = False
    """True if a function of the user, or the user, gives an input."""
    drawn: Collection[str] = ()
    """If so, the inputs that the checker draws nevertheless."""
    absolute_sum = 0.0
    """A bound of the sum of the absolute values of its terms; 0 if unknown."""
    largest_output = 0.0
    directions = 2
    """How many directions are tried for each block in the first case."""
    name: str
    paths: list[str]
    """The paths of the parameters of the subject itself, which copies must have too."""
    case: Case | None = None
    fresh: Snapshot[Any]
    """Makes copies of the subject as it was at first."""
    output: Any
    inputs: dict[str, Array]
    """The arrays of the input, by their names."""
    blocks: dict[str, Array]
    """The arrays whose gradients are checked: floating inputs, and parameters that are trained."""
    _x: Any
    _upstream: Any

    # What a subject of another kind does in another way

    def forward(self, thing: Any, x: Any) -> Any:
        """The output of a forward pass of a copy."""
        return thing.forward(x)

    def backward(self, thing: Any, upstream: Any) -> Any:
        """The gradient of the input, in the form of the input."""
        return thing.backward(upstream)

    def predict(self, thing: Any, x: Any) -> Any:
        """The output of an inference pass; None if there is none, which another check reports."""
        return None

    def wrong_output(self, y: Any) -> str:
        """What is wrong with the form of an output, in words; empty if nothing is."""
        return ""

    # The point

    @property
    def x(self) -> Any:
        """A copy of the input, since the subject may write into it."""
        return copied(self._x)

    @property
    def upstream(self) -> Any:
        """A copy of the upstream gradient: an array or a number, or a tuple in the output's form."""
        return copied(self._upstream)

    def input_names(self) -> list[str]:
        """The names of the inputs: ``input``, or ``input[0]``, ``input[1]``."""
        return [name for name, _ in arrays_in(self._x, INPUT)]

    def set(self, thing: Component, x: Any, rng: np.random.Generator) -> None:
        """Use this subject and this input unchanged, and draw an upstream gradient for the output.

        Raises
        ------
        ContractError
            The output does not have a form that it may have.
        """
        self.fresh = Snapshot(thing)
        self._x = x
        y = self.forward(self.fresh(), self.x)
        if words := self.wrong_output(y):
            raise contract_error(self, "shapes", words)
        self.output = copied(y)
        self._upstream = each(
            lambda y: mixed_signs(rng, np.shape(y)) if np.asarray(y).dtype.kind == "f" else None,
            self.output,
        )
        self.blocks = {path: p.value for path, p in thing.named_parameters() if p.trainable}
        self.move_to(x)

    def move_to(self, x: Any) -> None:
        """Take another input of the same form."""
        self._x = x
        self.inputs = dict(zip(self.input_names(), (array for _, array in arrays_in(x)), strict=True))
        floating = {name: array for name, array in self.inputs.items() if array.dtype.kind == "f"}
        parameters = {name: z for name, z in self.blocks.items() if name not in self.inputs}
        self.blocks = floating | parameters

    def set_upstream(self, upstream: Any) -> None:
        """Take another upstream gradient of the same form."""
        self._upstream = upstream

    def is_given(self, name: str) -> bool:
        """True for an input that a function of the user, or the user, gives."""
        return self.values_given and name not in self.drawn

    def in_words(self, block: str) -> str:
        """A block as messages name it: "the input", "the prediction", or a name in quotation marks."""
        if block != INPUT:
            return repr(block)
        return "the prediction" if self.kind == "loss" else "the input"

    # Passes

    def passes(self, thing: Any = None, x: Any = None, upstream: Any = None) -> tuple[Any, Gradients]:
        """Run forward and backward, by default of a fresh copy at the point of the trial."""
        thing = self.fresh() if thing is None else thing
        y = self.forward(thing, self.x if x is None else x)
        return y, self.take_gradients(thing, self.upstream if upstream is None else upstream)

    def take_gradients(self, thing: Any, upstream: Any) -> Gradients:
        """Run backward: the gradients of all inputs and parameters, by name."""
        found = self.named(self.backward(thing, upstream))
        return found | {path: p.grad for path, p in thing.named_parameters()}

    def named(self, gradient: Any) -> Gradients:
        """The gradients of the inputs by name, from what backward returned.

        Raises
        ------
        TypeError
            It does not have the form of the input.
        """
        return dict(zip(self.input_names(), in_form_of(self._x, gradient), strict=True))

    def run(self, changes: Mapping[str, Array]) -> tuple[Any, Any]:
        """Run forward on a copy, with other arrays in place of some blocks; also return the copy."""
        (thing, parameters), x = self.fresh.with_parameters(), self.x
        for block, z in changes.items():
            if block in self.inputs:
                x = self.with_input(x, block, z.copy())
            else:
                parameters[block].value[...] = z
        return thing, self.forward(thing, x)

    def with_input(self, x: Any, block: str, z: Array) -> Any:
        """The input with another array in one place."""
        names = iter(self.input_names())
        return each(lambda array: z if next(names) == block else array, x)

    def value(self, changes: Mapping[str, Array]) -> tuple[float, float]:
        """The value with other arrays in place of some blocks, and the sum of its absolute terms."""
        return self.weigh(self.run(changes)[1])

    def weigh(self, y: Any) -> tuple[float, float]:
        """``<upstream, y>``, and the sum of the absolute values of its terms."""
        total, absolute = 0.0, 0.0
        for (_, u), (_, array) in zip(arrays_in(self._upstream), arrays_in(y), strict=True):
            if u is not None:
                products = np.multiply(u, array)
                total += float(products.sum())
                absolute += float(np.abs(products).sum())
        return total, absolute

    def gradients(
        self, changes: Mapping[str, Array] = MappingProxyType({}), factor: float = 1.0
    ) -> Gradients:
        """The gradients of all blocks, with other arrays in place of some, times a factor."""
        upstream = each(lambda u: u if u is None or factor == 1 else factor * u, self.upstream)
        return self.take_gradients(self.run(changes)[0], upstream)


def copied(x: Any) -> Any:
    """A copy of an array, or of a tuple of arrays; numbers and None are returned as they are."""
    return each(lambda item: item.copy() if isinstance(item, np.ndarray) else item, x)
