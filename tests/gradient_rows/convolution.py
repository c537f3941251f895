"""Rows of the gradient table: convolutions."""

import nnlayers as nn

ROWS = [
    (lambda C, K: nn.Conv2D(C, K, 3), "N H+2 W+2 C"),
    (lambda C, K: nn.Conv2D(C, K, (2, 3), stride=(2, 1), padding=((0, 1), 2), bias=False), "N H W C"),
    (lambda C, K: nn.Conv2D(C, K, 3, padding="same", stride=2, dilation=2), "N H W C"),
    (lambda C, K: nn.Conv2D(2 * C, 2 * K, 2, groups=2, padding=1), "N H W 2*C"),
    (lambda C: nn.Conv2D(C + 1, C + 1, 3, groups=C + 1, padding="same"), "N H W C+1"),
    (lambda C: nn.Conv2D(C + 1, 2 * C + 2, 2, groups=C + 1, stride=2), "N H+1 W+1 C+1"),
    (lambda C: nn.Conv2D(C + 8, C, 3, padding=1), "N H W C+8"),
    (lambda C, K: nn.Conv1D(C, K, 3, dilation=2, padding=((4, 0),)), "N T C"),
    (lambda C: nn.Conv1D(C + 1, C + 1, 2, groups=C + 1, stride=2), "N T+1 C+1"),
    (lambda C, K: nn.ConvTranspose2D(C, K, 3), "N H W C"),
    (lambda C, K: nn.ConvTranspose2D(C, K, 3, stride=2, padding="same", bias=False), "N H W C"),
    (
        lambda C, K: nn.ConvTranspose2D(
            2 * C, 2 * K, 2, groups=2, stride=(3, 1), output_padding=(2, 0)
        ),
        "N H W 2*C",
    ),
    (
        lambda C: nn.ConvTranspose2D(2 * C + 2, C + 1, 3, groups=C + 1, padding=1, dilation=2),
        "N H W 2*C+2",
    ),
]
