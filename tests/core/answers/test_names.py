"""Names of other libraries are answered with ours."""

import importlib
import re
import subprocess
import sys

import pytest

import nnlayers as nn
from nnlayers.core.answers.names import advice
from nnlayers.core.answers.names_table import OTHER_NAMES
from tests.core.answers.names_for_tests import KERAS_LAYERS, TORCH_NN


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Linear", "use Dense"),
        ("CrossEntropyLoss", "use SoftmaxCrossEntropy"),
        ("MSELoss", "use MeanSquaredError"),
        ("L1Loss", "use MeanAbsoluteError$"),
        ("SmoothL1Loss", "use Huber, which is delta times as large"),
        ("HuberLoss", "use Huber$"),
        ("BCEWithLogitsLoss", "use SigmoidBinaryCrossEntropy$"),
        ("BCELoss", "use SigmoidBinaryCrossEntropy, which takes logits"),
        ("BinaryCrossentropy", r"use SigmoidBinaryCrossEntropy \(of logits\)"),
        ("BinaryCrossEntropy", r"use SigmoidBinaryCrossEntropy \(of logits\)"),
        ("mae", "use mean_absolute_error, a metric, or MeanAbsoluteError"),
        ("BatchNorm1d", "use BatchNorm$"),
        ("InstanceNorm2d", r"use GroupNorm\(channels, channels\)"),
        ("MaxPooling2D", "use MaxPool2D$"),
        ("AdaptiveAvgPool2d", "use GlobalAveragePool, the mean over all positions$"),
        ("GlobalMaxPooling2D", r"use MaxPool2D\(\(H, W\)\) and Flatten\(\), for images of H x W$"),
        ("GlobalMaxPool1D", r"use MaxPool2D\(\(T, 1\)\) between Reshape\(T, 1, C\) and Flatten\(\)"),
        ("AveragePooling1D", r"use AveragePool2D\(\(2, 1\)\) between Reshape\(-1, 1, C\)"),
        ("Conv3d", "no layer has three axes of positions$"),
        ("MaxPooling3D", "no layer has three axes of positions$"),
        ("InstanceNorm3d", r"use GroupNorm\(channels, channels\)$"),
        ("BatchNormalisation", "use BatchNorm$"),
        ("Average", "write a Layer of your own"),
        ("Multiply", "write a Layer of your own"),
        ("Permute", "use np.moveaxis before the network, or a Layer of your own"),
        ("LogSoftmax", "SoftmaxCrossEntropy, which takes logits"),
        ("TripletMarginLoss", "a Loss of your own"),
        ("RandomFlip", "change the images before"),
        ("UpSampling2D", "use Upsample2D$"),
        ("Adamax", "Adam or SGD, or an Optimizer of your own"),
        ("RMSprop", "use RMSProp"),
        ("StepLR", "use schedules.staircase, as the optimizer's lr"),
        ("ExponentialDecay", "use schedules.exponential or schedules.staircase"),
        ("MultiStepLR", "use a function of the number of steps"),
        ("RNN", "use SimpleRNN$"),
        ("MLPClassifier", "use NNClassifier, from nnlayers.sklearn import NNClassifier$"),
        ("GRUCell", "use GRU, which goes through all steps"),
        ("TimeDistributed", "use Dense as it is"),
        ("Masking", "use padded sequences and masks, as 'Images and sequences' in"),
        ("MaxPool1D", r"use MaxPool2D\(\(2, 1\)\) between Reshape"),
        ("MultiheadAttention", r"did you mean MultiHeadAttention\?"),
        ("scaled_dot_product_attention", "use MultiHeadAttention, which may have one head$"),
        ("TransformerEncoderLayer", "use transformer_block$"),
        ("TransformerDecoderLayer", r"use transformer_block\(..., causal=True\); to read another"),
        ("DataLoader", "use batches"),
        ("dense", r"did you mean Dense\?"),
        ("SoftMaxCrossEntropy", r"did you mean SoftmaxCrossEntropy\?"),
        ("tanh", "use Tanh, a layer$"),
        ("swish", "use SiLU, a layer$"),
        ("Mish", "use Elementwise, with value and slope of your own"),
        ("Dropout2d", "use SpatialDropout, for any number of axes$"),
        ("trunc_normal_", "use truncated_normal, with the stddev that results$"),
        ("Variable", "use NumPy arrays"),
        ("fit", r"use Trainer\(model, loss, optimizer\).fit"),
        ("callbacks", r"use fit\(..., callbacks=\[nn.EarlyStopping\(patience=5\)\]\)"),
        ("ModelCheckpoint", r"use fit\(..., checkpoint=path\), or Checkpoint"),
        ("ReduceLROnPlateau", "use ReduceOnPlateau$"),
        ("SummaryWriter", "use TensorBoard"),
        ("EarlyStoping", r"did you mean EarlyStopping\?"),
        ("manual_seed", r"use rng = np.random.default_rng\(0\)"),
        ("load_digits", "use datasets.load_digits"),
        ("check_layer", "use from nnlayers.testing import check_layer"),
        ("lr_find", "use find_learning_rate$"),
        ("RocCurveDisplay", r"use plots\.roc_curve$"),
        ("calibration_curve", r"use plots\.calibration$"),
        ("Saliency", "use input_gradient$"),
        ("array", "nnlayers has no 'array'$"),
        ("Qqqqqqq", "nnlayers has no 'Qqqqqqq'$"),
    ],
)
def test_a_missing_name_is_answered_with_ours(name, ours):
    with pytest.raises(AttributeError, match=ours):
        getattr(nn, name)


