"""What is rejected before training."""

import warnings

import numpy as np
import pytest

import nnlayers as nn

X, Y = np.ones((6, 3), np.float32), np.array([0, 1, 0, 1, 0, 1])


def grown():
    """A trainer whose model has got a layer that its optimizer does not know."""
    first = nn.Sequential(nn.Dense(3, 4, rng=0), nn.ReLU())
    model = nn.Sequential(first, nn.Dense(4, 2, rng=0))
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(first.parameters(), lr=0.1))


def test_parameters_that_the_optimizer_lacks_are_named_and_nothing_is_changed():
    trainer = grown()
    before = trainer.model.state_dict()
    for _ in range(2):  # every time
        with pytest.raises(
            ValueError,
            match=r"optimizer does not hold layers\.1\.weight, layers\.1\.bias: make it from",
        ):
            trainer.fit(X, Y, epochs=1, progress=False)
    assert trainer.history.epochs == 0
    for path, value in trainer.model.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_a_layer_that_is_put_in_between_two_fits_is_noticed():
    model = nn.Sequential(nn.Dense(3, 2, rng=0), nn.ReLU())
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    trainer.fit(X, Y, epochs=1, progress=False)
    model.layers = (model[0], nn.Dense(2, 2, rng=0))
    with pytest.raises(ValueError, match=r"does not hold layers\.1\.weight"):
        trainer.fit(X, Y, epochs=1, progress=False)


def test_frozen_parameters_need_no_optimizer():
    trainer = grown()
    trainer.model[1].trainable = False
    assert trainer.fit(X, Y, epochs=1, progress=False).epochs == 1


def test_a_model_whose_parameters_are_all_frozen_is_rejected():
    trainer = grown()
    trainer.model.trainable = False
    with pytest.raises(ValueError, match=r"nothing to train, all parameters are frozen: set trainable"):
        trainer.fit(X, Y, epochs=1, progress=False)


def test_lr_factors_and_schedules_work_in_the_trainer():
    model = nn.Sequential(nn.Dense(3, 2, rng=0))
    model[0].bias.lr_factor = 0.0
    optimizer = nn.SGD(model.parameters(), lr=nn.schedules.cosine(0.5, steps=12), clip_norm=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(X, Y, epochs=4, batch_size=2, progress=False)
    assert optimizer.steps == 12
    assert optimizer.rate == 0
    assert not model[0].bias.value.any()


def regression(dtype=np.float32):
    model = nn.Sequential(nn.Dense(2, 1, rng=0)).astype(dtype)
    return nn.Trainer(model, nn.MeanSquaredError(), nn.SGD(model.parameters(), lr=1e-9))


@pytest.mark.parametrize("dtype", [np.int64, np.uint32, ">i8", np.float64, ">f8", np.longdouble])
def test_a_column_whose_differences_float32_loses_is_refused(dtype):
    x = np.array([[1, 1_700_000_001], [2, 1_700_000_060]]).astype(dtype)
    match = r"x, column 1 .* from 1700000001.* to 1700000060.* are 128.0 apart: subtract an offset"
    with pytest.raises(ValueError, match=match):
        regression().fit(x, np.zeros((2, 1)), epochs=1, progress=False)
    regression(np.float64).fit(x - x.min(axis=0), np.zeros((2, 1)), epochs=1, progress=False)


@pytest.mark.parametrize(
    "column",
    [
        [0, 2**30],  # wide enough
        [1_700_000_001] * 2,  # constant
        [1.0, 1.0 + 1e-9],  # not large
        [2**24 - 1, 2**24],  # float32 holds them
        [-(2**62), 2**62],
    ],
)
def test_columns_that_float32_can_tell_apart_are_accepted(column):
    x = np.array([[1, column[0]], [2, column[1]]])
    trainer = regression()
    trainer.model[0].weight.value[...] = 0
    trainer.optimizer.lr = 0.0
    assert trainer.fit(x, np.zeros((2, 1)), epochs=1, progress=False).epochs == 1


def test_few_rows_may_be_evaluated_though_they_are_alike():
    x = np.array([[1, 1_700_000_001], [2, 1_700_000_060]])
    assert np.isfinite(regression().evaluate(x, np.zeros((2, 1)))["loss"])


def test_integers_too_large_for_float16_are_refused():
    with pytest.raises(ValueError, match=r"x holds 100000 at row 1, column 0 .*too large for float16"):
        regression(np.float16).fit(np.array([[1, 1], [100_000, 1]]), np.zeros((2, 1)), epochs=1)


@pytest.mark.parametrize("y", [[0, 1], [0, 0], [[1.0], [1.0]], [[1], [1]]])
@pytest.mark.parametrize("metrics", [None, []])
def test_one_output_for_two_classes_is_refused_whatever_the_target(y, metrics):
    model = nn.Dense(2, 1, rng=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)
    for run in (
        lambda: trainer.fit(np.ones((2, 2)), y, epochs=1),
        lambda: trainer.evaluate([[1, 2]] * 2, y),
    ):
        with pytest.raises(ValueError, match=r"two classes need two outputs, Dense\(..., 2\)"):
            run()


def test_targets_of_one_column_are_asked_for_by_the_call():
    with pytest.raises(ValueError, match=r"take np.expand_dims\(y, -1\)"):
        regression().fit(np.ones((2, 2)), [0.0, 1.0], epochs=1)


def trainer_of(loss, outputs=2):
    model = nn.Sequential(nn.Dense(3, outputs, rng=0))
    return nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1), metrics=[])


