"""Networks in files, and in the formats of other tools: functions that find a layer by its type."""

from typing import TYPE_CHECKING

from nnlayers.lazy import lazy_names

if TYPE_CHECKING:
    from nnlayers.io.c_file import *
    from nnlayers.io.c_layers import *
    from nnlayers.io.keras import *
    from nnlayers.io.keras_layers import *
    from nnlayers.io.numpy_file import *
    from nnlayers.io.numpy_layers import *
    from nnlayers.io.onnx.axes import *
    from nnlayers.io.onnx.graph import *
    from nnlayers.io.onnx.reader import *
    from nnlayers.io.onnx.wiring import *
    from nnlayers.io.onnx.writer import *
    from nnlayers.io.pytorch import *
    from nnlayers.io.pytorch_layers import *
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        [
            "c_file",
            "c_layers",
            "keras",
            "keras_layers",
            "numpy_file",
            "numpy_layers",
            "onnx.axes",
            "onnx.graph",
            "onnx.reader",
            "onnx.wiring",
            "onnx.writer",
            "pytorch",
            "pytorch_layers",
        ],
    )
