"""The stand-in refuses what CuPy refuses, and notes what waits: the tests are as strict as that."""

import copy
import operator

import numpy as np
import pytest

from tests.devices import stand_in
from tests.devices.log import watched
from tests.devices.stand_in import asarray

X = asarray(np.arange(12.0).reshape(3, 4))
HOST = np.ones(4)
BY_NAME = [
    ("a host array on the left", lambda: HOST * X),
    ("a host array on the right", lambda: X * HOST),
    ("a host array without axes", lambda: X * np.array(2.0)),
    ("a host array among several", lambda: np.concatenate([X, np.ones((1, 4))])),
    ("a host array as operand of dot", lambda: X.dot(np.ones((4, 2)))),
    ("dot of a host array", lambda: np.ones((2, 3)).dot(X)),
    ("a host array that is assigned", lambda: operator.setitem(X, 0, HOST)),
    ("a host array as out", lambda: np.add(X[0], 1, out=np.ones(4))),
    ("out for host arrays", lambda: np.add(HOST, 1, out=X[0])),
    ("asarray", lambda: np.asarray(X)),
    ("array", lambda: np.array([X, X])),
    ("ascontiguousarray", lambda: np.ascontiguousarray(X)),
    ("require", lambda: np.require(X)),
    ("from_dlpack", lambda: np.from_dlpack(X)),
    ("memoryview", lambda: memoryview(X)),
    ("an index of a list", lambda: [1, 2][X[0, 0].astype(int)]),
    ("range", lambda: range(X[0, 0].astype(int))),
    ("hash", lambda: hash(X)),
    ("where= of a ufunc", lambda: np.add(X, X, where=X > 2)),
    ("order= of a ufunc", lambda: np.subtract(X, X, order="C")),
    ("maximum.reduce", lambda: np.maximum.reduce(X, axis=0)),
    ("subtract.at", lambda: np.subtract.at(X.copy(), asarray(np.array([0])), 1.0)),
    ("add.at of complex numbers", lambda: np.add.at(X.astype(complex), asarray(np.array([0])), 1.0)),
    ("reduce with initial", lambda: np.add.reduce(X, initial=0)),
    ("vecdot", lambda: np.vecdot(X, X)),
    ("max with initial", lambda: X.max(initial=0)),
    ("sum with where", lambda: np.sum(X, where=X > 2)),
    ("ones with like", lambda: np.ones(3, like=X)),
    ("full with like", lambda: np.full(3, 1.0, like=X)),
    ("as_strided", lambda: np.lib.stride_tricks.as_strided(X, (2,), (8,))),
    ("einsum with out", lambda: np.einsum("ij->i", X, out=X[:, 0].copy())),
    ("reshape by keyword", lambda: np.reshape(X, shape=(12,))),
    ("take with mode", lambda: np.take(X, asarray(np.array([0])), mode="clip")),
    ("objects", lambda: asarray(np.array([None]))),
    ("texts", lambda: asarray(np.array(["a"]))),
    ("long doubles", lambda: X.astype(np.longdouble)),
    ("flags.writeable", lambda: X.flags.writeable),
    ("a setting of flags", lambda: X.flags.behaved),
    ("a method that CuPy lacks", lambda: X.setflags()),
    ("a condition of the host", lambda: np.where(True, X, 0)),
    ("an index that is a float", lambda: X[X]),
    ("a number among arrays", lambda: np.concatenate([X[0], [1.0]])),
    ("a list that is assigned", lambda: operator.setitem(X, 0, [1.0, 2.0, 3.0, 4.0])),
    ("two arrays as out", lambda: np.modf(X, out=(X.copy(), X.copy()))),
    ("a shape of the device", lambda: np.broadcast_to(X, (X[0, 0], 3, 4))),
    ("an axis of the device", lambda: np.flip(X, axis=X[0, 0].astype(int))),
    ("an element twice", lambda: operator.setitem(X.copy(), asarray(np.array([0, 0])), X[1:])),
]
WAITS = {
    "float": lambda: float(X[0, 0]),
    "int": lambda: int(X[0, 0]),
    "bool": lambda: bool(X[0, 0]),
    "item": lambda: X[0, 0].item(),
    "get": lambda: X.get(),
    "print": lambda: f"{X}",
    "repr": lambda: repr(X),
    "tolist": lambda: X.tolist(),
    "mask": lambda: X[X > 2],
    "nonzero": lambda: np.nonzero(X),
    "where": lambda: np.where(X > 2),
    "unique": lambda: np.unique(X),
    "in": lambda: 1.0 in X[0, :1],
    "argwhere": lambda: np.argwhere(X),
    "if": lambda: 1 if X[0, 0] else 0,
    "assigned mask": lambda: operator.setitem(X.copy(), X > 2, 0.0),
}


