"""Arrays of other libraries, as far as nnlayers sees them."""

import numpy as np


class ByDlpack:
    """An array that speaks DLPack alone, in its present version."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class ByOldDlpack(ByDlpack):
    """One of a time before DLPack had versions."""

    def __dlpack__(self, stream=None):
        return self.array.__dlpack__()


class ByArray:
    """An array that has the method ``__array__`` alone."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype, copy=copy)


class ByInterface:
    """An array that describes its memory, as ``__array_interface__`` does."""

    def __init__(self, array):
        self.array, self.__array_interface__ = array, array.__array_interface__


class ByBuffer:
    """Makes a buffer of an array."""

    def __new__(cls, array):
        return memoryview(array)


READABLE = [ByDlpack, ByOldDlpack, ByArray, ByInterface, ByBuffer]


class OnGpu(ByDlpack):
    """An array on a GPU that refuses to be copied in silence."""

    def __init__(self, array):
        super().__init__(array)
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    def __dlpack_device__(self):
        return (2, 0)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("implicit conversion to NumPy is not allowed")

    def __len__(self):
        return len(self.array)

    def get(self):
        return self.array


class OnGpuWithFunctions(OnGpu):
    """One whose functions NumPy calls."""

    def __array_function__(self, *args):
        raise NotImplementedError

    def take(self, rows, axis):
        return OnGpuWithFunctions(self.array.take(rows, axis))


class Tensor(ByDlpack):
    """A tensor that knows more states than NumPy can read; ``states`` are attributes or methods."""

    def __init__(self, array, **states):
        super().__init__(array)
        self.shape, self.layout, self.dtype = array.shape, "strided", f"library.{array.dtype}"
        self.__dict__.update(states)
        self.readable = not states

    def __array__(self, dtype=None, copy=None):
        if not self.readable:
            raise RuntimeError("this tensor is of a kind that becomes no array\nof any other kind")
        return self.array if dtype is None else self.array.astype(dtype)

    def __len__(self):
        return len(self.array)

    def __int__(self):
        return int(self.array)

    def cpu(self):
        return self
