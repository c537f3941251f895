"""A stand-in for CuPy: arrays that NumPy's functions take, in a memory of their own.

It refuses what CuPy refuses, and more: implicit copies to the host, host arrays beside those of the
device, functions and arguments that CuPy lacks. It notes what waits for the device, and copies to it.
"""

import types
from typing import Any

import numpy as np

from tests.devices.cupy_names import (
    DTYPES,
    FUNCTIONS,
    METHODS,
    NO_UFUNCS,
    OF_HOST,
    ON_HOST,
    SCATTERED,
    UFUNC_METHODS,
    WAITING,
)
from tests.devices.log import copies, counts_call, waits

NO_COPY = "Implicit conversion to a NumPy array is not allowed. Please use `.get()`"
SCALARS = bool, int, float, complex, np.generic


def _check_arguments(name: str, known: str, args: Any, kwargs: Any) -> None:
    """Refuse what the function of CuPy does not take."""
    names = known.split()
    if any(each.startswith("*") and each != "**kwargs" for each in names[:1]):
        names, args = names[1:], ()
    if "**kwargs" in names:
        kwargs, names = {}, names[:-1]
    for argument, value in (*zip(names, args, strict=False), *kwargs.items()):
        _check_kind(f"{name}: {argument}", value, argument in OF_HOST)
    if len(args) > len(names):
        raise TypeError(f"{name}() takes {len(names)} positional arguments but {len(args)} were given")
    for key, value in kwargs.items():
        if key not in names[len(args) :] or (key == "subok" and value is not None):
            raise TypeError(f"{name}() got an unexpected keyword argument {key!r}")


def _check_kind(who: str, value: Any, is_of_host: bool) -> None:
    """Refuse arrays of the device as shapes and axes, and lists that mix them with something else."""
    kinds = {
        isinstance(item, ndarray) for item in (value if isinstance(value, (tuple, list)) else [value])
    }
    if len(kinds) > 1 or (is_of_host and True in kinds):
        raise TypeError(f"{who}: Unsupported type {type(value)}")


