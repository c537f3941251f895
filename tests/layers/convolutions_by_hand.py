"""Convolutions as loops over the numbers, and cases of them for Hypothesis."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st


class Case(NamedTuple):
    """The arguments of a convolution, for each axis, and the size of its input."""

    samples: int
    sizes: tuple
    channels: int  # of the input in each group
    outputs: int  # of each group
    groups: int
    kernel: tuple
    stride: tuple
    dilation: tuple
    padding: tuple
    seed: int

    @property
    def options(self):
        return {name: getattr(self, name) for name in ("stride", "dilation", "padding", "groups")}

    def numbers(self, *shape):
        return np.random.default_rng(self.seed).standard_normal(shape)

    def input(self):
        return self.numbers(self.samples, *self.sizes, self.channels * self.groups)

    @property
    def covered(self):
        return [d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)]


@st.composite
def cases(draw, axes):
    """Kernels that fit into their input."""

    def each(strategy):
        return tuple(draw(strategy) for _ in range(axes))

    channels, outputs, groups = draw(
        st.sampled_from([(1, 1, 1), (2, 3, 1), (9, 2, 1), (1, 1, 3), (1, 2, 2), (2, 1, 2), (8, 1, 2)])
    )
    case = Case(
        draw(st.integers(0, 5)), (), channels, outputs, groups, each(st.integers(1, 4)),
        each(st.integers(1, 4)), each(st.integers(1, 3)),
        each(st.tuples(st.integers(0, 4), st.integers(0, 4))), draw(st.integers(0, 1000)),
    )  # fmt: skip
    least = (n - sum(pair) for n, pair in zip(case.covered, case.padding, strict=True))
    return case._replace(sizes=tuple(max(1, n) + draw(st.integers(0, 5)) for n in least))


def convolution(x, weight, bias, case):
    """``y[n, p, o]``, one after another."""
    x = np.pad(x, [(0, 0), *case.padding, (0, 0)])
    ends = zip(x.shape[1:-1], case.covered, case.stride, strict=True)
    steps = [(size - covered) // stride + 1 for size, covered, stride in ends]
    y = np.zeros((len(x), *steps, case.outputs * case.groups))
    for n, *p, o in np.ndindex(y.shape):
        y[n, *p, o] = bias[o]
        first = o // case.outputs * case.channels  # of the channels of its group
        for *t, c in np.ndindex(*case.kernel, case.channels):
            at = (np.array(p) * case.stride + np.array(t) * case.dilation).tolist()
            y[n, *p, o] += x[n, *at, first + c] * weight[*t, c, o]
    return y
