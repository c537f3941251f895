"""What fit takes as batches, and what it refuses."""

import copy
import gc
import io
import pickle
import weakref
from functools import partial

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.training.progress import PlainLine
from nnlayers.training.stream import Stream
from tests.training.batches_for_tests import (
    BATCHES,
    WEIGHTED,
    BeginsAnew,
    HiddenOnce,
    Loader,
    W,
    generate,
)
from tests.training.trainers_for_tests import X, Y, trainer, weights


def by_hand(batches, epochs=2, trained=None):
    trained = trained or trainer()
    for _ in range(epochs):
        for batch in batches:
            trained.step(*batch)
    return weights(trained)


@pytest.mark.parametrize("batches", [BATCHES, WEIGHTED], ids=["pairs", "weighted"])
@pytest.mark.parametrize(
    "make",
    [
        list,
        lambda batches: [list(batch) for batch in batches],
        lambda batches: lambda: generate(batches),
        lambda batches: lambda: batches,
        Loader,
        lambda batches: Loader(batches, length=False),
        BeginsAnew,
        lambda batches: partial(iter, BeginsAnew(batches)),
    ],
    ids=[
        *("list", "lists", "function", "function of a list", "loader", "loader without a length"),
        *("iterator that begins anew", "function of it"),
    ],
)
def test_batches_of_all_kinds_are_trained_on_as_by_hand(make, batches):
    trained = trainer()
    history = trained.fit(make(batches), epochs=2, progress=False)
    np.testing.assert_array_equal(weights(trained), by_hand(batches))
    assert history.epochs == 2
    assert list(history) == ["loss", "penalty", "accuracy"]


def test_shuffled_batches_are_those_of_arrays():
    one, other = trainer(), trainer()
    rngs = [np.random.default_rng(5) for _ in range(2)]
    one.fit(X, Y, epochs=3, batch_size=8, rng=rngs[0], progress=False)
    other.fit(nn.batches(X, Y, batch_size=8, rng=rngs[1]), epochs=3, progress=False)
    np.testing.assert_array_equal(weights(one), weights(other))
    assert dict(one.history) == dict(other.history)


def test_several_inputs_come_as_tuples_or_lists_in_a_batch():
    class Sum(nn.Layer):
        def forward(self, x):
            return x[0] + x[1]

        def backward(self, grad):
            return grad, grad

    def make():
        model = nn.Sequential(Sum(), nn.Dense(4, 3, rng=0))
        return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))

    found = []
    for kind in (tuple, list):
        trained = make()
        trained.fit([(kind((x, x)), y) for x, y in BATCHES], epochs=2, progress=False)
        found.append(weights(trained))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("make", [iter, generate, lambda batches: map(tuple, batches)])
def test_an_iterator_is_enough_for_one_epoch_and_refused_for_more(make):
    trained = trainer()
    with pytest.raises(ValueError, match="can be read only once, and there are 2 epochs: give a list"):
        trained.fit(make(BATCHES), epochs=2, progress=False)
    assert trained.optimizer.steps == 0
    trained.fit(make(BATCHES), epochs=1, progress=False)
    np.testing.assert_array_equal(weights(trained), by_hand(BATCHES, epochs=1))


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("is_validation", [True, False])
def test_what_can_be_read_only_once_is_named_when_it_is_read_again(same, is_validation):
    trained, once = trainer(), HiddenOnce(BATCHES[:1], same)
    x = BATCHES if is_validation else once
    options = {"validation_data": once} if is_validation else {}
    with pytest.raises(ValueError, match="HiddenOnce can be read only once: give a list, an object"):
        trained.fit(x, epochs=3, progress=False, **options)
    assert trained.history.epochs == 1


@pytest.mark.parametrize("same", [True, False])
def test_validation_data_that_can_be_read_once_are_enough_for_one_epoch(same):
    one, other = trainer(), trainer()
    one.fit(BATCHES, epochs=1, validation_data=HiddenOnce(BATCHES, same), progress=False)
    other.fit(BATCHES, epochs=1, validation_data=BATCHES, progress=False)
    assert dict(one.history) == dict(other.history)
    with pytest.raises(ValueError, match=r"validation_data: no batches are left .* only once"):
        one.fit(BATCHES, epochs=2, validation_data=HiddenOnce(BATCHES, same), progress=False)


