"""Subjects: what is checked (a layer, a loss), and how a trial of it is made for a case."""

import inspect
from collections.abc import Callable, Collection, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from nnlayers.core.checks import describe
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in
from nnlayers.losses.base import Loss
from nnlayers.testing.axes import advice_on_axes
from nnlayers.testing.code import layer_code
from nnlayers.testing.errors import ContractError, contract_error, failed_pass
from nnlayers.testing.hidden import lost_in_copies
from nnlayers.testing.plan import Case, ValuesError, plan, values_of_inputs
from nnlayers.testing.shapes import Shapes, size_names
from nnlayers.testing.source import Function, functions_of
from nnlayers.testing.trials import LayerTrial, LossTrial, Trial
from nnlayers.testing.value import Verdict


class Subject:
    """What is checked. It makes a trial for every case of its plan."""

    kind: str
    name: str
    shapes: Shapes
    is_factory = False
    size_arguments: Collection[str] = ()
    reproduce = ""
    """The call that reproduces a failure, with ``{}`` for its further arguments."""

    def cases(self, seed: int) -> Iterator[Case]:
        """The fixed plan of cases."""
        return plan(self.shapes, seed)

    def trial(self, case: Case) -> Trial:
        """The subject at the point of a case.

        Raises
        ------
        ContractError
            Not even forward runs.
        """
        raise NotImplementedError

    def advice(self, case: Case | None = None, verb: str = "backward") -> str:
        """A sentence about the call that may have led to any failure, or to that of a case's shape."""
        return ""

    def title(self, trial: Trial) -> str:
        """What computes the gradient, in messages."""
        return f"{trial.name}.backward"

    def way_back(self, thing: Any) -> list[Function]:
        """The functions that compute the gradients of a copy, if their source is at hand."""
        return list(functions_of(type(thing), "backward").values())

    def exchange(self, old: FunctionType, new: FunctionType) -> Callable[[Any], None]:
        """A change of a copy after which it runs another function in place of one of `way_back`."""

        def change(thing: Any) -> None:
            kind = type(thing)
            edited: Any = type(kind.__name__, (kind,), {old.__name__: new})
            if old.__name__ != "backward_parameters" and "backward_parameters" in vars(edited):
                del edited.backward_parameters  # the one of the class, which may be called
            thing.__class__ = edited

        return change

    def code(self, trial: Trial, block: str) -> list[str]:
        """Code that sets ``found`` to the gradient of a block in a trial; empty if there is none."""
        return layer_code(self, trial, block)

    def culprit(self, trial: Trial, block: str, verdict: Verdict) -> "Culprit":
        """What to report for a wrong block: the subject itself, or a part of it that is wrong."""
        return self, trial, block, verdict


Culprit = tuple[Subject, Trial, str, Verdict]


class LayerSubject(Subject):
    """A layer, or a function that makes one from sizes."""

    kind = "layer"

    def __init__(self, layer: Layer | Callable[..., Layer], shape: Any, values: Any) -> None:
        who = "check_layer"
        _refuse(layer, Layer, who)
        self.layer, self.is_factory = layer, not isinstance(layer, Layer)
        self.size_arguments = size_names(layer) if self.is_factory else set()
        self.shapes = Shapes(shape, self.size_arguments, who)
        self.values = values_of_inputs(values, self.shapes, who)
        given = ", values=..." * (values is not None)
        self.reproduce = f"check_layer(..., {_quoted(shape)}{given}, {{}})"
        self.name = who
        self.redraw: Collection[str] | None = None

    def advice(self, case: Case | None = None, verb: str = "backward") -> str:
        return self.shapes.batch_advice() or advice_on_axes(
            lambda rows: LayerTrial(self.make(rows.sizes), rows, self.values), case, verb
        )

    def make(self, sizes: dict[str, int]) -> Layer:
        """The layer itself, or one that the function makes for these sizes."""
        if isinstance(self.layer, Layer):
            return self.layer
        named = {name: sizes[name] for name in sizes if name in self.size_arguments}
        try:
            made = self.layer(**named)
        except Exception as error:
            values = ", ".join(f"{name}={size}" for name, size in named.items())
            words = f"making the layer with {values or 'no arguments'} fails: {failed_pass(error)}"
            raise contract_error(self, "init", words + self.shapes.size_advice(error)) from error
        if not isinstance(made, Layer):
            raise TypeError(
                f"check_layer: expected a Layer, or a function that returns one, got {made!r}"
            )
        return made

    def trial(self, case: Case) -> LayerTrial:
        made = self.make(case.sizes)
        self.name = type(made).__name__
        if words := lost_in_copies(made):
            raise contract_error(self, "registered", words, case=case)
        if self.redraw is None:
            self.redraw = self._random_parameters(made, case)
        try:
            trial = LayerTrial(made, case, self.values, redraw=self.redraw)
        except ContractError:
            raise
        except ValuesError as error:
            raise contract_error(self, "values", str(error), case=case) from error
        except Exception as error:
            takes_none = (
                self.is_factory and not self.size_arguments and not isinstance(self.layer, type)
            )
            advice = self.advice(case, "forward") or self.shapes.advice(
                not self.is_factory, error, takes_none
            )
            words = f"forward fails: {failed_pass(error)}{advice}"
            raise contract_error(self, "forward", words, case=case) from error
        if not self.values and any(np.isnan(y).any() for _, y in arrays_in(trial.output)):
            words = (
                "forward gives NaN; if the layer accepts only some values, draw the input with values="
            )
            raise contract_error(trial, "forward", words)
        return trial

    def _random_parameters(self, made: Layer, case: Case) -> set[str]:
        """The parameters whose values differ between two calls of the function.

        Raises
        ------
        ContractError
            Two layers share a Parameter.
        """
        first, second = (dict(each.named_parameters()) for each in (made, self.make(case.sizes)))
        if self.is_factory and (
            shared := [path for path in first if any(first[path] is p for p in second.values())]
        ):
            words = f"two layers made by the function share the Parameters {shared}"
            raise contract_error(self, "instances", words, case=case)
        return {path for path in first if not np.array_equal(first[path].value, second[path].value)}


