"""Networks in files, and in the formats of other tools: functions that find a layer by its type."""

from typing import TYPE_CHECKING

from nnlayers.lazy import lazy_names

if TYPE_CHECKING:
    from nnlayers.io.c.file import *
    from nnlayers.io.c.layers import *
    from nnlayers.io.keras.layers import *
    from nnlayers.io.keras.weights import *
    from nnlayers.io.onnx.axes import *
    from nnlayers.io.onnx.graph import *
    from nnlayers.io.onnx.reader import *
    from nnlayers.io.onnx.wiring import *
    from nnlayers.io.onnx.writer import *
    from nnlayers.io.python.file import *
    from nnlayers.io.python.layers import *
    from nnlayers.io.pytorch.layers import *
    from nnlayers.io.pytorch.weights import *
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        [
            *("c.file", "c.layers", "python.file", "python.layers"),
            *("onnx.axes", "onnx.graph", "onnx.reader", "onnx.wiring", "onnx.writer"),
            *("pytorch.layers", "pytorch.weights", "keras.layers", "keras.weights"),
        ],
    )
