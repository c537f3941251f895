"""A plain function and its gradient as a layer, and a trial of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, each
from nnlayers.testing.arguments import Argument
from nnlayers.testing.plan import Case
from nnlayers.testing.returned import WrongForm, in_order, output
from nnlayers.testing.styles import (
    Function,
    Outputs,
    WayBack,
    name_of,
    parameters_of,
    with_backward,
    without_backward,
)
from nnlayers.testing.trials import LayerTrial


class Call:
    """A function, its gradient, the arguments that are constant, and the options."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any] | None,
        arguments: Sequence[Argument],
        options: Mapping[str, Any],
    ) -> None:
        self.forward, self.backward = Function(forward, options), None
        if backward is not None:
            named = {parameter.name for parameter in parameters_of(backward)}
            taken = {name: value for name, value in options.items() if name in named}
            self.backward = Function(backward, taken)
        self.constants = {a.name: a.constant for a in arguments if not a.is_array}
        self.names = [argument.name for argument in arguments]

    def run(self, x: Sequence[Any]) -> tuple[Outputs, WayBack]:
        """The outputs for these arrays, and the way back."""
        values = iter(x)
        arguments = {
            name: self.constants[name] if name in self.constants else next(values)
            for name in self.names
        }
        returned = self.forward(*arguments.values())
        if self.backward is None:
            outputs, back = without_backward(returned)
        else:
            arrays = {name: arguments[name] for name in self.array_names}
            outputs, back = with_backward(returned, self.backward, arguments, arrays)
        return tuple(map(output, outputs)), back

    @property
    def array_names(self) -> list[str]:
        """The names of the arguments that are arrays."""
        return [name for name in self.names if name not in self.constants]

    def gradients(self, found: Any, x: Sequence[Any]) -> Outputs:
        """The gradients of all arrays, from what the way back returned; None for integers."""
        names = self.array_names
        floating = [name for name, array in zip(names, x, strict=True) if array.dtype.kind == "f"]
        gradients = in_order(found, self.names, floating)
        return tuple(gradients.get(name) for name in names)


class Pair(Layer):
    """A call as a layer, whose input is the tuple of its arrays."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def forward(self, x: tuple[Any, ...]) -> Any:
        outputs, back = self.call.run(x)
        self.save_for_backward(back, x)
        return outputs[0] if len(outputs) == 1 else outputs

    def backward(self, grad: Any) -> tuple[Any, ...]:
        back, x = self.saved()
        return self.call.gradients(back.run(as_tuple(grad)), x)


def as_tuple(grad: Any) -> Outputs:
    """The upstream gradients of one output, or of several."""
    return grad if isinstance(grad, tuple) else (grad,)


class FunctionTrial(LayerTrial):
    """A function at its arguments, with an upstream gradient."""

    kind = "function"

    def __init__(self, call: Call, case: Case, x: tuple[Any, ...], values_given: bool) -> None:
        self.case, self.paths, self.values_given = case, [], values_given
        self.name = title_of(call)
        self.names = call.array_names
        self.random_state: Any = np.random.RandomState(case.seed).get_state()
        self.set(Pair(call), x, np.random.default_rng([case.seed, 2]))

    def input_names(self) -> list[str]:
        return self.names

    def forward(self, thing: Any, x: Any) -> Any:
        """The output of a forward pass, with the same global random state each time if it uses that."""
        if self.random_state is None:
            return thing.forward(x)
        kept = np.random.get_state()  # noqa: NPY002
        np.random.set_state(self.random_state)  # noqa: NPY002
        try:
            y = thing.forward(x)
            if _same_state(np.random.get_state(), self.random_state):  # noqa: NPY002
                self.random_state = None
            return y
        finally:
            np.random.set_state(kept)  # noqa: NPY002

    def predict(self, thing: Any, x: Any) -> None:
        return None

    def weigh(self, y: Any) -> tuple[float, float]:
        if _form(y) != _form(self.output):
            raise WrongForm(
                f"forward returned {_form(self.output)} for some arguments, and {_form(y)} for others "
                "of the same shapes"
            )
        return super().weigh(y)


def title_of(call: Call) -> str:
    """The function whose gradients are wrong: backward, if there is one."""
    forward = name_of(call.forward.function, "")
    if call.backward is None:
        return forward or "the function"
    return name_of(call.backward.function, "") or (
        f"the backward of {forward}" if forward else "the function"
    )


def _form(y: Any) -> str:
    """The shapes of all outputs, in words."""
    shapes = each(np.shape, y)
    return f"outputs of shapes {shapes}" if isinstance(y, tuple) else f"an output of shape {shapes}"


def _same_state(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def coarse_output(y: Any) -> str:
    """The dtype of a floating output that is not float64; empty if all are."""
    dtypes = [np.asarray(array).dtype for _, array in arrays_in(y)]
    return next((str(d) for d in dtypes if d.kind == "f" and d.itemsize < 8), "")
