"""Networks from ONNX files, as layers."""

import inspect
import json

from nnlayers.core.files import FilePath, file_name
from nnlayers.core.layer import Layer
from nnlayers.io.onnx import dense_operators as dense_operators
from nnlayers.io.onnx import image_operators as image_operators
from nnlayers.io.onnx import sequence_operators as sequence_operators
from nnlayers.io.onnx.content import Content, read_content, where
from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.network import Import
from nnlayers.io.onnx.operators import READERS, Reader
from nnlayers.io.onnx.recognition import recognize
from nnlayers.io.onnx.sizes import compute_sizes

__all__ = ["from_onnx"]


def from_onnx(path: FilePath) -> Layer:
    """Read a network from an ONNX file, as layers that compute what it computes, and can be trained.

    Parameters
    ----------
    path : path
        The file, with its constants in it.

    Returns
    -------
    Layer
        A `nnlayers.Sequential` if the graph is a chain, otherwise a `Wired`. Input and output are
        those of the file: where it takes images ``(N, C, H, W)``, the first layer is a `Permute`, and
        ``model[1:]`` takes ``(N, H, W, C)``.

    Raises
    ------
    ValueError
        It is not an ONNX file, or is damaged; or it contains what no layer expresses: the error names
        the operator and the node.
    OSError
        It cannot be read.
    ImportError
        ``onnx`` is not installed.

    Notes
    -----
    Operator sets from 13 on. All that `to_onnx` writes can be read; the layers may be others that
    compute the same, as the file does not say what stood there: a Dropout is left out, a
    `nnlayers.Residual` is an `nnlayers.Add`. What is used in two places is one layer. Nothing outside
    of the file is read, and no code in it is run.

    Examples
    --------
    >>> model = nn.Sequential(nn.Residual(nn.Dense(4, 4), nn.Tanh()), nn.Dropout(0.5), nn.Dense(4, 3))
    >>> nn.io.to_onnx(model, "model.onnx")
    >>> nn.io.from_onnx("model.onnx").layers
    (Dense(4, 4), Tanh(), Add(), Dense(4, 3))
    """
    given = file_name(path, "from_onnx")
    try:
        content = read_content(given)
        return _network(content)
    except UnicodeDecodeError as error:
        raise ValueError(f"from_onnx: {given}: it is damaged: a name in it is not text") from error
    except MemoryError as error:
        raise ValueError(f"from_onnx: {given}: its sizes do not fit into memory") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"from_onnx: {given}: {error}") from error


def _network(content: Content) -> Layer:
    net = Import(content)
    if not content.inputs:
        raise ValueError("it has no inputs")
    for index, node in enumerate(content.nodes):
        if id(node) not in net.done:
            _read(net, node, index)
    model = net.network()
    if len(content.inputs) == 1:
        model.column_names = _column_names(content.metadata.get("column_names", "null"))
    return model


def _column_names(text: str) -> tuple[str, ...] | None:
    """The names that `to_onnx` wrote; None for anything else."""
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return None
    known = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if known else None


def _read(net: Import, node: Node, index: int) -> None:
    """Read a node, or several that are one layer.

    Raises
    ------
    ValueError
        No layer expresses it.
    """
    place = where(node)
    if not node.inputs or not node.outputs:
        raise ValueError(f"{place}: expected inputs, and an output")
    try:
        if not recognize(net, index) and not compute_sizes(net, node):
            _reader(node)(net, node, **node.attributes)
    except (ValueError, TypeError) as error:
        text = str(error)
        raise ValueError(text if text.startswith(place) else f"{place}: {text}") from error
    except (IndexError, KeyError, AttributeError, ZeroDivisionError) as error:
        raise ValueError(f"{place}: its inputs or its attributes do not fit it") from error


def _reader(node: Node) -> Reader:
    """The function for an operator, if it takes all attributes of the node.

    Raises
    ------
    ValueError
        There is none, an attribute is not one of its, or one is missing.
    """
    if node.operator not in READERS:
        raise ValueError("no layer expresses this operator")
    reader = READERS[node.operator]
    _, _, *arguments = inspect.signature(reader).parameters.values()
    unknown = node.attributes.keys() - {argument.name for argument in arguments}
    if unknown:
        raise ValueError(f"attribute {min(unknown)!r} is not supported")
    for argument in arguments:
        if argument.default is argument.empty and argument.name not in node.attributes:
            raise ValueError(f"attribute {argument.name!r} is missing")
    return reader
