"""Neural networks from layers that each implement forward and backward, on NumPy."""

from nnlayers import datasets, plots
from nnlayers.data import batches, one_hot, train_test_split
from nnlayers.history import History
from nnlayers.initializers import glorot_normal, glorot_uniform, he_normal, he_uniform, zeros
from nnlayers.layer import Layer
from nnlayers.layers import Dense, Dropout, ReLU, Standardize
from nnlayers.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy, softmax
from nnlayers.metrics import accuracy, confusion_matrix, mean_absolute_error
from nnlayers.optimizers import SGD, Optimizer
from nnlayers.parameter import Parameter, State
from nnlayers.sequential import Sequential
from nnlayers.tables import Table, read_csv
from nnlayers.trainer import Trainer

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Dense",
    "Dropout",
    "History",
    "Layer",
    "Loss",
    "MeanSquaredError",
    "Optimizer",
    "Parameter",
    "ReLU",
    "Sequential",
    "SoftmaxCrossEntropy",
    "Standardize",
    "State",
    "Table",
    "Trainer",
    "accuracy",
    "batches",
    "confusion_matrix",
    "datasets",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "mean_absolute_error",
    "one_hot",
    "plots",
    "read_csv",
    "softmax",
    "train_test_split",
    "zeros",
]
