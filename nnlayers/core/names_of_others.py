"""Our names for those of other libraries, for the message when one is asked for."""

from nnlayers.core.other_arguments import CALLBACKS

OWN_SCHEDULE = "a function of the number of steps as the optimizer's lr"
OTHER_NAMES = {
    # PyTorch
    "Linear": "Dense",
    "Module": "Layer",
    **dict.fromkeys(["CrossEntropyLoss", "cross_entropy"], "SoftmaxCrossEntropy"),
    **dict.fromkeys(["L1Loss", "l1_loss"], "MeanAbsoluteError"),
    **dict.fromkeys(["HuberLoss", "huber_loss"], "Huber"),
    "SmoothL1Loss": "Huber, which is delta times as large; for beta = 1 both are the same",
    **dict.fromkeys(["BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"], "SigmoidBinaryCrossEntropy"),
    "BCELoss": "SigmoidBinaryCrossEntropy, which takes logits",
    "ModuleList": "a list that is an attribute: its layers are found",
    "DataLoader": "batches; fit takes a DataLoader too",
    "random_split": "train_test_split",
    "optim": "Adam and SGD, which are names of nnlayers itself",
    "functional": "layers, and softmax, sigmoid",
    "init": "he_normal, glorot_uniform, orthogonal and the other functions that draw weights",
    "clip_grad_norm_": "the optimizer's clip_norm",
    "lr_scheduler": "schedules, as the optimizer's lr",
    "CosineAnnealingLR": "schedules.cosine, as the optimizer's lr",
    "LinearLR": "schedules.linear, as the optimizer's lr",
    "StepLR": "schedules.staircase, as the optimizer's lr",
    "ExponentialLR": "schedules.exponential, as the optimizer's lr",
    "OneCycleLR": "schedules.one_cycle, as the optimizer's lr",
    **dict.fromkeys(["LambdaLR", "MultiStepLR", "PolynomialLR", "SequentialLR"], OWN_SCHEDULE),
    "RMSprop": "RMSProp",
    "clip_grad_value_": "the optimizer's clip_value",
    **dict.fromkeys(["cat", "concatenate"], "Concatenate"),
    "no_grad": "predict, which keeps nothing for backward",
    **dict.fromkeys(["kaiming_normal_", "HeNormal"], "he_normal"),
    "kaiming_uniform_": "he_uniform",
    "xavier_normal_": "glorot_normal",
    **dict.fromkeys(["xavier_uniform_", "GlorotUniform"], "glorot_uniform"),
    "Tensor": "NumPy arrays, which all layers take and return",
    "Variable": "NumPy arrays, and nn.Parameter for what is trained",
    "tensor": "np.array",
    "from_numpy": "the array as it is",
    **dict.fromkeys(
        ["manual_seed", "set_seed", "set_random_seed"],
        "rng = np.random.default_rng(0), given to each layer as rng=rng",
    ),
    "save": "model.save_weights(path), or trainer.save(path) for a run",
    "load": "model.load_weights(path), or trainer.load(path) for a run",
    **{
        name.lower(): f"{name}, a layer"
        for name in ["ReLU", "PReLU", "ELU", "GELU", "SiLU", "Tanh", "Softplus"]
    },
    "leaky_relu": "LeakyReLU, a layer",
    **dict.fromkeys(["Swish", "swish"], "SiLU, a layer"),
    "log_softmax": "np.log(softmax(x)), or SoftmaxCrossEntropy, which takes logits",
    "smooth_l1_loss": "Huber, which is delta times as large; for beta = 1 both are the same",
    "binary_cross_entropy": "SigmoidBinaryCrossEntropy, which takes logits",
    "binary_cross_entropy_with_logits": "SigmoidBinaryCrossEntropy",
    "gradcheck": "check_layer of nnlayers.testing",
    "utils": "the names of nnlayers itself",
    "nn": "nnlayers itself: import nnlayers as nn",
    "ModuleDict": "a dict that is an attribute: its layers are found",
    **{
        name: "SpatialDropout, for any number of axes"
        for axes in "123"
        for name in [f"Dropout{axes}d", f"SpatialDropout{axes}D"]
    },
    "train": "Trainer(model, loss, optimizer).fit(x, y, epochs=10)",
    "NLLLoss": "SoftmaxCrossEntropy, which takes logits",
    "RNN": "SimpleRNN",
    **{
        f"{name}Cell": f"{name}, which goes through all steps"
        for name in ["SimpleRNN", "LSTM", "GRU"]
    },
    "RNNCell": "SimpleRNN, which goes through all steps",
    **dict.fromkeys(
        ["pack_padded_sequence", "pad_sequence", "Masking"],
        "sequences that are padded, and the masks of 'Images and sequences' in the documentation",
    ),
    **dict.fromkeys(
        ["Attention", "DotProductAttention", "scaled_dot_product_attention"],
        "MultiHeadAttention, which may have one head",
    ),
    "TransformerEncoderLayer": "transformer_block",
    **dict.fromkeys(
        ["Transformer", "TransformerEncoder"], "transformer_block, several of them in a Sequential"
    ),
    **dict.fromkeys(
        ["TransformerDecoder", "TransformerDecoderLayer"],
        "transformer_block(..., causal=True); to read another sequence, MultiHeadAttention in a Layer "
        "of your own",
    ),
    # Keras
    "fit": "Trainer(model, loss, optimizer).fit(x, y, epochs=10)",
    "compile": "Trainer(model, loss, optimizer)",
    "evaluate": "Trainer(model, loss, optimizer).evaluate(x, y)",
    "predict": "model.predict(x)",
    "callbacks": CALLBACKS,
    "ModelCheckpoint": "fit(..., checkpoint=path), or Checkpoint; EarlyStopping keeps the best weights",
    "BackupAndRestore": "fit(..., checkpoint=path)",
    "ReduceLROnPlateau": "ReduceOnPlateau",
    "CSVLogger": "CsvLog",
    **dict.fromkeys(["LambdaCallback", "TrainerCallback"], "a subclass of Callback"),
    **dict.fromkeys(
        ["ExponentialMovingAverage", "StochasticWeightAveraging", "AveragedModel"], "MovingAverage"
    ),
    **dict.fromkeys(["SummaryWriter", "TensorBoardLogger"], "TensorBoard, a callback"),
    "Timer": "TimeLimit",
    "TerminateOnNaN": "fit, which ends with an error before such a step",
    "Activation": "ReLU, or Elementwise, as a layer of its own",
    **dict.fromkeys(
        [
            "Lambda", "Permute", "Multiply", "Subtract", "Maximum", "PixelShuffle", "Cropping2D",
            "GlobalMaxPooling1D", "GlobalMaxPooling2D", "Conv3d", "Conv3D", "ConvLSTM2D",
        ],
        "a Layer of your own, as 'Write your own layer' in the documentation shows",
    ),
    **dict.fromkeys(["regularizers", "L2"], "the optimizer's weight_decay"),
    "load_model": "the function that builds it, then model.load_weights(path)",
    **dict.fromkeys(["mse", "MSE", "MSELoss", "mse_loss"], "MeanSquaredError"),
    "mae": "mean_absolute_error, a metric, or MeanAbsoluteError, a loss",
    "MAE": "MeanAbsoluteError",
    "Input": "Sequential(..., input_shape=)",
    "Model": "Sequential, and Residual, Fork and Parallel in it",
    **dict.fromkeys(["StandardScaler", "Normalization"], "Standardize"),
    "TimeDistributed": "Dense as it is: it works along the last axis, at every step",
    "CategoricalCrossentropy": "SoftmaxCrossEntropy (of logits)",
    "SparseCategoricalCrossentropy": "SoftmaxCrossEntropy (of logits)",
    "BinaryCrossentropy": "SigmoidBinaryCrossEntropy (of logits)",
    "BinaryCrossEntropy": "SigmoidBinaryCrossEntropy (of logits)",
    "to_categorical": "one_hot",
    "CosineDecay": "schedules.cosine, as the optimizer's lr",
    "ExponentialDecay": "schedules.exponential or schedules.staircase, as the optimizer's lr",
    **dict.fromkeys(["LearningRateSchedule", "LearningRateScheduler"], OWN_SCHEDULE),
    **dict.fromkeys(["PiecewiseConstantDecay", "PolynomialDecay", "InverseTimeDecay"], OWN_SCHEDULE),
    **dict.fromkeys(
        ["cosine_decay", "warmup_cosine", "cosine_schedule", "get_cosine_schedule_with_warmup"],
        "schedules.cosine, as the optimizer's lr",
    ),
    **dict.fromkeys(
        ["get_linear_schedule_with_warmup", "linear_decay", "linear_schedule"],
        "schedules.linear, as the optimizer's lr",
    ),
    **dict.fromkeys(["warmup", "linear_warmup"], "warmup=, of schedules.cosine and schedules.linear"),
    **dict.fromkeys(["constant", "constant_schedule"], "a number as the optimizer's lr"),
    **dict.fromkeys(
        ["step_decay", "exponential_decay"], "schedules.staircase or schedules.exponential, as the lr"
    ),
    **dict.fromkeys(["piecewise_constant", "CosineAnnealingWarmRestarts"], OWN_SCHEDULE),
    "add": "Add",
    "LecunNormal": "lecun_normal",
    "LecunUniform": "lecun_uniform",
    **dict.fromkeys(["Orthogonal", "orthogonal_"], "orthogonal"),
    **dict.fromkeys(
        ["TruncatedNormal", "trunc_normal_"], "truncated_normal, whose stddev is that after it is cut"
    ),
    # scikit-learn
    **dict.fromkeys(["MLPClassifier", "MLPRegressor"], "Sequential, trained by a Trainer"),
    "load_digits": "datasets.load_digits",
    "load_fashion_mnist": "datasets.load_fashion_mnist",
    "check_layer": "from nnlayers.testing import check_layer",
    "check_network": "from nnlayers.testing import check_network",
    "check_function": "from nnlayers.testing import check_function",
    "save_weights": "model.save_weights(path)",
    "load_weights": "model.load_weights(path)",
    # Layers of PyTorch and Keras
    **dict.fromkeys(
        ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "BatchNormalization"], "BatchNorm"
    ),
    **dict.fromkeys(["LayerNormalization", "layer_norm"], "LayerNorm"),
    **dict.fromkeys(["RMSNormalization", "rms_norm"], "RMSNorm"),
    **dict.fromkeys(["GroupNormalization", "group_norm"], "GroupNorm"),
    **dict.fromkeys(
        ["InstanceNorm", "InstanceNorm1d", "InstanceNorm2d"], "GroupNorm(channels, channels)"
    ),
    **dict.fromkeys(["MaxPool2d", "MaxPooling2D", "max_pool2d"], "MaxPool2D"),
    **dict.fromkeys(["AvgPool2d", "AvgPool2D", "AveragePooling2D", "avg_pool2d"], "AveragePool2D"),
    **dict.fromkeys(
        [
            "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAvgPool2D", "AdaptiveAvgPool1d",
            "AdaptiveAvgPool2d",
        ],
        "GlobalAveragePool",
    ),
    **dict.fromkeys(["Unflatten", "reshape"], "Reshape"),
    **dict.fromkeys(["Upsample", "UpsamplingNearest2d", "UpSampling2D"], "Upsample2D"),

    # Metrics of all three
    **dict.fromkeys(
        ["accuracy_score", "Accuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy"], "accuracy"
    ),
    "balanced_accuracy_score": "recall, whose mean over the classes it is",
    **dict.fromkeys(["BinaryAccuracy", "MultilabelAccuracy"], "binary_accuracy"),
    **dict.fromkeys(
        ["top_k_accuracy_score", "TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy"],
        "top_k_accuracy(3), for the 3 largest scores",
    ),
    **dict.fromkeys(["precision_score", "Precision"], "precision"),
    **dict.fromkeys(["recall_score", "Recall"], "recall"),
    **dict.fromkeys(["f1_score", "F1Score", "f1score"], "f1"),
    **dict.fromkeys(
        ["classification_report", "precision_recall_fscore_support"],
        "precision, recall and f1, with average=None",
    ),
    **dict.fromkeys(["roc_auc_score", "auc", "AUC", "AUROC"], "roc_auc"),
    **dict.fromkeys(["average_precision_score", "AveragePrecision"], "average_precision"),
    "ROC": "roc_curve",
    "ConfusionMatrix": "confusion_matrix",
    "RocCurveDisplay": "plots.roc_curve",
    "roc": "plots.roc_curve",
    **dict.fromkeys(["PrecisionRecallDisplay", "pr_curve"], "plots.precision_recall_curve"),
    **dict.fromkeys(["plot_history", "loss_curves", "loss_curve"], "plots.learning_curves"),
    "plot_confusion_matrix": "plots.confusion_matrix",
    "FocalLoss": "SigmoidBinaryCrossEntropy or SoftmaxCrossEntropy with weights, or a Loss of your own",
    **dict.fromkeys(["CalibrationDisplay", "calibration_curve"], "plots.calibration"),
    **dict.fromkeys(["lr_find", "lr_finder", "LRFinder", "LearningRateFinder"], "find_learning_rate"),
    **dict.fromkeys(["saliency", "Saliency"], "input_gradient"),
    "GradientTape": "forward and backward of the model and the loss, or input_gradient",
    **dict.fromkeys(["r2_score", "R2Score", "explained_variance_score"], "r2"),
    **dict.fromkeys(["RootMeanSquaredError", "rmse", "RMSE"], "root_mean_squared_error"),
    "mean_squared_error": "root_mean_squared_error, or the loss MeanSquaredError",
    **dict.fromkeys(
        ["fbeta_score", "matthews_corrcoef", "cohen_kappa_score", "jaccard_score", "hamming_loss"],
        "metrics.of_labels, with that function of scikit-learn",
    ),
    "testing": "import nnlayers.testing, or from nnlayers.testing import check_layer",
    # Convolutions
    **dict.fromkeys(
        ["MaxPool1d", "MaxPool1D", "MaxPooling1D"],
        "MaxPool2D((2, 1)) between Reshape(-1, 1, C) and Reshape(-1, C)",
    ),
    "Conv1d": "Conv1D, which takes (N, T, channels)",
    "Conv2d": "Conv2D, which takes (N, H, W, channels)",
    "DepthwiseConv1D": "Conv1D, with groups=in_channels",
    "DepthwiseConv2D": "Conv2D, with groups=in_channels",
    "SeparableConv2D": "Conv2D twice, with groups=in_channels, and with a kernel_size of 1",
    **dict.fromkeys(["Conv2DTranspose", "ConvTranspose2d"], "ConvTranspose2D"),
    **dict.fromkeys(["ZeroPadding2D", "ZeroPad2d"], "the padding of Conv2D"),

    # What they have and nnlayers does not
    **dict.fromkeys(
        ["Adamax", "NAdam", "Nadam", "RAdam", "Adadelta", "Adafactor", "Ftrl", "LBFGS", "Muon"],
        "Adam or SGD, or an Optimizer of your own, as 'Train a network' in the documentation shows",
    ),
    **dict.fromkeys(
        ["SELU", "CELU", "Mish", "Softsign", "Hardswish", "Hardtanh", "Hardsigmoid", "ReLU6"],
        "Elementwise, with value and slope of your own",
    ),
    "LogCosh": "Pointwise, with value and slope of your own",
    "expit": "sigmoid",
}  # fmt: skip