class LossSubject(Subject):
    """A loss, and the function that draws its target."""

    kind = "loss"

    def __init__(self, loss: Loss, prediction: Any, target: Callable[..., Any], values: Any) -> None:
        who = "check_loss"
        _refuse(loss, Loss, who)
        if not callable(target):
            raise TypeError(
                f"{who}: expected target to be a function that draws it, of rng and sizes, such as "
                f"lambda rng, N: rng.standard_normal(N); got {describe(target)}"
            )
        self.loss, self.target, self.name = loss, target, type(loss).__name__
        self.size_arguments = size_names(target) - {"rng"}
        self.shapes = Shapes(prediction, self.size_arguments, who)
        self.values = values_of_inputs(values, self.shapes, who)
        self.reproduce = f"check_loss(..., prediction={_quoted(prediction)}, {{}})"

    def trial(self, case: Case) -> LossTrial:
        if words := lost_in_copies(self.loss):
            raise contract_error(self, "registered", words, case=case)
        try:
            return LossTrial(self.loss, case, self.values, lambda rng: self._draw_target(rng, case))
        except ContractError:
            raise
        except ValuesError as error:
            raise contract_error(self, "values", str(error), case=case) from error
        except Exception as error:
            unknown = ", ".join(self.shapes.unknown_sizes())
            words = f"forward fails: {failed_pass(error)}"
            if unknown:
                words += (
                    f". target takes {unknown}, which is not an axis of "
                    f"{self.shapes.given!r}: is one meant?"
                )
            raise contract_error(self, "forward", words, case=case) from error

    def _draw_target(self, rng: np.random.Generator, case: Case) -> Any:
        arguments = {name: case.sizes[name] for name in self.size_arguments}
        random = {"rng": rng} if "rng" in inspect.signature(self.target).parameters else {}
        try:
            return self.target(**random, **arguments)
        except Exception as error:
            advice = self.shapes.names_advice() or self.shapes.size_advice(error)
            words = f"target fails: {failed_pass(error)}{advice}"
            raise contract_error(self, "target", words, case=case) from error


def _refuse(thing: Any, kind: type, who: str) -> None:
    """Refuse what is neither of a kind nor, for a layer, a function that may make one."""
    if isinstance(thing, kind) or (
        kind is Layer
        and callable(thing)
        and not isinstance(thing, (Layer, Loss, np.ufunc))
        and not (isinstance(thing, type) and issubclass(thing, Loss))
    ):
        return
    wanted = "a Layer, or a function that returns one" if kind is Layer else "a Loss (an instance)"
    hint = ""
    if isinstance(thing, Loss) or (isinstance(thing, type) and issubclass(thing, Loss)):
        hint = f": {'make an instance' if kind is Loss else 'use check_loss for a loss'}"
    elif isinstance(thing, Layer):
        hint = ": use check_layer for a layer"
    elif callable(thing) and kind is Layer:
        hint = ": use check_function for a plain function and its gradient"
    raise TypeError(f"{who}: expected {wanted}, got {thing!r}{hint}")


def _quoted(shape: Any) -> str:
    return f'"{shape}"' if isinstance(shape, str) else repr(shape)