def _host(value: Any, who: str) -> Any:
    """An argument as NumPy needs it; arrays of the host are refused."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"{who}: Unsupported type {type(value)}")
    if isinstance(value, (tuple, list)):
        return type(value)(_host(item, who) for item in value)
    return value


def _index(key: Any, shape: tuple[int, ...]) -> Any:
    """An index as NumPy needs it. Integers in arrays that are out of range wrap around, as in CuPy."""
    keys = list(key) if isinstance(key, tuple) else [key]
    taken = sum(_axes_of(item) for item in keys)
    axis, found = 0, []
    for item in keys:
        if isinstance(item, (list, np.ndarray)):
            copies("an index")
            item = ndarray(np.asarray(item, np.intp if isinstance(item, list) and not item else None))
        if isinstance(item, ndarray):
            host = item._host
            if host.dtype.kind == "b":
                waits("a mask as index")
            elif host.dtype.kind in "iu":
                host = host.astype(np.intp) % max(shape[axis], 1)
            else:
                raise IndexError("arrays used as indices must be of integer or boolean type")
            found.append(host)
        else:
            found.append(item)
        axis += len(shape) - taken if item is Ellipsis else _axes_of(item)
    return tuple(found)


def _axes_of(item: Any) -> int:
    if item is None or item is Ellipsis:
        return 0
    dtype = getattr(item, "dtype", None)
    return item.ndim if dtype is not None and dtype.kind == "b" and item.ndim else 1


def _check_distinct(places: np.ndarray) -> None:
    """Refuse to write twice into an element: on a GPU, either may come last."""
    if np.unique(places).size < places.size:
        raise RuntimeError("an element is written twice")


def _run(function: Any, *args: Any, **kwargs: Any) -> Any:
    """The result: a GPU neither warns of what overflows nor raises, whatever ``np.errstate`` says."""
    with np.errstate(all="ignore"):
        return function(*args, **kwargs)


def _wrap(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return type(result)(map(_wrap, result))
    return ndarray(result) if isinstance(result, (np.ndarray, np.generic, bool, int)) else result


class Flags:
    """The flags that CuPy has."""

    def __init__(self, flags: Any) -> None:
        self.c_contiguous, self.f_contiguous = flags.c_contiguous, flags.f_contiguous
        self.fnc, self.forc, self.owndata = flags.fnc, flags.forc, flags.owndata


class ndarray(np.lib.mixins.NDArrayOperatorsMixin):  # noqa: N801
    """An array of the device."""

    __slots__ = ("_host",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, host: Any) -> None:
        host = np.asarray(host)
        if host.dtype.char not in DTYPES:
            raise ValueError(f"Unsupported dtype {host.dtype}")
        self._host = host

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    strides = property(lambda self: self._host.strides)
    flags = property(lambda self: Flags(self._host.flags))
    device = property(lambda self: "<CUDA Device 0>")
    T = property(lambda self: ndarray(self._host.T))
    real = property(lambda self: ndarray(self._host.real))
    imag = property(lambda self: ndarray(self._host.imag))

    @property
    def base(self) -> Any:
        return None if self._host.base is None else ndarray(self._host.base)

    # What waits for the device

    def get(self, *, order: str = "C", blocking: bool = True) -> np.ndarray:
        waits("get()")
        return self._host.copy(order)

    def item(self) -> Any:
        waits("item()")
        return self._host.item()

    def tolist(self) -> Any:
        waits("tolist()")
        return self._host.tolist()

    def tobytes(self) -> bytes:
        waits("tobytes()")
        return self._host.tobytes()

    def __float__(self) -> float:
        waits("float()")
        return float(self._host)

    def __int__(self) -> int:
        waits("int()")
        return int(self._host)

    def __bool__(self) -> bool:
        waits("bool()")
        return bool(self._host)

    def __repr__(self) -> str:
        waits("repr()")
        return repr(self._host)

    def __format__(self, spec: str) -> str:
        waits("format()")
        return format(self._host, spec)

    def __reduce__(self) -> Any:
        return asarray, (self.get(),)

    # What NumPy would do in silence

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(NO_COPY)

    def __dlpack__(self, **options: Any) -> Any:
        raise BufferError("the memory is not that of the CPU")

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, 0

    # What CuPy computes

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Any:
        return iter([ndarray(row) for row in self._host])

    def __copy__(self) -> "ndarray":
        return ndarray(self._host.copy())

    def __deepcopy__(self, memo: Any) -> "ndarray":
        return ndarray(self._host.copy())

    def __getitem__(self, key: Any) -> "ndarray":
        return ndarray(self._host[_index(key, self.shape)])

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(value, (ndarray, *SCALARS)):
            raise TypeError(f"setitem: Unsupported type {type(value)}")
        index, host = _index(key, self.shape), _host(value, "setitem")
        if isinstance(value, ndarray) and any(isinstance(item, np.ndarray) for item in index):
            _check_distinct(np.arange(self.size).reshape(self.shape)[index])
        self._host[index] = host

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        counts_call()
        having = UFUNC_METHODS.get(method)
        if name in NO_UFUNCS or (method != "__call__" and having is not None and name not in having):
            raise TypeError(f"{name}.{method} is not supported")
        allowed = {"reduce": "axis dtype out keepdims", "accumulate": "axis dtype out"}
        _check_arguments(name, allowed.get(method, "dtype out casting"), (), options)
        out = options.pop("out", None)
        if method == "at":
            return self._scatter(ufunc, *inputs)
        for value in inputs:
            if not isinstance(value, (ndarray, *SCALARS)):
                raise TypeError(f"{name}: Unsupported type {type(value)}")
        if out is not None:
            if len(out) > 1 or not isinstance(out[0], ndarray):
                raise TypeError(f"{name}: out must be one array of the device")
            options["out"] = tuple(array._host for array in out)
        result = _run(getattr(ufunc, method), *(_host(value, name) for value in inputs), **options)
        return _wrap(result) if out is None else out[0]

    def _scatter(self, ufunc: Any, array: Any, key: Any, values: Any) -> None:
        if not isinstance(array, ndarray) or array.dtype.char not in SCATTERED:
            raise TypeError(f"{ufunc.__name__}.at: only some dtypes are supported")
        ufunc.at(array._host, _index(key, array.shape), _host(values, ufunc.__name__))

    def __array_function__(self, function: Any, kinds: Any, args: Any, kwargs: Any) -> Any:
        name = function.__module__.removeprefix("numpy").removeprefix(".")
        name = f"{name}.{function.__name__}".removeprefix(".")
        if name in ON_HOST:
            return function(*_host(args, name), **kwargs)
        counts_call()
        if name not in FUNCTIONS:
            raise TypeError(f"no implementation found for numpy.{name} on the device")
        _check_arguments(name, FUNCTIONS[name], args, kwargs)
        if name in WAITING or (name == "where" and len(args) == 1):
            waits(name)
        if name == "where" and not isinstance(args[0], ndarray):
            raise TypeError(f"where: Unsupported type {type(args[0])}")
        if name in ("asarray", "array"):
            return asarray(*args, **kwargs)
        if name == "take":
            return _take(*args, **kwargs)
        if name == "take_along_axis":
            args = (args[0], args[1] % args[0].shape[(*args[2:], kwargs.get("axis"))[0]], *args[2:])
        kwargs = {key: _host(value, name) for key, value in kwargs.items()}
        return _wrap(_run(function, *(_host(value, name) for value in args), **kwargs))


def _take(array: ndarray, indices: Any, axis: Any = None, out: Any = None) -> ndarray:
    size = array.size if axis is None else array.shape[axis]
    places = np.asarray(_host(indices, "take")) % max(size, 1)  # CuPy's way with those out of range
    return ndarray(array._host.take(places, axis))


def _method(name: str) -> Any:
    def method(self: ndarray, *args: Any, **kwargs: Any) -> Any:
        counts_call()
        _check_arguments(name, METHODS[name], args, kwargs)
        if name in WAITING:
            waits(name)
        if name == "take":
            return _take(self, *args, **kwargs)
        kwargs = {key: _host(value, name) for key, value in kwargs.items()}
        result = _run(getattr(self._host, name), *(_host(value, name) for value in args), **kwargs)
        return _wrap(result)

    return method


for _name in METHODS:
    setattr(ndarray, _name, _method(_name))
ndarray.__module__ = "cupy"


def asarray(array: Any, dtype: Any = None, order: Any = None, **options: Any) -> ndarray:
    """An array of the device: itself, or a copy of one of the host."""
    if isinstance(array, ndarray):
        return array if dtype in (None, array.dtype) else array.astype(dtype)
    if isinstance(array, np.ndarray):
        copies(f"{array.nbytes} bytes")
    return ndarray(np.array(array, dtype, order=order or "K"))


def asnumpy(array: Any, **options: Any) -> np.ndarray:
    """An array of the host."""
    return array.get() if isinstance(array, ndarray) else np.asarray(array)


def as_strided(x: ndarray, shape: Any = None, strides: Any = None) -> ndarray:
    """A view with a shape and strides of its own."""
    return ndarray(np.lib.stride_tricks.as_strided(x._host, shape, strides))


def module() -> Any:
    """A module that takes the place of CuPy."""
    cupy: Any = types.ModuleType("cupy")
    cupy.ndarray, cupy.asarray, cupy.array, cupy.asnumpy = ndarray, asarray, asarray, asnumpy
    cupy.is_available = lambda: True
    cupy.lib = types.SimpleNamespace(stride_tricks=types.SimpleNamespace(as_strided=as_strided))
    for name in ("arange", "empty", "eye", "ones", "zeros"):
        setattr(cupy, name, lambda *a, _name=name, **k: ndarray(getattr(np, _name)(*a, **k)))
    return cupy
