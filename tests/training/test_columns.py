"""Networks that were trained on named columns."""

import copy
import pickle
import re

import numpy as np
import pytest

import nnlayers as nn

X = np.random.default_rng(0).random((60, 3)).astype(np.float32)
Y = (X[:, 0] > 0.5).astype(int)


class Own(nn.Layer):
    """A user's network, which converts nothing itself."""

    def __init__(self):
        self.dense = nn.Dense(3, 2, rng=0)

    def forward(self, x):
        return self.dense.forward(x)

    def backward(self, grad):
        return self.dense.backward(grad)

    def predict(self, x):
        return self.dense.predict(x)


class Tables:
    """Tables of pandas or of polars, made in the same way."""

    def __init__(self, name):
        self.package = pytest.importorskip(name)

    def frame(self, names="abc"):
        """The same numbers, with these columns."""
        return self.package.DataFrame({name: X[:, "abc".index(name)] for name in names})

    def renamed(self, names):
        """The numbers in order, with other names."""
        return self.package.DataFrame(dict(zip(names, X.T, strict=True)))


@pytest.fixture(params=["pandas", "polars"])
def tables(request):
    return Tables(request.param)


def trainer_of(model):
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))


MODELS = {
    "Sequential": lambda frame: nn.Sequential(nn.Dense(3, 4, rng=0), nn.ReLU(), nn.Dense(4, 2, rng=1)),
    "nested": lambda frame: nn.Sequential(nn.Sequential(nn.Sequential(nn.Dense(3, 2, rng=0)))),
    "Dense": lambda frame: nn.Dense(3, 2, rng=0),
    "Standardize": lambda frame: nn.Sequential(nn.Standardize(3).fit(frame), nn.Dense(3, 2, rng=0)),
    "Residual": lambda frame: nn.Sequential(nn.Residual(nn.Dense(3, 3, rng=0)), nn.Dense(3, 2, rng=1)),
}
CALLS = {
    "evaluate": lambda trainer, x: trainer.evaluate(x, Y)["loss"],
    "Trainer.predict": lambda trainer, x: trainer.predict(x),
    "Trainer.predict in batches": lambda trainer, x: trainer.predict(x, batch_size=7),
    "validation": lambda trainer, x: copy.deepcopy(trainer).fit(
        X, Y, validation_data=(x, Y), epochs=1, rng=0, progress=False
    )["val_loss"],
    "fit": lambda trainer, x: copy.deepcopy(trainer).fit(x, Y, epochs=1, rng=0, progress=False)["loss"],
    "step": lambda trainer, x: copy.deepcopy(trainer).step(x, Y),
}
MODEL_CALLS = {
    "predict": lambda model, x: model.predict(x),
    "forward": lambda model, x: model.forward(x),
    "predict of a copy": lambda model, x: copy.deepcopy(model).predict(x),
    "predict after a pickle": lambda model, x: pickle.loads(pickle.dumps(model)).predict(x),
    "predict in float64": lambda model, x: model.astype(np.float64).predict(x),
}


@pytest.mark.parametrize("kind", [*MODELS, "Own"])
def test_columns_in_another_order_are_put_right(kind, tables):
    frame = tables.frame()
    model = Own() if kind == "Own" else MODELS[kind](frame)
    trainer = trainer_of(model)
    trainer.fit(frame, Y, epochs=2, rng=0, progress=False)
    assert model.column_names == ("a", "b", "c")
    calls = {**CALLS}
    if kind != "Own":  # its own code is not asked for the order
        calls |= {name: lambda t, x, call=call: call(t.model, x) for name, call in MODEL_CALLS.items()}
    for name, call in calls.items():
        right = call(trainer, X)
        for order in ("abc", "cab", "bca", "acb"):
            np.testing.assert_allclose(call(trainer, tables.frame(order)), right, rtol=1e-5, atol=1e-6,
                                       err_msg=name)  # fmt: skip


