"""check_network: the gradient of a whole objective, on your data."""

from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.losses.base import Loss
from nnlayers.testing.report import LayerReport


def check_network(
    model: Layer, loss: Loss, x: Any, y: Any, *, weight_decay: float = 0.0, seed: int | None = None
) -> LayerReport:
    """Check the gradient of a whole objective, loss plus L2 penalty, on your data.

    Parameters
    ----------
    model, loss : Layer, Loss
        They are not changed.
    x, y : array_like
        A small batch.
    weight_decay : float
        The weight decay of the optimizer: the penalty is ``weight_decay / 2 * sum ||W||²``.
    seed : int, optional
        The seed of the random directions.

    Returns
    -------
    LayerReport
        What was verified: every parameter, and the input.

    Raises
    ------
    GradientError
        A gradient is wrong.

    Examples
    --------
    >>> from nnlayers.testing import check_network
    >>> model = nn.Sequential(nn.Dense(4, 3, rng=0), nn.ReLU(), nn.Dense(3, 2, rng=1))
    >>> x, y = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 1, 0, 1, 1])
    >>> report = check_network(model, nn.SoftmaxCrossEntropy(), x, y, weight_decay=0.1)
    >>> sorted(report.verified)
    ['input', 'layers.0.bias', 'layers.0.weight', 'layers.2.bias', 'layers.2.weight']
    """
    raise NotImplementedError
