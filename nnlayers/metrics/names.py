"""The names by which a Trainer knows metrics."""

from nnlayers.metrics.accuracies import accuracy, binary_accuracy, top_k_accuracy
from nnlayers.metrics.base import Metric
from nnlayers.metrics.detection import f1, precision, recall
from nnlayers.metrics.ranking import average_precision, roc_auc
from nnlayers.metrics.regression import mean_absolute_error, r2, root_mean_squared_error

BY_NAME: dict[str, Metric] = {
    "accuracy": accuracy,
    "average_precision": average_precision,
    "binary_accuracy": binary_accuracy,
    "f1": f1,
    "mean_absolute_error": mean_absolute_error,
    "precision": precision,
    "r2": r2,
    "recall": recall,
    "roc_auc": roc_auc,
    "root_mean_squared_error": root_mean_squared_error,
    "top_5_accuracy": top_k_accuracy(5),
}
