"""Training: epochs of steps, evaluation, prediction."""

from collections.abc import Iterable
from typing import Any

from nnlayers.core.checks import RandomSource, whole_number
from nnlayers.core.frames import Columns
from nnlayers.core.layer import Layer
from nnlayers.core.other_words import answers_other_arguments
from nnlayers.core.structures import length
from nnlayers.data.minibatches import batches
from nnlayers.losses.base import Loss
from nnlayers.metrics import Metric
from nnlayers.optimizers.base import Optimizer
from nnlayers.training.checks import check_batches, check_fit, check_parts, check_validation
from nnlayers.training.evaluation import EVALUATION_BATCH, evaluate, predict
from nnlayers.training.figures import Totals, named_metrics
from nnlayers.training.guard import quiet
from nnlayers.training.health.findings import Health
from nnlayers.training.health.hooks import Unwatched
from nnlayers.training.health.watcher import watcher
from nnlayers.training.history import History
from nnlayers.training.interrupts import Interrupts
from nnlayers.training.names import Names, names_for_fit, remember_names
from nnlayers.training.order import order_source
from nnlayers.training.progress import Progress, progress_line
from nnlayers.training.stepper import Stepper
from nnlayers.training.threads import one_thread_only
from nnlayers.training.words import TrainersOfOthers

__all__ = ["Trainer"]


