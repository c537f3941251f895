"""What to use for the names of other libraries, except layers."""

from nnlayers.core.answers.arguments_table import CALLBACKS

OWN_SCHEDULE = "a function of the number of steps as the optimizer's lr"
OWN_LOSS = "a Loss of your own, as 'Write your own layer' in the documentation shows"

OTHER_NAMES = {
    # PyTorch
    **dict.fromkeys(["CrossEntropyLoss", "cross_entropy"], "SoftmaxCrossEntropy"),
    **dict.fromkeys(["L1Loss", "l1_loss"], "MeanAbsoluteError"),
    **dict.fromkeys(["HuberLoss", "huber_loss"], "Huber"),
    "SmoothL1Loss": "Huber, which is delta times as large; for beta = 1 both are the same",
    **dict.fromkeys(["BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"], "SigmoidBinaryCrossEntropy"),
    "BCELoss": "SigmoidBinaryCrossEntropy, which takes logits",
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
    "concatenate": "Concatenate",
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
    "smooth_l1_loss": "Huber, which is delta times as large; for beta = 1 both are the same",
    "binary_cross_entropy": "SigmoidBinaryCrossEntropy, which takes logits",
    "binary_cross_entropy_with_logits": "SigmoidBinaryCrossEntropy",
    "gradcheck": "check_layer of nnlayers.testing",
    "utils": "the names of nnlayers itself",
    "nn": "nnlayers itself: import nnlayers as nn",
    "train": "Trainer(model, loss, optimizer).fit(x, y, epochs=10)",
    **dict.fromkeys(["NLLLoss", "NLLLoss2d"], "SoftmaxCrossEntropy, which takes logits"),
    **dict.fromkeys(
        ["KLDivLoss", "KLDivergence"], "SoftmaxCrossEntropy, whose targets may be distributions"
    ),
    "Buffer": "State",
    **dict.fromkeys(["set_num_threads", "threadpool_limits"], "set_threads"),
    **dict.fromkeys(["get_num_threads", "get_threads"], "show_config, which prints it"),
    **dict.fromkeys(["show_versions", "print_versions"], "show_config"),
    **dict.fromkeys(["UninitializedParameter", "UninitializedBuffer"], "Parameter, with its shape"),
    "parallel": "distributed",
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
    **dict.fromkeys(["regularizers", "L2"], "the optimizer's weight_decay"),
    **dict.fromkeys(["load_model", "from_file"], "nn.load(path), of what nn.save wrote"),
    **dict.fromkeys(["load_onnx", "import_onnx", "read_onnx"], "nn.io.from_onnx(path)"),
    **dict.fromkeys(["from_torch", "from_pytorch", "load_pytorch"], "nn.io.load_torch(model, path)"),
    **dict.fromkeys(["from_keras", "load_h5"], "nn.io.load_keras(model, path)"),
    **dict.fromkeys(["to_onnx", "save_onnx", "export_onnx", "onnx"], "nn.io.to_onnx(model, path)"),
    **{name: f"nn.io.{name}" for name in ("from_onnx", "load_torch", "to_torch", "load_keras")},
    **{name: f"nn.io.{name}" for name in ("to_keras", "to_c", "to_numpy")},
    **dict.fromkeys(["save_model", "to_npz", "to_safetensors"], "nn.save(model, path)"),
    **dict.fromkeys(["save", "load"], "nn.save(model, path), nn.load(path)"),  # asked in nn.io
    **dict.fromkeys(["mse", "MSE", "MSELoss", "mse_loss"], "MeanSquaredError"),
    "mae": "mean_absolute_error, a metric, or MeanAbsoluteError, a loss",
    "MAE": "MeanAbsoluteError",
    "StandardScaler": "Standardize",
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
    **dict.fromkeys(
        ["RandomNormal", "RandomUniform", "VarianceScaling"], "a function of your own as initializer"
    ),
    "LecunNormal": "lecun_normal",
    "LecunUniform": "lecun_uniform",
    **dict.fromkeys(["Orthogonal", "orthogonal_"], "orthogonal"),
    **dict.fromkeys(
        ["TruncatedNormal", "trunc_normal_"], "truncated_normal, with the stddev that results"
    ),
    # scikit-learn
    "MLPClassifier": "NNClassifier, from nnlayers.sklearn import NNClassifier",
    "MLPRegressor": "NNRegressor, from nnlayers.sklearn import NNRegressor",
    "NNClassifier": "from nnlayers.sklearn import NNClassifier",
    "NNRegressor": "from nnlayers.sklearn import NNRegressor",
    "load_digits": "datasets.load_digits",
    "load_fashion_mnist": "datasets.load_fashion_mnist",
    "check_layer": "from nnlayers.testing import check_layer",
    "check_network": "from nnlayers.testing import check_network",
    "check_function": "from nnlayers.testing import check_function",
    "save_weights": "model.save_weights(path)",
    "load_weights": "model.load_weights(path)",
    # Metrics of all three
    **dict.fromkeys(
        ["accuracy_score", "Accuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy"], "accuracy"
    ),
    "balanced_accuracy_score": "recall, averaged over the classes",
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
    # What they have and nnlayers does not
    **dict.fromkeys(
        ["Adamax", "NAdam", "Nadam", "RAdam", "Adadelta", "Adafactor", "Ftrl", "LBFGS", "Muon"],
        "Adam or SGD, or an Optimizer of your own, as 'Train a network' in the documentation shows",
    ),
    **dict.fromkeys(
        ["LogCosh", "Poisson", "PoissonNLLLoss"], "Pointwise, with value and slope of your own"
    ),
    **dict.fromkeys(
        [
            *("CTC", "CTCLoss", "GaussianNLLLoss", "MarginRankingLoss", "HingeEmbeddingLoss"),
            *("MultiLabelMarginLoss", "MultiMarginLoss", "SoftMarginLoss", "CosineEmbeddingLoss"),
            *("TripletMarginLoss", "TripletMarginWithDistanceLoss", "Hinge", "SquaredHinge"),
            *("CategoricalHinge", "Dice", "Tversky", "Circle", "MeanSquaredLogarithmicError"),
        ],
        OWN_LOSS,
    ),
    "expit": "sigmoid",
}  # fmt: skip
