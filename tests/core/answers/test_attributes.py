"""Attributes of other libraries, read or set, are answered with ours."""

import copy
import inspect
import pickle
import pydoc
import re

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.answers.attributes import OtherWord
from nnlayers.core.answers.attributes_table import OTHER_ATTRIBUTES
from tests.core.answers.trainer_for_tests import PARTS, TRAINER, Own, make_trainer, x, y

THINGS = {
    "layer": nn.Dense(3, 2),
    "network": TRAINER.model,
    "scaler": nn.Standardize(2),
    "recurrent": nn.LSTM(3, 2),
    "convolution": nn.Conv2D(1, 2, 3),
    "pool": nn.MaxPool2D(2),
    "embedding": nn.Embedding(3, 2),
    "norm": nn.BatchNorm(2),
    "loss": TRAINER.loss,
    "trainer": TRAINER,
    "history": TRAINER.history,
    "optimizer": TRAINER.optimizer,
    "parameter": nn.Parameter([1.0]),
}


@pytest.mark.parametrize(
    ("thing", "name", "ours"),
    [
        ("network", "fit", r"use nn.Trainer\(model, loss, optimizer\).fit"),
        ("network", "compile", r"use nn.Trainer\(model"),
        ("network", "evaluate", r"use nn.Trainer\(model, loss, optimizer\).evaluate"),
        ("network", "train", "there is no mode: forward is a training pass, predict an inference"),
        ("network", "eval", "there is no mode"),
        ("network", "training", "there is no mode"),
        ("network", "zero_grad", "use clear_gradients"),
        ("network", "add", r"nn.Sequential\(\*model, layer\)"),
        ("network", "append", r"nn.Sequential\(\*model, layer\)"),
        ("network", "predict_proba", "use nn.softmax"),
        ("layer", "cuda", r'use to\("cupy"\)'),
        ("layer", "state", "use state_dict"),
        ("layer", "weights", "use parameters"),
        ("layer", "requires_grad", "set trainable"),
        ("layer", "requires_grad_", "set trainable"),
        ("layer", "half", "astype"),
        ("network", "named_modules", "use children"),
        ("layer", "register_buffer", r"assign nn.State\(array\)"),
        ("scaler", "transform", r"use predict\(x\)"),
        ("scaler", "fit_transform", r"use fit\(x\), then predict\(x\)"),
        ("layer", "kernel", "use weight$"),
        ("layer", "units", "use out_features$"),
        ("scaler", "mean_", "use mean$"),
        ("recurrent", "hidden_size", "use units$"),
        ("recurrent", "weight_ih_l0", "use weight, which is its transpose$"),
        ("recurrent", "num_layers", "a Sequential holds several layers"),
        ("convolution", "filters", "use out_channels$"),
        ("pool", "kernel_size", "use size$"),
        ("pool", "strides", "use stride$"),
        ("embedding", "num_embeddings", "use count$"),
        ("norm", "gamma", "use gain$"),
        ("norm", "num_features", "use features$"),
        ("loss", "item", "return a float already"),
        ("loss", "reduction", "always the mean"),
        ("trainer", "train", r"use fit\(x, y, epochs=10\)"),
        ("trainer", "fit_predict", "use fit, then predict"),
        ("trainer", "score", "use evaluate"),
        ("trainer", "lr", "set trainer.optimizer.lr"),
        ("trainer", "stop_training", r"call trainer.stop\(\)"),
        ("trainer", "validate", r"use evaluate\(x, y\)"),
        ("trainer", "global_step", "use optimizer.steps"),
        ("trainer", "save_checkpoint", r"use save\(path\)"),
        ("trainer", "lr_find", "use nn.find_learning_rate"),
        ("history", "best_epoch", "best_epoch of an EarlyStopping"),
        ("optimizer", "apply_gradients", r"use step\(\)"),
        ("history", "history", "it is itself the mapping"),
        ("history", "epoch", "use epochs"),
        ("optimizer", "zero_grad", "clears the gradients"),
        ("parameter", "requires_grad", "set trainable"),
    ],
)
def test_another_librarys_attribute_is_answered_with_ours(thing, name, ours):
    thing = THINGS[thing]
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': .*{ours}"):
        getattr(thing, name)
    assert not hasattr(thing, name)


@pytest.mark.parametrize("name", ["paramz", "_fit", "__array__", "qqq"])
@pytest.mark.parametrize("thing", ["layer", "loss", "trainer", "history"])
def test_other_missing_names_raise_as_in_python(thing, name):
    with pytest.raises(AttributeError, match=f"object has no attribute '{name}'"):
        getattr(THINGS[thing], name)


@pytest.mark.parametrize("thing", ["layer", "network", "loss", "trainer", "history"])
def test_other_words_do_not_disturb_copies(thing):
    thing = THINGS[thing]
    for twin in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert vars(twin).keys() >= vars(thing).keys() - {"trial"}
        assert repr(twin) == repr(thing)


