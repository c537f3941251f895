"""Training: steps, epochs, evaluation, and what happens when they go wrong."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from nnlayers.core.checks import RandomSource, generator, whole_number
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, as_arrays, each, length
from nnlayers.data.checks import check_data, check_lengths
from nnlayers.data.minibatches import Batches, batches
from nnlayers.losses.base import Loss
from nnlayers.metrics import Metric
from nnlayers.optimizers.base import Optimizer
from nnlayers.training.figures import Totals, named_metrics
from nnlayers.training.guard import Guard, quiet
from nnlayers.training.history import History
from nnlayers.training.interrupts import DeferredInterrupts
from nnlayers.training.progress import Progress, progress_line

__all__ = ["Trainer"]

EVALUATION_BATCH = 1024


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
        if not set(optimizer.parameters) & {*model.parameters(), *loss.parameters()}:
            raise ValueError("Trainer: no parameter of the optimizer belongs to the model")
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = named_metrics(loss.default_metrics if metrics is None else metrics)
        self.history = History()
        self.interrupted = False
        self._guard = Guard(model, optimizer)
        self._forget()

    def step(self, x: Any, y: Any) -> float:
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
            with quiet():
                value, _ = self._backward(x, y, "Trainer.step")
            self.optimizer.step()
        except BaseException:
            self._forget()
            raise
        return value

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        epochs: int,
        batch_size: int = 32,
        validation_data: tuple[Any, Any] | None = None,
        rng: RandomSource = None,
        progress: bool = True,
    ) -> History:
        """Train for a number of epochs; fitting again goes on where it stopped.

        Ctrl-C ends training between two updates and returns the history so far; an epoch that it cut
        short is not in it, but the weights keep what they learned.

        Parameters
        ----------
        x, y : array_like, or tuple of arrays
            One row a sample; all of it is checked before training begins, so labels out of range or a
            NaN change nothing. Arrays larger than memory can be a ``numpy.memmap``. A tuple of arrays
            is for a model with several inputs, or outputs.
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
            The data or an argument is not what it should be, or the optimizer lacks parameters that the
            model trains; nothing was changed.
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

        self._check_parameters()
        self._check_figures(*(each(lambda array: array[:batch_size], data) for data in (x, y)))
        source = generator(rng, "Trainer.fit")
        seed = None if rng is None or isinstance(rng, np.random.Generator) else int(rng)
        self._forget()
        self.interrupted = False
        first, last = self.history.epochs + 1, self.history.epochs + epochs
        samples = length(x)
        with (
            quiet(),
            progress_line(progress, first, last, samples) as line,
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
                    interrupts.protect(self.history.append, figures)
                    line.draw(epoch, samples, figures, ended=True)
            except KeyboardInterrupt:
                self.interrupted = True
            finally:
                self._forget()
        return self.history

    def evaluate(self, x: Any, y: Any, *, batch_size: int = EVALUATION_BATCH) -> dict[str, float]:
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

    def predict(self, x: Any, *, batch_size: int = EVALUATION_BATCH) -> Any:
        """The model's predictions for some data, computed batch by batch.

        For many rows this takes less time and memory than ``model.predict``, whose intermediate results
        are as long as ``x``. Only for models that treat samples independently.

        Parameters
        ----------
        x : array_like, or tuple of arrays
            One row a sample; it can be a ``numpy.memmap``.
        batch_size : int
            Samples in a batch.

        Returns
        -------
        array, or tuple of arrays
            One row for each of ``x``.

        Raises
        ------
        TypeError, ValueError
            The data or the argument is not what it should be.
        """
        batch_size = whole_number(batch_size, "batch_size", "Trainer.predict")
        x = as_arrays(x)
        if any(array.ndim == 0 for _, array in arrays_in(x)) or length(x) <= batch_size:
            return self.model.predict(x)
        rows = batches(x, batch_size=batch_size, shuffle=False)
        parts = [self.model.predict(xb) for xb in rows]
        return each(lambda *arrays: np.concatenate(arrays), *parts)

    def _epoch(
        self, data: Batches, epoch: int, line: Progress, interrupts: DeferredInterrupts
    ) -> dict[str, float]:
        totals = Totals(self.metrics)
        for number, (x, y) in enumerate(data, 1):
            value, prediction = self._backward(x, y, f"Trainer.fit: epoch {epoch}, batch {number}")
            interrupts.protect(self.optimizer.step)
            totals.add(value, prediction, y)
            line.update(epoch, totals.samples, totals.sums)
        figures = totals.means()
        return {"loss": figures.pop("loss"), "penalty": self.optimizer.penalty(), **figures}

    def _evaluate(self, x: Any, y: Any, batch_size: int) -> dict[str, float]:
        totals = Totals(self.metrics)
        for xb, yb in batches(x, y, batch_size=batch_size, shuffle=False):
            prediction = self.model.predict(xb)
            totals.add(self.loss.evaluate(prediction, yb), prediction, yb)
        return totals.means()

    def _backward(self, x: Any, y: Any, who: str) -> tuple[float, Any]:
        """Everything of a step but the update: the loss, the prediction, and finite gradients."""
        statistics = self._guard.current_statistics()
        prediction = self.model.forward(x)
        value = self.loss.forward(prediction, y)
        self._guard.check_loss(value, x, statistics, who)
        self.model.backward_parameters(self.loss.backward())
        self._guard.check_gradients(value, who)
        return value, prediction

    # Checks before training

    def _check_data(self, who: str, x: Any, y: Any) -> tuple[Any, Any]:
        """The data as arrays that the model and the loss take, in every row."""
        x, y = check_data(x, "x", who), check_data(y, "y", who)
        samples = check_lengths((x, y), who)
        try:
            with quiet():
                prediction = self.model.predict(each(lambda array: array[:1], x))
            shape = each(lambda array: (samples, *array.shape[1:]), prediction)
            self.loss.check_target(y, shape)
        except (TypeError, ValueError) as error:
            shapes = [each(lambda array: array.shape, data) for data in (x, y)]
            error.add_note(f"in {who}: x has shape {shapes[0]}, y {shapes[1]}")
            raise
        return x, y

    def _check_parameters(self) -> None:
        """Refuse an optimizer that lacks parameters which are trained."""
        held = set(self.optimizer.parameters)
        named = self.model.named_parameters()
        named += [(f"loss.{path}", parameter) for path, parameter in self.loss.named_parameters()]
        if missing := [path for path, p in named if p.trainable and p not in held]:
            raise ValueError(
                f"Trainer.fit: the optimizer does not hold {', '.join(missing)}, which is trained: "
                "make it from model.parameters() (and loss.parameters()) of the model as it is now, or "
                "freeze them with trainable = False"
            )

    def _check_figures(self, x: Any, y: Any) -> None:
        """Loss and metrics of a first batch: what is wrong with them shows before training."""
        with quiet():
            prediction = self.model.predict(x)
            value = self.loss.evaluate(prediction, y)
            if not isinstance(value, float):
                raise TypeError(f"Trainer: {self.loss!r}.forward must return a float, got {value!r}")
            Totals(self.metrics).add(value, prediction, y)

    def _forget(self) -> None:
        """Drop what an unfinished pass has left behind, and see which statistics there are."""
        self._guard.look()
        for component in (self.model, self.loss):
            component.clear_saved()
            component.clear_gradients()
