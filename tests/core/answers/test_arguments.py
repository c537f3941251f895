"""Arguments of other libraries are answered with ours."""

import importlib
import inspect

import pytest

import nnlayers as nn
from nnlayers.core.answers.arguments_table import ADVICE
from nnlayers.testing import check_layer
from tests.core.answers.trainer_for_tests import PARTS, TRAINER, Own, x, y

PUBLIC = [nn, nn.schedules, nn.datasets, nn.plots]


@pytest.mark.parametrize(
    ("call", "name", "ours"),
    [
        (lambda **a: nn.Dense(3, 2, **a), "activation", r"put it after the layer, as nn.ReLU\(\)"),
        (lambda **a: nn.Dense(3, **a), "units", "use out_features"),
        (lambda **a: nn.Dense(3, 2, **a), "use_bias", "use bias"),
        (lambda **a: nn.Dense(out_features=2, **a), "input_dim", "use in_features"),
        (lambda **a: nn.Dense(3, 2, **a), "input_shape", "use in_features"),
        (lambda **a: nn.Dense(3, 2, **a), "kernel_initializer", "use initializer"),
        (lambda **a: nn.Dense(3, 2, **a), "random_state", "use rng"),
        (lambda **a: nn.Dense(3, 2, **a), "seed", "use rng"),
        (lambda **a: nn.Dense(3, 2, **a), "biass", r"did you mean bias\?"),
        (lambda **a: nn.Dropout(**a), "p", "use rate"),
        (nn.Upsample2D, "size", "give factor, how often each row and column is repeated$"),
        (lambda **a: nn.Upsample2D(2, **a), "interpolation", "it repeats rows"),
        (
            lambda **a: nn.Conv2D(3, 8, 3, **a),
            "input_shape",
            r"network, nn.Sequential\(..., input_shape=",
        ),
        (lambda **a: nn.Conv2D(3, 8, 3, **a), "dtype", r"model.astype\(np.float64\)"),
        (nn.Flatten, "start_dim", "all axes but that of the samples"),
        (nn.EarlyStopping, "restore_best_weights", "use restore_best"),
        (nn.EarlyStopping, "verbose", "it prints nothing"),
        (nn.EarlyStopping, "patiense", r"did you mean patience\?"),
        (lambda **a: nn.Checkpoint("run.npz", **a), "save_best_only", "model.save_weights"),
        (nn.Checkpoint, "filepath", "use path"),
        (nn.TensorBoard, "log_dir", "use folder"),
        (nn.MovingAverage, "momentum", "use decay"),
        (lambda **a: nn.schedules.cosine(0.1, **a), "T_max", "use steps"),
        (lambda **a: nn.schedules.cosine(0.1, **a), "warmup_steps", "use warmup"),
        (lambda **a: nn.schedules.cosine(0.1, 10, **a), "alpha", "the last learning rate: alpha"),
        (lambda **a: nn.schedules.staircase(0.1, **a), "gamma", "use factor"),
        (lambda **a: nn.schedules.one_cycle(0.1, **a), "pct_start", "use rise"),
        (lambda **a: nn.find_learning_rate(TRAINER, x, y, **a), "max_lr", "use largest"),
        (lambda **a: nn.plots.confusion_matrix(x, y, **a), "labels", "use class_names"),
        (lambda **a: nn.Trainer(*PARTS, **a), "max_epochs", "give epochs to fit"),
        (lambda **a: nn.Standardize(3, **a), "axis", "along the last axis"),
        (lambda **a: nn.Embedding(features=2, **a), "num_embeddings", "use count"),
        (lambda **a: nn.Embedding(3, **a), "output_dim", "use features"),
        (lambda **a: nn.Embedding(3, 2, **a), "padding_idx", "give a mask as the weights of the loss"),
        (lambda **a: nn.LSTM(3, **a), "hidden_size", "use units"),
        (lambda **a: nn.LSTM(units=3, **a), "input_size", "use in_features"),
        (lambda **a: nn.MultiHeadAttention(8, **a), "num_heads", "use heads$"),
        (lambda **a: nn.MultiHeadAttention(8, 2, **a), "is_causal", "use causal$"),
        (lambda **a: nn.MultiHeadAttention(8, 2, **a), "key_dim", "each head has features / heads"),
        (
            lambda **a: nn.MultiHeadAttention(8, 2, **a),
            "dropout",
            r"put it after the layer, as nn.Dropout",
        ),
        (lambda **a: nn.transformer_block(8, 2, **a), "dim_feedforward", "use hidden$"),
        (lambda **a: nn.LSTM(3, 2, **a), "activation", "the cell's functions are fixed$"),
        (lambda **a: nn.LSTM(3, 2, **a), "return_state", "only the output is returned"),
        (lambda **a: nn.Embedding(5, 3, **a), "weights", r"write into layer.weight.value\[...\]$"),
        (lambda **a: nn.LayerNorm(3, **a), "beta_regularizer", "set layer.offset.decay = 1"),
        (lambda **a: nn.LayerNorm(3, **a), "gamma_initializer", r"write into layer.gain.value\[...\]$"),
        (lambda **a: nn.GroupNorm(1, 3, **a), "momentum", "it has no running statistics$"),
        (nn.LeakyReLU, "alpha", "use slope$"),
        (nn.LeakyReLU, "negative_slope", "use slope$"),
        (lambda **a: nn.SpatialDropout(0.5, **a), "keep_prob", "give rate, which is 1 - keep_prob$"),
        (
            lambda **a: nn.Sequential(nn.ReLU(), **a),
            "layers",
            r"one by one, as in nn.Sequential\(\*lay",
        ),
        (lambda **a: nn.schedules.one_cycle(0.1, **a), "optimizer", "nn.SGD.parameters, lr=schedule."),
        (nn.ReduceOnPlateau, "optimizer", "fit gives it the trainer"),
        (lambda **a: nn.GRU(3, 2, **a), "num_layers", "put several layers into a Sequential"),
        (lambda **a: nn.SimpleRNN(3, 2, **a), "stateful", "begins with a state of zeros"),
        (lambda **a: nn.Sequential(nn.ReLU(), **a), "name", "named by their place in the network"),
        (
            lambda **a: nn.Trainer(TRAINER.model, TRAINER.loss, TRAINER.optimizer, **a),
            "callbacks",
            "give them to fit",
        ),
        (lambda **a: nn.SGD(TRAINER.model.parameters(), **a), "learning_rate", "lr"),
        (lambda **a: nn.Parameter([1.0], **a), "requires_grad", "set trainable afterwards"),
        (lambda **a: TRAINER.fit(x, y, **a), "class_weight", r"sample_weight=w.*for classes, w\[y\]"),
        (lambda **a: TRAINER.fit(x, y, **a), "sample_weights", "use sample_weight"),
        (lambda **a: TRAINER.fit(x, y, **a), "weights", "use sample_weight"),
        (lambda **a: TRAINER.fit(x, y, **a), "early_stopping", "callbacks=.nn.EarlyStopping"),
        (lambda **a: TRAINER.fit(x, y, **a), "patience", "callbacks=.nn.EarlyStopping"),
        (lambda **a: TRAINER.fit(x, y, **a), "callback", "use callbacks"),
        (lambda **a: TRAINER.fit(x, y, **a), "accumulate_grad_batches", "use accumulate"),
        (lambda **a: TRAINER.fit(x, y, **a), "ckpt_path", "use checkpoint"),
        (lambda **a: nn.SGD(TRAINER.model.parameters(), lr=1, **a), "l2", "set weight_decay"),
        (lambda **a: nn.SGD(TRAINER.model.parameters(), lr=1, **a), "decay", "set weight_decay"),
        (lambda **a: TRAINER.fit(x, y, **a), "validation_split", "nn.train_test_split"),
        (lambda **a: TRAINER.fit(x, y, **a), "verbose", "use progress"),
        (lambda **a: TRAINER.fit(x, y, **a), "shuffle", "always shuffled"),
        (lambda **a: TRAINER.fit(x, y, **a), "steps_per_epoch", "all samples"),
        (lambda **a: TRAINER.fit(x, y, **a), "n_epochs", "use epochs"),
        (lambda **a: TRAINER.fit(x, y, **a), "nb_epoch", "use epochs"),
        (lambda **a: TRAINER.fit(x, y, **a), "lr", "the optimizer has it"),
        (lambda **a: TRAINER.fit(x, y, **a), "learning_rate", "the optimizer has it"),
        (lambda **a: TRAINER.fit(x, y, **a), "random_state", "use rng"),
        (lambda **a: TRAINER.fit(x, y, **a), "epoch", r"did you mean epochs\?"),
        (lambda **a: TRAINER.fit(y=y, epochs=1, **a), "X", "use x"),
        (lambda **a: TRAINER.evaluate(x, y, **a), "verbose", "prints nothing"),
        (lambda **a: TRAINER.evaluate(x, y, **a), "sample_weights", "use sample_weight"),
        (lambda **a: TRAINER.predict(x, **a), "verbose", "prints nothing"),
        (lambda **a: nn.train_test_split(x, y, **a), "random_state", "use rng"),
        (lambda **a: nn.train_test_split(x, y, **a), "train_size", "give test_size"),
        (lambda **a: nn.train_test_split(x, y, **a), "shuffle", "always shuffles"),
        (lambda **a: nn.batches(x, y, **a), "drop_last", "the last batch is shorter"),
        (lambda **a: nn.batches(x, y, **a), "seed", "use rng"),
        (lambda **a: nn.one_hot(y, **a), "num_classes", "use classes"),
        (lambda **a: nn.read_csv("file.csv", **a), "sep", "use delimiter"),
        (lambda **a: nn.read_csv("file.csv", **a), "usecols", "use columns"),
        (nn.datasets.load_digits, "return_X_y", "x and y"),
        (nn.Huber, "beta", "use delta"),
        (lambda **a: nn.Losses([nn.Huber()], **a), "loss_weights", "use factors"),
        (lambda **a: nn.Losses([nn.Huber()], **a), "weights", "use factors"),
        (lambda **a: nn.Trainer(1, 2, 3, **a), "loss_weights", r"nn.Losses\(\[...\], factors="),
        (Own, "random_state", ""),
    ],
)
def test_another_librarys_argument_is_answered_with_ours(call, name, ours):
    with pytest.raises(TypeError, match=f"has no argument '{name}'.*{ours}"):
        call(**{name: 1})


