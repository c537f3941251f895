"""Metrics: functions of (prediction, target, weights=None) that return a float."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.names import answer_other_names
from nnlayers.metrics import accuracies, base, confusion, curves, detection, labels, ranking, regression
from nnlayers.metrics.accuracies import *
from nnlayers.metrics.base import *
from nnlayers.metrics.base import Metric as Metric
from nnlayers.metrics.confusion import *
from nnlayers.metrics.curves import *
from nnlayers.metrics.detection import *
from nnlayers.metrics.labels import *
from nnlayers.metrics.names import BY_NAME as BY_NAME
from nnlayers.metrics.ranking import *
from nnlayers.metrics.regression import *

if not TYPE_CHECKING:  # type checkers follow the imports above
    __all__ = [
        *accuracies.__all__,
        *detection.__all__,
        *ranking.__all__,
        *regression.__all__,
        *confusion.__all__,
        *curves.__all__,
        *labels.__all__,
        *base.__all__,
    ]
    __getattr__ = answer_other_names(__name__, __all__)
