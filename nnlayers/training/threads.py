"""Threads take turns: only one at a time trains a parameter."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nnlayers.core.component import Component
from nnlayers.core.parameter import HERE, Parameter, clear_gradients

TURN = "_turn"  # the attribute of a parameter that is trained: the token of the thread that does it


def take_turn(parameter: Parameter, who: str) -> bool:
    """Let only this thread train a parameter; False if it does so already, as in a fit within a fit.

    Raises
    ------
    RuntimeError
        Another thread trains it.
    """
    own, here = parameter.__dict__, HERE.token
    is_new = TURN not in own
    if own.setdefault(TURN, here) is not here:
        raise RuntimeError(
            f"{who}: another thread is training this model, or a part of it: train a copy in each "
            "thread, copy.deepcopy(model), or freeze what they share, with trainable = False"
        )
    return is_new


def end_turn(parameter: Parameter) -> None:
    """End what `take_turn` began."""
    del parameter.__dict__[TURN]


@contextmanager
def one_thread_only(parameters: Iterable[Parameter], who: str) -> Iterator[None]:
    """A with-block in which no other thread may train these parameters; see `take_turn`."""
    taken: list[Parameter] = []
    try:
        taken.extend(p for p in parameters if p.trainable and take_turn(p, who))
        yield
    finally:
        for parameter in taken:
            end_turn(parameter)


def forget_pass(*components: Component) -> None:
    """Drop the saved values and the gradients that this thread has left in them."""
    for component in components:
        component.clear_saved()
        clear_gradients(component.parameters(), of_any_thread=False)
