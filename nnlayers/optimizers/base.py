"""The base of optimizers: gradient descent with L2 weight decay."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias, cast

import numpy as np

from nnlayers.core.checks import Array, writable
from nnlayers.core.declared import Limit, Scheduled
from nnlayers.core.devices import MOVES
from nnlayers.core.kernels import descend
from nnlayers.core.parameter import Parameter, clear_gradients
from nnlayers.core.sums import norm
from nnlayers.optimizers import memory as memories
from nnlayers.optimizers.checks import arguments_of_update, distinct_parameters
from nnlayers.optimizers.clipping import check_limits, clipped, scale_of_gradients
from nnlayers.optimizers.declaration import Constructor, argument, hyperparameter
from nnlayers.optimizers.words import OTHER_WORDS

__all__ = ["Optimizer"]

Rate: TypeAlias = float | Callable[[int], float]


class Optimizer(Constructor):
    """Gradient descent with L2 weight decay: ``w -= lr * (dL/dw + weight_decay * w)``.

    It is the base class of the other methods, which define `update`: see `hyperparameter`.

    Parameters
    ----------
    parameters : iterable of Parameter
        What to train, usually ``model.parameters()``; each is taken once.
    lr : float or function
        The learning rate, at least 0, or a function of the number of steps that returns it, such as
        ``nn.schedules.cosine(0.1, steps=1000)``. It can be changed: ``optimizer.lr = 0.01``.
    weight_decay : float
        At least 0. It minimises ``loss + weight_decay / 2 * sum d ||W||²`` over the parameters, each
        with its factor ``d``, `Parameter.decay`. The textbook's ``lambda / (2 m) * sum ||W||²``, with
        m the number of training samples, is ``weight_decay = lambda / m``.
    clip_norm : float
        If the norm of all gradients together is larger, they are scaled down to it. By default
        there is no limit.
    clip_value : float
        Numbers of a gradient are cut to ``[-clip_value, clip_value]``. Not together with ``clip_norm``.

    Attributes
    ----------
    steps : int
        The number of steps taken.

    Raises
    ------
    TypeError, ValueError
        There are no parameters, something is not one, or a number is out of its range.
    AttributeError
        An attribute that it does not have is set or read.

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
    >>> optimizer.load_state_dict(optimizer.state_dict() | {"lr": 0.1})
    >>> optimizer
    Optimizer(1 parameter, lr=0.1, weight_decay=0.25)
    """

    parameters: Sequence[Parameter] = argument(kw_only=False)
    lr: Rate = hyperparameter(kind=Scheduled, kw_only=False)
    weight_decay: float = hyperparameter(default=0.0)
    clip_norm: float = hyperparameter(default=math.inf, kind=Limit)
    clip_value: float = hyperparameter(default=math.inf, kind=Limit)

    steps = 0

    decoupled: ClassVar[bool] = False
    """True if weight decay shrinks the weights directly, apart from the gradient, as in AdamW."""

    memory_names: ClassVar[tuple[str, ...]] = ()
    """The names of the arrays that are remembered of each parameter: further arguments of `update`."""

    squares: ClassVar[tuple[str, ...]] = ()
    """The names of what is remembered of squared gradients."""

    update_takes_steps: ClassVar[bool] = False
    """True if `update` has an argument ``steps``."""

    update_takes_decay: ClassVar[bool] = False
    """True if `update` has an argument ``decay``."""

    other_words: ClassVar[Mapping[str, str]] = OTHER_WORDS

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        names, passed_on = arguments_of_update(cls)
        if not passed_on:
            cls.update_takes_steps, cls.update_takes_decay = "steps" in names, "decay" in names
            cls.memory_names = tuple(name for name in names if name not in ("steps", "decay"))

    def __init__(self, *args: Any, **values: Any) -> None:
        bound = self.bind(*args, **values)
        self.parameters = distinct_parameters(bound.pop("parameters"), type(self).__name__)
        self.steps, self._moves = 0, -1
        self._memories: list[dict[str, Any]] = [{} for _ in self.parameters]
        self.set_together(bound)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickle; arrays that are read-only, such as buffers and memory maps, are copied."""
        vars(self).update(state, _moves=-1)
        for memory in self._memories:
            memory |= {name: writable(memory[name]) for name in self.memory_names if memory}

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        lr, declared = self.lr, cast(Scheduled, type(self).lr)
        return declared.at(lr, self.steps, type(self).__name__) if callable(lr) else lr

    def step(self) -> None:
        """Update every trainable parameter that has a gradient, then clear the gradients.

        If an update fails, a note says at which parameter, and all gradients are kept.

        Raises
        ------
        RuntimeError
            No parameter has a gradient.
        FloatingPointError
            Gradients that are to be clipped are not finite, or their squares overflow.
        ValueError, TypeError
            A schedule did not return a finite number of at least 0; nothing was changed.
        """
        values = self.__dict__  # faster than attributes, and a step is short
        lr, scale, bound = values["lr"], 1.0, values["clip_value"]
        rate = lr if type(lr) is float else self.rate
        if values["_moves"] != MOVES[0]:
            values["_moves"] = memories.follow(self.parameters, self._memories)
        if values["clip_norm"] != math.inf or bound != math.inf:
            scale = scale_of_gradients(self)
        plain, weight_decay, updated = self.is_plain_descent, values["weight_decay"], False
        try:
            for parameter, memory in zip(self.parameters, self._memories, strict=True):
                grad, own = parameter.grad, parameter.__dict__
                if grad is None or not own["trainable"]:
                    continue
                updated = True
                if scale != 1 or bound != math.inf:
                    grad = clipped(grad, scale, bound)
                lr, decay = rate * own["lr_factor"], weight_decay * own["decay"]
                if lr > 65_504:  # as a Python float it would be infinite beside float16
                    lr = np.float64(lr)
                if plain:
                    if memory:
                        memory.clear()  # of a momentum, say, that is 0 now
                    descend(own["value"], grad, lr, decay)
                else:
                    memories.update_with_memory(self, own["value"], grad, lr, decay, memory)
        except Exception as error:
            where = f"{type(self).__name__}.step, at {parameter}, {self.parameters.index(parameter)}"
            error.add_note(f"in {where}: those before it are updated, and all gradients are kept")
            raise
        if not updated:
            raise RuntimeError(
                f"{type(self).__name__}.step: no trainable parameter has a gradient: call forward and "
                "backward first, of the model whose parameters these are"
            )
        clear_gradients(self.parameters)
        values["steps"] += 1

    @property
    def remembered_names(self) -> tuple[str, ...]:
        """The names of what is remembered of each parameter, by the method as it is now."""
        names = self.memory_names + ("steps",) * self.update_takes_steps
        return () if self.is_plain_descent else names

    @property
    def is_plain_descent(self) -> bool:
        """True if the update is that of plain gradient descent, which has a kernel."""
        return type(self).update is Optimizer.update

    @property
    def largest_change(self) -> float:
        """The most that a step changes a weight by, for ``lr = 1``; infinite if gradients decide it."""
        return math.inf

    def validate(self) -> None:
        """Refuse hyper-parameters that do not go together; other methods extend it."""
        check_limits(self)

    def update(self, value: Array, grad: Array, lr: float, *args: Any, **kwargs: Any) -> None:
        """Change a block of a parameter in place, given its gradient and the learning rate.

        ``value`` and ``grad`` are arrays of one shape: a parameter, or some rows of it. ``grad`` is the
        gradient of the objective, weight decay included (unless the method is `decoupled`); it may not
        be written into. Further arguments that a subclass names are remembered for each parameter:
        arrays of the same shape, zero at first, which ``update`` changes in place. An argument called
        ``steps`` is the number of the parameter's updates, this one included. One called ``decay`` is
        the factor of weight decay, which is left to ``update``: the arrays are whole parameters then.
        """
        value -= lr * grad

    def gradient_norm(self) -> float:
        """The Euclidean norm of all gradients together, of the parameters that are trained."""
        return norm([p.grad for p in self.parameters if p.grad is not None and p.trainable])

    def penalty(self) -> float:
        """``weight_decay / 2 * sum d ||W||²`` for the weights as they are now; 0 if `decoupled`."""
        factor = 0.0 if self.decoupled else self.weight_decay / 2
        return factor * memories.decayed_squares(self.parameters) if factor else 0.0

    def remembered(self) -> list[Array]:
        """The arrays that are remembered of the parameters; they are not copies."""
        return memories.remembered(self.parameters, self._memories)

    def state_dict(self) -> dict[str, Any]:
        """The hyper-parameters and ``steps`` by name, and copies of what is remembered: ``i.name``.

        ``i`` is the place of a parameter; of one that was never updated, zeros are remembered. A
        schedule is not in it, for it is code: the number of steps says where it stands.
        """
        values = ((name, getattr(self, name)) for name in self.hyperparameters)
        state = {name: value for name, value in values if not callable(value)} | {"steps": self.steps}
        return state | memories.write_memories(self.parameters, self._memories, self.remembered_names)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a `state_dict` of the same method, for parameters of the same shapes, in this order.

        Raises
        ------
        ValueError, TypeError
            A name, shape or number does not fit, or a memory is missing; nothing was changed.
        """
        before = vars(self).copy()
        try:
            self.set_together(memories.read_numbers(self, state))
            self._memories = memories.read_memories(self, state, self.remembered_names)
        except (TypeError, ValueError):
            vars(self).update(before)
            raise
