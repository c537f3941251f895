"""Charts, drawn with matplotlib, which is imported when one is drawn."""

from typing import TYPE_CHECKING

from nnlayers.lazy import lazy_names

if TYPE_CHECKING:
    from nnlayers.plots.chart import *
    from nnlayers.plots.classes import *
    from nnlayers.plots.curves import *
    from nnlayers.plots.detection import *
    from nnlayers.plots.health import *
    from nnlayers.plots.images import *
    from nnlayers.plots.numbers import *
    from nnlayers.plots.probabilities import *
    from nnlayers.plots.rates import *
    from nnlayers.plots.statistics import *
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        [
            "chart",
            "classes",
            "curves",
            "detection",
            "health",
            "images",
            "numbers",
            "probabilities",
            "rates",
            "statistics",
        ],
    )
