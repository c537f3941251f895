"""Several threads: each gets its own gradients, or a clear refusal."""

import copy
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Residual
from tests.training.trainers_for_tests import X, Y


def in_another_thread(function, *arguments):
    """Call a function in a new thread, and return its result or raise its error."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def model_from(seed):
    layers = [nn.Dense(4, 8, rng=seed), nn.ReLU(), nn.Dropout(0.2, rng=seed), nn.Dense(8, 3, rng=1)]
    return nn.Sequential(*layers)


FORWARDS = [
    (
        nn.SoftmaxCrossEntropy(),
        lambda o, x: o.forward(x, np.zeros(2, int)),
        lambda o: o.backward(),
    ),
    (nn.MeanSquaredError(), lambda o, x: o.forward(x, 0 * x), lambda o: o.backward()),
    *(
        (layer, lambda o, x: o.forward(x), lambda o: o.backward(np.ones((2, 2), np.float32)))
        for layer in (
            nn.ReLU(),
            nn.Dense(2, 2, rng=0),
            nn.Sequential(nn.Dense(2, 2, rng=0), nn.ReLU()),
            nn.Residual(nn.ReLU()),
            Residual(nn.Dense(2, 2, rng=0)),
        )
    ),
]


@pytest.mark.parametrize(("thing", "forward", "backward"), FORWARDS)
def test_a_backward_takes_what_its_own_thread_saved(thing, forward, backward):
    one, other = np.array([[1.0, -2.0], [3.0, 4.0]]), np.array([[-1.0, 2.0], [5.0, -6.0]])
    alone = copy.deepcopy(thing)
    forward(alone, one)
    expected = backward(alone)
    forward(thing, one)
    in_another_thread(forward, thing, other)
    np.testing.assert_array_equal(backward(thing), expected)
    assert thing.pending == 0


@pytest.mark.parametrize(("thing", "forward", "backward"), FORWARDS)
def test_a_backward_in_another_thread_than_its_forward_is_refused(thing, forward, backward):
    thing = copy.deepcopy(thing)
    forward(thing, np.ones((2, 2)))
    with pytest.raises(RuntimeError, match="forward of its own before it, in the same thread"):
        in_another_thread(backward, thing)
    in_another_thread(thing.clear_saved)
    for twin in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing), copy.copy(thing)):
        assert twin.pending == 0
    backward(thing)


def test_threads_that_begin_together_lose_nothing_that_they_saved():
    for _ in range(50):
        layer, together = nn.ReLU(), threading.Barrier(4)

        def work(number, layer=layer, together=together):
            together.wait()
            layer.save_for_backward(number)
            together.wait()
            return layer.saved()

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == list(range(4))


def test_the_saved_values_of_a_thread_end_with_it():
    class Value:
        alive = 0

        def __init__(self):
            Value.alive += 1

        def __del__(self):
            Value.alive -= 1

    layer = nn.ReLU()
    thread = threading.Thread(target=lambda: layer.save_for_backward(Value()))
    thread.start()
    thread.join()
    layer.save_for_backward(1)
    assert Value.alive == 0


def test_gradients_of_two_threads_are_never_added_up():
    layer = nn.Dense(2, 2, rng=0)

    def backward(scale):
        layer.forward(np.ones((1, 2)))
        layer.backward(np.full((1, 2), scale, np.float32))

    backward(1)
    before = layer.weight.grad
    message = r"'weight': another thread has added.*copy.deepcopy\(model\)"
    layer.named_parameters()
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(RuntimeError, match=message):
            pool.submit(backward, 5).result()
        assert layer.weight.grad is before
        pool.submit(nn.SGD(layer.parameters(), lr=0.1).step).result()  # a step may be anywhere
        pool.submit(backward, 5).result()
        with pytest.raises(RuntimeError, match="another thread"):
            backward(1)
        layer.clear_saved()
        layer.clear_gradients()
    backward(1)
    np.testing.assert_array_equal(layer.weight.grad, before)


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copied_gradient_belongs_to_the_thread_that_copied_it(twin):
    parameter = nn.Parameter(np.zeros(1))
    in_another_thread(parameter.add_grad, np.ones(1))
    other = twin(parameter)
    other.add_grad(np.ones(1))
    assert other.grad.tolist() == [2]


def test_a_parameter_can_be_copied_while_another_thread_adds_to_its_gradient():
    parameter = nn.Parameter(np.zeros(1))

    class AtThatMoment:
        def __deepcopy__(self, memo):
            in_another_thread(parameter.add_grad, np.ones(1))
            return self

    vars(parameter)["moment"] = AtThatMoment()
    assert copy.deepcopy(parameter).grad is None
    assert parameter.grad.tolist() == [1]


def fit(model, loss, **options):
    trainer = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1, momentum=0.9))
    trainer.fit(X, Y, epochs=5, batch_size=5, rng=0, progress=False, **options)
    return model.state_dict()


def test_models_that_share_a_loss_train_in_threads_as_each_alone():
    expected = [fit(model_from(seed), nn.SoftmaxCrossEntropy()) for seed in range(4)]
    loss = nn.SoftmaxCrossEntropy()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seed: fit(model_from(seed), loss), range(4)))
    for one, other in zip(expected, found, strict=True):
        for path, value in one.items():
            np.testing.assert_array_equal(other[path], value)


@pytest.mark.parametrize("shared", ["the model", "a layer"])
def test_fitting_in_a_second_thread_what_the_first_one_fits_is_refused(shared):
    model, loss, calls = model_from(0), nn.SoftmaxCrossEntropy(), []
    expected = fit(copy.deepcopy(model), loss)
    second = model if shared == "the model" else nn.Sequential(model[0], nn.Dense(8, 3, rng=5))

    def calm(prediction, target):
        calls.append(1)
        if len(calls) > 2:  # by now it trains
            with pytest.raises(
                RuntimeError, match=r"Trainer.fit: another thread is training this model"
            ):
                in_another_thread(fit, second, loss)
        return 0.0

    trainer = nn.Trainer(model, loss, nn.SGD(model.parameters(), lr=0.1, momentum=0.9), metrics=[calm])
    trainer.fit(X, Y, epochs=5, batch_size=5, rng=0, progress=False)
    for path, value in expected.items():
        np.testing.assert_array_equal(model.state_dict()[path], value)
    in_another_thread(fit, second, loss)


def test_a_frozen_part_may_be_shared_by_threads():
    body = nn.Dense(4, 8, rng=0)
    body.trainable = False
    heads = [nn.Sequential(body, nn.ReLU(), nn.Dense(8, 3, rng=seed)) for seed in range(3)]
    expected = [fit(copy.deepcopy(head), nn.SoftmaxCrossEntropy()) for head in heads]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda head: fit(head, nn.SoftmaxCrossEntropy()), heads))
    for one, other in zip(expected, found, strict=True):
        for path, value in one.items():
            np.testing.assert_array_equal(other[path], value)


def test_predictions_and_evaluations_run_beside_training():
    model, loss = model_from(0), nn.SoftmaxCrossEntropy()
    expected = fit(copy.deepcopy(model), nn.SoftmaxCrossEntropy())
    ended = threading.Event()

    def look():
        while not ended.is_set():
            assert np.isfinite(loss.evaluate(model.predict(X), Y))
            model.summary()
        return True

    with ThreadPoolExecutor(2) as pool:
        looks = [pool.submit(look) for _ in range(2)]
        found = fit(model, loss)
        ended.set()
        assert all(result.result() for result in looks)
    for path, value in expected.items():
        np.testing.assert_array_equal(found[path], value)


def test_threads_that_follow_one_another_never_add_to_one_gradient():
    for _ in range(20):  # a new thread may have the identifier of one that ended
        parameter = nn.Parameter(np.zeros(1))
        in_another_thread(parameter.add_grad, np.ones(1))
        with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="another thread"):
            pool.submit(parameter.add_grad, np.ones(1)).result()
        assert parameter.grad.tolist() == [1]


def test_first_gradients_of_two_threads_at_once_are_not_lost():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(200):
            parameter, barrier, refused = nn.Parameter(np.zeros(1)), threading.Barrier(2), []

            def add(parameter=parameter, barrier=barrier, refused=refused):
                barrier.wait()
                try:
                    parameter.add_grad(np.ones(1, np.float32))
                except RuntimeError as error:
                    refused.append(error)

            threads = [threading.Thread(target=add) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert parameter.grad.tolist() == [1]
            assert len(refused) == 1
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("other", ["step", "fit"])
def test_a_step_is_refused_while_another_thread_trains_the_model(other):
    inside, done = threading.Event(), threading.Event()

    class Gate(nn.Layer):
        def forward(self, x):
            inside.set()
            done.wait(10)
            return x

        def predict(self, x):
            return x

        def backward(self, grad):
            return grad

    def trainer_of(*layers):
        model = nn.Sequential(*layers)
        return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))

    layer = nn.Dense(X.shape[1], 3, rng=0)
    first, second = trainer_of(layer, Gate()), trainer_of(layer)
    with ThreadPoolExecutor(1) as pool:
        if other == "step":
            running = pool.submit(first.step, X, Y)
        else:
            running = pool.submit(first.fit, X, Y, epochs=1, progress=False)
        assert inside.wait(10)
        with pytest.raises(RuntimeError, match="another thread is training this model"):
            second.step(X, Y)
        done.set()
        running.result()
    second.step(X, Y)
