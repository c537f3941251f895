"""Data on its way to a network: batches, splits, labels, tables."""

from typing import TYPE_CHECKING

from nnlayers.lazy import lazy_names

if TYPE_CHECKING:
    from nnlayers.data.encoding import *
    from nnlayers.data.minibatches import *
    from nnlayers.data.splits import *
    from nnlayers.data.streaming.streams import *
    from nnlayers.data.tables import *
else:
    __getattr__, __dir__ = lazy_names(
        __name__, ["encoding", "minibatches", "splits", "tables", "streaming.streams"]
    )
