"""Hyper-parameters that are declared once, in the body of a class, and the constructor made of them."""

import inspect
from typing import Any, ClassVar, dataclass_transform

from nnlayers.core.declared import REQUIRED, Declared, Number, unknown_name

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
    kind : type, optional
        What checks it.
    kw_only : bool
        False for an argument that may be given by its position.
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