@pytest.mark.parametrize("is_shared", [True, False])
def test_validation_data_that_begin_anew_are_read_whole_in_every_epoch(is_shared):
    one, other, data = trainer(), trainer(), BeginsAnew(BATCHES)
    validation = data if is_shared else BeginsAnew(BATCHES)
    one.fit(data, epochs=2, validation_data=validation, progress=False)
    other.fit(BATCHES, epochs=2, validation_data=BATCHES, progress=False)
    assert dict(one.history) == dict(other.history)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (list, ValueError, "Trainer.fit: there are no batches"),
        (Loader([]), ValueError, "Trainer.fit: there are no batches"),
        ([], TypeError, r"expected x and y, or batches \(x, y\), got list and no y"),
        (X, TypeError, r"expected x and y, or batches \(x, y\), got ndarray and no y"),
        (X.tolist(), TypeError, r"expected x and y, or batches \(x, y\), got list and no y"),
        (
            (X, Y),
            TypeError,
            r"expected x and y, or batches \(x, y\), got tuple and no y: give fit\(x, y\)",
        ),
        ("data.csv", TypeError, "got str and no y"),
        (5, TypeError, "got int and no y"),
        (
            lambda: None,
            TypeError,
            "'NoneType' object is not iterable\nTrainer.fit: expected batches from",
        ),
        (
            lambda: iter([{"x": X, "y": Y}]),
            TypeError,
            r"weights\), got a dict with the keys \['x', 'y'\] as batch 1",
        ),
        ([(X, Y), X], TypeError, r"got an array of shape \(50, 4\) as batch 2"),
        ([(X, Y, W, W)], TypeError, "as batch 1"),
        ([(X,)], TypeError, r"expected batches \(x, y\) or \(x, y, weights\), got a tuple of 1"),
        (nn.batches(X), TypeError, r"got an array of shape \(32, 4\) as batch 1"),
        ({"x": X}, TypeError, "got 'x' as batch 1"),
        ([(X, Y + 1)], ValueError, "expected labels in 0 ... 2(.|\n)*in Trainer.fit: batch 1"),
        ([(X, Y[:-1])], ValueError, "batch 1: "),
        (
            [(X[:, :3], Y)],
            ValueError,
            r"expected input of shape \(N, 4\)(.|\n)*in Trainer.fit: batch 1",
        ),
        ([(np.full_like(X, np.nan), Y)], ValueError, "batch 1"),
        ([(Y, X)], ValueError, "x and y look swapped"),
        ([(X, Y, W[:3])], ValueError, r"weights of shape \(50,\), got \(3,\)"),
        ([(X, Y, np.full(50, np.nan))], ValueError, "weights that are finite and at least 0, got nan"),
        ([(X, Y, -W)], ValueError, "weights that are finite and at least 0"),
    ],
)
def test_wrong_batches_are_refused(data, error, message):
    trained, before = trainer(), weights(trainer())
    with pytest.raises(error, match=message):
        trained.fit(data, epochs=1, progress=False)
    if not isinstance(data, list) or len(data) < 2:
        np.testing.assert_array_equal(weights(trained), before)
        assert trained.optimizer.steps == 0


def test_validation_data_that_are_dicts_are_refused_without_their_arrays():
    with pytest.raises(ValueError, match=r"or batches, got a list of 1$"):
        trainer().fit(X, Y, epochs=1, validation_data=[{"x": X, "y": Y}], progress=False)


def test_a_wrong_batch_later_on_is_named():
    trained = trainer()
    with pytest.raises(ValueError, match=r"expected labels in 0 \.\.\. 2") as caught:
        trained.fit([(X, Y), (X, Y + 1)], epochs=1, progress=False)
    assert caught.value.__notes__ == ["in Trainer.fit: epoch 1, batch 2"]
    assert trained.model.pending == 0