@pytest.mark.parametrize("names", ["ab", "abx", "ABC", "abcx"])
@pytest.mark.parametrize("kind", ["Sequential", "Dense"])
def test_tables_of_other_columns_are_refused(kind, names, tables):
    model = MODELS[kind](None)
    trainer = trainer_of(model)
    trainer.fit(tables.frame(), Y, epochs=1, rng=0, progress=False)
    wrong = tables.package.DataFrame(dict.fromkeys(names, X[:, 0]))
    fault = "also has column 'x'" if names == "abcx" else "lacks column"
    before = model.state_dict()
    calls = [lambda call=call: call(trainer, wrong) for call in CALLS.values()]
    calls += [lambda call=call: call(model, wrong) for call in MODEL_CALLS.values()]
    for call in calls:
        with pytest.raises(
            ValueError, match=rf"trained on columns 'a', 'b', 'c', but this table {fault}"
        ):
            call()
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_the_way_out_of_the_message_works(tables):
    trainer = trainer_of(MODELS["Sequential"](None))
    trainer.fit(tables.frame(), Y, epochs=1, rng=0, progress=False)
    more = tables.renamed("xyz")
    right = trainer.predict(X)
    np.testing.assert_allclose(trainer.predict(more.to_numpy()), right)
    wider = tables.package.DataFrame({"d": X[:, 0], **{name: tables.frame()[name] for name in "cba"}})
    np.testing.assert_allclose(
        trainer.predict(wider[list(trainer.model.column_names)]), right, rtol=1e-5
    )


def test_a_fit_that_is_refused_remembers_no_names(tables):
    trainer = trainer_of(MODELS["Sequential"](None))
    for y, options in (
        (Y + 5, {}),
        (Y, {"validation_data": (tables.frame("ab"), Y)}),
        (Y, {"rng": "x"}),
    ):
        with pytest.raises((ValueError, TypeError)):
            trainer.fit(tables.frame(), y, epochs=1, progress=False, **options)
        assert trainer.model.column_names is None


def test_names_are_not_part_of_the_weights(tables, tmp_path):
    model = MODELS["Sequential"](None)
    trainer_of(model).fit(tables.frame(), Y, epochs=1, rng=0, progress=False)
    model.save_weights(tmp_path / "w.npz")
    again = MODELS["Sequential"](None)
    again.load_weights(tmp_path / "w.npz")
    assert again.column_names is None
    assert "columns" not in repr(model)


def test_arrays_leave_the_names_as_they_are(tables):
    trainer = trainer_of(MODELS["Sequential"](None))
    trainer.fit(X, Y, epochs=1, rng=0, progress=False)
    assert trainer.model.column_names is None
    trainer.fit(tables.frame("bca"), Y, epochs=1, rng=0, progress=False)
    trainer.fit(X, Y, epochs=1, rng=0, progress=False)
    assert trainer.model.column_names == ("b", "c", "a")


def test_validation_data_of_the_first_fit_is_put_into_the_order_of_the_training_data(tables):
    trainer = trainer_of(MODELS["Sequential"](None))
    data = tables.frame("cba"), Y
    history = trainer.fit(tables.frame(), Y, epochs=1, rng=0, validation_data=data, progress=False)
    np.testing.assert_allclose(history["val_loss"][-1], trainer.evaluate(X, Y)["loss"], rtol=1e-5)


def test_a_standardize_alone_knows_its_columns(tables):
    layer = nn.Standardize(3).fit(tables.frame("bac"))
    assert layer.column_names == ("b", "a", "c")
    right = nn.Standardize(3).fit(X).predict(X)[:, [1, 0, 2]]
    np.testing.assert_allclose(layer.predict(tables.frame("abc")), right, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="this table lacks column 'a'"):
        layer.predict(tables.frame("bc"))
    trainer = trainer_of(nn.Sequential(layer, nn.Dense(3, 2, rng=0)))
    trainer.fit(tables.frame("abc"), Y, epochs=1, rng=0, progress=False)
    assert trainer.model.column_names == ("b", "a", "c")


