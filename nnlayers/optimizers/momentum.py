"""Gradient descent with momentum."""

from nnlayers.core.checks import Array
from nnlayers.core.kernels import descend_with_momentum
from nnlayers.optimizers.base import Optimizer
from nnlayers.optimizers.declaration import hyperparameter

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent with momentum: ``v = momentum * v + g``, ``w -= lr * v``.

    ``g`` is the gradient with weight decay, ``v`` begins at zero. With ``nesterov``, the update is
    ``w -= lr * (g + momentum * v)``. Without momentum it is plain gradient descent.

    Parameters
    ----------
    parameters, lr, weight_decay, clip_norm, clip_value
        As for `Optimizer`.
    momentum : float
        In [0, 1).
    nesterov : bool
        Nesterov's variant; it needs a momentum.

    Raises
    ------
    TypeError, ValueError
        As for `Optimizer`; a momentum out of its range; ``nesterov`` without momentum.

    Notes
    -----
    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964;
    Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013 (who put the learning rate into ``v``).

    Examples
    --------
    >>> weight = nn.Parameter([1.0])
    >>> optimizer = nn.SGD([weight], lr=0.5, momentum=0.5)
    >>> for _ in range(2):
    ...     weight.add_grad([1.0])
    ...     optimizer.step()
    >>> weight.value  # 1 - 0.5 * 1 - 0.5 * 1.5
    array([-0.25], dtype=float32)
    """

    momentum: float = hyperparameter(default=0.0, below=1.0)
    nesterov: bool = hyperparameter(default=False)

    def validate(self) -> None:
        super().validate()
        if self.nesterov and not self.momentum:
            raise ValueError("SGD: nesterov needs a momentum above 0, got 0")

    def update(self, value: Array, grad: Array, lr: float, velocity: Array, decay: float = 0.0) -> None:
        descend_with_momentum(value, grad, velocity, lr, decay, self.momentum, self.nesterov)

    @property
    def is_plain_descent(self) -> bool:
        return not self.momentum and type(self).update is SGD.update