def test_an_error_of_the_data_ends_the_fit_with_the_history_kept():
    class Breaks:
        epochs = 0

        def __iter__(self):
            self.epochs += 1
            yield BATCHES[0]
            if self.epochs == 2:
                raise ConnectionError("the disk is gone")

    trained = trainer()
    with pytest.raises(ConnectionError, match="the disk is gone"):
        trained.fit(Breaks(), epochs=3, progress=False)
    assert trained.history.epochs == 1
    assert trained.fit(BATCHES, epochs=1, progress=False).epochs == 2


def test_the_progress_line_learns_the_length_from_the_first_epoch(capsys):
    trainer().fit(Loader(BATCHES, length=False), epochs=3)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert "left" in lines[1]


def test_the_progress_line_knows_no_end_in_the_first_epoch():
    stream = io.StringIO()
    stream.isatty = lambda: True
    PlainLine(1, 2, None, Stream(stream)).draw(1, 8, {"loss": 1.0})
    assert "samples/s" in stream.getvalue()
    assert "left" not in stream.getvalue()


def test_a_trainer_can_be_copied_and_pickled_after_a_fit_on_batches():
    trained = trainer()
    trained.fit(lambda: generate(), epochs=1, validation_data=Loader(BATCHES), progress=False)
    for twin in (copy.deepcopy(trained), pickle.loads(pickle.dumps(trained))):
        np.testing.assert_array_equal(weights(twin), weights(trained))
        assert twin.fit(BATCHES, epochs=1, progress=False).epochs == 2


def test_nothing_of_the_data_is_held_after_a_fit():
    class Mine(Loader):
        pass

    trained, data = trainer(), Mine(BATCHES)
    trained.fit(data, epochs=1, validation_data=data, progress=False)
    gone = weakref.ref(data)
    del data
    gc.collect()
    assert gone() is None


def test_batches_of_sequences_of_several_lengths_need_metrics_that_are_means():
    class Count(nn.Layer):
        """The logits of a class, for each position of a sequence of any length."""

        def __init__(self):
            self.bias = nn.Parameter(np.zeros(3))

        def forward(self, x):
            return x + self.bias.value

        predict = forward

        def backward(self, grad):
            self.bias.add_grad(grad.sum(axis=(0, 1)))
            return grad

    rng = np.random.default_rng(0)
    x = [rng.standard_normal((4, length, 3)).astype(np.float32) for length in (2, 5)]
    batches = [(xb, np.zeros(xb.shape[:2], int)) for xb in x]
    for metrics in (["accuracy"], ["accuracy", "f1"]):
        model = Count()
        optimizer = nn.SGD(model.parameters(), lr=0)
        trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)
        if "f1" not in metrics:
            trained.fit(batches, epochs=1, progress=False)
            right = sum((xb.argmax(axis=-1) == 0).sum() for xb in x)
            assert trained.history["accuracy"] == [pytest.approx(right / 28)]
            continue
        with pytest.raises(ValueError, match=r"f1: computed from all samples .*\(5, 3\).*pad them"):
            trained.fit(batches, epochs=1, progress=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rng": 0}, r"rng goes with arrays, .* give them to nn\.stream or nn\.batches\(x, y, rng=0\)"),
        ({"batch_size": 8}, r"batch_size goes with .* nn\.batches\(x, y, batch_size=8, rng=0\)"),
        ({"sample_weight": W}, r"sample_weight goes with arrays, .* give batches \(x, y, weights\)"),
    ],
)
def test_what_goes_with_arrays_is_refused_beside_batches(options, message):
    trained = trainer()
    with pytest.raises(ValueError, match=rf"Trainer\.fit: {message}"):
        trained.fit(BATCHES, epochs=1, progress=False, **options)
    with pytest.raises(ValueError, match=rf"Trainer\.fit: {message}"):
        nn.find_learning_rate(trained, BATCHES, **options)
    assert trained.optimizer.steps == 0


def test_a_batch_of_arrays_has_32_samples_by_default():
    trained = trainer()
    trained.fit(X, Y, epochs=1, progress=False)
    assert trained.optimizer.steps == 2  # of 50
