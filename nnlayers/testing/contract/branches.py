"""How much of what its layers give a random layer adds to its output, on average, and in predict."""

from typing import Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.testing.contract.comparison import is_float
from nnlayers.testing.contract.factors import CLEAR, SIGMAS
from nnlayers.testing.contract.noise import SECOND_LOOK, Noise, Samples, standard_error
from nnlayers.testing.trial import copied


def shares_of_layers(noise: Noise, samples: Samples) -> str | None:
    """If forward adds, on average, what its layers give, predict does not add a multiple of that."""
    terms = _terms(noise, samples.predicted.size)
    if len(terms) < 2:
        return None
    matrix = np.stack(list(terms.values()), axis=1)
    inverse = np.linalg.pinv(matrix)
    in_predict = inverse @ samples.predicted
    if not np.allclose(matrix @ in_predict, samples.predicted, rtol=1e-6, atol=1e-9):
        return None
    samples = noise.sample(SECOND_LOOK)
    shares = samples.outputs @ inverse.T
    rest = samples.outputs - shares @ matrix.T
    misfit = np.abs(rest.mean(axis=0)) / (standard_error(rest) + samples.rounding)
    limit = np.maximum(CLEAR, SIGMAS * standard_error(shares))
    if misfit.max() > 5 or (np.abs(shares.mean(axis=0) - 1) > limit).any():
        return None
    worst = int(np.abs(in_predict - 1).argmax())
    if abs(in_predict[worst] - 1) <= limit[worst]:
        return None
    what = list(terms)[worst]
    return f"the mean of {SECOND_LOOK:,} forwards adds 1 x {what}, predict {in_predict[worst]:.3g} x"


def _terms(noise: Noise, size: int) -> dict[str, Array]:
    """The input, and what each of the layers gives for its first input, if they have this size."""
    terms = {"the input": noise.flat_input}
    layer = noise.alone.make_quiet()
    for path, part in tree.own_parts(layer):
        if isinstance(part, Layer):

            def record(x: Any, path: str = path, forward: Any = part.forward) -> Any:
                y = forward(x)
                if is_float(y):
                    terms.setdefault(f"what {path!r} gives", np.ravel(y))
                return y

            object.__setattr__(part, "forward", record)
    layer.forward(copied(noise.x))
    return {name: term for name, term in terms.items() if term.size == size and term.any()}
