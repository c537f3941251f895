"""What every door of the package refuses: masked arrays, and what is not made of real numbers."""

import numpy as np
import pytest

import nnlayers as nn

CE, MSE = nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()
X, Y = np.ones((2, 4)), np.array([0, 1])


def dense():
    return nn.Dense(4, 4, rng=0)


def trainer(loss=CE):
    model = nn.Sequential(dense(), nn.ReLU())
    return nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1))


def fit(x, y, **options):
    return trainer().fit(x, y, epochs=1, progress=False, **options)


def backward(layer, grad):
    layer.forward(X)
    return layer.backward(grad)


def set_value(state, value):
    state.value = value


def load_velocity(value):
    parameter = nn.Parameter(np.zeros((2, 4)))
    state = nn.SGD([parameter], lr=0.1, momentum=0.9).state_dict()
    nn.SGD([parameter], lr=0.1, momentum=0.9).load_state_dict(state | {"0.velocity": value})


NUMBERS = {  # each takes an array of shape (2, 4)
    "Dense": lambda x: dense().forward(x),
    "Dense.predict": lambda x: dense().predict(x),
    "Dense.backward": lambda x: backward(dense(), x),
    "ReLU.backward": lambda x: backward(nn.ReLU(), x),
    "ReLU": lambda x: nn.ReLU().forward(x),
    "Dropout": lambda x: nn.Dropout(0.5, rng=0).forward(x),
    "Standardize": lambda x: nn.Standardize(4).forward(x),
    "Standardize.fit": lambda x: nn.Standardize(4).fit(x),
    "Add": lambda x: nn.Add().forward((x, X)),
    "Concatenate": lambda x: nn.Concatenate().predict((X, x)),
    "Residual": lambda x: nn.Residual(dense()).forward(x),
    "Sequential": lambda x: nn.Sequential(dense()).predict(x),
    "Sequential of ReLU": lambda x: nn.Sequential(nn.ReLU()).predict(x),
    "softmax": nn.softmax,
    "logits": lambda x: CE.forward(x, Y),
    "logits to evaluate": lambda x: CE.evaluate(x, Y),
    "prediction": lambda x: MSE.forward(x, X),
    "target": lambda x: MSE.forward(X, x),
    "distribution": lambda x: CE.forward(X, x),
    "weights": lambda x: MSE.forward(X, X, x),
    "accuracy": lambda x: nn.accuracy(x, Y),
    "accuracy of a distribution": lambda x: nn.accuracy(X, x),
    "confusion_matrix": lambda x: nn.confusion_matrix(x, Y),
    "mean_absolute_error": lambda x: nn.mean_absolute_error(x, X),
    "mean_absolute_error of a target": lambda x: nn.mean_absolute_error(X, x),
    "f1": lambda x: nn.f1(x, Y),
    "roc_auc of labels": lambda x: nn.roc_auc(X, x),
    "average_precision of logits": lambda x: nn.average_precision(x, X),
    "r2": lambda x: nn.r2(x, X),
    "weights of a metric": lambda x: nn.r2(X, X, x),
    "Parameter": nn.Parameter,
    "State": nn.State,
    "Parameter.value": lambda x: set_value(nn.Parameter(X), x),
    "State.value": lambda x: set_value(nn.State(X), x),
    "add_grad": lambda x: nn.Parameter(X).add_grad(x),
    "load_state_dict": lambda x: nn.Dense(4, 2, bias=False).load_state_dict({"weight": x.T}),
    "Optimizer.load_state_dict": load_velocity,
    "fit": lambda x: fit(x, Y),
    "fit on targets": lambda x: fit(X, x),
    "fit on a tuple": lambda x: fit((X, x), Y),
    "validation_data": lambda x: fit(X, Y, validation_data=(x, Y)),
    "evaluate": lambda x: trainer().evaluate(x, Y),
    "step": lambda x: trainer().step(x, Y),
    "step on targets": lambda x: trainer(MSE).step(X, x),
    "Trainer.predict": lambda x: trainer().predict(x),
    "decision_boundary": lambda x: nn.plots.decision_boundary(nn.Dense(2, 2), x[:, :2], Y),
}
LABELS = {  # each takes an array of shape (2,)
    "loss": lambda y: CE.forward(X, y),
    "accuracy": lambda y: nn.accuracy(X, y),
    "confusion_matrix": lambda y: nn.confusion_matrix(X, y),
    "one_hot": nn.one_hot,
    "fit": lambda y: fit(X, y),
    "evaluate": lambda y: trainer().evaluate(X, y),
    "step": lambda y: trainer().step(X, y),
}
COPIES = {  # they only pass rows on, whatever these are
    "batches": lambda x: nn.batches(x),
    "batches of a tuple": lambda x: nn.batches((X, x)),
    "train_test_split": lambda x: nn.train_test_split(x, rng=0),
}
MASKED = {
    "masked": np.ma.masked_array(X, mask=[[0, 1, 0, 0], [0, 0, 0, 0]]),
    "with an empty mask": np.ma.masked_array(X, mask=False),
    "without a mask": np.ma.masked_array(X),
}


