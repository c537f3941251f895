"""A layer on its own: each one that is checked for its predict, with those in it made quiet."""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core import tree
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.testing.contract.comparison import nearly_equal
from nnlayers.testing.contract.table import NotApplicable
from nnlayers.testing.trial import Trial, copied


class Alone(NamedTuple):
    """A layer, an input that it gets, and where it is."""

    layer: Layer
    x: Any
    path: str = ""
    """Empty for the layer that is checked, else its path in that one."""
    any_values: bool = False
    """True if it accepts all values, not only those of this input."""

    def make(self) -> Layer:
        """A copy of the layer."""
        return copy.deepcopy(self.layer)

    def make_quiet(self) -> Layer:
        """A copy in which the layers in it have their predict in the place of forward."""
        layer = self.make()
        inner = [part for _, part in Component.named_parts(layer) if isinstance(part, Layer)]
        # Of copies, since the default predict runs forward.
        predicts = [copy.deepcopy(part).predict for part in inner]
        for part, predict in zip(inner, predicts, strict=True):
            object.__setattr__(part, "forward", predict)
        return layer

    def predict(self, layer: Layer | None = None, x: Any = None) -> Any:
        """The inference pass of a copy.

        Raises
        ------
        NotApplicable
            There is none, which another check reports.
        """
        try:
            return (layer or self.make()).predict(copied(self.x if x is None else x))
        except NotImplementedError as error:
            raise NotApplicable("") from error


def everywhere(trial: Trial, check: Callable[[Alone], str | None]) -> str | None:
    """Try a check on the layer of a trial, and on each layer of the user's in it.

    Only in the one case of the plan in which all sizes differ, to save time.
    """
    if not _all_sizes_differ(trial):
        raise NotApplicable("")
    reasons, applied = [], False
    for alone in _layers_alone(trial):
        try:
            if words := check(alone):
                return f"{words} (in {alone.path!r})" if alone.path else words
            applied = True
        except NotApplicable as reason:
            reasons.append(str(reason))
    if any(reasons) or not applied:
        raise NotApplicable(next(filter(None, reasons), ""))
    return None


def _all_sizes_differ(trial: Trial) -> bool:
    case = trial.case
    sizes = list(case.sizes.values()) if case else [1]
    return (
        min(sizes, default=1) > 1
        and len(set(sizes)) == len(sizes)
        and bool(case and case.regime == "normal")
    )


def _layers_alone(trial: Trial) -> Iterator[Alone]:
    """The layer of a trial, and the layers in it that are not built in, with their inputs."""
    yield Alone(trial.fresh(), trial.x, any_values=not trial.values_given)
    layers = dict(Component.named_parts(trial.fresh()))
    for path, x in _inputs_of_inner_layers(trial).items():
        yield Alone(layers[path], x, path)


def _inputs_of_inner_layers(trial: Trial) -> dict[str, Any]:
    """The first input of each layer in the trial's that is not built in, by its path."""
    inputs: dict[str, Any] = {}
    layer = trial.fresh()
    for path, part in Component.named_parts(layer):
        if isinstance(part, Layer) and not is_built_in(type(part)):

            def record(x: Any, *, path: str = path, forward: Any = part.forward) -> Any:
                inputs.setdefault(path, copied(x))
                return forward(x)

            object.__setattr__(part, "forward", record)
    try:
        trial.forward(layer, trial.x)
    except Exception:  # a layer that takes more than one argument
        return {}
    return inputs


def ignored_by_predict(layer: Layer, x: Any) -> str:
    """Which parameter forward uses and predict does not, in words; empty if there is none."""

    def results(changed: str = "") -> list[Any]:
        found = []
        for verb in "forward", "predict":
            one = copy.deepcopy(layer)
            for path, parameter in one.named_parameters():
                if path == changed:
                    parameter.value[...] = 1.5 * parameter.value + 0.25
            found.append(getattr(one, verb)(copied(x)))
        return found

    for path, _ in layer.named_parameters():
        try:
            same_output, same_prediction = map(nearly_equal, results(), results(path))
        except Exception:  # the layer accepts only some values of it
            continue
        if same_prediction and not same_output:
            return f": predict ignores {path!r}, which forward uses"
    return ""


# What a forward pass moves


def own_states(layer: Layer) -> list[State]:
    """The States that a layer holds itself, without the parameters."""
    parts = (part for _, part in tree.own_parts(layer))
    return [part for part in parts if isinstance(part, State) and not isinstance(part, Parameter)]


def has_generator(layer: Layer) -> bool:
    """True if the layer holds a Generator itself."""
    return any(isinstance(part, np.random.Generator) for _, part in tree.own_parts(layer))


class Moved(NamedTuple):
    """What passes have changed, of a layer itself and of the layers in it."""

    states: bool
    statistics: bool
    """True if they are more than counters, which are integers."""
    generators: bool
    inner: bool


def condition(layer: Layer) -> dict[str, Any]:
    """The States and Generators of a layer and of those in it, in a comparable form."""
    found: dict[str, Any] = {}
    for path, part in Component.named_parts(layer):
        if isinstance(part, np.random.Generator):
            found[path] = repr(part.bit_generator.state)
        elif isinstance(part, State) and not isinstance(part, Parameter):
            found[path] = part.value.tobytes()
    return found


def moved(layer: Layer, before: dict[str, Any]) -> Moved:
    """What has changed since a condition."""
    now = condition(layer)
    changed = {path for path in now if now[path] != before[path]}
    own = {path: part for path, part in tree.own_parts(layer) if path in changed}
    states = [part for part in own.values() if isinstance(part, State)]
    statistics = any(state.value.dtype.kind == "f" for state in states)
    return Moved(bool(states), statistics, len(own) > len(states), bool(changed - own.keys()))
