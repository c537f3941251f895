"""Compiled kernels on several threads: the same bits, forks, signals and the end of the process."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core import kernels
from nnlayers.core.compiled import extension

pytestmark = pytest.mark.skipif(not extension, reason="nnlayers-kernels is not in use: make fast")
X = np.random.default_rng(0).standard_normal((160, 200)).astype(np.float32)
Y = X[:, :10].argmax(axis=1)


@pytest.fixture(autouse=True)
def _threads_as_before():
    before = extension.threads()
    yield
    extension.set_threads(before)


def make_trainer(optimizer=nn.Adam, **arguments):
    """A network whose products, activations and updates are all worth several threads."""
    layers = [nn.Dense(200, 512, rng=0), nn.ReLU(), nn.Dropout(0.2, rng=1), nn.Dense(512, 10, rng=2)]
    model = nn.Sequential(*layers)
    optimizer = optimizer(model.parameters(), lr=1e-3, **arguments)
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)


def after_steps(trainer, steps):
    """A digest of the weights after some more steps."""
    for _ in range(steps):
        trainer.step(X, Y)
    return digest(trainer)


def digest(trainer):
    weights = b"".join(parameter.value.tobytes() for parameter in trainer.model.parameters())
    return hashlib.sha256(weights).hexdigest()


def run(code, threads="3", **environment):
    """What Python prints with this code, and these threads."""
    environment |= {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": "1"}  # the latter for NumPy's
    variables = os.environ | environment | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", f"from tests.core.test_kernel_threads import *\n{code}"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_threads(count, function, *args):
    extension.set_threads(count)
    return function(*args)


def test_products_have_the_same_bits_with_any_number_of_threads(rng):
    shapes = [tuple(rng.integers(1, 400, 3)) for _ in range(60)]
    shapes += [(1, 700, 800), (4, 500, 700), (1000, 400, 3), (128, 784, 256), (101, 102, 103)]
    for rows, inner, columns in shapes:
        x, matrix = rng.standard_normal((rows, inner)), rng.standard_normal((inner, columns))
        x, matrix = (np.asarray(a, np.float32, order=rng.choice(["C", "F"])) for a in (x, matrix))
        bias = rng.standard_normal(columns).astype(np.float32)
        one, two, five = (with_threads(n, kernels.affine, x, matrix, bias) for n in (1, 2, 5))
        assert np.array_equal(one, two), (x.shape, matrix.shape)
        assert np.array_equal(one, five), (x.shape, matrix.shape)


def test_sums_have_the_same_bits_with_any_number_of_threads(rng):
    def sums(x, labels):
        loss, gradient = kernels.cross_entropy(x, labels, 1 / len(x))
        sums = kernels.sum_rows(x).tobytes(), kernels.sum_of_squares([x, x])
        return *sums, loss, gradient.tobytes()

    for shape in [(300_001, 3), (900, 1000), (7, 100_003)]:
        x = rng.standard_normal(shape).astype(np.float32)
        labels = rng.integers(0, shape[1], shape[0])
        assert len({with_threads(count, sums, x, labels) for count in (1, 2, 5)}) == 1


@pytest.mark.parametrize(
    ("steps", "optimizer", "arguments"), [(300, nn.Adam, {}), (30, nn.SGD, {"momentum": 0.9})]
)
def test_training_has_the_same_bits_with_any_number_of_threads(steps, optimizer, arguments):
    def train():
        return after_steps(make_trainer(optimizer, **arguments), steps)

    assert len({with_threads(count, train) for count in (1, 2, 5)}) == 1


def test_without_kernels_masks_are_the_same_and_weights_agree_to_rounding(tmp_path):
    file = tmp_path / "weights.npz"
    code = f"""
