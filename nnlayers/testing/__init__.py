"""Gradient and contract checks of layers, losses and networks, for tests."""

from typing import TYPE_CHECKING

from nnlayers.lazy import lazy_names

if TYPE_CHECKING:
    from nnlayers.testing.checks import *
    from nnlayers.testing.errors import *
    from nnlayers.testing.functions import *
    from nnlayers.testing.mutation import *
    from nnlayers.testing.networks import *
    from nnlayers.testing.numeric import *
    from nnlayers.testing.parametrize import *
    from nnlayers.testing.report import *
    from nnlayers.testing.run import *
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        [
            "checks",
            "errors",
            "functions",
            "mutation",
            "networks",
            "numeric",
            "parametrize",
            "report",
            "run",
        ],
    )
