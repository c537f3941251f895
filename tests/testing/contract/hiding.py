"""Layers that hide a parameter, an array or a layer."""

import collections
import functools
import types

import numpy as np

import nnlayers as nn

global_gain = nn.Parameter(np.linspace(0.5, 1.5, 3))
global_relu = nn.ReLU()
global_table = np.linspace(0.5, 1.5, 3)
KERNEL = np.array([0.5, 1.0, 1.5])


class Times(nn.Layer):
    """y = factor x, for a factor that a subclass has somewhere"""

    def factor(self):
        raise NotImplementedError

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.value().astype(x.dtype)

    def value(self):
        factor = self.factor()
        return factor.value if isinstance(factor, nn.Parameter) else factor

    def backward(self, grad):
        x, factor = self.saved(), self.factor()
        if isinstance(factor, nn.Parameter):
            factor.add_grad((grad * x).sum(axis=0))
        return grad * self.value().astype(grad.dtype)


def in_closure(held):
    class InClosure(Times):
        def factor(self):
            return held

    return InClosure()


class InGlobal(Times):
    def factor(self):
        return global_gain


class InGlobalOfHelper(Times):
    def factor(self):
        return helper()


def helper():
    return global_gain


class GlobalTable(Times):
    def factor(self):
        return global_table


class GlobalConstant(Times):
    def factor(self):
        return KERNEL


class OfClass(Times):
    gain = nn.Parameter(np.linspace(0.5, 1.5, 3))

    def factor(self):
        return self.gain


class TableOfClass(Times):
    table = np.linspace(0.5, 1.5, 3)

    def factor(self):
        return self.table


class ConstantOfClass(Times):
    TABLE = np.linspace(0.5, 1.5, 3)

    def factor(self):
        return self.TABLE


class ListOfClass(Times):
    parts = (nn.Parameter(np.linspace(0.5, 1.5, 3)),)

    def factor(self):
        return self.parts[0]


class InPartial(Times):
    def __init__(self):
        self.function = functools.partial(lambda held: held, nn.Parameter(np.linspace(0.5, 1.5, 3)))

    def factor(self):
        return self.function()


class InLambda(Times):
    def __init__(self, held):
        self.function = lambda: held

    def factor(self):
        return self.function()


class Box:
    """A plain object"""


class BoxWithSlots:
    """A plain object with slots"""

    __slots__ = ("gain",)


class InBox(Times):
    def __init__(self, box):
        self.box = box
        self.box.gain = nn.Parameter(np.linspace(0.5, 1.5, 3))

    def factor(self):
        return self.box.gain


class InNamespace(Times):
    def __init__(self):
        self.held = types.SimpleNamespace(gain=nn.Parameter(np.linspace(0.5, 1.5, 3)))

    def factor(self):
        return self.held.gain


class InQueue(Times):
    def __init__(self):
        self.held = collections.deque([nn.Parameter(np.linspace(0.5, 1.5, 3))])

    def factor(self):
        return self.held[0]


@functools.cache
def cached_gain():
    return nn.Parameter(np.linspace(0.5, 1.5, 3))


@functools.lru_cache(4)
def one_of_few_gains():
    return nn.Parameter(np.linspace(0.5, 1.5, 3))


class InCache(Times):
    def factor(self):
        return cached_gain()


class InSmallCache(Times):
    def factor(self):
        return one_of_few_gains()


@functools.cache
def cached_table():
    return np.linspace(0.5, 1.5, 3)


class CachedTable(Times):
    def factor(self):
        return cached_table()


class InUserDict(Times):
    def __init__(self):
        self.held = collections.UserDict(gain=nn.Parameter(np.linspace(0.5, 1.5, 3)))

    def factor(self):
        return self.held["gain"]


class InSet(Times):
    def __init__(self):
        self.gains = {nn.Parameter(np.linspace(0.5, 1.5, 3))}

    def factor(self):
        return next(iter(self.gains))


class InDefault(Times):
    def factor(self, held=nn.Parameter(np.linspace(0.5, 1.5, 3))):  # noqa: B008
        return held


class InProperty(Times):
    @property
    def gain(self):
        return global_gain

    def factor(self):
        return self.gain


class LayerInBox(nn.Layer):
    def __init__(self):
        self.box = Box()
        self.box.layer = nn.ReLU()

    def forward(self, x):
        return self.box.layer.forward(x)

    def backward(self, grad):
        return self.box.layer.backward(grad)


class LayerInGlobal(nn.Layer):
    def forward(self, x):
        return global_relu.forward(x)

    def backward(self, grad):
        return global_relu.backward(grad)


class RefersToItself(Times):
    def __init__(self):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, 3))
        self.function = lambda: self.gain

    def factor(self):
        return self.function()


GAIN = nn.Parameter(np.linspace(0.5, 1.5, 3))