layer, trainer = nn.Dropout(0.3, rng=5), make_trainer()
after_steps(trainer, 20)
arrays = [layer.forward(X), layer.backward(X), *(p.value for p in trainer.model.parameters())]
np.savez({str(file)!r}, *arrays)
print(extension)"""
    results = []
    for choice, module in (("numpy", "None"), ("compiled", f"{extension}")):
        assert run(code, NNLAYERS_KERNELS=choice).strip() == module
        with np.load(file) as arrays:
            results.append(list(arrays.values()))
    for index, (one, other) in enumerate(zip(*results, strict=True)):
        if index < 2:
            np.testing.assert_array_equal(one, other)
        else:
            np.testing.assert_allclose(one, other, atol=2e-4)


FORK = """
import multiprocessing
trainer = make_trainer()
after_steps(trainer, 5)
child = os.fork()
if not child:
    print(after_steps(trainer, 5), flush=True)
    threads = "/proc/self/task"
    os._exit(os.path.exists(threads) and len(os.listdir(threads)) != 3)
assert os.waitpid(child, 0)[1] == 0
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(*pool.starmap(after_steps, [(trainer, 5)] * 2), sep="\\n")
print(after_steps(trainer, 5))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_in_the_middle_trains_on_with_the_same_bits():
    digests = run(FORK).split()
    assert digests == [after_steps(make_trainer(), 10)] * 4


def test_two_python_threads_at_once_train_as_each_does_alone():
    extension.set_threads(3)
    alone = after_steps(make_trainer(), 60)
    trainers = [make_trainer() for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        digests = list(threads.map(after_steps, trainers, [60] * 2))
    assert digests == [alone] * 2


INTERRUPT = """
import signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
layer = nn.Dense(400, 600, bias=False, rng=0)
trainer = nn.Trainer(layer, nn.SoftmaxCrossEntropy(), nn.SGD(layer.parameters(), lr=0.1))
x = np.random.default_rng(0).standard_normal((300, 400)).astype(np.float32)
y = np.arange(300)
seen = [digest(trainer)]
for delay in (0.011, 0.012, 0.017, 0.023, 0.031):
    trainer.step(x, y)
    seen.append(digest(trainer))
    try:
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()
        while True:
            trainer.step(x, y)
            seen.append(digest(trainer))
    except KeyboardInterrupt:
        if digest(trainer) != seen[-1]:
            seen.append(digest(trainer))
layer = nn.Dense(400, 600, bias=False, rng=0)
trainer = nn.Trainer(layer, nn.SoftmaxCrossEntropy(), nn.SGD(layer.parameters(), lr=0.1))
for before, after in zip(seen, seen[1:]):
    assert digest(trainer) == before
    trainer.step(x, y)
    assert digest(trainer) == after
print(len(seen))
"""


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
def test_ctrl_c_leaves_the_weights_before_or_after_the_step():
    assert int(run(INTERRUPT)) > 5


@pytest.mark.parametrize("pause", [0, 0.1])
def test_a_process_ends_at_once_while_workers_spin_or_sleep(pause):
    code = f"import time; print(after_steps(make_trainer(), 3)); time.sleep({pause})"
    assert run(code)  # within its time limit


def test_the_number_of_threads_is_that_of_the_environment(monkeypatch):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    counts = {"4,2": 4, " 3 ": 3, "1": 1} | dict.fromkeys(("", "abc", "0", "-1", "2.5"), cores)
    for text, count in counts.items():
        monkeypatch.setenv("OMP_NUM_THREADS", text)
        assert extension.default_threads() == count


@pytest.mark.parametrize("text", ["9" * 30])
def test_odd_numbers_of_threads_in_the_environment_are_no_obstacle(text):
    assert run("print(extension.threads() >= 1, after_steps(make_trainer(), 1))", text)[:4] == "True"


@pytest.mark.parametrize(
    ("count", "error"), [(0, ValueError), (-(10**30), ValueError), (2.5, TypeError), ("2", TypeError)]
)
def test_wrong_numbers_of_threads_are_errors(count, error):
    before = extension.threads()
    with pytest.raises(error):
        extension.set_threads(count)
    assert extension.threads() == before


@pytest.mark.parametrize("count", [10**9, 10**30])
def test_there_are_64_threads_at_most(count):
    expected = after_steps(make_trainer(), 2)
    extension.set_threads(count)
    assert extension.threads() == 64
    assert after_steps(make_trainer(), 2) == expected
