"""Models and optimizers that are given to the estimators."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import nnlayers as nn
from nnlayers.sklearn import NNClassifier, NNRegressor
from tests.sklearn.data_for_tests import WORDS, X, Y, classifier

FIT = {"epochs": 2, "learning_rate": 0.01, "random_state": 0}


def two_towers(in_features, out_features, rng):
    branch = nn.Residual(nn.Dense(in_features, in_features, rng=rng), nn.Tanh())
    return nn.Sequential(branch, nn.Dropout(0.1, rng=rng), nn.Dense(in_features, out_features, rng=rng))


@pytest.mark.parametrize(("hidden", "units"), [((), []), (7, [7]), ((5, 6), [5, 6]), ([100], [100])])
def test_hidden_sizes_make_dense_layers(hidden, units):
    network = classifier(hidden_layer_sizes=hidden, epochs=1).fit(X, Y).model_
    dense = [layer for layer in network.layers if isinstance(layer, nn.Dense)]
    assert [layer.out_features for layer in dense] == [*units, 3]
    assert len(network.layers) == 2 * len(units) + 1


def test_a_function_makes_the_model_for_the_data():
    found = NNClassifier(model=two_towers, **FIT)
    first, again = clone(found).fit(X, WORDS), clone(found).fit(X, WORDS)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    other = clone(found).set_params(random_state=1).fit(X, WORDS)
    assert (first.predict_proba(X) != other.predict_proba(X)).any()
    assert NNRegressor(model=two_towers, **FIT).fit(X[:, :2], X).predict(X[:, :2]).shape == X.shape


def test_a_class_of_layers_is_such_a_function():
    assert repr(NNClassifier(model=nn.Dense, **FIT).fit(X, Y).model_) == "Dense(4, 3)"


def test_a_function_that_returns_the_same_layer_each_time_is_fitted_from_its_weights():
    layer = nn.Dense(4, 3, rng=0)
    before = layer.weight.value.copy()
    found = NNClassifier(model=lambda in_features, out_features, rng: layer, **FIT)
    first = found.fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(clone(found).fit(X, Y).predict_proba(X), first)
    np.testing.assert_array_equal(layer.weight.value, before)


def test_a_template_is_where_each_fit_begins_and_stays_as_it_was():
    template = two_towers(4, 3, np.random.default_rng(5))
    before = template.state_dict()
    found = NNClassifier(model=template, **FIT)
    first = found.fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(found.fit(X, Y).predict_proba(X), first)
    np.testing.assert_array_equal(clone(found).fit(X, Y).predict_proba(X), first)
    assert all((template.state_dict()[path] == value).all() for path, value in before.items())
    still = clone(found).set_params(learning_rate=0.0, random_state=3).fit(X, Y)
    np.testing.assert_array_equal(still.model_.predict(X), template.predict(X))


def test_frozen_parts_of_a_template_stay_frozen():
    template = nn.Sequential(nn.Dense(4, 6, rng=0), nn.ReLU(), nn.Dense(6, 3, rng=1))
    template.layers[0].trainable = False
    found = NNClassifier(model=template, **FIT).fit(X, Y).model_
    np.testing.assert_array_equal(found.layers[0].weight.value, template.layers[0].weight.value)
    assert (found.layers[2].weight.value != template.layers[2].weight.value).any()


def test_templates_are_searched():
    deep = nn.Sequential(nn.Dense(4, 16, rng=0), nn.Tanh(), nn.Dense(16, 3, rng=1))
    frozen = nn.Sequential(nn.Dense(4, 3, initializer=nn.zeros))
    grid = {"model": [frozen, deep], "learning_rate": [0.05]}
    search = GridSearchCV(NNClassifier(epochs=20, random_state=0), grid, cv=2).fit(X, WORDS)
    assert search.best_params_["model"] in (frozen, deep)
    assert search.best_estimator_.model_ is not search.best_params_["model"]


def test_a_network_of_indices_gets_integers():
    tokens = np.random.default_rng(0).integers(0, 10, (60, 3))
    template = nn.Sequential(nn.Embedding(10, 4, rng=0), nn.Flatten(), nn.Dense(12, 2, rng=0))
    found = NNClassifier(model=template, **{**FIT, "epochs": 40}).fit(tokens, tokens[:, 0] > 4)
    assert found.score(tokens, tokens[:, 0] > 4) > 0.9
    with pytest.raises(TypeError, match="expected integers"):
        found.fit(tokens + 0.5, tokens[:, 0] > 4)


def test_an_optimizer_is_a_class_or_a_function():
    found = classifier(optimizer=partial(nn.SGD, momentum=0.9), weight_decay=0.1).fit(X, Y)
    optimizer = found.trainer_.optimizer
    assert (type(optimizer), optimizer.lr, optimizer.momentum) == (nn.SGD, 0.01, 0.9)
    assert optimizer.weight_decay == 0.1
    schedule = nn.schedules.cosine(0.1, steps=12)
    found = classifier(learning_rate=schedule).fit(X, Y)
    assert found.trainer_.optimizer.rate == schedule(12)


def with_columns():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(X, columns=list("abcd"))


def test_models_know_the_names_of_columns():
    frame = with_columns()
    found = classifier().fit(frame, Y)
    assert found.feature_names_in_.tolist() == list("abcd")
    assert found.model_.column_names == tuple("abcd")
    np.testing.assert_array_equal(found.predict(frame), classifier().fit(X, Y).predict(X))
    for wrong in (frame[list("dcba")], frame[list("abc")], frame.rename(columns={"a": "e"})):
        with pytest.raises(ValueError, match="feature names should match"):
            found.predict(wrong)
    other = NNClassifier(model=found.model_, **FIT)
    with pytest.raises(ValueError, match=r"trained on the columns \['a', 'b', 'c', 'd'\]"):
        other.fit(frame[list("dcba")], Y)
    assert other.fit(frame, Y).n_iter_ == 2


def test_a_template_with_the_classes_in_another_order_is_refused():
    template = nn.Dense(4, 3, rng=0)
    template.class_names = ["spam", "ham", "eggs"]
    with pytest.raises(
        ValueError, match=r"\['spam', 'ham', 'eggs'\], and those of an estimator are sorted"
    ):
        NNClassifier(model=template, **FIT).fit(X, WORDS)
    others = NNClassifier(model=template, **FIT).fit(X, Y)  # to which it is tuned
    assert others.model_.class_names == [0, 1, 2]
    assert template.class_names == ["spam", "ham", "eggs"]


def test_the_network_is_saved_with_the_names_of_columns_and_classes(tmp_path):
    frame = with_columns()
    found = classifier().fit(frame, WORDS)
    nn.save(found.model_, tmp_path / "words.npz")
    network = nn.load(tmp_path / "words.npz")
    chosen = network.predict(frame[list("dcba")]).argmax(axis=1)  # the columns are put in order
    assert [network.class_names[index] for index in chosen] == found.predict(frame).tolist()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": nn.Dense(4, 2)}, ValueError, r"3 outputs, one for each class, .* shape \(2,\)"),
        ({"model": nn.Dense(5, 3)}, ValueError, r"expected input of shape \(N, 5\)"),
        ({"model": "mlp"}, TypeError, "expected model to be a Layer, or a function"),
        ({"model": lambda *sizes, rng: None}, TypeError, "expected model to be a Layer.*got None"),
        ({"model": lambda a, b: nn.Dense(a, b)}, TypeError, "rng"),
        ({"model": nn.Dense(4, 3), "hidden_layer_sizes": (3,)}, ValueError, "not both"),
        ({"hidden_layer_sizes": (0,)}, ValueError, "at least 1, got 0"),
        ({"hidden_layer_sizes": None}, TypeError, "whole number, got None"),
        ({"optimizer": "adam"}, TypeError, "a class such as nn.Adam, .* got 'adam'"),
        ({"optimizer": lambda parameters: nn.SGD(parameters, lr=0.1)}, TypeError, "'lr'"),
        ({"optimizer": nn.Adam(nn.Dense(4, 3).parameters())}, TypeError, "expected optimizer to be"),
        ({"learning_rate": -1.0}, ValueError, "lr must be in"),
        ({"weight_decay": "small"}, TypeError, "weight_decay must be a real number"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1"),
        ({"batch_size": "auto"}, TypeError, "batch_size must be a whole number"),
        ({"callbacks": nn.EarlyStopping("loss")}, TypeError, "a list of callbacks"),
        ({"early_stopping": "no"}, TypeError, "early_stopping must be True or False"),
        ({"warm_start": "no"}, TypeError, "warm_start must be True or False"),
        ({"random_state": "a"}, ValueError, "cannot be used to seed"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        NNClassifier(**{"epochs": 1, **options}).fit(X, Y)


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({"hidden_layer_sizes": (0,)}, "NNClassifier: hidden_layer_sizes=(0,)"),
        ({"model": lambda a, b: nn.Dense(a, b)}, "model(in_features, out_features, rng=generator)"),
        ({"optimizer": lambda parameters: None}, "functools.partial(nn.SGD, momentum=0.9)"),
    ],
)
def test_notes_say_how_functions_are_called(options, note):
    with pytest.raises((TypeError, ValueError)) as error:
        NNClassifier(**options).fit(X, Y)
    assert note in "".join(error.value.__notes__)
