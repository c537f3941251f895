"""A `Parameter`: a `State` that is trained."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array, as_array, real_array
from nnlayers.core.conversion import floating_dtype
from nnlayers.core.declared import Factor
from nnlayers.core.devices import Mover, check_same_device
from nnlayers.core.kernels import are_alike
from nnlayers.core.state import State

BESIDE = "make arrays where the input of the layer is, with np.zeros_like(x, shape=...), for example"


class _Here(threading.local):
    """Its token is another one in every thread, also in one that has the identifier of an older one."""

    def __init__(self) -> None:
        self.token = object()


HERE = _Here()


class Parameter(State):
    """An array that is trained: a value, and the gradient of the loss with respect to it.

    Parameters
    ----------
    value : array_like
        The first value; it is copied. Change it later through ``.value[...] = x``.
    decay : bool or float
        How strongly weight decay applies, as a factor of at least 0: True, or 1, for weights; False,
        or 0, for biases and gains.
    dtype : dtype
        A floating type.

    Attributes
    ----------
    grad : array or None
        The sum of what `add_grad` was given since the last optimizer step. Do not write into it.
    decay : float
        The factor of weight decay.
    lr_factor : float
        A factor of the learning rate, at least 0; 1 by default.
    trainable : bool
        Set it to False to freeze the parameter: `add_grad` then does nothing, and optimizers and
        decay skip it.

    Raises
    ------
    TypeError
        The value is not real, or the dtype not floating.
    AttributeError
        An attribute that it does not have is set or read.

    Examples
    --------
    >>> gain = nn.Parameter(np.ones(3), decay=False)
    >>> gain.add_grad(np.array([1.0, 0.0, 2.0]))
    >>> gain.add_grad(np.array([1.0, 1.0, 0.0]))
    >>> gain.grad
    array([2., 1., 2.], dtype=float32)
    >>> gain.value[...] = 0.5
    """

    __slots__ = ("grad",)  # faster to set than an attribute whose name is looked at

    freezes_assignment = False

    grad: Array | None
    decay: float = Factor(1.0)  # type: ignore[assignment]
    """The factor of weight decay."""
    lr_factor: float = Factor(1.0)  # type: ignore[assignment]
    """The factor of the learning rate."""

    other_words: ClassVar[Mapping[str, str]] = {
        **State.other_words,
        "weight_decay": "decay is its factor, and weight_decay belongs to the optimizer",
        "decay_mult": "set decay",
        "lr": "lr_factor is a factor of the optimizer's lr",
        "lr_mult": "set lr_factor",
        "gradient": "read grad",
    }

    @answers_other_arguments(requires_grad="set trainable afterwards")
    def __init__(
        self, value: Any, *, decay: bool | float = True, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__(value, dtype=floating_dtype(dtype, "Parameter"))
        self.decay = decay
        self.lr_factor = 1.0
        self.grad = None

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        for name in ("_owner", "_turn"):  # they concern the threads that use the original
            vars(self).pop(name, None)

    def moved(self, move: Mover) -> Callable[[], None]:
        """See `State.moved`; the gradient goes along."""
        take_value, grad = super().moved(move), self.grad
        grad = None if grad is None else move(grad)

        def take() -> None:
            take_value()
            _set_grad(self, grad)

        return take

    def add_grad(self, grad: Any) -> None:
        """Add ``grad`` to the gradient; the first one is kept as it is, not copied.

        Parameters
        ----------
        grad : array_like
            Of exactly the value's shape, in any dtype of real numbers.

        Raises
        ------
        ValueError
            ``grad`` has another shape than the value, even one that would broadcast; or a number is too
            large for the value's dtype.
        TypeError
            ``grad`` does not consist of real numbers.
        RuntimeError
            The gradient so far is from another thread.
        """
        own = self.__dict__  # a step comes here often, and attributes take longer
        if not own["trainable"]:
            return
        value = own["value"]
        if not are_alike(grad, value):
            grad = as_array(grad, self)
            self.check(grad, "a gradient")
            check_same_device(grad, value, self, "a gradient", "the value", BESIDE)
            grad = real_array(grad, value.dtype, f"{self}: a gradient")
        here = HERE.token
        if own.setdefault("_owner", here) is not here:
            raise RuntimeError(
                f"{self}: another thread has added to its gradient, and no step or clear_gradients() "
                "followed: train a copy of the model in each thread, copy.deepcopy(model)"
            )
        sum_so_far = self.grad
        _set_grad(self, grad if sum_so_far is None else sum_so_far + grad)


_set_grad = vars(Parameter)["grad"].__set__


def clear_gradients(parameters: Iterable[Parameter], *, of_any_thread: bool = True) -> None:
    """Set the gradients of parameters to None; or only those that are from this thread."""
    for parameter in parameters:
        own = parameter.__dict__
        if of_any_thread or own.get("_owner", HERE.token) is HERE.token:
            _set_grad(parameter, None)
            own.pop("_owner", None)
