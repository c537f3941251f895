"""The order of the samples in an epoch."""

import numpy as np

from nnlayers.core.checks import RandomSource, generator


def order_source(rng: RandomSource, steps: int) -> "np.random.Generator":
    """The source of the order of an epoch that begins after so many steps of the optimizer.

    From an integer, it depends on nothing else. So training that is resumed with the weights and the
    optimizer of an earlier run sees the samples in the order in which that would have seen them.
    """
    source = generator(rng, "Trainer.fit")
    if rng is None or isinstance(rng, np.random.Generator):
        return source
    return np.random.default_rng([int(rng), steps + 1])
