"""The base of layers and losses: parts that are found by looking, copies, and files of weights."""

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core import tree
from nnlayers.core.answers.attributes import other_words
from nnlayers.core.answers.constructor import ChecksConstructor
from nnlayers.core.answers.settings import FREEZE, check_setting
from nnlayers.core.checks import Array
from nnlayers.core.conversion import floating_dtype
from nnlayers.core.devices import MOVES, host_copy, mover
from nnlayers.core.files import FilePath
from nnlayers.core.parameter import Parameter, clear_gradients
from nnlayers.core.representation import constructor_call
from nnlayers.core.saving import SavesForBackward
from nnlayers.core.state import State
from nnlayers.core.state_dict import load_states
from nnlayers.core.weights import load, save

DEEP = range(80, 84)  # components with as many dots in their path are pickled before their owner


@other_words(
    **dict.fromkeys(["requires_grad", "requires_grad_"], FREEZE),
    zero_grad="use clear_gradients(); optimizer.step() has done it already",
    save="use nn.save(model, path), or save_weights(path) for the weights alone",
    load="use model = nn.load(path), or load_weights(path) of what save_weights wrote",
    cuda='use to("cupy")',
    cpu='use to("numpy")',
    double="use astype(np.float64), which returns a copy",
    half="use astype(np.float16), which returns a copy",
    state="use state_dict()",
    weights="use parameters(), or state_dict()",
    get_weights="use state_dict()",
    set_weights="use load_state_dict(values)",
    trainable_weights="use parameters()",
    register_parameter="assign nn.Parameter(array) to an attribute",
    register_buffer="assign nn.State(array) to an attribute",
    add_weight="assign nn.Parameter(array) to an attribute",
)
class Component(ChecksConstructor, SavesForBackward):
    """Base of `Layer` and `Loss`.

    Its parts are found by looking: every Parameter, State, Generator, layer and loss that is an
    instance attribute, or sits in a list, tuple or dict that is one.
    """

    in_summary: ClassVar[str] = "itself"
    """The rows of a summary: one row for the layer "itself", the rows of "its layers", or "both"."""

    # Attributes that are other libraries' words are refused

    if not TYPE_CHECKING:

        def __setattr__(self, name, value):
            if name not in (own := self.__dict__) or isinstance(own[name], State):
                check_setting(self, name, value)
            object.__setattr__(self, name, value)

    # Parts

    def named_parts(self) -> list[tuple[str, Any]]:
        """Every Parameter, State, Generator, layer and loss in it, nested ones too, with its path.

        Each object is listed once, in the order of definition.

        Raises
        ------
        ValueError
            Two objects have the same path, or a component contains itself.
        """
        return list(tree.parts(self))

    def named_states(self) -> list[tuple[str, State]]:
        """The states, parameters among them, with their paths, which also go into their names."""
        named = [(path, part) for path, part in self.named_parts() if isinstance(part, State)]
        for path, state in named:
            state.name = path
        return named

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """The parameters with their paths (``layers.0.weight``), in the order of definition."""
        return [(path, state) for path, state in self.named_states() if isinstance(state, Parameter)]

    def parameters(self) -> list[Parameter]:
        """The parameters, each once, in the order of definition."""
        return [parameter for _, parameter in self.named_parameters()]

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of the first parameter; None if there is no parameter."""
        parameter = tree.first_parameter(self)
        return None if parameter is None else parameter.value.dtype

    @property
    def trainable(self) -> bool:
        """True if any parameter in it is trained.

        Setting it freezes (False) or thaws (True) all parameters in it, and its states: training
        passes then no longer move running statistics.
        """
        return tree.first_parameter(self, trainable=True) is not None

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for _, state in self.named_states():
            state.trainable = value

    def own_multiplications(self, *input_shape: Any) -> int | None:
        """The number of multiplications in its own matrix products, for a sample of this shape.

        `Layer.summary` adds them up. A layer with matrices of its own defines it; those of the layers
        in it count there. By default it is 0, or None (not known) if one of its parameters is a matrix.
        """
        own = [part for _, part in tree.own_parts(self) if isinstance(part, Parameter)]
        return None if any(parameter.value.ndim > 1 for parameter in own) else 0

    def clear_gradients(self) -> None:
        """Set the gradient of every parameter to None."""
        clear_gradients(self.parameters())

    # Copies and files

    def astype(self, dtype: DTypeLike) -> Self:
        """A deep copy in another floating dtype, without gradients and saved values.

        Raises
        ------
        TypeError, ValueError
            It is not a floating dtype, or a number is too large for it.
        """
        dtype = floating_dtype(dtype, f"{type(self).__name__}.astype")
        twin = copy.deepcopy(self)
        for _, state in twin.named_states():
            state.convert(dtype)
        twin.clear_gradients()
        return twin

    def to(self, device: str) -> Self:
        """Move all arrays to a device, in place, and return the object itself.

        Values, gradients and states go to ``"cupy"``, the memory of a GPU, or back to ``"numpy"``, that
        of the host; what pending forwards saved is dropped. Batches have to be on the same device.

        Raises
        ------
        ValueError, TypeError, ImportError, RuntimeError
            There is no such device; CuPy is not installed, or finds no GPU. Nothing has moved.

        Examples
        --------
        >>> nn.Dense(2, 1).to("numpy")
        Dense(2, 1)
        """
        move = mover(device, f"{type(self).__name__}.to")
        for take in [state.moved(move) for _, state in self.named_states()]:  # all of them, or none
            take()
        MOVES[0] += 1
        self.clear_saved()
        return self

    def state_dict(self) -> dict[str, Array]:
        """A copy of every parameter's and state's value, by its path; all in the memory of the host."""
        return {path: host_copy(state.value) for path, state in self.named_states()}

    def load_state_dict(self, values: Mapping[str, Any]) -> None:
        """Load the values of a `state_dict`; all names and shapes are checked first.

        Raises
        ------
        ValueError, TypeError
            A name is missing or unknown, a shape differs, or a value is not of real numbers that fit.
        """
        load_states(dict(self.named_states()), values, type(self).__name__)

    def save_weights(self, path: FilePath) -> None:
        """Write the `state_dict` to an npz file, which replaces an older one when it is complete.

        It follows symbolic links, keeps an older file's permissions, and returns once it is on disk.

        Raises
        ------
        OSError, ValueError
            The path cannot be written, or is a folder, a device or a pipe; or a parameter has a name
            that does not fit into the file. An older file is as it was.
        """
        save(self, path)

    def load_weights(self, path: FilePath) -> None:
        """Load the values of a file that `save_weights` wrote; everything is checked first.

        If the file was written by other layers, whose values fit all the same (such as ReLU in place of
        Dropout), a UserWarning says so.

        Raises
        ------
        OSError, ValueError
            There is no such file, or it is not a regular file that can be read; it is damaged, has
            other names or shapes, or anything but real numbers that fit.

        Examples
        --------
        >>> nn.Dense(4, 3, rng=0).save_weights("weights.npz")
        >>> nn.Dense(4, 3).load_weights("weights.npz")
        """
        load(self, path)

    # Nesting costs hardly any recursion: what is deep inside is copied and pickled first.

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        nested = [part for _, part in tree.parts(self) if isinstance(part, Component)]
        for component in [*reversed(nested), self]:
            kind: Any = type(component)
            if component is not self and kind.__deepcopy__ is not Component.__deepcopy__:
                copy.deepcopy(component, memo)
            elif id(component) not in memo:
                reduced: Any = object.__reduce_ex__(component, 4)
                make, arguments, *rest = reduced
                twin: Any = make(*copy.deepcopy(arguments, memo))
                memo[id(component)] = twin
                state = copy.deepcopy(rest[0], memo) if rest else {}
                if hasattr(twin, "__setstate__"):
                    twin.__setstate__(state)
                else:
                    vars(twin).update(state)
        copied: Self = memo[id(self)]
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        parts = tree.walk(self, depth=DEEP.stop)
        deep = [p for path, p in parts if path.count(".") in DEEP and isinstance(p, Component)]
        reduced: Any = super().__reduce_ex__(protocol)
        make, arguments, *rest = reduced
        return (_make_after, (deep, make, arguments), *rest) if deep else (make, arguments, *rest)

    def __getstate__(self) -> dict[str, Any]:
        return self.attributes_to_walk().copy()

    def __repr__(self) -> str:
        return constructor_call(self)


def _make_after(first: list[Component], make: Any, arguments: tuple[Any, ...]) -> Any:
    """Make a component again; those in it that stand first were pickled before it."""
    return make(*arguments)