def test_advice_is_given_for_classes_and_functions_that_exist():
    pytest.importorskip("sklearn")  # which nnlayers.sklearn needs
    public = [*PUBLIC, importlib.import_module("nnlayers.sklearn")]
    things = [getattr(module, name) for module in public for name in module.__all__]
    bases = [base for thing in things for base in getattr(thing, "__mro__", [thing])]
    known = {base.__name__ for base in bases if hasattr(base, "__name__")}
    assert not ADVICE.keys() - known


@pytest.mark.parametrize(
    ("call", "known"),
    [
        (nn.EarlyStopping, "monitor, patience, min_delta, mode, restore_best"),
        (lambda **a: nn.Adagrad([nn.Parameter([1.0])], **a), "parameters, lr, .*, epsilon"),
        (nn.train_test_split, "test_size, stratify, rng"),
    ],
)
@pytest.mark.parametrize("name", ["cooldown", "baseline"])
def test_an_argument_like_no_other_is_answered_with_the_list_of_ours(call, known, name):
    with pytest.raises(TypeError, match=f"has no argument '{name}': it has {known}$"):
        call(**{name: 1})


@pytest.mark.parametrize(
    ("make", "name", "ours"),
    [
        (nn.SoftmaxCrossEntropy, "from_logits", "always takes logits"),
        (nn.SoftmaxCrossEntropy, "weight", "give sample_weight=w to fit"),
        (nn.SoftmaxCrossEntropy, "label_smoothing", "softer targets: distributions"),
        (nn.MeanSquaredError, "reduction", "always the mean"),
        (nn.SigmoidBinaryCrossEntropy, "pos_weight", r"np.where\(y == 1, 10, 1\)"),
        (nn.ReLU, "inplace", "no layer changes its input"),
        (nn.GELU, "approximate", "it is always exact"),
    ],
)
def test_a_constructor_without_arguments_answers_too(make, name, ours):
    with pytest.raises(TypeError, match=f"{make.__name__} takes no arguments: .*{ours}"):
        make(**{name: True})
    with pytest.raises(TypeError, match=f"{make.__name__} takes no arguments$"):
        make(3)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: nn.batches(x, y, 32), "batches: expected arrays, got 32: write batch_size=32"),
        (lambda: nn.train_test_split(x, y, 0.2), "expected arrays, got 0.2: write test_size=0.2"),
        (lambda: TRAINER.fit(x, y, 10), "Trainer.fit: name the arguments epochs, .* such as epochs=10"),
        (lambda: TRAINER.evaluate(x, y, 32), "name the arguments sample_weight, batch_size, such as"),
        (lambda: nn.Dense(3, 2, False), "Dense: name the arguments bias, .* such as bias=False"),
        (lambda: nn.Dropout(0.5, 0), "Dropout: name the arguments keep_prob, rng"),
        (lambda: TRAINER.evaluate(x, y, y), r"such as sample_weight=\.\.\.$"),
        (lambda: TRAINER.fit(x, y), "missing 1 required keyword-only argument: 'epochs'"),
        (lambda: Own(3, sizze=3), "unexpected keyword argument 'sizze'"),
        (lambda: Own(), "missing 1 required positional argument: 'size'"),
        (lambda: Own(1, 2), "Own: name the arguments training, such as training=2"),
    ],
)
def test_arguments_by_position_and_missing_ones_are_named(call, match):
    with pytest.raises(TypeError, match=match):
        call()


def test_constructors_keep_their_signatures():
    assert [*inspect.signature(nn.Dense).parameters][:3] == ["in_features", "out_features", "bias"]
    assert not inspect.signature(nn.ReLU).parameters
    assert [*inspect.signature(nn.Trainer.fit).parameters][:4] == ["self", "x", "y", "epochs"]
    assert inspect.signature(nn.batches).parameters["batch_size"].default == 32


def test_layers_may_be_made_in_any_way():
    class Made(nn.Layer):
        def __new__(cls, *args, **options):
            return super().__new__(cls)

        def __init__(self, size, **options):
            self.size, self.options = size, options

        def forward(self, x):
            return x

        def backward(self, grad):
            return grad

    class Named:
        def __new__(cls, name):
            made = super().__new__(cls)
            made.name = name
            return made

    class Both(nn.Layer, Named):
        def __init__(self, name):
            pass

    assert Made(3, activation="relu").options == {"activation": "relu"}
    assert Both("a").name == "a"
    assert check_layer(lambda: Made(3), "N D").verified == {"input"}
