"""Packages that an extra of nnlayers installs, imported where they are used."""

from importlib import import_module
from typing import Any


def needed(module: str, extra: str, who: str) -> Any:
    """A module of another package.

    Raises
    ------
    ImportError
        It cannot be imported; the message says how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(f"{who} needs {package}: pip install 'nnlayers[{extra}]'") from error
