"""Random calls of kernels: with the arguments of a training step, and with all kinds of others.

``choose`` picks one of some options. Hypothesis and a plain generator of random numbers can both do
that, and the same choices make equal arguments once more.
"""

import inspect
import warnings

import numpy as np

from nnlayers.core import kernels

NAMES = [name for name, kernel in vars(kernels).items() if inspect.isbuiltin(kernel)]
"""The functions in whose place there are compiled kernels."""

SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, -1e-39]
LARGE = [1e19, -2e19, 3e38]  # whose squares overflow


def pools():
    """Many normal numbers; the same with special ones between them; with large ones too."""
    rng = np.random.default_rng(0)
    normal = rng.standard_normal(300_000).astype(np.float32)
    for special in ([], SPECIAL, SPECIAL + LARGE):
        numbers = normal.copy()
        places = rng.random(numbers.size) < (0.3 if special else 0)
        numbers[places] = rng.choice(np.array(special or [0], np.float32), places.sum())
        yield numbers


NORMAL, WITH_SPECIAL, WITH_LARGE = pools()
INTEGERS = np.random.default_rng(0).integers(0, 1 << 40, 300_000)
INTEGER_TYPES = [np.dtype(code) for code in "qbBhHiIlLQ"]


def from_pool(choose, pool, shape):
    start = choose(range(100))
    return pool[start : start + int(np.prod(shape))].reshape(shape).copy()


def floats(choose, shape, most=WITH_LARGE):
    return from_pool(choose, choose((NORMAL, NORMAL, most)), shape)


def lengths(choose, axes):
    options = (2, 1, 0, 3, 5, 8, 17, 33, 64) if axes < 3 else (2, 1, 0, 3, 7)
    return tuple(choose(options) for _ in range(axes))


def any_shape(choose):
    """A shape of 0 to 4 axes; one in 30 is worth several threads."""
    axes = choose((*(2, 1, 3, 4, 0) * 6, "many"))
    if axes == "many":
        return choose(((70_001,), (300, 259), (3, 43_000), (43_000, 3), (2**17 + 5, 2)))
    return lengths(choose, axes)


def of_one_shape(choose, count):
    """Arrays of one shape, for updates in place; some share their memory."""
    shape = any_shape(choose)
    arrays = [floats(choose, shape) for _ in range(count)]
    if choose((False,) * 7 + (True,)):
        first, second = choose([(i, j) for i in range(count) for j in range(count) if i != j])
        x = arrays[first]
        around = np.concatenate([x.ravel(), x.ravel()])  # views into it overlap, or just touch
        arrays[first] = around[: x.size].reshape(shape)
        shift = min(choose((0, 1, x.size)), x.size)
        arrays[second] = choose((around[shift : shift + x.size].reshape(shape), arrays[first], x.T))
    return arrays


def factors(choose, count):
    return [choose((0.1, 0.0, 0.9, 0.999, 1.0, 1e-8, -0.5, 1e-60)) for _ in range(count)]


def matrices(choose):
    """Two that can be multiplied."""
    if choose((False,) * 30 + (True,)):
        rows, inner, columns = choose(((128, 130, 140), (700, 60, 90), (90, 60, 700), (1, 700, 400)))
        shape = rows, inner
    else:
        *first, inner, columns = lengths(choose, choose((3, 3, 3, 4, 5, 2)))
        shape = *first, inner
    both = floats(choose, shape, WITH_SPECIAL), floats(choose, (inner, columns), WITH_SPECIAL)
    return [np.asarray(each, order=choose("CF")) for each in both]


def labels(choose, classes, shape):
    numbers = from_pool(choose, INTEGERS, shape) % max(classes, 1)
    if numbers.size and choose((False,) * 4 + (True,)):
        numbers.flat[choose((0, -1))] = choose((-1, classes, -(2**63), 2**63 - 1))
    return numbers.astype(choose(INTEGER_TYPES))


def arguments_of_affine(choose):
    x, matrix = matrices(choose)
    bias = choose((floats(choose, matrix.shape[1:], WITH_SPECIAL), None, "left out"))
    return [x, matrix] if isinstance(bias, str) else [x, matrix, bias]


def arguments_of_keep(choose):
    x = floats(choose, any_shape(choose))
    return [x, from_pool(choose, INTEGERS, x.shape) % 3 > 0, choose((1.25, 65536.0, 0.5))]


def arguments_of_cross_entropy(choose):
    rows, classes = *lengths(choose, 1), choose((10, 1, 2, 3, 64, 65, 100, 1000))
    if choose((False,) * 30 + (True,)):
        rows, classes = choose(((9001, 10), (401, 100), (33, 2000)))
    z = floats(choose, (rows, classes)) * np.float32(choose((1, 10, 100)))
    share = 1 / max(rows, 1)
    if choose((True,) * 8 + (False,)):
        return [z, labels(choose, classes, (rows,)), share]
    target = np.abs(from_pool(choose, NORMAL, z.shape))
    return [z, target, choose((share, np.abs(from_pool(choose, NORMAL, (rows,)))))]


