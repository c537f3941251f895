"""A network in a file: its architecture as a text, its weights, and the names that go with it."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nnlayers import layers
from nnlayers.core.building import building_for
from nnlayers.core.files import FilePath, file_name
from nnlayers.core.layer import Layer
from nnlayers.core.weights import check_arrays, list_of_layers, read_file, write_file
from nnlayers.io.architecture import architecture
from nnlayers.io.formats import check_layer_given
from nnlayers.io.metadata import metadata, restore
from nnlayers.io.onnx import axes, wiring
from nnlayers.io.parsing import read_architecture
from nnlayers.io.rebuilt import check_rebuilt
from nnlayers.version import __version__

__all__ = ["load", "save"]

FORMAT = 1


def save(model: Layer, path: FilePath) -> None:
    """Write a network to a file: its architecture, weights and states, and its names.

    Unlike a pickle, the file holds no code, and unlike that of `Layer.save_weights` it needs none of
    yours to be read, except for your own classes of layers. It is an npz file, or a safetensors file if
    the path ends in ``.safetensors`` (extra ``nnlayers[safetensors]``). It replaces an older file when
    it is complete.

    The file keeps the layers with their arguments, in their dtypes; which parameters are frozen, with
    their factors of decay and learning rate; and `Layer.column_names` and `Layer.class_names`. It does
    not keep random sources, gradients, the loss and the optimizer: `Trainer.save` does.

    Parameters
    ----------
    model : Layer
        A layer, such as a `Sequential`. Each layer of a class of yours keeps the arguments of its
        constructor in attributes of the same names.
    path : path
        The file. No suffix is added.

    Raises
    ------
    TypeError
        It is not a layer; or a layer would be made differently when the file is read: what it has is
        not an argument of its constructor, or is neither a number, a text, a layer, None, nor a list
        or tuple of these.
    OSError, ValueError
        The path cannot be written; or the file cannot hold the name of a parameter.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(4, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1))
    >>> model.class_names = ["setosa", "versicolor", "virginica"]
    >>> nn.save(model, "iris.npz")
    >>> other = nn.load("iris.npz")
    >>> other, other.class_names
    (Sequential(Dense(4, 8), ReLU(), Dense(8, 3)), ('setosa', 'versicolor', 'virginica'))
    >>> x = np.ones((2, 4))
    >>> np.array_equal(other.predict(x), model.predict(x))
    True
    """
    check_layer_given(model, "save")
    text, own = architecture(model, _known(()))
    try:
        with building_for(sys.maxsize):
            twin = read_architecture(text, _known(own.values()))
    except ValueError as error:
        raise TypeError(f"save: {error}: keep the code, and use model.save_weights(path)") from error
    check_rebuilt(model, twin)
    note = {
        "format": FORMAT,
        "nnlayers": __version__,
        "network": text,
        "classes": list(own),
        "layers": list_of_layers(model),
    }
    write_file(path, model.state_dict(), note | metadata(model, twin), needs_note=True)


def load(path: FilePath, classes: Iterable[Callable[..., Any]] = ()) -> Any:
    """Read a network that `save` wrote.

    Nothing in the file is run or imported: its text may only name the layers of nnlayers, and the
    classes that are given, with plain values as their arguments. It takes no more memory than the file
    holds, apart from what the constructors of your own classes take.

    Parameters
    ----------
    path : path
        The file; one of safetensors ends in ``.safetensors``.
    classes : sequence of classes
        Your own classes of layers in it, and functions that are arguments of them.

    Returns
    -------
    Layer
        The network.

    Raises
    ------
    OSError
        There is no such file, or it is not a regular file that can be read.
    ValueError
        The file is damaged, of another kind, of a later version, or has a class that is not given.
    TypeError
        What is given are not classes or functions.

    Examples
    --------
    >>> class Scale(nn.Layer):
    ...     def __init__(self, features):
    ...         self.features, self.gain = features, nn.Parameter(np.ones(features))
    >>> nn.save(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), "model.npz")
    >>> nn.load("model.npz", classes=[Scale])
    Sequential(Dense(4, 3), Scale(3))
    """
    who = file_name(path)
    known = _known(classes := list(_checked(classes)))
    arrays, note = read_file(path)
    if "network" not in note:
        is_run = "text" in arrays
        holds = "a training run: use trainer.load(path)" if is_run else "weights, but not the network"
        way_out = "" if is_run else ": build the model, then use model.load_weights(path)"
        raise ValueError(f"{who}: it holds {holds}{way_out}")
    try:
        _check_version(note)
        _check_classes(note["classes"], {given.__name__ for given in classes})
        with building_for(sum(array.size for array in arrays.values())):
            model = read_architecture(note["network"], known)
        check_arrays(arrays, model, "its architecture does not fit")
        for state_path, state in model.named_states():
            state.adopt(arrays[state_path])
        restore(model, note)
    except (KeyError, AttributeError, TypeError, IndexError) as error:
        raise ValueError(f"{who}: it is damaged ({type(error).__name__}: {error})") from error
    except ValueError as error:
        raise ValueError(f"{who}: {error}") from error
    return model


def _known(classes: Iterable[Any]) -> dict[str, Any]:
    """The classes of layers, and functions, that a text may name.

    Raises
    ------
    ValueError
        Two have one name.
    """
    of_onnx = {name: getattr(part, name) for part in (axes, wiring) for name in part.__all__}
    public = vars(layers) | of_onnx
    known: dict[str, Any] = {
        n: c
        for n, c in public.items()
        if isinstance(c, type) and issubclass(c, Layer) and c is not Layer
    }
    for given in classes:
        if known.setdefault(given.__name__, given) is not given:
            raise ValueError(f"load: there are two classes of the name {given.__name__}: rename one")
    return known


def _checked(classes: Any) -> Iterable[Any]:
    if callable(classes) or isinstance(classes, str | Mapping) or not isinstance(classes, Iterable):
        one = classes if isinstance(classes, str) else getattr(classes, "__name__", "")
        given = map(str, classes) if isinstance(classes, Mapping) else [one]
        names = ", ".join(filter(str.isidentifier, given)) or "Scale"
        raise TypeError(
            f"load: expected a list of classes, got {classes!r}: give classes=[{names}], the classes "
            "themselves"
        )
    for given in classes:
        if not callable(given) or not getattr(given, "__name__", "").isidentifier():
            raise TypeError(f"load: expected classes of layers, or functions, got {given!r}")
        yield given


def _check_version(note: Mapping[str, Any]) -> None:
    version = note["format"]
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"it is damaged (its format is {version!r})")
    if version > FORMAT:
        raise ValueError(
            f"it was written by nnlayers {note.get('nnlayers')!s:.20} in format {version}; this is "
            f"nnlayers {__version__}, which reads up to format {FORMAT}: install a later version"
        )


def _check_classes(own: Any, given: set[str]) -> None:
    """Refuse a file with classes of its own that are not given."""
    if missing := [name for name in own if name not in given][:10]:
        raise ValueError(
            "it has classes, or functions, that are not those of nnlayers: give them, "
            f"nn.load(path, classes=[{', '.join(missing)}])"
        )