LAYERS = [getattr(nn, name) for name in nn.layers.__all__ if isinstance(getattr(nn, name), type)]


def test_answers_about_attributes_name_classes_and_attributes_that_exist():
    names = {base.__name__ for kind in LAYERS for base in kind.__mro__}
    assert not OTHER_ATTRIBUTES.keys() - names
    for name, thing in THINGS.items():
        if isinstance(thing, nn.Layer):
            answers = [OTHER_ATTRIBUTES.get(base.__name__, {}) for base in type(thing).__mro__]
            for advice in {word for answer in answers for word in answer.values()}:
                if found := re.match(r"use (\w+)$", advice):
                    assert hasattr(thing, found[1]), (name, advice)


@pytest.mark.parametrize("kind", [nn.Layer, nn.Loss, nn.Trainer, nn.History, *LAYERS])
def test_no_word_of_others_hides_one_of_ours(kind):
    for base in kind.__mro__:
        for name, thing in vars(base).items():
            found = inspect.getattr_static(kind, name)
            assert isinstance(thing, OtherWord) or not isinstance(found, OtherWord), name


@pytest.mark.parametrize("thing", ["layer", "network", "loss", "trainer", "history"])
def test_editors_complete_words_of_ours_only(thing):
    thing = THINGS[thing]
    names = [name for name in dir(thing) if not name.startswith("_")]
    assert all(hasattr(thing, name) for name in names)
    assert {"fit", "state"} <= {*dir(Own(2))}


def test_help_says_what_to_use():
    text = pydoc.plain(pydoc.render_doc(nn.Dense))
    assert "Not here: there is no mode: forward is a training pass" in text


def test_a_layer_of_a_user_may_have_attributes_of_these_names():
    layer = Own(3)
    assert (layer.train(), layer.fit, layer.training, layer.frozen) == ("its own", 3, True, False)
    assert dict(layer.named_states()).keys() == {"state"}
    assert nn.Standardize(2).fit(np.ones((2, 2)))
    twin = copy.deepcopy(layer)
    assert (twin.fit, twin.training) == (3, True)


def test_a_trainer_of_a_user_may_have_attributes_of_these_names():
    class Own(nn.Trainer):
        def __init__(self, *parts):
            super().__init__(*parts)
            self.lr = self.epochs = 3

    trainer = Own(*PARTS)
    trainer.lr += 1
    assert (trainer.lr, trainer.epochs) == (4, 3)
    assert copy.copy(trainer).lr == 4


@pytest.mark.parametrize("value", [False, True, 0, np.False_])
@pytest.mark.parametrize(
    "name", ["trainble", "trainabel", "tranable", "trainabl", "traiable", "trainables"]
)
@pytest.mark.parametrize(
    "make", [lambda: nn.Dense(2, 2), TRAINER.model.astype, nn.MeanSquaredError, lambda: Own(2)]
)
def test_a_misspelt_trainable_is_refused(make, name, value):
    thing = make(np.float32) if make == TRAINER.model.astype else make()
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': did you mean trainable?"):
        setattr(thing, name, value)
    assert name not in vars(thing)


FLAGS = ["training", "train", "eval", "frozen", "freeze", "requires_grad", "is_trainable"]


@pytest.mark.parametrize("name", FLAGS)
def test_flags_that_would_freeze_nothing_are_refused(name):
    for thing in (nn.Dense(2, 2), nn.Sequential(nn.ReLU()), nn.MeanSquaredError()):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}': "):
            setattr(thing, name, False)


@pytest.mark.parametrize(
    ("make", "name", "ours"),
    [
        (lambda: nn.Dense(3, 2), "activation", r"put it after the layer, as nn.ReLU\(\)"),
        (lambda: nn.Dense(3, 2), "units", "did you mean out_features"),
        (lambda: nn.Dense(3, 2), "outfeatures", "did you mean out_features"),
        (lambda: nn.Dense(3, 2), "use_bias", "did you mean bias"),
        (lambda: nn.Dense(3, 2), "weights", "did you mean weight"),
        (lambda: nn.Dense(3, 2), "kernel_regularizer", "weight_decay of the optimizer"),
        (lambda: nn.Dropout(0.5), "p", "did you mean rate"),
        (lambda: nn.Dropout(0.5), "keepprob", "did you mean keep_prob"),
        (lambda: TRAINER.model.astype(np.float32), "lr", "the optimizer has it"),
        (lambda: TRAINER.model.astype(np.float32), "layer", "did you mean layers"),
        (nn.SoftmaxCrossEntropy, "label_smoothing", "softer targets: distributions"),
        (nn.SoftmaxCrossEntropy, "reduction", "always the mean"),
        (nn.SoftmaxCrossEntropy, "class_weight", "give sample_weight=w to fit"),
    ],
)
def test_settings_that_would_do_nothing_are_refused(make, name, ours):
    thing = make()
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': .*{ours}"):
        setattr(thing, name, 1)
    assert name not in vars(thing)


