"""What several ranks check of themselves: run by mpiexec; each check is a function of the rank."""

import atexit
import copy
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

import nnlayers as nn
from nnlayers.distributed.link import the_link
from tests.distributed.equal_for_tests import Stop, X, Y

COMM = MPI.COMM_WORLD
F32 = X.astype(np.float32)


def trained(
    *layers, data=(F32, Y), parallel=None, callbacks=(), dtype=np.float32, alone=False, **options
):
    model = nn.Sequential(*layers, nn.Dense(4, 3, rng=COMM.rank))
    model = model if dtype == np.float32 else model.astype(dtype)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    parallel = [] if alone else [parallel or nn.distributed.DataParallel()]
    options = {"epochs": 3, "progress": False, "health": False} | options
    if len(data) == 2:
        options = {"batch_size": 5, "rng": 0} | options
    with warnings.catch_warnings():
        if alone:
            warnings.filterwarnings("ignore", "Trainer.fit: this is one of")
        trainer.fit(*data, callbacks=[*parallel, *callbacks], **options)
    return trainer


def assert_equal_on_all(values):
    for name, value in values.items():
        for other in COMM.allgather(value):
            np.testing.assert_array_equal(other, value, err_msg=name)


class Seen(nn.Layer):
    """Remembers the sums of what it has seen in each step."""

    def __init__(self):
        self.sums = []

    def forward(self, x):
        self.sums.append(x.sum(axis=1))
        return x

    def backward(self, grad):
        return grad

    def predict(self, x):
        return x


def check_all_begin_and_end_with_the_same_weights(folder):
    trainer = trained()
    assert_equal_on_all(trainer.model.state_dict())
    assert_equal_on_all({name: np.array(column) for name, column in trainer.history.items()})
    assert (trainer.rank, trainer.ranks) == (COMM.rank, COMM.size)
    assert trainer.history.epochs == 3
    assert trainer.place.samples == len(X)


def check_every_sample_is_seen_once_in_an_epoch(folder):
    layer = Seen()
    trained(layer, epochs=1)
    seen = np.concatenate([s for part in COMM.allgather(layer.sums) for s in part])
    np.testing.assert_allclose(np.sort(seen), np.sort(F32.sum(axis=1)), 1e-6)


def check_each_rank_drops_other_units(folder):
    layer = Seen()
    trained(nn.Dropout(0.5, rng=0), layer, epochs=1, data=(np.ones((20, 4), np.float32), Y[:20]))
    first, other, *_ = COMM.allgather(np.concatenate(layer.sums))
    assert not np.array_equal(first, other)


def check_running_statistics_are_averages(folder):
    trainer = trained(nn.BatchNorm(4), epochs=20)
    assert_equal_on_all(trainer.model.state_dict())
    mean = trainer.model.state_dict()["layers.0.mean"]
    np.testing.assert_allclose(mean, F32.mean(axis=0), atol=0.3)


def check_running_statistics_can_be_those_of_each_rank(folder):
    trainer = trained(nn.BatchNorm(4), parallel=nn.distributed.DataParallel(statistics="own"))
    values = trainer.model.state_dict()
    first, other, *_ = COMM.allgather(values.pop("layers.0.mean"))
    assert not np.array_equal(first, other)
    values.pop("layers.0.variance")
    assert_equal_on_all(values)


def check_half_precision_is_added_up_in_float32(folder):
    trainer = trained(dtype=np.float16, data=(F32.astype(np.float16), Y))
    assert_equal_on_all(trainer.model.state_dict())
    assert trainer.model.dtype == np.float16


class Parts:
    """Batches that each rank reads for itself; those of rank 0 are more."""

    def __init__(self):
        self.asked = []

    def part(self, index, count):
        self.asked.append((index, count))
        rows = np.array_split(np.arange(len(X)), count)[index][: 20 if index else None]
        return [(F32[i : i + 4], Y[i : i + 4]) for i in rows[::4]]

    def __iter__(self):
        raise AssertionError


def check_data_can_divide_themselves(folder):
    data = Parts()
    trainer = trained(data=(data,))
    assert data.asked == [(COMM.rank, COMM.size)] * 3
    assert_equal_on_all(trainer.model.state_dict())


def check_batches_in_another_order_on_some_ranks_are_noticed(folder):
    def batches():
        order = np.random.default_rng(COMM.rank).permutation(20)
        return [(F32[order[i : i + 5]], Y[order[i : i + 5]]) for i in range(0, 20, 5)]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained(data=(batches,))
    said = [str(warning.message) for warning in caught]
    assert len(said) == (COMM.rank == 0), said
    assert all("the first batch of an epoch is not the same on all ranks" in text for text in said)


