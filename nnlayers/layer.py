"""The contract of a layer, three verbs, and the finding of what a layer holds."""

import copy
import os
from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.arrays import Array, as_array
from nnlayers.parameter import Parameter, State
from nnlayers.saved import SavesForBackward


class Layer(SavesForBackward):
    """The base class of layers: subclass it and define ``forward`` and ``backward``.

    ``forward`` is a training pass and saves what ``backward`` will need; ``backward`` takes that
    back, adds to the gradients of its parameters and returns the gradient of its input; ``predict``
    is an inference pass. There is no training mode to switch, and no ``__init__`` to call::

        class Scale(nn.Layer):
            def __init__(self, features):
                self.gain = nn.Parameter(np.ones(features), decay=False)

            def forward(self, x):
                self.save_for_backward(x)
                return x * self.gain.value

            def backward(self, grad):
                x = self.saved()
                self.gain.add_grad((grad * x).sum(axis=0))
                return grad * self.gain.value

    A layer that holds layers, a State or a Generator defines ``predict`` as well. No verb modifies
    its argument, nor writes into an array that it did not make in that very call.

    What a layer holds is found by looking: every Parameter, State, Generator and Layer that is an
    instance attribute, or sits in a list, tuple or dict that is one.

    Examples
    --------
    >>> class Double(nn.Layer):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def backward(self, grad):
    ...         return 2 * grad
    >>> Double().predict(np.array([1.0, 2.0]))
    array([2., 4.])
    """

    _instead = "predict"

    takes_integers = False
    """Whether the input is made of integers (indices), which nobody should convert to floats."""

    input_shape: tuple[int, ...] | None = None
    """The shape of one sample, where the layer knows it; a Sequential that begins with it is tried."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if older := _left_behind(cls, "predict", by="forward"):
            raise TypeError(
                f"{cls.__name__} changes forward, but would inherit predict from {older.__name__}: "
                f"define predict in {cls.__name__} too"
            )
        if _left_behind(cls, "backward_parameters", by="backward"):
            # That shortcut belongs to the old backward; the base class's fits any.
            cls.backward_parameters = Layer.backward_parameters  # type: ignore[method-assign]

    # The three verbs, and the shortcut

    def forward(self, x: Array) -> Array:
        """Training pass: return the output, and save what ``backward`` will need."""
        raise NotImplementedError(f"{type(self).__name__}: define forward(self, x)")

    def backward(self, grad: Array) -> Any:
        """Way back of the last pending forward.

        Adds to the parameters' gradients and returns the gradient of the loss with respect to the
        input, given that with respect to the output; None for integer input.
        """
        raise NotImplementedError(f"{type(self).__name__}: define backward(self, grad)")

    def backward_parameters(self, grad: Array) -> None:
        """Like ``backward``, for those who do not need the input's gradient: nothing is returned."""
        self.backward(grad)

    def predict(self, x: Array) -> Array:
        """Inference pass: return the output; save nothing, change nothing, draw nothing.

        Where a layer holds parameters and nothing else this is ``forward`` on a shallow copy of the
        layer, which is then forgotten with all that was stored in it.

        Raises
        ------
        NotImplementedError
            The layer holds layers, a Generator or a State, and does not define ``predict``.
        """
        for _, part in self._own_parts():
            if not isinstance(part, Parameter):
                raise NotImplementedError(f"{type(self).__name__} holds {_advice(part)}")
        twin = object.__new__(type(self))
        twin.__dict__.update(SavesForBackward.__getstate__(self))
        return twin.forward(x)

    # What the layer holds

    def _own_parts(self) -> Iterator[tuple[str, Any]]:
        for name, value in SavesForBackward.__getstate__(self).items():
            yield from _find(name, value)

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Every Parameter, State, Generator and Layer in it, nested ones too, once, with its path.

        Raises
        ------
        ValueError
            Two objects have the same path, or a layer holds its own holder.
        """
        return self._named_parts("", {}, set(), {id(self)})

    def _named_parts(
        self, prefix: str, paths: dict[str, int], seen: set[int], holders: set[int]
    ) -> Iterator[tuple[str, Any]]:
        for name, part in self._own_parts():
            path = prefix + name
            if id(part) in holders:
                raise ValueError(
                    f"{type(self).__name__} holds its own holder: {path} is the "
                    f"{type(part).__name__} that it stands in"
                )
            if paths.setdefault(path, id(part)) != id(part):
                raise ValueError(f"{type(self).__name__} holds two objects with the path {path!r}")
            if id(part) in seen:
                continue
            seen.add(id(part))
            yield path, part
            if isinstance(part, Layer):
                yield from part._named_parts(f"{path}.", paths, seen, holders | {id(part)})

    def _named_states(self) -> list[tuple[str, State]]:
        return [(path, part) for path, part in self.named_parts() if isinstance(part, State)]

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """The parameters with their paths (``layers.0.weight``), in the order of definition."""
        named = [(path, part) for path, part in self.named_parts() if isinstance(part, Parameter)]
        for path, parameter in named:
            parameter.name = path
        return named

    def parameters(self) -> list[Parameter]:
        """The parameters, each once, in the order of definition."""
        return [parameter for _, parameter in self.named_parameters()]

    def _dtype(self) -> np.dtype[Any] | None:
        """The dtype of the first parameter; None where there is no parameter."""
        for parameter in _parameters_in(self):
            return parameter.value.dtype
        return None

    def _trains(self) -> bool:
        """Whether anything in it is trained."""
        return any(parameter.trainable for parameter in _parameters_in(self))

    def clear_gradients(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.parameters():
            parameter.grad = None

    # Copies and files

    def astype(self, dtype: DTypeLike) -> Self:
        """A deep copy in another floating dtype, without gradients and saved values."""
        if np.dtype(dtype).kind != "f":
            raise TypeError(f"{self!r}.astype: expected a floating dtype, got {np.dtype(dtype)}")
        twin = copy.deepcopy(self)
        for _, state in twin._named_states():
            if state.value.dtype.kind == "f":
                state._value = state.value.astype(dtype)
        twin.clear_gradients()
        return twin

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter's and state's value, by its path."""
        return {path: state.value.copy() for path, state in self._named_states()}

    def load_state_dict(self, values: Mapping[str, Any]) -> None:
        """Take over the values of a `state_dict`; all names and shapes are checked first.

        Raises
        ------
        ValueError
            A name is missing or unknown, or a shape is another one.
        TypeError
            A value is not made of real numbers.
        """
        states = dict(self._named_states())
        who = type(self).__name__
        if missing := states.keys() - values.keys():
            raise ValueError(f"{who}.load_state_dict: no value for {sorted(missing)}")
        if unknown := values.keys() - states.keys():
            raise ValueError(f"{who}.load_state_dict: {who} has no {sorted(unknown)}")
        arrays = {path: as_array(value) for path, value in values.items()}
        for path, state in states.items():
            state._check(f"a value for {path!r}", arrays[path])
        for path, state in states.items():
            state.value[...] = arrays[path]

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write the `state_dict` to an npz file; an old file stays whole until the new one is."""
        from nnlayers.files import write_arrays  # takes long to import, and few need it

        write_arrays(path, self.state_dict())

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Take over the values of a file that `save_weights` wrote; all is checked first.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueError
            The file is damaged, holds other names or shapes, or anything but real numbers.
        """
        from nnlayers.files import read_arrays

        shapes = {name: state.value.shape for name, state in self._named_states()}
        self.load_state_dict(read_arrays(path, shapes))

    def summary(self, input_shape: int | tuple[int, ...] | None = None) -> str:
        """A table: each layer with its place, output shape and parameters, and the totals.

        ``input_shape`` is the shape of one sample; it is needed only where the first layer does not
        know its own. Parameters that stand in two places are counted once.
        """
        from nnlayers.summary import summarize

        return summarize(self, input_shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _advice(part: object) -> str:
    """Why a layer that holds this part spells its own predict, and how."""
    if isinstance(part, Layer):
        return "layers: define predict, usually forward with `predict` in place of `forward`"
    if isinstance(part, State):
        return "a State: define predict, usually forward with the stored value in place of the batch's"
    return "a Generator: define predict, usually forward without the randomness"


def _find(path: str, value: object) -> Iterator[tuple[str, Any]]:
    """What the contract counts as held in ``value``, with its path."""
    if isinstance(value, (State, Layer, np.random.Generator)):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _find(f"{path}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _find(f"{path}.{index}", item)


def _parameters_in(container: Any) -> Iterator[Parameter]:
    """The parameters alone, without paths and checks: every pass through a network asks for some."""
    if isinstance(container, Layer):
        container = SavesForBackward.__getstate__(container)
    for value in container.values() if isinstance(container, dict) else container:
        if isinstance(value, Parameter):
            yield value
        elif isinstance(value, _CONTAINERS):
            yield from _parameters_in(value)


_CONTAINERS = (Layer, tuple, list, dict)


def _left_behind(cls: type, method: str, *, by: str) -> type | None:
    """The class that ``cls`` would inherit ``method`` from although ``by`` was redefined since."""
    older = next(base for base in cls.__mro__ if method in vars(base))
    newer = next(base for base in cls.__mro__ if by in vars(base))
    behind = cls.__mro__.index(newer) < cls.__mro__.index(older)
    return older if behind and older is not Layer else None