def test_each_table_of_a_tuple_has_its_own_columns(tables):
    model = nn.Sequential(
        nn.Parallel(nn.Dense(3, 2, rng=0), nn.Dense(2, 2, rng=1)),
        nn.Concatenate(),
        nn.Dense(4, 2, rng=2),
    )
    trainer = trainer_of(model)
    trainer.fit((tables.frame("abc"), tables.frame("ab")), Y, epochs=1, rng=0, progress=False)
    assert model.column_names == (("a", "b", "c"), ("a", "b"))
    right = model.predict((X, X[:, :2]))
    turned = tables.frame("cba"), tables.frame("ba")
    np.testing.assert_allclose(model.predict(turned), right, rtol=1e-5)
    np.testing.assert_allclose(trainer.predict(turned), right, rtol=1e-5)
    np.testing.assert_allclose(model.predict((tables.frame("bca"), X[:, :2])), right, rtol=1e-5)
    with pytest.raises(ValueError, match="this table lacks column 'b'"):
        model.predict((X, tables.frame("ac")))
    frame = tables.frame("cab")
    with pytest.raises(ValueError, match="also has column 'c'") as info:
        trainer.predict((X, frame))
    call = re.search(r"give (frame.*?), which", str(info.value))[1]
    np.testing.assert_allclose(model.predict((X, eval(call))), right, rtol=1e-5)


def test_the_number_of_tables_is_named(tables):
    both = nn.Sequential(nn.Concatenate(), nn.Dense(3, 2, rng=0))
    pair = tables.frame("ab"), tables.frame("c")
    trainer_of(both).fit(pair, Y, epochs=1, rng=0, progress=False)
    for names in ("ab", "abc"):
        with pytest.raises(ValueError, match="expected a tuple of 2, as in training, got one table"):
            both.predict(tables.frame(names))
    one = MODELS["Sequential"](None)
    trainer_of(one).fit(tables.frame(), Y, epochs=1, rng=0, progress=False)
    with pytest.raises(ValueError, match="expected one table, as in training, got a tuple of 2"):
        one.predict(pair)


def test_the_call_that_leaves_out_the_second_of_a_name_works():
    frame = pytest.importorskip("pandas").DataFrame(X, columns=list("abc"))
    model = MODELS["Sequential"](None)
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(frame, frame[["a", "b"]], epochs=1, rng=0, progress=False)
    right = trainer.evaluate(frame, frame[["a", "b"]])
    twice = frame[["a", "b", "c", "a"]]
    for take in (
        lambda frame: trainer.evaluate(frame, X[:, :2]),
        lambda frame: trainer.evaluate(X, frame.drop(columns="c")),
    ):
        with pytest.raises(ValueError, match="this table has column 'a' twice") as info:
            take(twice)
        call = re.search(r"give (frame.*?duplicated\(\)\])", str(info.value))[1]
        assert take(eval(call, {"frame": twice})) == pytest.approx(right)


def test_a_table_that_has_a_name_twice_as_in_training_is_not_put_in_another_order():
    frame = pytest.importorskip("pandas").DataFrame(X, columns=list("aab"))
    model = MODELS["Sequential"](None)
    trainer_of(model).fit(frame, Y, epochs=1, rng=0, progress=False)
    for other in (frame.iloc[:, [2, 0, 1]], frame.loc[:, ~frame.columns.duplicated()]):
        with pytest.raises(ValueError, match=r"order, which has column 'a' twice: .* of training"):
            model.predict(other)


@pytest.mark.parametrize(
    "names", [("x", "y", "z"), ("A", "B", "C"), ("a", "B", "c"), ("a_1", "b", "c")]
)
def test_columns_of_other_names_are_not_filled_with_zeros(names, tables):
    model = MODELS["Sequential"](None)
    trainer_of(model).fit(tables.frame(), Y, epochs=1, rng=0, progress=False)
    with pytest.raises(ValueError, match=r"rename them with frame.rename\(.*{...}\)") as info:
        model.predict(tables.renamed(names))
    assert not re.search("reindex|with_columns", str(info.value))
    assert str(info.value).endswith("or frame.to_numpy(), to take its columns by their places")


def test_numbers_with_a_common_beginning_are_not_categories(tables):
    frame = tables.renamed(["petal_length", "petal_width", "sepal"])
    model = MODELS["Sequential"](None)
    trainer_of(model).fit(frame, Y, epochs=1, rng=0, progress=False)
    names = ["petal_size", "petal_width", "sepal"]
    flags = tables.package.Series([None, 1] * 30, dtype=getattr(tables.package, "Int8", "Int8"))
    with_flags = dict(zip(names, [flags, *X.T[1:]], strict=True))
    for wrong in (tables.renamed(names), tables.package.DataFrame(with_flags)):
        with pytest.raises(ValueError, match=r"lacks .*: (if only the names|encode column)"):
            model.predict(wrong)


