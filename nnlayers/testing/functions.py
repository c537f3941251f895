"""check_function: the gradient of a plain function, with or without a function for its backward."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from nnlayers.core.structures import arrays_in
from nnlayers.testing import settings
from nnlayers.testing.arguments import WHO, read_arguments, refuse, values_by_place
from nnlayers.testing.errors import contract_error, failed_pass
from nnlayers.testing.function_code import function_code
from nnlayers.testing.function_hints import (
    called_backward,
    drew_integers,
    exchanged,
    gradients_in_constant,
    hint,
)
from nnlayers.testing.pairs import Call, FunctionTrial, coarse_output
from nnlayers.testing.plan import AS_GIVEN, Case, Values, ValuesError, values_of_inputs
from nnlayers.testing.report import LayerReport
from nnlayers.testing.returned import WrongForm
from nnlayers.testing.run import check
from nnlayers.testing.shapes import Shapes
from nnlayers.testing.source import Function
from nnlayers.testing.styles import name_of
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import Trial
from nnlayers.testing.trials import draw_input

__all__ = ["check_function"]

ROOM = 45  # in the line that reproduces a failure, for the functions and the arguments


def check_function(
    forward: Callable[..., Any],
    backward: Any = None,
    /,
    *arguments: Any,
    values: Values | Mapping[str, Values] | tuple[Values | None, ...] | None = None,
    seed: int | None = None,
    examples: int | None = None,
    checks: str | Iterable[str] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    **options: Any,
) -> LayerReport:
    """Check the gradient of a plain function; no layer is needed.

    The pair may be written in any of these styles, with one output or several::

        out, cache = forward(x, w, b)      dx, dw, db = backward(dout, cache)
        out = forward(x, w, b)             dx, dw, db = backward(dout, x, w, b)
        out, backprop = forward(x, w, b)   dx, dw, db = backprop(dout)
        loss, (dx, dw) = forward(x, w)

    Gradients come in the order of the floating arrays among the arguments, or one for each argument
    (anything for a constant), or in a dict (``"x"``, ``"dx"``, ``"grad_x"`` or ``"x_grad"``). A single
    one needs no tuple. ``backward`` of a number may do without an upstream gradient.

    Parameters
    ----------
    forward : function
        It gets float64 arrays, and its output must be float64.
    backward : function, optional
        Leave it out, or write None, if forward returns a function or the gradients.
    *arguments : str, array or anything
        The positional arguments of forward. Names of sizes, such as ``"N D"`` or ``"3 3 C 2*F"``: an
        array of this shape is drawn, in many sizes. A floating array is used as it is. Anything else
        stays constant, and has no gradient.
    values : function of (rng, shape), optional
        Draws every array, if the function accepts only some values. A dict gives one for some
        arguments, by name; the others stay floating. An argument of integers has no gradient.
    seed, examples, checks, expected_failures
        As for `check_layer`. The names of arrays are those of forward's parameters.
    **options
        The keyword arguments of forward, which stay constant. Backward gets those that it names.

    Returns
    -------
    LayerReport
        What was verified.

    Raises
    ------
    GradientError, ContractError
        As for `check_layer`.
    TypeError, ValueError
        The arguments do not fit forward, or nothing among them has a gradient.

    Notes
    -----
    Every pass runs on copies of the arguments and constants, from the same global state of
    ``numpy.random``, so that the masks of a dropout do not change.

    Examples
    --------
    >>> from nnlayers.testing import check_function
    >>> def affine_forward(x, w, b):
    ...     return x @ w + b, (x, w)
    >>> def affine_backward(dout, cache):
    ...     x, w = cache
    ...     return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    >>> report = check_function(affine_forward, affine_backward, "N D", "D M", "M")
    >>> report.name, sorted(report.verified)
    ('affine_backward', ['b', 'w', 'x'])
    """
    __tracebackhide__ = True
    subject = FunctionSubject(forward, backward, arguments, values, options)
    examples = settings.defaults.examples if examples is None else examples
    return check(subject, seed, examples if subject.is_drawn else 0, checks, expected_failures)


class FunctionSubject(Subject):
    """A function and its gradient, and the arguments to try them on."""

    kind = "function"

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Any,
        given: Sequence[Any],
        values: Any,
        options: Mapping[str, Any],
    ) -> None:
        refuse(forward)
        self.slip = ""
        if backward is not None and not callable(backward):  # left out
            self.slip = called_backward(backward)
            given, backward = (backward, *given), None
        elif backward is not None:
            refuse(backward)
        self.arguments = read_arguments(forward, given, options, self.slip)
        self.given, self.options = (forward, backward), options
        self.call = Call(forward, backward, self.arguments, options)
        self.name = name_of(forward)
        drawn = [argument for argument in self.arguments if argument.sizes is not None]
        self.shapes = Shapes(tuple(argument.sizes for argument in drawn), (), WHO)
        self.is_drawn = bool(drawn)
        self.given_values = values
        self.values = values_of_inputs(values_by_place(values, self.arguments), self.shapes, WHO)
        self.draws_itself = any(function is not None for function in self.values)
        called = [name_of(function, "...") if function else "None" for function in (forward, backward)]
        shown = [f'"{a.sizes}"' if a.sizes is not None else "..." for a in self.arguments]
        shown += [f"{name}=..." for name in options]
        written = [", ".join(words) for words in ([*called, *shown], ["...", *shown], ["..."])]
        short = next(words for words in written if len(words) < ROOM or words == "...")
        self.reproduce = f"check_function({short}, {{}})"

    def cases(self, seed: int) -> Iterator[Case]:
        if self.is_drawn:
            yield from super().cases(seed)
            return
        shape = tuple(argument.array.shape for argument in self.arguments if argument.is_array)
        length = shape[0][0] if shape[0] else 1
        for more in range(2):
            yield Case({"N": length}, shape, AS_GIVEN, seed + more, exact=True)

    def trial(self, case: Case) -> FunctionTrial:
        if not self.is_drawn:  # at any sizes: the arrays are as they are
            case = next(self.cases(case.seed))
        rng = np.random.default_rng([case.seed, 1])
        try:
            drawn = iter(draw_input(rng, case, self.values) if self.is_drawn else ())
        except ValuesError as error:
            raise contract_error(self, "values", str(error), case=case) from error
        x = tuple(
            next(drawn) if argument.array is None else argument.array
            for argument in self.arguments
            if argument.is_array
        )
        if not any(array.dtype.kind == "f" for array in x):
            words = drew_integers(self.call.array_names, self.given_values)
            raise contract_error(self, "values", words, case=case)
        given = any(argument.array is not None for argument in self.arguments)
        try:
            trial = FunctionTrial(self.call, case, x, self.draws_itself or given)
        except WrongForm as error:
            raise contract_error(self, "forward", f"it {error}{self._hint(error)}", case=case) from None
        except Exception as error:
            words = f"it fails: {failed_pass(error)}{self._hint(error)}"
            raise contract_error(self, "forward", words, case=case) from error
        trial.drawn = self._drawn_by_checker()
        if words := self._unusable(trial.output):
            raise contract_error(self, "forward", words, case=case)
        try:
            gradients = trial.gradients()
        except WrongForm as error:
            words = f"{error}{gradients_in_constant(error, self.call.constants)}"
            raise contract_error(trial, "backward", words) from None
        except Exception as error:
            words = f"a pass fails: {failed_pass(error)}"
            raise contract_error(trial, "backward", words) from error
        if words := exchanged(gradients, trial.blocks):
            raise contract_error(trial, "shapes", words)
        return trial

    def way_back(self, thing: Any) -> list[Function]:
        function: Any = self.given[1] or self.given[0]
        return [Function(function, is_method=False)] if inspect.isfunction(function) else []

    def exchange(self, old: FunctionType, new: FunctionType) -> Callable[[Any], None]:
        forward, backward = self.given
        forward, backward = (new, backward) if inspect.unwrap(forward) is old else (forward, new)
        call = Call(forward, backward, self.arguments, self.options)

        def change(thing: Any) -> None:
            thing.call = call

        return change

    def title(self, trial: Trial) -> str:
        return trial.name

    def code(self, trial: Trial, block: str) -> list[str]:
        assert isinstance(trial, FunctionTrial)
        return function_code(trial, block)

    def _unusable(self, y: Any) -> str:
        """Why the gradient of this output cannot be checked; empty if it can."""
        floating = [array for _, array in arrays_in(y) if np.asarray(array).dtype.kind == "f"]
        if not floating:
            return "it returns integers, which have no gradient"
        if dtype := coarse_output(y):
            return (
                f"it returns {dtype} for float64 arguments, which is too coarse for finite differences"
                ": compute in float64 (in JAX after jax.config.update('jax_enable_x64', True))"
            )
        if not self.draws_itself and any(np.isnan(array).any() for array in floating):
            return "it gives NaN; if it accepts only some values, draw them with values="
        return ""

    def _hint(self, error: Exception) -> str:
        """A sentence about what may have led to a failure of forward."""
        if self.slip and not self.arguments[0].is_array:
            return self.slip
        return hint(error, self.arguments, self._drawn_by_checker())

    def _drawn_by_checker(self) -> list[str]:
        """The names of the arguments that no function of the user draws."""
        drawn = [argument.name for argument in self.arguments if argument.sizes is not None]
        by_user = dict(zip(drawn, self.values, strict=False))
        return [name for name in drawn if not by_user.get(name)]