def check_an_order_without_a_seed_is_that_of_rank_0(folder):
    layer = Seen()
    trained(layer, epochs=1, rng=None)
    seen = np.concatenate([s for part in COMM.allgather(layer.sums) for s in part])
    assert len(np.unique(seen)) == len(X)


def check_functions_that_draw_another_order_on_some_ranks_are_noticed(folder):
    with (
        pytest.warns(UserWarning, match="not the same on all ranks")
        if COMM.rank == 0
        else nullcontext()
    ):
        trained(data=(lambda: nn.batches(F32, Y, batch_size=5, rng=COMM.rank),), epochs=1)


class Uneven:
    """Two batches on rank 0, three on others."""

    def part(self, index, count):
        return [
            (F32[i : i + 2], Y[i : i + 2])
            for i in range(10 * index, 10 * index + 4 + 2 * (index > 0), 2)
        ]

    def __iter__(self):
        raise AssertionError


def check_nothing_is_read_again_after_the_last_step_of_an_epoch(folder):
    layer, checkpoint = Seen(), nn.Checkpoint(folder / "run.npz", every_steps=1)
    for callbacks in ([Stop(1)], []):
        trained(
            layer, data=(Uneven(),), accumulate=3, epochs=1, checkpoint=checkpoint, callbacks=callbacks
        )
    assert len(layer.sums) == (3 if COMM.rank else 2)


def check_one_process_and_several_go_on_with_each_other(folder):
    path = folder / "run.npz"
    for epochs, alone in ((1, True), (2, False), (3, True)):
        if COMM.rank == 0 or not alone:
            trainer = trained(epochs=epochs, checkpoint=path, alone=alone)
            assert trainer.history.epochs == epochs
        COMM.Barrier()


def check_a_callback_can_be_copied(folder):
    parallel = nn.distributed.DataParallel()
    assert_equal_on_all(trained(parallel=copy.deepcopy(parallel)).model.state_dict())
    assert copy.deepcopy(parallel).rank == COMM.rank


class Changes(nn.Callback):
    """Changes the weights of one rank."""

    def after_epoch(self, trainer, figures):
        if trainer.rank == 1:
            trainer.model.layers[0].weight.value[...] += 1


def check_weights_that_drift_apart_become_those_of_rank_0(folder):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer = trained(callbacks=[Changes()])
    said = [str(warning.message) for warning in caught]
    assert len(said) == (COMM.rank == 0), said
    assert all("had drifted apart, and all go on with those of rank 0" in text for text in said)
    assert_equal_on_all({"loss": np.array(trainer.history["loss"])})


def check_files_are_those_of_rank_0(folder):
    path = folder / f"{COMM.rank}.csv"
    checkpoint = nn.Checkpoint(folder / f"{COMM.rank}.npz", every_steps=2)
    trained(callbacks=[nn.CsvLog(path)], checkpoint=checkpoint, health=True)
    assert path.exists() == checkpoint.path.exists() == (COMM.rank == 0)


def check_a_file_that_only_rank_0_has_is_enough(folder):
    path = folder / f"run of {COMM.rank}.npz"
    whole = trained(epochs=4)
    trained(epochs=2, checkpoint=path)
    trainer = trained(epochs=4, checkpoint=path)
    assert_equal_on_all(trainer.model.state_dict())
    np.testing.assert_array_equal(
        trainer.model.layers[0].weight.value, whole.model.layers[0].weight.value
    )
    assert trainer.history.epochs == 4


def check_rank_0_can_save_after_a_stop_within_an_epoch(folder):
    class Stop(nn.Callback):
        def after_step(self, trainer):
            if trainer.rank and trainer.optimizer.steps == 2:
                trainer.stop()

    trainer = trained(callbacks=[Stop()])
    assert trainer.optimizer.steps == trainer.place.batch == 2
    if trainer.rank == 0:
        trainer.save(folder / "stopped.npz")


def check_other_fits_follow_on_the_same_ranks(folder):
    parallel = nn.distributed.DataParallel()
    for _ in range(2):
        assert_equal_on_all(trained(nn.Dropout(0.5, rng=0), parallel=parallel).model.state_dict())


def say_whether_all_have_said_goodbye():
    print("all have said goodbye" if len(the_link().ended) == COMM.size - 1 else the_link().ended)


def main(folder):
    atexit.register(say_whether_all_have_said_goodbye)  # after what the link does, which comes later
    for name, check in list(globals().items()):
        if name.startswith("check_"):
            own = Path(folder) / name
            own.mkdir(exist_ok=True)
            COMM.Barrier()
            warnings.simplefilter("error")
            check(own)
            if COMM.rank == 0:
                print(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