def test_a_table_of_other_kinds_of_names_is_put_right_too():
    pandas = pytest.importorskip("pandas")
    for names in ([1990, 1991, 1992], [("u", 1), ("u", 2), ("v", 1)], ["a", 1, ("b",)]):
        frame = pandas.DataFrame(dict(zip(names, X.T, strict=True)))
        trainer = trainer_of(MODELS["Sequential"](None))
        trainer.fit(frame, Y, epochs=1, rng=0, progress=False)
        np.testing.assert_allclose(trainer.predict(frame[names[::-1]]), trainer.predict(X), rtol=1e-5)
    twice = frame.set_axis(["a", "b", "b"], axis=1)
    with pytest.raises(ValueError, match="this table has column 'b' twice"):
        trainer.predict(twice)


def test_numbered_columns_go_by_their_places_beside_names():
    pd = pytest.importorskip("pandas")
    trainer = trainer_of(nn.Sequential(nn.Dense(3, 2, rng=0)))
    trainer.fit(pd.DataFrame(X), Y, epochs=1, progress=False)
    expected = trainer.predict(X)
    named = pd.DataFrame(X, columns=["a", "b", "c"])
    np.testing.assert_array_equal(trainer.predict(named), expected)
    np.testing.assert_array_equal(trainer.predict(pd.DataFrame(X)[[2, 0, 1]]), expected)
    with pytest.raises(ValueError, match="lacks column 0"):
        trainer.predict(pd.DataFrame(X, columns=[1, 2, 3]))


@pytest.mark.parametrize("numbers", [(2, 0, 1), (1, 2, 3)])
def test_numbers_that_are_names_are_put_right(numbers):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list(numbers))
    trainer = trainer_of(nn.Sequential(nn.Dense(3, 2, rng=0)))
    trainer.fit(frame, Y, epochs=1, progress=False)
    expected = trainer.predict(X)
    np.testing.assert_array_equal(trainer.predict(frame[sorted(numbers)]), expected)


def test_networks_made_of_a_trained_one_know_its_columns(tables):
    trainer = trainer_of(nn.Sequential(nn.Sequential(nn.Dense(3, 4, rng=0), nn.ReLU()), nn.Dense(4, 2)))
    trainer.fit(tables.frame(), Y, epochs=1, progress=False)
    model, other = trainer.model, tables.frame()[["c", "a", "b"]]
    for part in (
        nn.Sequential(model, nn.ReLU()),
        nn.Sequential(*model.layers),
        model[:1],
        model[0],
        model[0][0],
    ):
        np.testing.assert_allclose(part.predict(other), part.predict(X), rtol=1e-6)


def test_a_step_on_a_table_remembers_its_columns(tables):
    trainer = trainer_of(nn.Sequential(nn.Dense(3, 2, rng=0)))
    trainer.step(tables.frame(), Y)
    other = tables.frame()[["c", "a", "b"]]
    np.testing.assert_allclose(trainer.predict(other), trainer.predict(X), rtol=1e-6)


def test_targets_of_several_columns_are_put_right(tables):
    x, y = X, tables.package.DataFrame({"s": X[:, 0], "t": -X[:, 1]})
    model = nn.Sequential(nn.Dense(3, 2, rng=0))
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(x, y, epochs=2, progress=False, validation_data=(x, y[["t", "s"]]))
    assert trainer.evaluate(x, y) == trainer.evaluate(x, y[["t", "s"]])
    with pytest.raises(ValueError, match=r"y: trained on columns 's', 't', but .* lacks column 's'"):
        trainer.evaluate(x, y.rename({"s": "u"}, **({"axis": 1} if hasattr(y, "iloc") else {})))


def test_a_decision_chart_puts_columns_right(tables):
    model = nn.Sequential(nn.Dense(2, 2, rng=0))
    trainer_of(model).fit(tables.frame("ab"), Y, epochs=1, rng=0, progress=False)
    charts = [
        nn.plots.decision_boundary(model, x, Y, resolution=5) for x in (X[:, :2], tables.frame("ba"))
    ]
    np.testing.assert_array_equal(*(chart.data for chart in charts))