@pytest.mark.parametrize("value", [np.zeros((3, 2)), [[1.0, 2.0]] * 3, 0.5])
def test_an_array_does_not_take_the_place_of_a_parameter(value):
    class Own(nn.Dense):
        """A layer of a user."""

    for layer in (nn.Dense(3, 2, rng=0), Own(3, 2, rng=0)):
        with pytest.raises(
            TypeError, match=r"Parameter: write into its value, weight.value\[...\] = x"
        ):
            layer.weight = value
        layer.weight = nn.Parameter(np.ones((3, 2)))
        layer.bias = None
        assert [path for path, _ in layer.named_parameters()] == ["weight"]
    with pytest.raises(TypeError, match="mean is a State: write into its value"):
        nn.Standardize(2).mean = np.zeros(2)


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("loss", "mse", r"expected loss to be a Loss, got 'mse': .* nn.SoftmaxCrossEntropy\(\)"),
        ("loss", nn.MeanSquaredError, "expected loss to be a Loss, .*: make one"),
        ("model", None, "expected model to be a Layer, got None"),
        ("optimizer", "sgd", "expected optimizer to be an Optimizer, got 'sgd': .* nn.Adam"),
        ("metrics", "accuracy", r"expected a list of metrics, got 'accuracy': give \['accuracy'\]"),
        ("metrics", [3], "a metric is a name or a function, got 3"),
    ],
)
def test_the_parts_of_a_trainer_are_checked_when_set(name, value, match):
    trainer = make_trainer()
    before = getattr(trainer, name)
    with pytest.raises(TypeError, match=f"Trainer: {match}"):
        setattr(trainer, name, value)
    assert getattr(trainer, name) is before


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["accuracy"], ["accuracy"]),
        ({"acc": nn.accuracy}, ["acc"]),
        ({"acc": "accuracy"}, ["acc"]),
        ([], []),
    ],
)
def test_metrics_can_be_set_and_named(given, names):
    trainer = make_trainer()
    trainer.metrics = given
    assert [*trainer.evaluate(x, y)] == ["loss", *names]
    again = nn.Trainer(trainer.model, trainer.loss, trainer.optimizer, metrics=given)
    assert [*again.evaluate(x, y)] == ["loss", *names]


@pytest.mark.parametrize("figure", [1j, "0.5", None, np.complex64(1), np.ones(2)])
def test_a_metric_that_is_not_a_real_number_is_refused(figure):
    trainer = make_trainer()
    trainer.metrics = {"own": lambda prediction, target: figure}
    with pytest.raises(TypeError, match="the metric 'own' must return a number, got"):
        trainer.evaluate(x, y)


def test_a_rate_of_dropout_that_is_set_counts():
    layer = nn.Dropout(0.5, rng=0)
    layer.rate = 0.0
    assert (repr(layer), layer.rate, layer.keep_prob) == ("Dropout(0.0)", 0, 1)
    assert layer.forward(np.ones((1, 100))).all()
    layer.keep_prob = 0.25
    assert (repr(layer), layer.rate) == ("Dropout(keep_prob=0.25)", 0.75)
    for name, value in (("rate", 1.0), ("rate", "a"), ("keep_prob", 0), ("keep_prob", None)):
        with pytest.raises((ValueError, TypeError), match=f"Dropout: {name} must be"):
            setattr(layer, name, value)
    assert (repr(layer), layer.rate) == ("Dropout(keep_prob=0.25)", 0.75)


ARITHMETIC = {
    "times a number": lambda p: p * 2,
    "a number times": lambda p: 2 * p,
    "less": lambda p: 1 - p,
    "over": lambda p: p / 2,
    "product": lambda p: p @ p,
    "power": lambda p: p**2,
    "minus": lambda p: -p,
    "above": lambda p: p > 0,
    "length": len,
    "element": lambda p: p[0],
    "float": float,
}


@pytest.mark.parametrize("compute", ARITHMETIC.values(), ids=ARITHMETIC)
@pytest.mark.parametrize("kind", [nn.Parameter, nn.State])
def test_arithmetic_with_a_parameter_names_its_value(kind, compute):
    with pytest.raises(TypeError, match=f"{kind.__name__} is not an array: use its value"):
        compute(kind(np.ones(1)))
    assert kind(np.zeros(1))  # as any object is


WORDS_OF_TRAINERS = [
    *["lr", "learning_rate", "epochs", "batch_size", "verbose", "callbacks"],
    *["optimiser", "metric", "loss_fn", "criterion", "optimizer_", "model_"],
]


@pytest.mark.parametrize("name", WORDS_OF_TRAINERS)
def test_a_trainer_refuses_to_be_set_what_belongs_elsewhere(name):
    trainer = make_trainer()
    with pytest.raises(AttributeError, match=f"Trainer has no attribute '{name}': "):
        setattr(trainer, name, 0.1)


def test_other_attributes_can_be_set():
    layer = nn.Dense(2, 2)
    layer.classes, layer.trained, layer.temperature, layer.tag = ["a"], True, 2, "first"
    layer.trainable = False
    assert not layer.weight.trainable
