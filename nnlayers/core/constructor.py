"""Constructors that answer other libraries' arguments with ours."""

import inspect
from typing import TYPE_CHECKING

from nnlayers.core.other_arguments import check_constructor

NO_ARGUMENTS = inspect.Signature([inspect.Parameter("cls", inspect.Parameter.POSITIONAL_ONLY)])


class ChecksConstructor:
    """Base of classes whose unknown arguments are refused with the name that was probably meant."""

    if not TYPE_CHECKING:

        def __new__(cls, *args, **kwargs):
            if args or kwargs:  # there are none if a copy is made
                check_constructor(cls, args, kwargs)
            new = super().__new__
            return new(cls) if new is object.__new__ else new(cls, *args, **kwargs)

        __new__.__signature__ = NO_ARGUMENTS  # what editors show of a class without a constructor
