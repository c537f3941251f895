"""Optimizers: gradient descent with L2 weight decay, and the methods built on it."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from nnlayers.arrays import Array, as_array, blocks, real_number, whole_number
from nnlayers.parameter import Parameter


class Number:
    """A hyper-parameter: a real number of at least 0 and below a bound, checked when it is set.

    It has no ``__get__``: reading one is the plain look-up of an instance's attribute, and as fast.
    """

    def __init__(self, below: float = math.inf) -> None:
        self.below = below

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, optimizer: Any, value: float) -> None:
        who = type(optimizer).__name__
        optimizer.__dict__[self.name] = real_number(value, self.name, who, below=self.below)


class Optimizer:
    """Gradient descent with L2 weight decay: ``w -= lr * (dL/dw + weight_decay * w)``.

    It is also the base class of the other methods: they override `update`, the update of one
    parameter. What `state_dict` holds of them, they name: ``hyperparameters`` are attributes,
    ``memory_names`` arrays of a parameter's shape, ``count_names`` whole numbers.

    Parameters
    ----------
    parameters : iterable of Parameter
        What to train, usually ``model.parameters()``; each is taken once.
    lr : float
        The learning rate, at least 0. It may be changed at any time: ``optimizer.lr = 0.01``.
    weight_decay : float
        At least 0. It minimises ``loss + weight_decay / 2 * sum ||W||²`` over the parameters that
        decay. The textbook's ``lambda / (2 m) * sum ||W||²``, with m the number of training samples,
        is ``weight_decay = lambda / m``.

    Raises
    ------
    TypeError, ValueError
        There are no parameters, something is no Parameter, or a number is out of its range.

    Examples
    --------
    >>> weight = nn.Parameter([2.0])
    >>> optimizer = nn.Optimizer([weight], lr=0.5, weight_decay=0.25)
    >>> optimizer.penalty()  # 0.25 / 2 * 2²
    0.5
    >>> weight.add_grad([1.0])
    >>> optimizer.step()  # 2 - 0.5 * (1 + 0.25 * 2)
    >>> weight.value, weight.grad
    (array([1.25], dtype=float32), None)
    """

    lr: float = Number()  # type: ignore[assignment]
    weight_decay: float = Number()  # type: ignore[assignment]
    hyperparameters: ClassVar[tuple[str, ...]] = ("lr", "weight_decay")
    memory_names: ClassVar[tuple[str, ...]] = ()
    count_names: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, parameters: Iterable[Parameter], lr: float, *, weight_decay: float = 0.0
    ) -> None:
        who = type(self).__name__
        hint = "pass model.parameters()"
        if not isinstance(parameters, Iterable):
            raise TypeError(f"{who}: expected parameters, got {parameters!r}: {hint}")
        parameters = list(parameters)
        if not parameters:
            raise ValueError(f"{who}: expected at least one parameter, got none")
        for parameter in parameters:
            if not isinstance(parameter, Parameter):
                raise TypeError(f"{who}: expected Parameters, got {parameter!r}: {hint}")
        self.parameters = list(dict.fromkeys(parameters))
        self.lr = lr
        self.weight_decay = weight_decay
        self._memories: list[dict[str, Any]] = [{} for _ in self.parameters]

    def step(self) -> None:
        """Update every trainable parameter that has a gradient, and clear the gradients.

        Raises
        ------
        RuntimeError
            No parameter has a gradient.
        """
        updated = False
        for parameter, memory in zip(self.parameters, self._memories, strict=True):
            grad, parameter.grad = parameter.grad, None
            if grad is not None and parameter.trainable:
                decay = self.weight_decay if parameter.decay else 0.0
                self.update(parameter, grad, decay, memory)
                updated = True
        if not updated:
            raise RuntimeError(
                f"{type(self).__name__}.step: no trainable parameter has a gradient: call forward and "
                "backward first, of the model whose parameters these are"
            )

    def update(self, parameter: Parameter, grad: Array, decay: float, memory: dict[str, Any]) -> None:
        """Change one parameter in place, given ``grad``, the loss's gradient, and its weight decay.

        ``grad`` may not be written into. ``decay`` is 0 for a parameter that does not decay. ``memory``
        is the parameter's own dict, empty at first: what is put in it, under the ``memory_names`` and
        ``count_names``, is there at its next update.
        """
        for value, g in blocks(parameter.value, grad):
            if decay:
                step = decay * value
                step += g
                step *= self.lr
            else:
                step = self.lr * g
            value -= step

    def penalty(self) -> float:
        """``weight_decay / 2 * sum ||W||²`` for the weights as they are now."""
        squares = (
            float(np.sum(np.square(parameter.value), dtype=np.float64))
            for parameter in self.parameters
            if parameter.decay and parameter.trainable
        )
        return self.weight_decay / 2 * sum(squares) if self.weight_decay else 0.0

    def state_dict(self) -> dict[str, Any]:
        """The hyper-parameters by name, and copies of what is remembered of parameter i: ``i.name``."""
        state: dict[str, Any] = {name: getattr(self, name) for name in self.hyperparameters}
        for index, memory in enumerate(self._memories):
            state |= {f"{index}.{name}": np.array(value) for name, value in memory.items()}
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; names and shapes are checked first.

        Raises
        ------
        ValueError
            A name is missing or unknown, or a shape is another one.
        """
        who = f"{type(self).__name__}.load_state_dict"
        if missing := set(self.hyperparameters) - state.keys():
            raise ValueError(f"{who}: no value for {sorted(missing)}")
        memories: list[dict[str, Any]] = [{} for _ in self.parameters]
        names = self.memory_names + self.count_names
        for key in state.keys() - set(self.hyperparameters):
            index, _, name = key.partition(".")
            if not index.isdecimal() or int(index) >= len(memories) or name not in names:
                raise ValueError(f"{who}: unknown name {key!r}")
            array = as_array(state[key])
            if name in self.count_names:
                memories[int(index)][name] = whole_number(array[()], key, who, least=0)
            else:
                self.parameters[int(index)]._check(f"{key!r}", array)
                memories[int(index)][name] = array.astype(self.parameters[int(index)].value.dtype)
        before = {name: getattr(self, name) for name in self.hyperparameters}
        try:
            for name in self.hyperparameters:
                value = state[name]  # from an npz file it comes as an array of one number
                setattr(self, name, value.item() if isinstance(value, np.ndarray) else value)
        except (TypeError, ValueError):
            self.__dict__.update(before)
            raise
        self._memories = memories

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)}" for name in self.hyperparameters)
        return f"{type(self).__name__}({len(self.parameters)} parameters, {values})"


