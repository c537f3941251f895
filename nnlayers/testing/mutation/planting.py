"""Mutants: a class, or a function, with one mistake planted in it, for as long as a with-block runs."""

import ast
import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from nnlayers.testing.mutation.mistakes import (
    FORMULAS,
    GRADIENTS,
    IN_PLACE,
    KEPT,
    PREDICT,
    RESULTS,
    UPSTREAM,
    Mistake,
)
from nnlayers.testing.mutation.places import Change, changes
from nnlayers.testing.source import Function, functions_of
from nnlayers.testing.unparsed import unparsed

Codes = Mapping[types.FunctionType, types.CodeType]
VERBS = ("backward", "backward_parameters")
Trees = Mapping[Function, ast.FunctionDef]
ANYWHERE = FORMULAS + RESULTS + IN_PLACE


@dataclass(frozen=True, eq=False)
class Mutant:
    """A mistake that can be planted in the code of a layer.

    Attributes
    ----------
    mistake : str
        The mistake in words.
    function : str
        The function that it is planted in, such as ``"Scale.backward"``.
    line : int
        The number of the changed line in its file.
    old, new : str
        The code there, before and after.

    Examples
    --------
    >>> from nnlayers.testing import mutants
    >>> mutant = mutants(nn.LeakyReLU)[0]
    >>> print(mutant.mistake, "/", mutant.new)
    a comparison is reversed / self.save_for_backward(x < 0)
    >>> with mutant.planted():
    ...     layer = nn.LeakyReLU(0.5)
    ...     layer.forward(np.array([-1.0, 2.0])), layer.backward(np.ones(2))
    (array([-0.5,  2. ]), array([1. , 0.5]))
    """

    mistake: str
    function: str
    line: int
    old: str
    new: str
    codes: Codes = field(repr=False)
    failing: Codes = field(repr=False)

    @contextmanager
    def planted(self) -> Iterator[None]:
        """A with-block in which the functions of the class itself have the mistake.

        Objects that were made before have it too, and so have subclasses.
        """
        with replaced(self.codes):
            yield


@contextmanager
def replaced(codes: Codes) -> Iterator[None]:
    """A with-block in which functions have other code."""
    before = {function: function.__code__ for function in codes}
    try:
        for function, code in codes.items():
            function.__code__ = code
        yield
    finally:
        for function, code in before.items():
            function.__code__ = code


def mutants_of_class(cls: type) -> list[Mutant]:
    """The mutants of a layer's or a loss's class, in the order of its lines."""
    forward, predict = functions_of(cls, "forward"), functions_of(cls, "predict")
    backward = functions_of(cls, "backward") | functions_of(cls, "backward_parameters")
    rules = ANYWHERE + GRADIENTS
    found: list[Mutant] = []
    # What forward needs as well is left alone: its change would be another layer, not a wrong one.
    for function in (backward[key] for key in backward if key not in forward):
        found += _mutants(function, rules + UPSTREAM if function.name in VERBS else rules)
    for function in (predict[key] for key in predict if key not in forward | backward):
        found += _mutants(function, ANYWHERE + PREDICT if function.name == "predict" else ANYWHERE)
    for function in (each for each in forward.values() if each.name == "forward"):
        found += _mutants(function, FORMULAS, within="save_for_backward")
        found += _mutants(function, IN_PLACE)
        found += _kept_as_attribute(function, backward.values())
    return sorted(found, key=lambda mutant: mutant.line)


def mutants_of_function(function: types.FunctionType) -> list[Mutant]:
    """The mutants of a plain function that takes an upstream gradient and returns gradients."""
    found = _mutants(Function(function, is_method=False), ANYWHERE + UPSTREAM)
    return sorted(found, key=lambda mutant: mutant.line)


def _mutants(function: Function, mistakes: list[Mistake], within: str = "") -> Iterator[Mutant]:
    """One mutant for each mistake and place, but none for code that is there already."""
    seen = {ast.unparse(function.tree)}
    if any(isinstance(node, ast.While) for node in ast.walk(function.tree)):
        return  # a mistake could make it endless
    for words, correct, wrong in mistakes:
        for change in changes(function.tree, correct, wrong, function.argument, within):
            text = ast.unparse(change.changed)
            if text not in seen:
                seen.add(text)
                yield _mutant(words, function, change, {function: change.changed})


def _kept_as_attribute(forward: Function, others: Iterable[Function]) -> Iterator[Mutant]:
    """What forward saves in an attribute, which the next forward overwrites."""
    trees = {function: function.tree for function in (forward, *others)}
    saves: list[Change] = []
    for function in trees:
        for _, correct, wrong in KEPT:
            while change := next(changes(trees[function], correct, wrong, ""), None):
                trees[function] = change.changed
                saves += [change] if function is forward else []
    if saves:
        yield _mutant("what is saved is in an attribute", forward, saves[0], trees)


def _mutant(words: str, function: Function, change: Change, trees: Trees) -> Mutant:
    old, new = _difference(unparsed(function.tree), unparsed(change.changed))
    codes = {each.function: each.compiled(tree) for each, tree in trees.items()}
    failing = {function.function: function.compiled(change.failing)}
    return Mutant(words, function.function.__qualname__, change.line, old, new, codes, failing)


def _difference(before: str, after: str) -> tuple[str, str]:
    """The lines that are in only one of two texts."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    old, new = ([line[2:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    if not old and new[0] in map(str.strip, before.splitlines()):  # a line that is there twice
        old, new = new, 2 * new
    return "; ".join(old), "; ".join(new)