def test_a_layer_of_a_user_may_have_an_attribute_called_columns():
    class Pick(nn.Layer):
        def __init__(self):
            self.columns = np.array([0, 2])

        def forward(self, x):
            self.save_for_backward(x.shape)
            return x[:, self.columns]

        def backward(self, grad):
            full = np.zeros(self.saved(), grad.dtype)
            full[:, self.columns] = grad
            return full

    trainer = trainer_of(nn.Sequential(Pick(), nn.Dense(2, 2, rng=0)))
    trainer.fit(X, Y, epochs=1, progress=False)
    assert trainer.predict(X).shape == (len(X), 2)


@pytest.mark.parametrize("entry", ["fit", "evaluate", "split", "batches"])
def test_rows_of_pandas_in_different_orders_are_refused(entry):
    pd = pytest.importorskip("pandas")
    x, y = pd.DataFrame(X, columns=list("abc")), pd.Series(Y)
    trainer = trainer_of(nn.Sequential(nn.Dense(3, 2, rng=0)))
    run = {
        "fit": lambda x, y: trainer.fit(x, y, epochs=1, progress=False),
        "evaluate": trainer.evaluate,
        "split": nn.train_test_split,
        "batches": nn.batches,
    }[entry]
    with pytest.raises(ValueError, match=r"the same rows in different orders.*give y.loc\[x.index\]"):
        run(x.iloc[::-1], y)
    run(x.iloc[::-1], y.iloc[::-1])
    run(x.iloc[::-1], y.to_numpy())
    run(x.set_axis(range(5, 65)), y)  # other rows, as of data from two sources


def test_weights_of_pandas_in_another_order_are_refused():
    pd = pytest.importorskip("pandas")
    x, y, w = pd.DataFrame(X, columns=list("abc")), pd.Series(Y), pd.Series(np.arange(1.0, len(X) + 1))
    trainer = trainer_of(nn.Sequential(nn.Dense(3, 2, rng=0)))
    refused = "the same rows in different orders"
    with pytest.raises(ValueError, match=f"sample_weight: .*{refused}"):
        trainer.fit(x, Y, sample_weight=w.iloc[::-1], epochs=1, progress=False)
    with pytest.raises(ValueError, match=f"validation_data: the weights: .*{refused}"):
        trainer.fit(x, y, validation_data=(X, y, w.iloc[::-1]), epochs=1, progress=False)
    assert trainer.optimizer.steps == 0
    trainer.fit(x.iloc[::-1], y.iloc[::-1], sample_weight=w.iloc[::-1], epochs=1, progress=False)


@pytest.mark.parametrize("by_load", [True, False])
def test_a_run_that_goes_on_knows_its_columns(by_load, tables, tmp_path):
    def make():
        model = nn.Sequential(nn.Dense(3, 2, rng=0))
        return nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))

    def fit(names, targets, epochs, path):
        trainer = make()
        if by_load and path.exists():
            trainer.load(path)
        y = tables.package.DataFrame({"s": X[:, 0], "t": -X[:, 1]})[targets]
        checkpoint = None if by_load else path
        x = tables.frame(names)
        trainer.fit(x, y, epochs=epochs, rng=0, progress=False, checkpoint=checkpoint)
        if by_load:
            trainer.save(path)
        return trainer

    whole = fit("abc", ["s", "t"], 2, tmp_path / "whole.npz")
    path = tmp_path / "run.npz"
    fit("abc", ["s", "t"], 1, path)
    resumed = fit("cab", ["t", "s"], 1 if by_load else 2, path)
    assert dict(resumed.history) == dict(whole.history)
    assert resumed.model.column_names == ("a", "b", "c")
    np.testing.assert_array_equal(resumed.predict(tables.frame("bca")), whole.predict(X))
    with pytest.raises(ValueError, match="trained on columns 'a', 'b', 'c', but this table lacks"):
        resumed.predict(tables.renamed("abz"))
    if not by_load:
        other = make()
        with pytest.raises(ValueError, match="trained on columns 'a', 'b', 'c'"):
            other.fit(tables.renamed("abz"), X[:, :2], epochs=3, progress=False, checkpoint=path)
        assert other.model.column_names is None