class SGD(Optimizer):
    """Gradient descent with momentum: ``v = momentum * v + g``, ``w -= lr * v``.

    ``g`` is the gradient with weight decay, ``v`` begins at zero. With ``nesterov``, the update is
    ``w -= lr * (g + momentum * v)``. Without momentum it is plain gradient descent.

    Parameters
    ----------
    parameters, lr, weight_decay
        As for `Optimizer`.
    momentum : float
        In [0, 1).
    nesterov : bool
        Nesterov's variant; it needs a momentum.

    Raises
    ------
    TypeError, ValueError
        As for `Optimizer`; a momentum out of its range; ``nesterov`` without momentum.

    Notes
    -----
    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964;
    Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013 (who put the learning rate into ``v``).

    Examples
    --------
    >>> weight = nn.Parameter([1.0])
    >>> optimizer = nn.SGD([weight], lr=0.5, momentum=0.5)
    >>> for _ in range(2):
    ...     weight.add_grad([1.0])
    ...     optimizer.step()
    >>> weight.value  # 1 - 0.5 * 1 - 0.5 * 1.5
    array([-0.25], dtype=float32)
    """

    momentum: float = Number(below=1.0)  # type: ignore[assignment]
    hyperparameters = ("lr", "weight_decay", "momentum", "nesterov")
    memory_names = ("velocity",)

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay)
        self.momentum = momentum
        self.nesterov = bool(nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("SGD: nesterov needs a momentum above 0, got 0")

    def update(self, parameter: Parameter, grad: Array, decay: float, memory: dict[str, Any]) -> None:
        if not self.momentum:
            super().update(parameter, grad, decay, memory)
            return
        if "velocity" not in memory:
            memory["velocity"] = np.zeros_like(parameter.value)
        for value, g, v in blocks(parameter.value, grad, memory["velocity"]):
            if decay:
                g = g + decay * value
            v *= self.momentum
            v += g
            value -= self.lr * (g + self.momentum * v if self.nesterov else v)