@pytest.mark.parametrize("kind", MASKED)
@pytest.mark.parametrize("entry", NUMBERS | COPIES)
def test_a_masked_array_is_refused_everywhere(entry, kind):
    with pytest.raises(TypeError, match=r"got a masked array"):
        (NUMBERS | COPIES)[entry](MASKED[kind])


@pytest.mark.parametrize("entry", LABELS)
def test_masked_labels_are_refused_everywhere(entry):
    with pytest.raises(TypeError, match=r"got a masked array.*\.filled\(0\)"):
        LABELS[entry](np.ma.masked_array(Y, mask=[0, 1]))


@pytest.mark.parametrize(
    "x",
    [
        list(MASKED["masked"]),
        [[1.0, 2.0, 3.0, np.ma.masked]] * 2,
        [[X[0]], [MASKED["masked"][0]]],
        np.ma.masked,
    ],
)
@pytest.mark.parametrize(
    "entry", ["Dense", "prediction", "Parameter", "fit", "step", "Trainer.predict"]
)
def test_a_mask_inside_of_a_list_is_seen(entry, x):
    with pytest.raises(TypeError, match="got a masked array"):
        NUMBERS[entry](x)


@pytest.mark.parametrize(
    "x",
    [
        np.ones((2, 4), complex),
        np.where(X > 0, None, 1),
        np.array([["a"] * 4] * 2),
        np.full((2, 4), "2020-01-01", "M8[D]"),
        np.zeros((2, 4), "m8[s]"),
    ],
    ids=["complex", "object", "words", "dates", "durations"],
)
@pytest.mark.parametrize("entry", NUMBERS)
def test_what_is_not_a_real_number_is_refused_everywhere(entry, x):
    with pytest.raises((TypeError, ValueError), match=r"got|holds"):
        NUMBERS[entry](x)


@pytest.mark.parametrize(
    "entry", ["Dense", "step", "Sequential", "Trainer.predict", "add_grad", "State.value"]
)
def test_a_number_too_large_for_float32_is_refused_where_it_is_converted(entry):
    x = X.copy()
    x[1, 2] = 1e300
    with pytest.raises(ValueError, match=r"1e\+300 at row 1, column 2 .* is too large for float32"):
        NUMBERS[entry](x)


@pytest.mark.parametrize(
    "entry", ["fit", "fit on targets", "fit on a tuple", "validation_data", "evaluate"]
)
def test_a_number_too_large_for_float32_is_refused_before_training(entry):
    x = X.copy()
    x[1, 2] = -1e300
    with pytest.raises(ValueError, match=r"holds -1e\+300 at row 1, column 2 .*too large for float32"):
        NUMBERS[entry](x)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    "entry",
    [
        "Dense",
        "Dense.predict",
        "Dense.backward",
        "ReLU",
        "Dropout",
        "Standardize",
        "Add",
        "softmax",
        "step",
    ],
)
def test_the_byte_order_makes_no_difference(entry, dtype, order, rng):
    x = rng.standard_normal((2, 4)).astype(order + dtype)
    found, expected = NUMBERS[entry](x), NUMBERS[entry](x.astype(dtype))
    np.testing.assert_array_equal(found, expected)
    assert np.asarray(found).dtype.isnative
