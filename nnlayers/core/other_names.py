"""What the names of other libraries are called here, for the message when one is asked for."""

import difflib

BY_HAND = "a Layer of your own, as 'Write your own layer' in the documentation shows"
OTHER_NAMES = {
    # PyTorch
    "Linear": "Dense",
    "Module": "Layer",
    "CrossEntropyLoss": "SoftmaxCrossEntropy",
    "MSELoss": "MeanSquaredError",
    "Flatten": "x.reshape(len(x), -1) before the network",
    "ModuleList": "a list that is an attribute: its layers are found",
    "DataLoader": "batches",
    "random_split": "train_test_split",
    "optim": "Optimizer and SGD, which are names of nnlayers itself",
    "functional": "layers, and softmax",
    "init": "he_normal, he_uniform, glorot_normal, glorot_uniform, zeros",
    "clip_grad_norm_": "the optimizer's clip_norm",
    "lr_scheduler": "schedules, as the optimizer's lr",
    "CosineAnnealingLR": "schedules.cosine, as the optimizer's lr",
    "cat": "Concatenate",
    "no_grad": "predict, which keeps nothing for backward",
    "kaiming_normal_": "he_normal",
    "kaiming_uniform_": "he_uniform",
    "xavier_normal_": "glorot_normal",
    "xavier_uniform_": "glorot_uniform",
    # Keras
    "Input": "Sequential(..., input_shape=)",
    "Model": "Sequential, and Residual, Fork and Parallel in it",
    "Normalization": "Standardize",
    "CategoricalCrossentropy": "SoftmaxCrossEntropy (of logits)",
    "SparseCategoricalCrossentropy": "SoftmaxCrossEntropy (of logits)",
    "to_categorical": "one_hot",
    "CosineDecay": "schedules.cosine, as the optimizer's lr",
    "add": "Add",
    "concatenate": "Concatenate",
    "HeNormal": "he_normal",
    "GlorotUniform": "glorot_uniform",
    # scikit-learn
    "StandardScaler": "Standardize",
    "MLPClassifier": "Sequential, trained by a Trainer",
    "MLPRegressor": "Sequential, trained by a Trainer",
    "accuracy_score": "accuracy",

    "testing": "import nnlayers.testing, or from nnlayers.testing import check_layer",
    # What they have and nnlayers does not
    **dict.fromkeys(
        ["Adam", "AdamW", "RMSprop", "RMSProp", "Adagrad", "Lion"],
        "SGD, or an Optimizer of your own, as 'Train a network' in the documentation shows for Adam",
    ),
    **dict.fromkeys(
        ["LeakyReLU", "PReLU", "ELU", "GELU", "SiLU", "Swish", "Sigmoid", "Tanh", "Softplus"],
        "Elementwise, with value and slope of your own",
    ),
    "Softmax": "softmax, on what predict returns; SoftmaxCrossEntropy takes logits",
    **dict.fromkeys(
        ["L1Loss", "HuberLoss", "Huber", "BCELoss", "BCEWithLogitsLoss", "BinaryCrossentropy"],
        "Pointwise, with value and slope of your own",
    ),
    **dict.fromkeys(
        [
            "BatchNorm", "BatchNorm1d", "BatchNorm2d", "BatchNormalization", "LayerNorm",
            "LayerNormalization", "Conv1D", "Conv2D", "Conv1d", "Conv2d", "MaxPool2D", "MaxPool2d",
            "MaxPooling2D", "Embedding", "LSTM", "GRU", "RNN", "SimpleRNN", "MultiHeadAttention",
        ],
        BY_HAND,
    ),
}  # fmt: skip


def advice(name: str, known: list[str]) -> str:
    """The message about a name that nnlayers does not have."""
    message = f"nnlayers has no {name!r}"
    if name in OTHER_NAMES:
        return f"{message}: use {OTHER_NAMES[name]}"
    spelt = {other.lower(): other for other in known}
    similar = difflib.get_close_matches(name.lower(), spelt, n=1)
    return f"{message}: did you mean {spelt[similar[0]]}?" if similar else message
