"""Threads take turns: only one at a time trains a parameter."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nnlayers.core.component import Component
from nnlayers.core.parameter import Parameter, clear_gradients

_one_at_a_time = threading.Lock()
_in_training: dict[int, int] = {}  # the id of each parameter that is trained, and the thread


@contextmanager
def one_thread_only(parameters: Iterable[Parameter], who: str) -> Iterator[None]:
    """A with-block in which no other thread may train these parameters.

    Raises
    ------
    RuntimeError
        Another thread trains some of them.
    """
    here = threading.get_ident()
    trained = {id(parameter) for parameter in parameters if parameter.trainable}
    with _one_at_a_time:
        if any(_in_training.get(key, here) != here for key in trained):
            raise RuntimeError(
                f"{who}: another thread is training this model, or a part of it: train a copy in each "
                "thread, copy.deepcopy(model), or freeze what they share, with trainable = False"
            )
        trained -= _in_training.keys()  # a fit within a fit
        _in_training.update(dict.fromkeys(trained, here))
    try:
        yield
    finally:
        with _one_at_a_time:
            for key in trained:
                del _in_training[key]


def forget_pass(*components: Component) -> None:
    """Drop the saved values and the gradients that this thread has left in them."""
    for component in components:
        component.clear_saved()
        clear_gradients(component.parameters(), threading.get_ident())
