"""Hyper-parameters that are declared once, in the body of a class, and the constructor made of them."""

import inspect
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from nnlayers.core.declared import REQUIRED, Declared, Number, unknown_name
from nnlayers.core.markup import html_table

__all__ = ["hyperparameter"]


def hyperparameter(
    default: Any = REQUIRED, *, kind: type[Number] = Number, kw_only: bool = True, **options: Any
) -> Any:
    """Declare a hyper-parameter: ``beta_1: float = hyperparameter(default=0.9, below=1)``.

    It stands in the body of an `Optimizer`. It is an argument of the constructor (keyword only), is
    checked whenever it is set, and shows in ``repr`` and in ``state_dict``.

    Parameters
    ----------
    default : float or bool
        If it is a bool, so is the hyper-parameter; otherwise it is a number of at least 0.
    below : float, optional
        The bound that a number has to stay below.
    least : float, optional
        The smallest number, 0 by default.
    kind : type, optional
        What checks it.
    kw_only : bool
        False for an argument that may be given by its position.
    **options
        ``below`` and ``least``, for ``kind``.

    Returns
    -------
    Number
        The descriptor that checks it; to type checkers, its value.

    Examples
    --------
    A method that keeps a running mean of the gradient, and takes its sign:

    >>> class Signum(nn.Optimizer):
    ...     beta: float = nn.hyperparameter(default=0.9, below=1)
    ...
    ...     def update(self, value, grad, lr, mean):
    ...         mean += (1 - self.beta) * (grad - mean)
    ...         value -= lr * np.sign(mean)
    >>> weight = nn.Parameter([1.0, 1.0])
    >>> optimizer = Signum([weight], lr=0.25, beta=0.5)
    >>> weight.add_grad([3.0, -0.1])
    >>> optimizer.step()
    >>> weight.value
    array([0.75, 1.25], dtype=float32)
    >>> optimizer.beta = 1.5
    Traceback (most recent call last):
    ValueError: Signum: beta must be in [0, 1), got 1.5
    """
    number = kind(default, **options)
    number.kw_only = kw_only
    return number


def argument(*, kw_only: bool) -> Any:
    """Declare an argument of the constructor that is not a number."""
    return ()


@dataclass_transform(
    kw_only_default=True, eq_default=False, field_specifiers=(hyperparameter, argument)
)
class Constructor(Declared):
    """Base of classes whose constructor takes ``parameters`` and the declared hyper-parameters.

    It has their signature: for type checkers and editors by the decorator, for ``help`` by
    ``__signature__``.
    """

    hyperparameters: ClassVar[tuple[str, ...]] = ()
    """The names of the hyper-parameters."""

    _signature: ClassVar[inspect.Signature]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared: dict[str, Number] = {}
        for base in reversed(cls.__mro__):
            for name, number in vars(base).items():
                if isinstance(number, Number):
                    if name in declared:
                        number.keep_kind_of(declared[name])
                    declared[name] = number
                elif name in declared:
                    raise TypeError(
                        f"{cls.__name__}: {name} is a hyper-parameter: to change its default, write "
                        f"{name}: float = hyperparameter(default={number!r})"
                    )
        for name in declared:
            if any(not isinstance(vars(base).get(name, Number()), Number) for base in cls.__mro__):
                raise TypeError(
                    f"{cls.__name__}: {name!r} is an attribute of every optimizer: choose another name"
                )
        cls.hyperparameters = tuple(declared)
        position, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
        arguments = [inspect.Parameter("parameters", position)]
        for name, number in declared.items():
            default = inspect.Parameter.empty if number.default is REQUIRED else number.default
            kind = keyword if number.kw_only else position
            arguments.append(inspect.Parameter(name, kind, default=default))
        cls._signature = inspect.Signature(arguments)
        own = inspect.signature(cls.__init__)
        if any(p.kind is p.VAR_KEYWORD for p in own.parameters.values()):
            cls.__signature__ = cls._signature  # type: ignore[attr-defined]
        else:  # a constructor of its own
            cls.__signature__ = own.replace(parameters=[*own.parameters.values()][1:])  # type: ignore[attr-defined]

    def bind(self, *args: Any, **values: Any) -> dict[str, Any]:
        """The arguments of the constructor by their names, defaults included.

        Raises
        ------
        TypeError
            A name is unknown, or a value is missing.
        """
        who, signature = type(self).__name__, self._signature
        for name in values.keys() - signature.parameters.keys():
            known = list(signature.parameters)
            raise TypeError(unknown_name(name, who, known, self.other_words, "argument"))
        try:
            bound = signature.bind(*args, **values)
        except TypeError as error:
            raise TypeError(f"{who}: {error}; its arguments are {signature}") from None
        bound.apply_defaults()
        return bound.arguments

    def validate(self) -> None:
        """Refuse hyper-parameters that do not go together; other methods define it."""

    def set_together(self, values: Mapping[str, Any]) -> None:
        """Set attributes that are valid together, or none of them."""
        before = vars(self).copy()
        try:
            for name, value in values.items():
                super().__setattr__(name, value)
            self.validate()
        except (TypeError, ValueError):
            vars(self).clear()
            vars(self).update(before)
            raise

    if not TYPE_CHECKING:  # to a type checker, this would make every name right

        def __setattr__(self, name, value):
            if name in self.hyperparameters:
                self.set_together({name: value})
            else:
                super().__setattr__(name, value)

    def __repr__(self) -> str:
        shown = "".join(f", {name}={value}" for name, value in self._values())
        return f"{type(self).__name__}({self._count()}{shown})"

    def _repr_html_(self) -> str:
        caption = f"{type(self).__name__}: {self._count()}, {vars(self)['steps']:,} steps"
        return html_table(caption, ("hyper-parameter", "value"), self._values())

    def _values(self) -> list[tuple[str, Any]]:
        """The hyper-parameters, without limits that are not set."""
        values = [(name, getattr(self, name)) for name in self.hyperparameters]
        return [(name, value) for name, value in values if value != math.inf]

    def _count(self) -> str:
        count = len(vars(self)["parameters"])
        return f"{count} parameter{'s' * (count != 1)}"