class Trainer(TrainersOfOthers):
    """Trains a model: it holds the model, the loss, the optimizer, the metrics and the history.

    Parameters
    ----------
    model : Layer
        The network.
    loss : Loss
        What is minimised, together with the optimizer's L2 penalty.
    optimizer : Optimizer
        Of the parameters of the model (and of the loss, if it has any).
    metrics : list of str or function, or dict, optional
        What is reported beside the loss: names (``"accuracy"``, ``"mean_absolute_error"``), or
        functions ``(prediction, target) -> float`` that return a mean over the samples; a dict names
        the functions. By default those that the loss names.

    Attributes
    ----------
    history : History
        The figures of all epochs so far.
    interrupted : bool
        Whether the last `fit` was ended by Ctrl-C.
    health : Health
        What was noticed in the last `fit`; empty if all was well.

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

    @answers_other_arguments()
    def __init__(
        self,
        model: Layer,
        loss: Loss,
        optimizer: Optimizer,
        *,
        metrics: Iterable[str | Metric] | None = None,
    ) -> None:
        check_parts(model, loss, optimizer)
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = named_metrics(loss.default_metrics if metrics is None else metrics)
        self.history = History()
        self.health = Health()
        self._steps = Stepper(self)
        self._target_names: Columns = None

    @property
    def interrupted(self) -> bool:
        """Whether the last `fit` was ended by Ctrl-C."""
        return self._steps.interrupts.acknowledge()

    def step(self, x: Any, y: Any) -> float:
        """One training step on one batch: forward, loss, backward, update.

        It returns the loss of the batch before the update, without the penalty. If that or a gradient
        is not finite, it raises FloatingPointError, and the update did not take place. `fit` calls it
        for every batch: a subclass that overrides it changes what `fit` does.
        """
        return self._steps.step(self, x, y)

    @answers_other_arguments()
    def fit(
        self,
        x: Any,
        y: Any,
        *,
        epochs: int,
        batch_size: int = 32,
        validation_data: Any = None,
        rng: RandomSource = None,
        progress: bool = True,
        health: bool = True,
    ) -> History:
        """Train for a number of epochs; fitting again goes on where it stopped.

        Ctrl-C ends training after the running step and returns the history so far, without an epoch
        that it cut short; the weights keep what they learned. `interrupted` is then True. A second
        Ctrl-C, in the same fit or within a minute in a later one, raises KeyboardInterrupt.

        Parameters
        ----------
        x, y : array_like, or tuple of arrays
            One row a sample; all of it is checked before training begins, so labels out of range or a
            NaN change nothing. Arrays larger than memory can be a ``numpy.memmap``. Models with several
            inputs, or outputs, take tuples.
        epochs : int
            How many times to go through the data.
        batch_size : int
            Samples in a step; the last one of an epoch takes what is left.
        validation_data : pair, optional
            ``x`` and ``y`` to evaluate on after each epoch.
        rng : int, Generator or None
            The source of the order of the samples, which is new in every epoch. From an integer, the
            order of an epoch depends on it and on the number of steps that the optimizer has taken.
        progress : bool
            Whether to show a line with the figures, the speed and the time that is left.
        health : bool
            Whether to watch the training, and to warn (`HealthWarning`) if it goes nowhere.

        Returns
        -------
        History
            The figures of all epochs so far, those of earlier fits too.

        Raises
        ------
        TypeError, ValueError
            The data or an argument is wrong, or the optimizer lacks parameters of the model.
        FloatingPointError
            The loss or a gradient is no longer finite: it names epoch, batch and the first layer whose
            output is not finite. The weights are those before that batch, and ``trainer.history`` has
            the epochs before.
        """
        epochs = whole_number(epochs, "epochs", "Trainer.fit")
        batch_size = whole_number(batch_size, "batch_size", "Trainer.fit")
        names = names_for_fit(self.model, x, y, self._target_names)
        x, y = check_batches(self.model, self.loss, x, y, "Trainer.fit", names, to_train=True)
        validation = check_validation(self.model, self.loss, validation_data, names)
        check_fit(self, x, y, batch_size)
        steps = self.optimizer.steps
        order_source(rng, steps)  # refuses what cannot be one
        remember_names(self.model, names.inputs)
        self._target_names = names.targets
        watch = watcher(self, x, y, batch_size, epochs) if health else Unwatched()
        self.health = watch.report
        watch.start()
        first, last, samples = self.history.epochs + 1, self.history.epochs + epochs, length(x)
        interrupts = Interrupts(self.optimizer, self._steps.interrupts.last)
        self._steps.interrupts = interrupts
        with one_thread_only(self.optimizer.parameters, "Trainer.fit"), interrupts, quiet():
            self._steps.forget(self)
            try:
                with interrupts.first(), watch, progress_line(progress, first, last, samples) as line:
                    for epoch in range(first, last + 1):
                        data = batches(x, y, batch_size=batch_size, rng=order_source(rng, steps))
                        steps += len(data)
                        figures = self._epoch(interrupts.watched(data), epoch, line, watch)
                        rows = interrupts.watched(validation)
                        figures |= evaluate(self.model, self.loss, self.metrics, rows, "val_")
                        self.history.append(figures)
                        line.draw(epoch, samples, figures, ended=True)
                        watch.after_epoch(figures)
            finally:
                self._steps.place = None
                self._steps.forget(self)
            if interrupts.asked:
                line.note("Ctrl-C has ended this fit; a second one leaves the program's loop as well.")
            watch.finish()
        return self.history

    @answers_other_arguments()
    def evaluate(self, x: Any, y: Any, *, batch_size: int = EVALUATION_BATCH) -> dict[str, float]:
        """The loss (without the penalty) and the metrics on some data, predicted batch by batch.

        ``{"loss": ..., "accuracy": ...}``: exact means over the samples. The data are checked first.
        """
        batch_size = whole_number(batch_size, "batch_size", "Trainer.evaluate")
        names = Names(targets=self._target_names)
        x, y = check_batches(self.model, self.loss, x, y, "Trainer.evaluate", names)
        data = batches(x, y, batch_size=batch_size, shuffle=False)
        return evaluate(self.model, self.loss, self.metrics, data)

    @answers_other_arguments()
    def predict(self, x: Any, *, batch_size: int = EVALUATION_BATCH) -> Any:
        """The model's predictions for some data, computed batch by batch.

        For many rows this takes less time and memory than ``model.predict``, whose intermediate results
        are as long as ``x``. Only for models that treat samples independently. ``x`` is an array or a
        tuple of arrays, perhaps ``numpy.memmap``, with one row a sample; so is the result.
        """
        batch_size = whole_number(batch_size, "batch_size", "Trainer.predict")
        return predict(self.model, x, batch_size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, {self.loss!r}, {self.optimizer!r})"

    def _epoch(
        self, data: Iterable[Any], epoch: int, line: Progress, watch: Unwatched
    ) -> dict[str, float]:
        totals = Totals(self.metrics)
        for number, (x, y) in enumerate(data, 1):
            self._steps.place, self._steps.seen = (epoch, number), None
            value: object = self.step(x, y)
            watch.after_step()
            if not isinstance(value, float):
                who = type(self).__name__
                raise TypeError(f"{who}.step must return the loss, a float, got {value!r}")
            # A step that a subclass has overridden may not have called this one.
            prediction, target = self._steps.seen or (self.model.predict(x), y)
            totals.add(value, prediction, target)
            self._steps.interrupts.at_once = False
            line.update(epoch, totals.samples, totals.sums)
        figures = totals.means()
        return {"loss": figures.pop("loss"), "penalty": self.optimizer.penalty(), **figures}
