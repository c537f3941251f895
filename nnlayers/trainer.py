"""Training: steps, epochs, evaluation, and what happens when they go wrong."""

import copy
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.arrays import Array, RandomSource, as_array, generator, whole_number
from nnlayers.data import Batches, batches, check_lengths, check_numbers
from nnlayers.history import History
from nnlayers.interrupts import DeferredInterrupts
from nnlayers.layer import Layer
from nnlayers.losses import Loss
from nnlayers.metrics import BY_NAME, Metric
from nnlayers.optimizers import Optimizer
from nnlayers.parameter import Parameter, State
from nnlayers.progress import Progress, progress_line
from nnlayers.sequential import Sequential, leaves

EVALUATION_BATCH = 1024
LARGE = 1e18  # the square of a larger update may overflow in float32


class Trainer:
    """Trains a model: it holds the model, the loss, the optimizer, the metrics and the history.

    Parameters
    ----------
    model : Layer
        The network.
    loss : Loss
        What is minimised, together with the optimizer's L2 penalty.
    optimizer : Optimizer
        It holds the model's parameters.
    metrics : list of str or function, optional
        What is reported beside the loss: names (``"accuracy"``, ``"mean_absolute_error"``), or
        functions ``(prediction, target) -> float`` that return a mean over the samples. By default
        those that the loss names.

    Attributes
    ----------
    history : History
        The figures of all epochs so far.
    interrupted : bool
        Whether the last `fit` was ended by Ctrl-C.

    Raises
    ------
    TypeError, ValueError
        Something is not what it should be, or a metric is unknown.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))
    >>> optimizer = nn.SGD(model.parameters(), lr=0.1)
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    >>> history = trainer.fit(x, y, epochs=3, rng=0, progress=False)
    >>> list(history), history.epochs
    (['loss', 'penalty', 'accuracy'], 3)
    >>> trainer.evaluate(x, y)["accuracy"] > 0.8
    True
    """

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        optimizer: Optimizer,
        *,
        metrics: Iterable[str | Metric] | None = None,
    ) -> None:
        for name, value, kind in (
            ("model", model, Layer),
            ("loss", loss, Loss),
            ("optimizer", optimizer, Optimizer),
        ):
            if not isinstance(value, kind):
                hint = ": make one, with ()" if isinstance(value, type) else ""
                raise TypeError(
                    f"Trainer: expected {name} to be a {kind.__name__}, got {value!r}{hint}"
                )
        if not set(optimizer.parameters) & set(model.parameters()):
            raise ValueError("Trainer: no parameter of the optimizer belongs to the model")
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = _metrics(loss.default_metrics if metrics is None else metrics)
        self.history = History()
        self.interrupted = False
        self._states: list[State] = []
        self._forget()

    def step(self, x: Array, y: Array) -> float:
        """One training step on one batch: forward, loss, backward, update.

        Returns
        -------
        float
            The loss of the batch before the update, without the penalty.

        Raises
        ------
        FloatingPointError
            The loss or a gradient is not finite; the update did not take place.
        """
        try:
            with _quiet():
                value, _ = self._backward(x, y, "Trainer.step")
            self.optimizer.step()
        except BaseException:
            self._forget()
            raise
        return value

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        epochs: int,
        batch_size: int = 32,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        rng: RandomSource = None,
        progress: bool = True,
    ) -> History:
        """Train for a number of epochs; fitting again goes on where it stopped.

        Ctrl-C ends training between two updates and returns the history so far; an epoch that it cut
        short is not in it, but the weights keep what they learned.

        Parameters
        ----------
        x, y : array_like
            One row a sample; all of it is checked before training begins, so labels out of range or a
            NaN change nothing. Arrays larger than memory can be a ``numpy.memmap``.
        epochs : int
            How many times to go through the data.
        batch_size : int
            Samples in a step; the last one of an epoch takes what is left.
        validation_data : pair of array_like, optional
            ``x`` and ``y`` to evaluate on after each epoch.
        rng : int, Generator or None
            The source of the order of the samples, which is new in every epoch. From an integer, the
            order of an epoch depends on it and on the epoch's number.
        progress : bool
            Whether to show a line with the figures, the speed and the time that is left.

        Returns
        -------
        History
            The figures of all epochs so far, those of earlier fits too.

        Raises
        ------
        TypeError, ValueError
            The data or an argument is not what it should be; nothing was changed.
        FloatingPointError
            The loss or a gradient is no longer finite: it names epoch, batch and the first layer whose
            output is not finite. The weights are those before that batch, and ``trainer.history`` has
            the epochs before.
        """
        epochs = whole_number(epochs, "epochs", "Trainer.fit")
        batch_size = whole_number(batch_size, "batch_size", "Trainer.fit")
        x, y = self._check_data("Trainer.fit", x, y)
        if validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
                raise ValueError("Trainer.fit: expected validation_data to be a pair (x, y)")
            validation_data = self._check_data("Trainer.fit: validation_data", *validation_data)

        self._rehearse(x[:batch_size], y[:batch_size])
        source = generator(rng, "Trainer.fit")
        seed = None if rng is None or isinstance(rng, np.random.Generator) else int(rng)
        self._forget()
        self.interrupted = False
        first, last = self.history.epochs + 1, self.history.epochs + epochs
        with (
            _quiet(),
            progress_line(progress, first, last, len(x)) as line,
            DeferredInterrupts() as interrupts,
        ):
            try:
                for epoch in range(first, last + 1):
                    order = source if seed is None else np.random.default_rng([seed, epoch])
                    data = batches(x, y, batch_size=batch_size, rng=order)
                    figures = self._epoch(data, epoch, line, interrupts)
                    if validation_data is not None:
                        evaluated = self._evaluate(*validation_data, EVALUATION_BATCH)
                        figures |= {f"val_{name}": value for name, value in evaluated.items()}
                    interrupts.whole(self.history.append, figures)
                    line.draw(epoch, len(x), figures, ended=True)
            except KeyboardInterrupt:
                self.interrupted = True
            finally:
                self._forget()
        return self.history

    def evaluate(
        self, x: ArrayLike, y: ArrayLike, *, batch_size: int = EVALUATION_BATCH
    ) -> dict[str, float]:
        """The loss (without the penalty) and the metrics on some data, predicted batch by batch.

        Returns
        -------
        dict
            ``{"loss": ..., "accuracy": ...}``: exact means over the samples.

        Raises
        ------
        TypeError, ValueError
            The data or an argument is not what it should be.
        """
        batch_size = whole_number(batch_size, "batch_size", "Trainer.evaluate")
        return self._evaluate(*self._check_data("Trainer.evaluate", x, y), batch_size)

    def predict(self, x: ArrayLike, *, batch_size: int = EVALUATION_BATCH) -> Array:
        """The model's predictions for some data, computed batch by batch.

        For many rows this takes less time and memory than ``model.predict``, whose intermediate results
        are as long as ``x``. It goes with models whose samples do not depend on one another.

        Parameters
        ----------
        x : array_like
            One row a sample; it can be a ``numpy.memmap``.
        batch_size : int
            Samples in a batch.

        Returns
        -------
        array
            One row for each of ``x``.

        Raises
        ------
        TypeError, ValueError
            The data or the argument is not what it should be.
        """
        batch_size = whole_number(batch_size, "batch_size", "Trainer.predict")
        x = as_array(x)
        if x.ndim == 0 or len(x) <= batch_size:
            return self.model.predict(x)
        rows = batches(x, batch_size=batch_size, shuffle=False)
        return np.concatenate([self.model.predict(xb) for xb in rows])

    def _epoch(
        self, data: Batches, epoch: int, line: Progress, interrupts: DeferredInterrupts
    ) -> dict[str, float]:
        totals: dict[str, float] = {}
        seen = 0
        for number, (x, y) in enumerate(data, 1):
            value, prediction = self._backward(x, y, f"Trainer.fit: epoch {epoch}, batch {number}")
            interrupts.whole(self.optimizer.step)
            self._add(totals, value, prediction, y)
            seen += len(x)
            line.update(epoch, seen, totals)
        figures = {name: total / seen for name, total in totals.items()}
        return {"loss": figures.pop("loss"), "penalty": self.optimizer.penalty(), **figures}

    def _evaluate(self, x: Array, y: Array, batch_size: int) -> dict[str, float]:
        totals: dict[str, float] = {}
        for xb, yb in batches(x, y, batch_size=batch_size, shuffle=False):
            prediction = self.model.predict(xb)
            value = self.loss.evaluate(prediction, yb)
            self._add(totals, value, prediction, yb)
        return {name: total / len(x) for name, total in totals.items()}

    def _add(self, totals: dict[str, float], value: float, prediction: Array, y: Array) -> None:
        """Add a batch's figures, times its samples, to the totals."""
        totals["loss"] = totals.get("loss", 0.0) + value * len(y)
        for name, metric in self.metrics.items():
            figure = metric(prediction, y)
            if np.ndim(figure) or figure is None:
                raise TypeError(f"Trainer: the metric {name!r} must return a number, got {figure!r}")
            totals[name] = totals.get(name, 0.0) + float(figure) * len(y)

    def _backward(self, x: Array, y: Array, who: str) -> tuple[float, Array]:
        """Everything of a step but the update: the loss, the prediction, and finite gradients."""
        before = [(state, state.value) for state in self._states]
        prediction = self.model.forward(x)
        value = self.loss.forward(prediction, y)
        if not math.isfinite(value):
            for state, kept in before:  # running statistics have seen what is not finite
                state.value = kept
            raise FloatingPointError(
                f"{who}: the loss is {value}: {self._first_not_finite(x)}. The weights are those "
                "before this batch. A lower learning rate often helps."
            )
        self.model.backward_parameters(self.loss.backward())
        if not self._is_small():
            for parameter in self.optimizer.parameters:
                if parameter.grad is not None and not self._is_sound(parameter, parameter.grad):
                    raise FloatingPointError(
                        f"{who}: the loss is {value:.4g}, but the update of {parameter} is not finite. "
                        "The weights are those before this batch. A lower learning rate often helps."
                    )
        return value, prediction

    def _is_small(self) -> bool:
        """Whether no update can overflow, as nearly always: one pass over the gradients."""
        lr, square = self.optimizer.lr, 0.0
        for parameter in self.optimizer.parameters:
            if (grad := parameter.grad) is not None:
                square += float(np.vdot(grad, grad))
        return lr * lr * square < LARGE * LARGE and lr * self.optimizer.weight_decay <= 1

    def _is_sound(self, parameter: Parameter, grad: Array) -> bool:
        """Whether the update of one parameter is finite."""
        lr, value = self.optimizer.lr, parameter.value
        # Decay shrinks a weight, unless its factor is so large that it overshoots.
        decay = lr * self.optimizer.weight_decay if parameter.decay else 0.0
        growth = decay if decay > 1 else 0.0
        largest = lr * float(np.abs(grad).max()) + (1 + growth) * float(np.abs(value).max())
        return largest < float(np.finfo(value.dtype).max)

    def _first_not_finite(self, x: Array) -> str:
        """In words, where a copy of the model, run forward again, stops being finite."""
        if isinstance(self.model, Sequential):
            x = self.model._at_the_door(x)
        if not np.isfinite(x).all():
            return f"the input is not finite (in {x.dtype})"
        for path, layer in leaves(copy.deepcopy(self.model)):
            x = layer.forward(x)
            if not np.isfinite(x).all():
                return (
                    f"the first output that is not finite is that of {path or 'the model'}, {layer!r}"
                )
        return "run again, the output of every layer is finite"

    def _check_data(self, who: str, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """The data as arrays that the model and the loss take, in every row."""
        x, y = check_numbers(who, "x", x), check_numbers(who, "y", y)
        check_lengths(who, x, y)
        try:
            with _quiet():
                prediction = self.model.predict(x[:1])
            self.loss.check_target(y, (len(y), *prediction.shape[1:]))
        except (TypeError, ValueError) as error:
            error.add_note(f"in {who}: x has shape {x.shape}, y {y.shape}")
            raise
        return x, y

    def _rehearse(self, x: Array, y: Array) -> None:
        """Loss and metrics of a first batch: what is wrong with them shows before training."""
        with _quiet():
            prediction = self.model.predict(x)
            value = self.loss.evaluate(prediction, y)
            if not isinstance(value, float):
                raise TypeError(f"Trainer: {self.loss!r}.forward must return a float, got {value!r}")
            self._add({}, value, prediction, y)

    def _forget(self) -> None:
        """Drop what a pass that was not finished has left behind; see which states there are."""
        states = [part for _, part in self.model.named_parts() if isinstance(part, State)]
        self._states = [state for state in states if not isinstance(state, Parameter)]
        self.model.clear_saved()
        self.model.clear_gradients()
        self.loss.clear_saved()


def _quiet() -> np.errstate:
    """No warnings on the way to a value that is not finite: a FloatingPointError will report it."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


def _metrics(given: Iterable[str | Metric]) -> dict[str, Metric]:
    """The metrics by the names under which they are reported."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"Trainer: expected a list of metrics, got {given!r}")
    metrics: dict[str, Metric] = {}
    for metric in given:
        if isinstance(metric, str):
            if metric not in BY_NAME:
                raise ValueError(f"Trainer: unknown metric {metric!r}; there are {sorted(BY_NAME)}")
            name, metric = metric, BY_NAME[metric]
        elif callable(metric):
            name = getattr(metric, "__name__", type(metric).__name__)
        else:
            raise TypeError(f"Trainer: a metric is a name or a function, got {metric!r}")
        if name in metrics or name in ("loss", "penalty"):
            raise ValueError(f"Trainer: two figures with the name {name!r}")
        metrics[name] = metric
    return metrics
