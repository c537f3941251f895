"""Exact checks of predict: it leaves no trace, and is the training pass without randomness."""

import numpy as np

from nnlayers.core.state import State
from nnlayers.testing.contract.comparison import another_input, first_difference, nearly_equal
from nnlayers.testing.contract.table import exact
from nnlayers.testing.inspection import fingerprint
from nnlayers.testing.trial import Trial


@exact("layer")
def predict(trial: Trial) -> str | None:
    """A predict that changes the layer, draws random numbers, or computes another function."""
    layer = trial.fresh()
    before = fingerprint(layer)
    try:
        first = layer.predict(trial.x)
    except NotImplementedError as error:
        return f"predict fails: {error}"
    if fingerprint(layer) != before:
        return "predict changes the layer (or draws from its Generator)"
    if not nearly_equal(first, layer.predict(trial.x)):
        return "predict gives a different output the second time"
    trial.forward(layer, trial.x)
    trial.predict(layer, another_input(trial))
    found = trial.take_gradients(layer, trial.upstream)
    if where := first_difference(trial.gradients(), found):
        return f"a predict between forward and backward changes the gradient of {where}"
    sources = [
        p for _, p in layer.named_parts() if isinstance(p, np.random.Generator) or type(p) is State
    ]
    if not sources and not nearly_equal(trial.output, first):
        return "predict differs from forward, although the layer holds no Generator and no State"
    return None
