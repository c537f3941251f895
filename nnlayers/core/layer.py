"""The contract of a layer: three verbs, and the shapes and dtypes of what goes in."""

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from nnlayers.core import tree
from nnlayers.core.answers.attributes import NO_MODE, other_words
from nnlayers.core.checks import as_array, is_tuple_of_arrays, real_array
from nnlayers.core.component import Component
from nnlayers.core.frames import Columns, in_order
from nnlayers.core.inference import advice, for_inference
from nnlayers.core.origin import outdated
from nnlayers.core.parameter import Parameter
from nnlayers.core.placement import trial_input
from nnlayers.core.structures import as_shape, convert_floating, sample_shape

AT_ONCE = "make a Sequential of all layers at once, nn.Sequential(*model, layer)"
TRAINER = "use nn.Trainer(model, loss, optimizer)"
FOLLOWING = {"backward_parameters": ["backward"], "for_inference": ["forward", "predict"]}


@other_words(
    fit=f"{TRAINER}.fit(x, y, epochs=10)",
    compile=TRAINER,
    evaluate=f"{TRAINER}.evaluate(x, y)",
    score=f'{TRAINER}.evaluate(x, y)["accuracy"]',
    train_on_batch=f"{TRAINER}.step(x, y)",
    history="the Trainer has it: trainer.history",
    predict_proba="use nn.softmax(model.predict(x))",
    predict_classes="use model.predict(x).argmax(axis=1)",
    **dict.fromkeys(["train", "eval", "training"], NO_MODE),
    call="use forward(x) to train, predict(x) for an inference pass",
    **dict.fromkeys(["modules", "named_modules"], "use children(), or named_parts()"),
    **dict.fromkeys(["add", "append", "insert"], AT_ONCE),
)
class Layer(Component):
    """The base class of layers: subclass it and define ``forward`` and ``backward``.

    ``forward`` is a training pass and saves what ``backward`` will need; ``backward`` takes that
    back, adds to the gradients of its parameters and returns the gradient of its input; ``predict``
    is an inference pass. There is no training mode to switch, and no ``__init__`` to call.

    Input and output are each an array or a tuple of arrays (tuples may nest). A gradient has the
    same form, with None for integers and masks.

    A layer that holds layers, a State or a Generator defines ``predict`` as well. No verb modifies
    its argument, writes into an array that others may have, or returns one that it keeps, such as the
    value of a parameter.

    The parts of a layer are found by looking: every Parameter, State, Generator and Layer that is an
    instance attribute, or sits in a list, tuple or dict that is one.

    Examples
    --------
    >>> class Scale(nn.Layer):
    ...     def __init__(self, features):
    ...         self.gain = nn.Parameter(np.ones(features), decay=False)
    ...
    ...     def forward(self, x):
    ...         self.save_for_backward(x)
    ...         return x * self.gain.value
    ...
    ...     def backward(self, grad):
    ...         x = self.saved()
    ...         self.gain.add_grad((grad * x).sum(axis=0))
    ...         return grad * self.gain.value
    >>> layer = Scale(2)
    >>> y = layer.forward(np.array([[3.0, 4.0]]))
    >>> layer.backward(np.ones((1, 2))), layer.gain.grad
    (array([[1., 1.]]), array([3., 4.], dtype=float32))
    >>> layer.predict(np.array([[5.0, 6.0]]))
    array([[5., 6.]])
    """

    instead_of_forward = "predict"

    takes_integers: bool | tuple[Any, ...] = False
    """True for integer indices, which containers do not convert; for a tuple, a tuple of these."""

    input_shape: tuple[Any, ...] | None = None
    """The shape of one sample, if the layer knows it; a Sequential that begins with it is tried."""

    last_axis: int | None = None
    """The size of the last axis of the input, if that is all it knows; sequences of it are tried."""

    column_names: Columns = None
    """The names of the columns it was trained on, if `Trainer.fit` was given a table with names.

    Sequential and the built-in layers reorder the columns of later tables, as a Trainer does for any
    model, and refuse a table that lacks a column or has another. Arrays are taken as they are. Copies
    and pickles keep the names, and so does `nnlayers.save`; files of weights do not."""

    class_names: Sequence[object] | None = None
    """The names of the classes, in the order of the outputs, if you set them; files keep them."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if older := outdated(cls, "predict", by="forward", root=Layer):
            raise TypeError(
                f"{cls.__name__} changes forward, but would inherit predict from {older.__name__}: "
                f"define predict in {cls.__name__} too"
            )
        for method, verbs in FOLLOWING.items():  # it belongs to older ones; the base class's fits any
            if any(outdated(cls, method, by=by, root=Layer) for by in verbs):
                setattr(cls, method, getattr(Layer, method))

    # The three verbs, and the shortcut

    def forward(self, x: Any) -> Any:
        """Training pass: return the output, and save what ``backward`` will need."""
        instead = " instead of call" if callable(vars(type(self)).get("call")) else ""
        raise NotImplementedError(f"{type(self).__name__}: define forward(self, x){instead}")

    def backward(self, grad: Any) -> Any:
        """Backward pass of the most recent pending ``forward``.

        Adds to the parameters' gradients and returns the gradient of the loss with respect to the
        input, given that with respect to the output; None for integer input.
        """
        raise NotImplementedError(f"{type(self).__name__}: define backward(self, grad)")

    def backward_parameters(self, grad: Any) -> None:
        """Like ``backward``, if the input's gradient is not needed: nothing is returned."""
        self.backward(grad)

    def predict(self, x: Any) -> Any:
        """Inference pass: return the output; save nothing, change nothing, draw nothing.

        The result may be the input itself, or share its memory, as that of Dropout does. Containers and
        `Trainer.predict` return arrays of your own (in a tuple, those that are floating).

        If all parts of a layer are parameters, this is ``forward`` on a shallow copy of the layer,
        which is then dropped with everything that was stored in it.

        Raises
        ------
        NotImplementedError
            The layer holds layers, a Generator or a State, and does not define ``predict``.
        """
        for _, part in tree.own_parts(self):
            if not isinstance(part, Parameter):
                raise NotImplementedError(f"{type(self).__name__} holds {advice(part)}")
        twin = object.__new__(type(self))
        twin.__dict__.update(self.attributes_to_walk())
        return twin.forward(x)

    def for_inference(self) -> "Layer":
        """A layer whose ``forward`` is this layer's ``predict``, so that ``backward`` can follow.

        It has the same parameters, which are not copied. A layer that holds a Generator or a State
        defines it: Dropout returns an Identity, running statistics a layer that has them as constants.

        Raises
        ------
        NotImplementedError
            A layer in it holds a Generator or a State, and does not define it.

        Examples
        --------
        >>> nn.Sequential(nn.Dense(2, 2), nn.Dropout(0.5)).for_inference()
        Sequential(Dense(2, 2), Identity())
        """
        return for_inference(self, Layer.for_inference)

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise a TypeError: call ``forward``, ``backward`` or ``predict``."""
        raise TypeError(
            f"{type(self).__name__} cannot be called, since there is no training mode: use forward(x) "
            "to train (then backward(grad)), or predict(x) for an inference pass"
        )

    # Inputs

    def convert_input(self, x: Any) -> Any:
        """The input as containers pass it on: arrays, converted once, on entry.

        A real array is converted to the dtype of the first parameter, unless `takes_integers`. In a
        tuple, floating arrays are converted, and others (integers, masks) are left alone.

        Raises
        ------
        TypeError, ValueError
            Something is not an array of real numbers.
        """
        dtype = self.dtype
        if type(x) is np.ndarray and x.dtype == dtype:  # nearly always
            return x
        who = type(self).__name__
        if type(x) is not np.ndarray:
            x = in_order(x, self.known_column_names(), who)
        if is_tuple_of_arrays(x):
            return tuple(convert_floating(item, dtype, who) for item in x)
        if dtype is None or self.takes_integers:
            return as_array(x, who)
        return real_array(x, dtype, who)

    def known_column_names(self) -> Columns:
        """`column_names`, or those of the layer that takes the input."""
        return self.column_names

    def output_shape(self, *input_shape: Any) -> tuple[Any, ...]:
        """The shape of one sample of the output: ``conv.output_shape(28, 28, 1)``.

        For an input, or an output, that is a tuple of arrays it is a tuple of shapes:
        ``concatenate.output_shape((3,), (4,))``. A row of zeros is predicted to see it.

        Examples
        --------
        >>> nn.Dense(4, 3).output_shape(4)
        (3,)
        """
        shape = as_shape(input_shape, f"{type(self).__name__}.output_shape")
        with np.errstate(all="ignore"):
            return sample_shape(self.predict(trial_input(self, shape)))

    def children(self) -> list["Layer"]:
        """The layers directly in it, each once, in the order of definition."""
        return [part for _, part in tree.own_parts(self) if isinstance(part, Layer)]

    def summary(self, input_shape: int | Sequence[Any] | None = None, *more: Any) -> str:
        """A table: each layer with its place, output shape, parameters and costs, and the totals.

        ``input_shape`` is the shape of one sample (a tuple of shapes for an input that is a tuple);
        it is needed only if the first layer does not know its own. What stands in two places, such as
        a parameter or an array that two layers save, is counted once.

        Examples
        --------
        >>> print(nn.Sequential(nn.Dense(4, 3), nn.ReLU()).summary())  # doctest: +ELLIPSIS
        Sequential: input (N, 4), float32
        place  layer        output  parameters  saved bytes  multiplications
        ...
        """
        if more:
            raise TypeError(
                f"{type(self).__name__}.summary: expected one shape, got {1 + len(more)}: write "
                f"summary({(input_shape, *more)})"
            )
        from nnlayers.core.summary import summarize

        return summarize(self, input_shape)

    def _repr_html_(self) -> str:
        from nnlayers.core.summary import summary_in_html

        return summary_in_html(self)
