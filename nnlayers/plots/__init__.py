"""Charts, drawn with matplotlib, which is imported when one is drawn."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.plots import (
    chart,
    classes,
    curves,
    detection,
    health,
    images,
    numbers,
    probabilities,
    rates,
    statistics,
)
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

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *chart.__all__,
        *classes.__all__,
        *curves.__all__,
        *detection.__all__,
        *health.__all__,
        *images.__all__,
        *numbers.__all__,
        *probabilities.__all__,
        *rates.__all__,
        *statistics.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
