"""What a fit calls as it goes on: callbacks, with five hooks."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nnlayers.core.answers.constructor import ChecksConstructor
from nnlayers.core.representation import constructor_call

__all__ = ["Callback"]


OTHER_HOOKS = {
    "start": ["on_train_begin", "on_train_start", "on_fit_start"],
    "after_backward": ["on_after_backward", "on_before_optimizer_step"],
    "after_step": [
        *("on_batch_end", "on_train_batch_end", "on_step_end", "after_batch"),
        *("on_batch_begin", "on_train_batch_begin", "on_train_batch_start", "before_batch"),
    ],
    "after_epoch": [
        *("on_epoch_end", "on_train_epoch_end", "on_validation_end", "on_test_end"),
        *("on_epoch_begin", "on_epoch_start", "on_train_epoch_start", "before_epoch"),
    ],
    "finish": ["on_train_end", "on_fit_end", "after_fit"],
}
"""Our hooks, and what other libraries call them."""


class Callback(ChecksConstructor):
    """The base class of callbacks: subclass it and define hooks, which `Trainer.fit` calls.

    There are five, one for each moment of a fit; a hook that is not defined does nothing. The callbacks
    of a fit are called in the order of the list, their `finish` in the opposite one. They read and
    change the trainer (``trainer.model``, ``trainer.optimizer``, ``trainer.history``,
    ``trainer.place``), and ``trainer.stop()`` ends the fit. A hook that raises an error ends it too,
    and a note names the hook. `finish` is called for all callbacks whose `start` has returned.

    A callback that remembers something over the epochs defines `state_dict` and `load_state_dict`, so
    that a run can go on from a file.

    Examples
    --------
    >>> class StopAt(nn.Callback):
    ...     def __init__(self, accuracy):
    ...         self.accuracy = accuracy
    ...
    ...     def after_epoch(self, trainer, figures):
    ...         if figures["accuracy"] >= self.accuracy:
    ...             trainer.stop()
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> trainer.fit(x, y, epochs=50, rng=0, progress=False, callbacks=[StopAt(0.9)]).epochs < 50
    True
    """

    is_default = False
    """True for those that every fit has."""
    is_last = False
    """True for those that are called after all others."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for hook, others in OTHER_HOOKS.items():
            for name in others:
                if callable(vars(cls).get(name)):
                    raise TypeError(
                        f"{cls.__name__}: a hook {name} is never called: define "
                        f"{hook}({', '.join(arguments_of(hook))})"
                    )

    def __repr__(self) -> str:
        return constructor_call(self)

    def start(self, trainer: Any) -> None:
        """Before the first step."""

    def after_backward(self, trainer: Any) -> None:
        """In every step: the gradients are there, the parameters not yet changed."""

    def after_step(self, trainer: Any) -> None:
        """After every step."""

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        """After every epoch, with its figures, those of the validation data too."""

    def finish(self, trainer: Any) -> None:
        """When the fit ends, in whatever way; ``trainer.failure`` is the error that ended it."""

    def state_dict(self) -> dict[str, Any]:
        """What it remembers: numbers, texts, lists, dicts and arrays, by name.

        Examples
        --------
        >>> class Best(nn.Callback):
        ...     def __init__(self):
        ...         self.loss = float("inf")
        ...
        ...     def after_epoch(self, trainer, figures):
        ...         self.loss = min(self.loss, figures["loss"])
        ...
        ...     def state_dict(self):
        ...         return {"loss": self.loss}
        ...
        ...     def load_state_dict(self, state):
        ...         self.loss = state["loss"]
        >>> best, again = Best(), Best()
        >>> best.after_epoch(None, {"loss": 0.5})
        >>> again.load_state_dict(best.state_dict())
        >>> again.loss
        0.5
        """
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load what `state_dict` returned."""


class Callbacks:
    """The callbacks of a fit; only those that define a hook are called for it."""

    def __init__(self, callbacks: Iterable[Callback] = ()) -> None:
        self.all = list(callbacks)
        self._hooks = {hook: [c for c in self.all if _defines(c, hook)] for hook in OTHER_HOOKS}
        self.after_backward = self._hooks["after_backward"]
        self._started: list[Callback] = []
        self.caller: Callable[..., None] | None = None
        """What calls the hooks in a fit."""

    def start(self, trainer: Any) -> None:
        """Call `start` of all, up to one that raises."""
        for callback in self.all:
            self._call([callback], "start", trainer)
            self._started.append(callback)

    def call(self, hook: str, *args: Any) -> None:
        """Call a hook of all callbacks, up to one that raises."""
        self._call(self._hooks[hook], hook, *args)

    def finish(self, trainer: Any) -> None:
        """Call `finish` of all that were started, the last one first, even if one of them raises.

        The first error is raised in the end, or becomes a note of the error that ended the fit; Ctrl-C
        is raised in any case.
        """
        errors: list[BaseException] = []
        while self._started:
            try:
                self._call([self._started.pop()], "finish", trainer)
            except BaseException as error:
                errors.append(error)
        errors.sort(key=lambda error: isinstance(error, Exception))  # KeyboardInterrupt first
        if errors and (trainer.failure is None or not isinstance(errors[0], Exception)):
            raise errors[0]
        for other in errors:
            trainer.failure.add_note(f"{other!r} {'; '.join(getattr(other, '__notes__', []))}")

    def _call(self, callbacks: Iterable[Callback], hook: str, *args: Any) -> None:
        """Call a hook of some callbacks; an error says whose it was."""
        try:
            for callback in callbacks:
                function = getattr(callback, hook)
                if self.caller:
                    self.caller(function, *args)
                else:
                    function(*args)
        except Exception as error:
            if not callback.is_default:
                error.add_note(f"in the callback {callback_name(callback)}.{hook}")
            raise


def arguments_of(hook: str) -> list[str]:
    """The names of the arguments that a hook is called with."""
    return ["trainer", "figures"] if hook == "after_epoch" else ["trainer"]


def _defines(callback: Callback, hook: str) -> bool:
    return getattr(type(callback), hook, None) is not getattr(Callback, hook) or hook in vars(callback)


def remembering(callbacks: Iterable[Callback]) -> list[Callback]:
    """Those of a user that remember something."""
    return [c for c in callbacks if not c.is_default and type(c).state_dict is not Callback.state_dict]


def callback_name(callback: object) -> str:
    """The name of its class."""
    return type(callback).__name__


def check_callbacks(given: Any, last: Callback | None = None) -> list[Callback]:
    """The callbacks of a list, each once, those last that have to be called last.

    Raises
    ------
    TypeError
        It is not a list of callbacks.
    """
    if not isinstance(given, Iterable):
        kind = given if isinstance(given, type) else type(given)
        is_callback = issubclass(kind, Callback)
        problem = f": give [{kind.__name__}(...)]" if is_callback else f", got {given!r}"
        raise TypeError(f"Trainer.fit: expected a list of callbacks{problem}")
    callbacks = [*given] + [last] * (last is not None)
    for callback in callbacks:
        if isinstance(callback, type) and issubclass(callback, Callback):
            raise TypeError(f"Trainer.fit: callbacks: make an instance, {callback.__name__}(...)")
        if not isinstance(callback, Callback):
            raise TypeError(
                f"Trainer.fit: expected callbacks to be nn.Callback objects, got {callback!r}"
            )
        for hook in OTHER_HOOKS:
            _check_arguments(callback, hook)
    if len({id(callback) for callback in callbacks}) < len(callbacks):
        raise ValueError("Trainer.fit: callbacks: the same one is listed twice")
    return sorted(callbacks, key=lambda callback: callback.is_last)


def _check_arguments(callback: Callback, hook: str) -> None:
    """Refuse a hook that cannot be called with its arguments, before an epoch has passed."""
    function, arguments = getattr(callback, hook), arguments_of(hook)
    try:
        inspect.signature(function).bind(*arguments)
    except ValueError:  # some functions in C have no signature
        return
    except TypeError as error:
        raise TypeError(
            f"Trainer.fit: {callback_name(callback)}.{hook} is called with ({', '.join(arguments)}), "
            f"which it does not take ({error})"
        ) from error