def arguments_of_adam(choose):
    arrays = of_one_shape(choose, 4)
    rates = [*factors(choose, 5), choose((1e-8, 0.0)), choose((1, 2, 100, 10**4))]
    return [*arrays, *rates]


ARGUMENTS = {
    "are_alike": lambda choose: of_one_shape(choose, 2),
    "product": matrices,
    "affine": arguments_of_affine,
    "sum_rows": lambda choose: [floats(choose, any_shape(choose), WITH_SPECIAL)],
    "relu": lambda choose: [floats(choose, any_shape(choose))],
    "relu_backward": lambda choose: of_one_shape(choose, 2),
    "keep": arguments_of_keep,
    "times": lambda choose: of_one_shape(choose, 2),
    "are_labels": lambda choose: [labels(choose, 10, any_shape(choose)), choose((10, 0, 1, 2**40))],
    "cross_entropy": arguments_of_cross_entropy,
    "sum_of_squares": lambda choose: [
        [floats(choose, any_shape(choose)) for _ in range(choose((2, 1, 0)))]
    ],
    "descend": lambda choose: [*of_one_shape(choose, 2), *factors(choose, 2)],
    "descend_with_momentum": lambda choose: [
        *of_one_shape(choose, 3),
        *factors(choose, 3),
        choose((False, True)),
    ],
    "adam": arguments_of_adam,
}


def not_aligned(x):
    return np.frombuffer(bytearray(b"-" + x.tobytes()), x.dtype, offset=1).reshape(x.shape)


def read_only(x):
    x.flags.writeable = False
    return x


class Subclass(np.ndarray):
    """An array of another class, as np.matrix or np.memmap is."""


OTHER_ARRAYS = [
    *(lambda x, code=code: x.astype(code) for code in ("f2", "f8", ">f4", ">i8", "i4", "?", "c8", "g")),
    np.asfortranarray,
    not_aligned,
    read_only,
    lambda x: np.repeat(np.atleast_1d(x), 2, axis=-1)[..., ::2],
    lambda x: np.repeat(np.atleast_1d(x), 2, axis=0)[::2],
    lambda x: np.atleast_1d(x)[::-1].copy()[::-1],
    lambda x: np.broadcast_to(x[..., :1], x.shape) if x.size and x.ndim else x,
    lambda x: x.view(Subclass),
    lambda x: x.view(np.memmap),
    # The product of a long matrix with its own transpose would fill the memory.
    lambda x: x.view(np.matrix) if x.ndim <= 2 and x.size < 10_000 else x,
    lambda x: np.ma.masked_array(x, x > x.dtype.type(1)),
    lambda x: x.T,
    lambda x: x.ravel(),
    # NumPy itself writes outside of its memory in products with a matrix of three axes.
    lambda x: x if isinstance(x, np.matrix) else x[np.newaxis],
    lambda x: np.atleast_1d(x)[1:],
    lambda x: np.atleast_1d(x)[..., :1],
    lambda x: x.tolist(),
    lambda x: x.ravel()[0] if x.size else None,
    lambda x: None,
]
OTHER_NUMBERS = [0, 1, 2, -1, True, None, 2.5, 1e300, 1e-60, np.nan, np.inf, -(2**64), "1", 1j, [0.1]]
OTHER_NUMBERS += [np.float64(0.1), np.float32(0.1), np.int64(3), np.array(0.1), np.True_]


def other_argument(choose, argument):
    """Another one of the same meaning, or nonsense."""
    if isinstance(argument, np.ndarray):
        return choose(OTHER_ARRAYS)(argument)
    if isinstance(argument, list):
        return choose((tuple(argument), None, [*argument, None], [*argument, 1.5]))
    return choose(OTHER_NUMBERS)


def call_of(name, choose):
    """Positional and named arguments of a random call."""
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        args = ARGUMENTS[name](choose)
        small = all(np.size(x) < 10_000 for x in args if isinstance(x, np.ndarray))
        for _ in range(choose((0, 0, 1, 1, 2 if small else 0))):  # two vectors may make a matrix
            place = choose(range(len(args)))
            args[place] = other_argument(choose, args[place])
    named = {}
    manner = choose((*("plain",) * 12, "fewer", "more", "named", "nonsense"))
    if manner == "fewer":
        args.pop()
    elif manner == "more":
        args.append(choose(OTHER_NUMBERS))
    elif manner == "named":
        parameters = list(inspect.signature(getattr(kernels, name).__self__).parameters)
        first = choose(range(len(args)))
        named = dict(zip(parameters[first : len(args)], args[first:], strict=True))
        args = args[:first]
    elif manner == "nonsense":
        named = {"axis": 0}
    return args, named
