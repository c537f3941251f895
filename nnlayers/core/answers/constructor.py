"""Classes that answer other libraries' arguments and attributes with ours."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nnlayers.core.answers.arguments import check_constructor
from nnlayers.core.answers.attributes import other_words
from nnlayers.core.answers.attributes_table import OTHER_ATTRIBUTES
from nnlayers.core.answers.missing_arguments import check_missing
from nnlayers.core.origin import is_built_in

NO_ARGUMENTS = inspect.Signature([inspect.Parameter("cls", inspect.Parameter.POSITIONAL_ONLY)])


class ChecksConstructor:
    """Base of classes that name what was probably meant: an argument, a missing one, an attribute."""

    if not TYPE_CHECKING:

        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            if not is_built_in(cls):
                return
            init = cls.__init__
            if init is not object.__init__ and not hasattr(init, "__wrapped__"):
                cls.__init__ = _answers_missing(init)
            if words := OTHER_ATTRIBUTES.get(cls.__name__):
                other_words(**words)(cls)

        def __new__(cls, *args, **kwargs):
            if args or kwargs:  # there are none if a copy is made
                check_constructor(cls, args, kwargs)
            new = super().__new__
            return new(cls) if new is object.__new__ else new(cls, *args, **kwargs)

        __new__.__signature__ = NO_ARGUMENTS  # what editors show of a class without a constructor


def _answers_missing(init: Callable[..., None]) -> Callable[..., None]:
    """A constructor that names the public class, and all that it needs, if arguments are missing."""

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        who = next(base.__name__ for base in type(self).__mro__ if is_built_in(base))
        check_missing(init, who, args, kwargs)
        init(self, *args, **kwargs)

    return checked