@pytest.mark.parametrize(("name", "do"), BY_NAME, ids=[name for name, _ in BY_NAME])
def test_what_cupy_refuses_is_refused(name, do):
    with pytest.raises((TypeError, ValueError, IndexError, BufferError, AttributeError, RuntimeError)):
        do()


@pytest.mark.parametrize("name", WAITS)
def test_what_waits_for_the_device_is_noted(name):
    with watched() as log:
        WAITS[name]()
    assert len(log.waits) == 1


def test_what_cupy_computes_is_that_of_numpy_and_does_not_wait():
    host = X._host
    with watched() as log:
        found = [
            X @ X.T,
            np.exp(X, out=np.empty_like(X)),
            X.sum(axis=0),
            np.add.reduce(X, axis=1, dtype=np.float32),
            np.where(X > 2, X, 0),
            np.concatenate([X, X]),
            np.einsum("ij,ij->i", X, X),
            X[:, np.newaxis, 1:3],
            np.zeros(3, like=X),
            np.arange(3, like=X),
            np.asarray(host, like=X),
            np.full_like(X, 2.0, shape=2),
            np.float32(2) * X,
            2 / X[1:],
            copy.deepcopy(X),
            np.array_equal(X, X),
            np.moveaxis(X, 0, 1),
            np.count_nonzero(X),
        ]
    expected = [
        host @ host.T,
        np.exp(host),
        host.sum(axis=0),
        np.add.reduce(host, axis=1, dtype=np.float32),
        np.where(host > 2, host, 0),
        np.concatenate([host, host]),
        np.einsum("ij,ij->i", host, host),
        host[:, np.newaxis, 1:3],
        np.zeros(3),
        np.arange(3),
        host,
        np.full(2, 2.0),
        np.float32(2) * host,
        2 / host[1:],
        host,
        np.bool_(True),
        host.T,
        np.int64(11),
    ]
    assert not log.waits
    assert len(log.copies) == 1
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one.get(), other)


def test_views_share_memory_and_operations_in_place_stay_where_they_are():
    x = X.copy()
    y = x
    view = x[0]
    y += 1
    view *= 2
    np.add.at(x, asarray(np.array([1, 1])), asarray(np.ones(4)))
    assert y is x
    assert x.get()[0].tolist() == [2, 4, 6, 8]
    assert x.get()[1].tolist() == [7, 8, 9, 10]
    assert np.may_share_memory(x, view)
    assert not np.may_share_memory(x, X)


def test_integers_out_of_range_wrap_without_an_error():
    places = asarray(np.array([3, -4]))
    assert X[places].get().tolist() == X._host[[0, 2]].tolist()
    assert X.take(places, axis=0).get().tolist() == X._host[[0, 2]].tolist()
    assert np.take(X, places, axis=1).get()[0].tolist() == [3, 0]
    assert X[asarray(np.array([1])), asarray(np.array([5]))].get().tolist() == [5]
    with pytest.raises(IndexError):
        X[3]


def test_nothing_is_raised_or_warned_of_on_the_device():
    with np.errstate(all="raise"):
        assert np.isinf((X / asarray(np.zeros(4))).get()[2, 3])


def test_it_stands_where_cupy_stands():
    module = stand_in.module()
    assert type(X).__module__ == "cupy"
    assert module.asarray(X) is X
    assert module.asnumpy(X).tolist() == X._host.tolist()
    assert module.zeros(2).get().tolist() == [0, 0]
    assert stand_in.asarray(np.ones(2), np.float32).dtype == np.float32
