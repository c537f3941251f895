"""The names of the columns that a model is trained on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from nnlayers.core.frames import Columns, in_order, names_of
from nnlayers.core.layer import Layer
from nnlayers.layers.sequential import Sequential


class Names(NamedTuple):
    """The names of the columns of the inputs, and of the targets."""

    inputs: Columns = None
    targets: Columns = None

    def inputs_in_order(self, x: Any, model: Layer, who: str) -> Any:
        """The inputs with their columns in this order, or in that which the model knows."""
        return in_order(x, self.inputs or model.known_column_names(), who)

    def targets_in_order(self, y: Any, who: str) -> Any:
        """The targets with their columns in this order; a lone column may have any name."""
        if self.targets is None or len(self.targets) == 1:
            return y
        return in_order(y, self.targets, f"{who}: y", known_as="")


def remember_names(model: Layer, columns: Columns) -> None:
    """Let a model, and the layer in it that takes the input, know the names of its columns."""
    layer: Any = model if columns is not None else None
    while layer is not None:
        layer.column_names = columns
        layer = layer.layers[0] if isinstance(layer, Sequential) else None


def known_names(model: Layer, targets: Columns, run: Mapping[str, Any] | None) -> Names:
    """The names that are known before a fit: those of a run in a file, or those of the model."""
    inputs, other = Names() if run is None else run["columns"]
    return Names(inputs or model.known_column_names(), other or targets)


def names_for_fit(known: Names, x: Any, y: Any) -> Names:
    """The names that a fit goes by: those that are known, or those of the data."""
    return Names(known.inputs or names_of(x), known.targets or names_of(y))
