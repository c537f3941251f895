"""Statistics of the layers over time: their outputs, gradients and updates."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, whole_number
from nnlayers.core.component import Component
from nnlayers.core.frames import names_of
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.placement import on_host
from nnlayers.core.structures import as_arrays, each, length
from nnlayers.core.sums import norm
from nnlayers.core.watch import observe
from nnlayers.plots.chart import Chart
from nnlayers.plots.statistics import layer_statistics
from nnlayers.training.callbacks.base import Callback
from nnlayers.training.guard import quiet
from nnlayers.training.health.looks import relative_change, sampled, some_of, some_rows, weights_of

__all__ = ["LayerStatistics"]

REMEMBERED = "steps", "outputs", "kinds", "weights"


class LayerStatistics(Callback):
    """Measure every layer as a fit goes on: outputs, dead units, gradients, updates.

    They are taken at the first step, and then once in ``every_steps``. Outputs are those of an
    inference pass of a copy of the model, of a few rows that you give. Containers are left out, since
    their layers are there. A further fit adds to them; a fit of other layers, or one that has
    fewer steps, begins anew.

    Parameters
    ----------
    x : array, or tuple of arrays
        The input, such as ``x_train``; at most ``rows`` of it are used, spread evenly.
    every_steps : int
        How many steps there are from one look to the next.
    rows : int
        How many rows are predicted in a look.

    Attributes
    ----------
    steps : list of int
        The numbers of the steps (``optimizer.steps``) after which they were taken.
    outputs : dict
        For each layer, by its path, lists with one value for each of ``steps``: ``"mean"`` and
        ``"std"`` of all elements of its output, and ``"dead"``, the share of its units (places along
        the last axis) that are 0 in all rows. Layers that do nothing in an inference pass, such as
        Dropout, are left out.
    kinds : dict
        The class of each of these layers, by its path.
    weights : dict
        For each trained parameter of at least two axes, by its path: ``"gradient"``, the norm of the
        gradient; ``"update"``, the norm of the step's change divided by that of the weight (about
        1,000 elements of it are compared). NaN for a weight of 0, and while it is
        frozen or has no gradient.

    Raises
    ------
    ValueError, TypeError
        An argument is out of its range; when the fit begins, if the model cannot predict ``x``.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> statistics = nn.LayerStatistics(x, every_steps=50)
    >>> history = trainer.fit(x, y, epochs=2, rng=0, progress=False, callbacks=[statistics])
    >>> statistics.steps
    [1, 50, 100]
    >>> list(statistics.outputs), list(statistics.weights)
    (['layers.0', 'layers.1', 'layers.2'], ['layers.0.weight', 'layers.2.weight'])
    >>> statistics.outputs["layers.1"]["dead"][-1] < 0.5
    True
    >>> chart = statistics.plot()
    """

    def __init__(self, x: Any, *, every_steps: int = 100, rows: int = 64) -> None:
        who = "LayerStatistics"
        self.every_steps = whole_number(every_steps, "every_steps", who)
        self.columns = names_of(x)
        x = as_arrays(x, f"{who}: x")
        index = some_rows(length(x), whole_number(rows, "rows", who))
        self.x = each(lambda array: some_of(array, index), x)
        self._forget()

    def _forget(self) -> None:
        self.steps: list[int] = []
        self.outputs: dict[str, dict[str, list[float]]] = {}
        self.kinds: dict[str, str] = {}
        self.weights: dict[str, dict[str, list[float]]] = {}
        self._before: dict[str, tuple[Parameter, Array, float]] = {}  # before a step that is looked at

    def start(self, trainer: Any) -> None:
        known = trainer.model.known_column_names()
        if self.columns and known and self.columns != known:
            raise ValueError(
                f"LayerStatistics: expected x with the columns {list(known)}, in this order, got "
                f"{list(self.columns)}"
            )
        layers = list(self._look(trainer.model))  # here, so that errors come before the first step
        if self.steps and (trainer.optimizer.steps < self.steps[-1] or layers != list(self.outputs)):
            self._forget()

    def after_backward(self, trainer: Any) -> None:
        if self._is_due(trainer.optimizer.steps + 1):
            for path, weight in weights_of(trainer.model):
                gradient = np.nan if weight.grad is None else norm([weight.grad])
                self._before[path] = weight, sampled(weight), gradient

    def after_step(self, trainer: Any) -> None:
        if not self._is_due(trainer.optimizer.steps):
            return
        self.steps.append(trainer.optimizer.steps)
        self._add(self.outputs, self._look(trainer.model))
        moved: dict[str, dict[str, float]] = {}
        for path, (weight, before, gradient) in self._before.items():
            update = relative_change([before], [sampled(weight)])
            moved[path] = {"gradient": gradient, "update": update}
        self._add(self.weights, moved)
        self._before = {}

    def _add(
        self, table: dict[str, dict[str, list[float]]], found: dict[str, dict[str, float]]
    ) -> None:
        """Add values to the lists; what was not found, such as a frozen weight, is NaN."""
        for path, values in found.items():
            for name in values.keys() - table.setdefault(path, {}).keys():
                table[path][name] = [np.nan] * (len(self.steps) - 1)
        for path, columns in table.items():
            for name, column in columns.items():
                column.append(found.get(path, {}).get(name, np.nan))

    def _is_due(self, step: int) -> bool:
        return step == 1 or step % self.every_steps == 0

    def _look(self, model: Layer) -> dict[str, dict[str, float]]:
        """The statistics of the outputs of all layers, by their paths."""
        found: dict[str, dict[str, float]] = {}

        def see(path: str, layer: Component, x: Any, y: Any) -> None:
            is_floating = isinstance(y, np.ndarray) and y.dtype.kind == "f" and y.ndim > 1 and y.size
            if is_floating and y is not x and isinstance(layer, Layer) and not layer.children():
                self.kinds[path] = type(layer).__name__
                units = y.reshape(-1, y.shape[-1])
                found[path] = {
                    "mean": float(y.mean(dtype=np.float64)),
                    "std": float(y.std(dtype=np.float64)),
                    "dead": float(1 - units.any(axis=0).mean()),
                }

        model = on_host(model)
        with quiet():
            observe(model, "predict", model.convert_input(self.x), see, shared=model.parameters())
        return found

    def plot(self, ax: Any = None) -> Chart:
        """Draw them; see `nnlayers.plots.layer_statistics`."""
        return layer_statistics(self, ax=ax)

    def state_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in REMEMBERED}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for name in REMEMBERED:
            setattr(self, name, state[name])