class Towns:
    """A table with words, a network that was trained on its dummies, and the way out of messages."""

    def __init__(self, tables):
        self.package, self.is_polars = tables.package, not hasattr(tables.frame(), "iloc")
        self.model = nn.Sequential(nn.Dense(4, 2, rng=0))
        trainer = trainer_of(self.model)
        trainer.fit(self.encoded(), [0, 1, 1], epochs=1, rng=0, progress=False)

    def frame(self, towns=("Basel", "Bern", "Chur")):
        return self.package.DataFrame({"age": [0.1, 0.2, 0.3][: len(towns)], "town": list(towns)})

    def encoded(self, *towns):
        frame = self.frame(*towns)
        return frame.to_dummies(["town"]) if self.is_polars else self.package.get_dummies(frame)

    def refusal(self, frame):
        with pytest.raises(ValueError, match=r"trained on columns 'age', 'town_Basel'") as info:
            self.model.predict(frame)
        return str(info.value).partition("but this table ")[2]


@pytest.fixture
def towns(tables):
    return Towns(tables)


def test_words_that_were_not_encoded_are_named_and_not_filled_with_zeros(towns):
    message = towns.refusal(towns.frame())
    assert "and has column 'town', unknown to the network: encode column 'town' as for" in message
    assert "reindex" not in message
    call = re.search(r"such as with (.*?), or leave it out", message)[1]
    names = {"frame": towns.frame(), "pandas": towns.package}
    expected = towns.model.predict(towns.encoded())
    np.testing.assert_array_equal(towns.model.predict(eval(call, names)), expected)


def test_numbers_that_were_encoded_as_categories_are_not_filled_with_zeros():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [0.1, 0.2, 0.3], "class": [1, 2, 2]})
    model = nn.Sequential(nn.Dense(3, 2, rng=0))
    encoded = pandas.get_dummies(frame, columns=["class"])
    trainer_of(model).fit(encoded, [0, 1, 1], epochs=1, rng=0, progress=False)
    with pytest.raises(ValueError, match=r"pandas.get_dummies\(frame, columns=\['class'\]\)"):
        model.predict(frame)


def test_a_column_that_is_no_longer_encoded_is_not_a_way_out(towns):
    frame = towns.frame().rename(*[{"town": "place"}], **({} if towns.is_polars else {"axis": 1}))
    assert "encode column 'place' as for training" in towns.refusal(frame)


def test_a_new_category_is_named_before_it_is_dropped(towns):
    frame = towns.encoded(("Lugano", "Bern"))
    message = towns.refusal(frame)
    assert message.startswith("lacks columns 'town_Basel', 'town_Chur', and has column 'town_Lugano'")
    assert "drops the latter, so a row of a new category would look like one of none" in message


@pytest.mark.parametrize("given", [("Basel", "Bern"), ("Lugano", "Bern")])
def test_the_call_that_adds_zeros_works(given, towns):
    frame, names = towns.encoded(given), ["age", "town_Basel", "town_Bern", "town_Chur"]
    call = re.search(r"frame\.(reindex|with_columns).*?(?= fills|$)", towns.refusal(frame))[0]
    found = towns.model.predict(eval(call, {"frame": frame, "model": towns.model}))
    by_hand = np.zeros((2, 4), np.float32)
    for place, name in enumerate(names):
        by_hand[:, place] = frame[name].to_numpy() if name in frame.columns else 0
    np.testing.assert_allclose(found, towns.model.predict(by_hand), rtol=1e-6)


def test_targets_are_never_filled_with_zeros(tables):
    model = nn.Sequential(nn.Dense(3, 2, rng=0))
    trainer = nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(X, tables.frame("ab"), epochs=1, rng=0, progress=False)
    with pytest.raises(ValueError, match=r"y: .* lacks column 'a', and has column 'c'") as info:
        trainer.evaluate(X, tables.frame("bc"))
    assert str(info.value).endswith("give frame.to_numpy(), to take its columns by their places")