@pytest.mark.parametrize(
    ("module", "name", "ours"),
    [
        ("nnlayers", "Adamax", "use Adam or SGD, or an Optimizer of your own"),
        ("nnlayers", "dense", r"did you mean Dense\?"),
        ("nnlayers", "Qqqqqqq", "nnlayers has no 'Qqqqqqq'$"),
        ("nnlayers.optimizers", "Adamax", "use Adam or SGD, or an Optimizer of your own"),
        ("nnlayers.layers", "Linear", "use Dense"),
        ("nnlayers.losses", "MSE", "use MeanSquaredError"),
        ("nnlayers.data", "DataLoader", "use batches"),
        ("nnlayers.datasets", "load_mnist", r"did you mean load_fashion_mnist\?"),
        ("nnlayers.plots", "learning_curve", r"did you mean learning_curves\?"),
        ("nnlayers.training", "CSVLogger", "use CsvLog"),
    ],
)
def test_every_way_to_a_missing_name_gives_the_answer(module, name, ours):
    with pytest.raises(ImportError, match=f"{module} has no '{name}'.*{ours}|{ours}"):
        exec(f"from {module} import {name}")
    assert not hasattr(importlib.import_module(module), name)
    with pytest.raises(AttributeError, match=ours):
        getattr(importlib.import_module(module), name)


def test_a_module_that_was_not_imported_yet_can_be_imported_by_name():
    code = "import nnlayers; from nnlayers import testing; print(testing.__name__)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "nnlayers.testing"


@pytest.mark.parametrize("names", [TORCH_NN, KERAS_LAYERS], ids=["torch.nn", "keras.layers"])
def test_every_layer_of_others_is_there_or_leads_to_names_that_are(names):
    for name in set(names.split()) - {*nn.__all__, "MultiheadAttention"}:
        answer = advice(name, nn.__all__).removeprefix(f"nnlayers has no {name!r}: ")
        assert re.match("use |write a |no |change |encode |compute |a network ", answer), (name, answer)
        for word in re.findall(r"\buse ([A-Z]\w+|\w+_\w+)", answer):
            assert hasattr(nn, word), (name, answer)


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_every_other_name_has_an_answer_or_exists_by_now(name):
    assert name in nn.__all__ or f"nnlayers has no {name!r}: use " in advice(name, nn.__all__)


def test_a_layer_that_is_called_says_which_verbs_there_are():
    with pytest.raises(TypeError, match=r"Dense cannot be called.*forward\(x\).*predict\(x\)"):
        nn.Dense(2, 2)([1.0, 2.0])