@pytest.mark.parametrize(
    "call",
    [
        lambda trainer, x, y: trainer.fit(y, x, epochs=1),
        lambda trainer, x, y: trainer.fit(x, y, epochs=1, validation_data=(y, x)),
        lambda trainer, x, y: trainer.evaluate(y, x),
    ],
    ids=["fit", "validation_data", "evaluate"],
)
@pytest.mark.parametrize(
    ("loss", "outputs", "y"),
    [
        (nn.SoftmaxCrossEntropy(), 2, Y),
        (nn.SoftmaxCrossEntropy(), 2, Y.astype(np.int8)),
        (nn.SoftmaxCrossEntropy(), 2, nn.one_hot(Y)),
        (nn.MeanSquaredError(), 1, np.ones((6, 1))),
    ],
)
def test_swapped_x_and_y_are_said_to_be_so(loss, outputs, y, call):
    trainer = trainer_of(loss, outputs)
    with pytest.raises(ValueError, match="x and y look swapped: expected x, the data, and then y"):
        call(trainer, X, y)


def test_other_shapes_that_do_not_fit_are_not_said_to_be_swapped():
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 3\)") as error:
        trainer_of(nn.SoftmaxCrossEntropy()).fit(X[:, :2], Y, epochs=1)
    assert "swapped" not in str(error.value)


def test_labels_out_of_range_beside_tokens_of_their_shape_are_not_said_to_be_swapped():
    model = nn.Sequential(nn.Embedding(9, 4, rng=0), nn.Dense(4, 9, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match="got labels from 0 to 9: a network"):
        trainer.fit(np.zeros((2, 3), int), np.array([[0, 9, 0], [0, 0, 0]]), epochs=1)


@pytest.mark.parametrize(
    ("features", "shape", "call"),
    [
        (1, (10,), r"np.expand_dims\(x, -1\)"),
        (1, (1,), r"np.expand_dims\(x, -1\)"),
        (64, (10, 8, 8), r"np.reshape\(x, \(len\(x\), -1\)\)"),
        (3, (10, 1, 3, 1), r"np.reshape\(x, \(len\(x\), -1\)\)"),
    ],
)
@pytest.mark.parametrize("outputs", [1, 2])
def test_data_that_only_need_another_shape_are_told_how(features, shape, call, outputs):
    model = nn.Sequential(nn.Dense(features, outputs, rng=0))
    loss = nn.MeanSquaredError() if outputs == 1 else nn.SoftmaxCrossEntropy()
    trainer = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1))
    y = np.zeros((shape[0], 1)) if outputs == 1 else np.zeros(shape[0], int)
    for take in (lambda x: trainer.fit(x, y, epochs=1), lambda x: trainer.evaluate(x, y)):
        with pytest.raises(ValueError, match=rf"got shape \({shape[0]},.*: give {call}$"):
            take(np.zeros(shape))


@pytest.mark.parametrize(
    ("features", "shape", "call"),
    [
        (1, (10,), r"a column of samples with np.expand_dims\(x, -1\)"),
        (10, (10,), r"one sample a batch with np.expand_dims\(x, 0\)"),
        (
            64,
            (10, 8, 8),
            r"a row of each sample with nn.Flatten\(\), or np.reshape\(x, \(len\(x\), -1\)\)",
        ),
        (63, (10, 8, 8), r"got \(10, 8, 8\)"),
    ],
)
def test_a_layer_says_which_shape_it_needs(features, shape, call):
    for layer in (nn.Dense(features, 2), nn.Standardize(features)):
        with pytest.raises(ValueError, match=f"expected input of shape .*{call}$"):
            layer.predict(np.zeros(shape))


def test_one_number_a_sample_is_answered_with_a_column():
    with pytest.raises(ValueError, match="expected input") as error:
        trainer_of(nn.MeanSquaredError()).fit(X[:, 0], np.ones((6, 2)), epochs=1)
    assert "give np.expand_dims(x, -1)" in error.value.__notes__[-1]


def test_a_list_of_inputs_is_answered_with_a_tuple():
    with pytest.raises(ValueError, match="equal length") as error:
        trainer_of(nn.SoftmaxCrossEntropy()).fit([X, X], Y, epochs=1)
    assert error.value.__notes__ == ["several inputs are a tuple of arrays, (x_1, x_2), not a list"]


def test_forwards_that_were_meant_to_evaluate_are_said_to_be_so():
    model = nn.Sequential(nn.Dense(3, 2, rng=0), nn.Dropout(0.5, rng=0))
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    for _ in range(2):
        model.forward(X)
    with pytest.warns(UserWarning, match="Sequential without a backward: 2. To evaluate") as caught:
        trainer.fit(X, Y, epochs=1, progress=False)
    assert caught[0].filename == __file__
    trainer.fit(X, Y, epochs=1, progress=False)


def test_a_forward_that_equals_predict_is_not_said_to_be_wrong():
    trainer = trainer_of(nn.SoftmaxCrossEntropy())
    trainer.model.forward(X)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer.fit(X, Y, epochs=1, progress=False)
    assert caught == []
    assert trainer.model.pending == 0
