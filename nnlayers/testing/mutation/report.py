"""How many mistakes a test finds, and which it misses."""

import contextlib
import io
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any, overload

from nnlayers.core.layer import Layer
from nnlayers.losses.base import Loss
from nnlayers.testing.mutation.planting import (
    Mutant,
    mutants_of_class,
    mutants_of_function,
    replaced,
)
from nnlayers.testing.settings import undiagnosed
from nnlayers.training.stream import Stream

Test = Callable[[], object]
WIDTH = 104  # columns of the table
QUICK = 2.0  # seconds without a count


@overload
def mutants(layer: Any) -> list[Mutant]: ...
@overload
def mutants(layer: Any, test: Test) -> "MutantReport": ...
def mutants(layer: Any, test: Any = ...) -> "list[Mutant] | MutantReport":
    """Plant the usual mistakes in a layer's code, one at a time, and see which of them a test finds.

    The code is that of ``backward`` and ``predict`` and of the methods that only they use; in
    ``forward``, what it saves, and writing into the input. While the test runs, the class itself has
    the mistake, so an existing test needs no change.

    Parameters
    ----------
    layer : class, Layer, Loss or function
        The class of a layer or of a loss, or an instance; or a plain function that returns gradients,
        whose first argument is the upstream gradient.
    test : function, optional
        A test that takes no arguments, such as one for pytest. It finds a mistake by raising an error.

    Returns
    -------
    list of Mutant or MutantReport
        Without a test, the mistakes; with a test, which of them it finds and which it misses. Ctrl-C
        ends the search, and the report then has what was tried.

    Raises
    ------
    TypeError
        ``layer`` or ``test`` is something else.
    ValueError
        The test fails without a mistake, there is no source code, nothing to plant a mistake in, or the
        function has the name of a forward pass.

    Notes
    -----
    A change may leave every result as it was, which is not a mistake that a test could find. Look at
    the line, or see whether `check_layer` finds it.

    Examples
    --------
    >>> from nnlayers.testing import check_layer, mutants
    >>> class Double(nn.Layer):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def backward(self, grad):
    ...         return 2 * grad
    >>> def test_double():
    ...     assert (Double().backward(np.ones((3, 2))) == 2).all()
    >>> for mutant in mutants(Double, test_double).missed:
    ...     print(mutant.new)
    return 2 / grad
    grad = np.ones_like(grad)
    grad = np.abs(grad)
    grad = np.clip(grad, -1, 1)
    return (2 * grad).astype(np.float32)
    >>> mutants(Double, lambda: check_layer(Double, "N D")).missed
    []
    """
    if test is not ... and not callable(test):
        raise TypeError(
            f"mutants: expected a test, a function without arguments, got {test!r}: give the function "
            "itself, without ()"
        )
    cls = type(layer) if isinstance(layer, (Layer, Loss)) else layer
    if isinstance(cls, type) and issubclass(cls, (Layer, Loss)):
        planted = mutants_of_class(cls)
    elif isinstance(cls, types.FunctionType):
        if "forward" in cls.__name__ and "backward" not in cls.__name__:
            raise ValueError(
                f"mutants: expected a function that returns gradients, got {cls.__name__}, which by "
                "its name is a forward pass, and defines what is correct: give its backward pass"
            )
        planted = mutants_of_function(cls)
    else:
        raise TypeError(
            f"mutants: expected a Layer, a Loss, the class of one, or a function, got {layer!r}"
        )
    if not planted:
        raise ValueError(
            f"mutants: found nothing in {cls.__name__} to plant a mistake in: name the class that "
            "defines backward"
        )
    return planted if test is ... else MutantReport(cls.__name__, planted, test)


class MutantReport:
    """The mistakes that a test finds, and those that it misses: ``print(report)``.

    Attributes
    ----------
    name : str
        The class or function.
    found, missed : list of Mutant
        The mistakes, in the order of the lines.
    not_run : list of Mutant
        The missed ones in code that the test does not run.
    untried : list of Mutant
        Those that were not tried, since Ctrl-C was pressed.

    Examples
    --------
    >>> from nnlayers.testing import mutants
    >>> report = mutants(nn.ReLU, lambda: nn.ReLU().forward(np.ones(3)))
    >>> report.found, len(report.missed), len(report.not_run)
    ([], 17, 16)
    >>> print(str(report).splitlines()[0])
    ReLU: the test finds 0 of 17 mistakes; 16 are in code that it does not run
    >>> report.score
    0.0
    """

    def __init__(self, name: str, planted: list[Mutant], test: Test) -> None:
        self.name = name
        self.found: list[Mutant] = []
        self.missed: list[Mutant] = []
        self.not_run: list[Mutant] = []
        self.untried = list(planted)
        if (error := _failure(test)) is not None:
            raise ValueError(
                f"mutants: expected a test, called without arguments, that {name} passes as it is, got "
                f"{type(error).__name__}: {error}"
            ) from error
        with contextlib.suppress(KeyboardInterrupt):
            for mutant in _counted(planted):
                self._try(mutant, test)
                self.untried.remove(mutant)

    def _try(self, mutant: Mutant, test: Test) -> None:
        with mutant.planted():
            found = _failure(test) is not None
        if not found:
            with replaced(mutant.failing):  # an error in place of the changed code
                if _failure(test) is None:
                    self.not_run.append(mutant)
        (self.found if found else self.missed).append(mutant)

    @property
    def score(self) -> float:
        """The share of the mistakes that the test finds, of those that were tried."""
        return len(self.found) / max(1, len(self.found) + len(self.missed))

    def __str__(self) -> str:
        count = len(self.found) + len(self.missed)
        first = f"{self.name}: the test finds {len(self.found)} of {count} mistakes"
        if self.not_run:
            first += f"; {len(self.not_run)} are in code that it does not run"
        if self.untried:
            first += f"; {len(self.untried)} were not tried"
        missed = [self._row(mutant) for mutant in self.missed]
        return "\n".join([first, *missed, *(self._row(mutant) for mutant in self.found)])

    def _row(self, mutant: Mutant) -> str:
        words = "found" if mutant in self.found else "NOT RUN" if mutant in self.not_run else "MISSED"
        row = f"  {words:<7} line {mutant.line:<4} {mutant.mistake:<36} {mutant.new}"
        return row if len(row) <= WIDTH else f"{row[: WIDTH - 3]}..."

    def __repr__(self) -> str:
        return str(self)


def _failure(test: Test) -> BaseException | None:
    """The error that a test raises; what it prints, and its warnings, are not shown."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(record=True),  # filters that make errors of them stay in force
        undiagnosed(),
    ):
        try:
            test()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # that of pytest.fail is not an Exception
            return error
    return None


def _counted(planted: list[Mutant]) -> Iterator[Mutant]:
    """The mutants, with a count in the terminal if they take long."""
    stream, begin, shown = Stream(sys.stderr), time.perf_counter(), False
    for number, mutant in enumerate(planted, 1):
        if stream.is_terminal and time.perf_counter() - begin > QUICK:
            stream.write(f"\rmistake {number} of {len(planted)}")
            shown = True
        yield mutant
    if shown:
        stream.write("\n")
