"""Threads take turns: only one at a time trains a parameter."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nnlayers.core.component import Component
from nnlayers.core.parameter import HERE, Parameter, clear_gradients

TURN = "_turn"  # the attribute of a parameter that is trained: the token of the thread that does it

STEP = object()
"""In place of that token, while the hooks of a step are called."""


def take_turn(parameter: Parameter, who: str) -> bool:
    """Let only this thread train a parameter; False if it does so already, as in a fit within a fit.

    Raises
    ------
    RuntimeError
        Another thread trains it, or this is called by a hook within a step.
    """
    own, here = parameter.__dict__, HERE.token
    is_new = TURN not in own
    if (token := own.setdefault(TURN, here)) is STEP:
        raise RuntimeError(
            f"{who}: a step is running on this model: train it in after_step, not within"
        )
    if token is not here:
        raise RuntimeError(
            f"{who}: another thread is training this model, or a part of it: train a copy in each "
            "thread, copy.deepcopy(model), or freeze what they share, with trainable = False"
        )
    return is_new


def end_turn(parameter: Parameter) -> None:
    """End what `take_turn` began."""
    del parameter.__dict__[TURN]


@contextmanager
def within_step(parameters: Iterable[Parameter]) -> Iterator[None]:
    """A with-block, of hooks within a step, in which nothing may train these parameters."""
    tokens = {p: p.__dict__[TURN] for p in parameters if TURN in p.__dict__}
    try:
        for parameter in tokens:
            parameter.__dict__[TURN] = STEP
        yield
    finally:
        for parameter, token in tokens.items():
            parameter.__dict__[TURN] = token


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
