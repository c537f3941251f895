"""The answer of a module to a name that it does not have, perhaps that of another library."""

import importlib.util
import inspect
import re
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from nnlayers.core.similar import closest


def answer_other_names(module: str, known: Sequence[str]) -> Callable[[str], NoReturn]:
    """The ``__getattr__`` of a module: it says what a name of other libraries is called here."""

    def answer(name: str) -> NoReturn:
        frame = inspect.currentframe()
        raise no_such_name(name, known, module, frame and frame.f_back)

    return answer


def no_such_name(
    name: str, known: Sequence[str], module: str, asked: FrameType | None
) -> AttributeError | ImportError:
    """The error about a name that a module does not have; ``asked`` is the frame that wants it."""
    message = advice(name, known, module)
    # Python drops the message where a package is asked by "from package import name".
    caller = asked.f_code.co_name if asked else ""
    if caller == "_handle_fromlist" and importlib.util.find_spec(f"{module}.{name}") is None:
        return ImportError(message, name=module)
    return AttributeError(message)


def advice(name: str, known: Sequence[str], module: str = "nnlayers") -> str:
    """The message about a name that a module does not have."""
    from nnlayers.core.answers.layers_table import OTHER_LAYERS  # the tables are needed here only
    from nnlayers.core.answers.names_table import OTHER_NAMES

    message = f"{module} has no {name!r}"
    if name in OTHER_NAMES:
        return f"{message}: use {OTHER_NAMES[name]}"
    simple = name.lower().replace("_", "")
    for pattern, answer in OTHER_LAYERS.items():
        if re.fullmatch(pattern, simple):
            return f"{message}: {answer}"
    similar = closest(name, known, cutoff=0.7)
    return f"{message}: did you mean {similar}?" if similar else message
