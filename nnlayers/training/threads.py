"""Threads take turns: only one at a time trains a parameter."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from nnlayers.core.component import Component
from nnlayers.core.parameter import HERE, Parameter, clear_gradients

TURN = "_turn"  # the attribute of a parameter that is trained: the token of the thread that does it


def take(parameters: Iterable[Parameter], who: str) -> list[Parameter]:
    """Let only this thread train some parameters; those that it has taken are returned.

    Raises
    ------
    RuntimeError
        Another thread trains one of them.
    """
    taken: list[Parameter] = []
    here = HERE.token
    for parameter in parameters:
        own = vars(parameter)
        is_new = TURN not in own  # if not, it may be that of a fit around this one
        if own.setdefault(TURN, here) is not here:
            give_back(taken)
            raise RuntimeError(
                f"{who}: another thread is training this model, or a part of it: train a copy in each "
                "thread, copy.deepcopy(model), or freeze what they share, with trainable = False"
            )
        if is_new:
            taken.append(parameter)
    return taken


def give_back(taken: Sequence[Parameter]) -> None:
    """End what `take` began."""
    for parameter in taken:
        del vars(parameter)[TURN]


@contextmanager
def one_thread_only(parameters: Iterable[Parameter], who: str) -> Iterator[None]:
    """A with-block in which no other thread may train these parameters; see `take`."""
    taken = take([parameter for parameter in parameters if parameter.trainable], who)
    try:
        yield
    finally:
        give_back(taken)


def forget_pass(*components: Component) -> None:
    """Drop the saved values and the gradients that this thread has left in them."""
    for component in components:
        component.clear_saved()
        clear_gradients(component.parameters(), of_any_thread=False)
