"""Rows of the gradient table: activations."""

import nnlayers as nn

ROWS = [
    (nn.LeakyReLU, "N D"),
    (lambda: nn.LeakyReLU(0.5), "N T D"),
    (nn.PReLU, "N T D"),
    (lambda C: nn.PReLU(C), "N H W C"),
    (nn.ELU, "N D"),
    (lambda: nn.ELU(alpha=0.3), "N T D"),
    (nn.GELU, "N D"),
    (nn.SiLU, "N D"),
    (nn.Sigmoid, "N D"),
    (nn.Tanh, "N D"),
    (nn.Softplus, "N D"),
    (nn.Softmax, "N C"),
    (nn.Softmax, "N T C"),
]
