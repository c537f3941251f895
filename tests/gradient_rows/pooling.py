"""Rows of the gradient table: pools, and layers that change the shape."""

import nnlayers as nn

ROWS = [
    (lambda: nn.MaxPool2D(2), "N H+1 W+1 C"),
    (lambda: nn.MaxPool2D(3, stride=2, padding=1), "N H W C"),
    (lambda: nn.MaxPool2D((1, 3), stride=1, padding=(0, 2)), "N H W C"),
    (lambda: nn.MaxPool2D((2, 1), stride=(3, 2)), "N H+1 W C"),
    (lambda: nn.MaxPool2D(2, padding="same"), "N H W C"),
    (lambda: nn.AveragePool2D(2), "N H+1 W+1 C"),
    (lambda: nn.AveragePool2D(3, stride=2, padding=1), "N H W C"),
    (lambda: nn.AveragePool2D((3, 2), stride=1), "N H+2 W+1 C"),
    (lambda: nn.AveragePool2D((3, 2), stride=2, padding=((0, 2), 1)), "N H+1 W C"),
    (nn.GlobalAveragePool, "N T C"),
    (nn.GlobalAveragePool, "N H W C"),
    (nn.Flatten, "N H W C"),
    (lambda: nn.Reshape(2, -1), "N 2*D"),
    (lambda H, W: nn.Reshape(W, H), "N H W"),
    (nn.Reshape, "N 1"),
    (lambda: nn.Upsample2D(2), "N H W C"),
    (lambda: nn.Upsample2D((1, 3)), "N H W C"),
]
