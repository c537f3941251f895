"""Training: epochs of steps, evaluation, prediction."""

from collections.abc import Iterable
from typing import Any

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import RandomSource, whole_number
from nnlayers.core.files import FilePath
from nnlayers.core.layer import Layer
from nnlayers.losses.base import Loss
from nnlayers.metrics import Metric
from nnlayers.optimizers.base import Optimizer
from nnlayers.training.callbacks.base import Callback
from nnlayers.training.callbacks.checkpoints import Checkpoint
from nnlayers.training.checks import check_parts
from nnlayers.training.evaluation import EVALUATION_BATCH, predict
from nnlayers.training.fitting import Settings, begin, check_not_running, read_data, run_in_file
from nnlayers.training.health.findings import Health
from nnlayers.training.history import History
from nnlayers.training.names import Names, known_names
from nnlayers.training.reported import named_metrics
from nnlayers.training.running import Running
from nnlayers.training.stepper import Stepper
from nnlayers.training.validation import evaluation_figures
from nnlayers.training.words import TrainersOfOthers

__all__ = ["Trainer"]


class Trainer(Running, TrainersOfOthers):
    """Train a model, evaluate it, and predict with it: the loop, its figures and its files.

    Parameters
    ----------
    model : Layer
        The network.
    loss : Loss
        What is minimised, together with the optimizer's L2 penalty.
    optimizer : Optimizer
        An optimizer of the parameters of the model (and of the loss, if it has any).
    metrics : list of str or function, or dict, optional
        What is reported beside the loss: names (``"accuracy"``, ``"roc_auc"``, ...) or functions
        ``(prediction, target, weights=None) -> float`` of all samples of an epoch together; one
        without ``weights`` ignores those of the samples. A dict names the figures. By default, those
        that the loss names. A metric that has no value (`UndefinedMetric`) is left out of its epoch,
        and a UserWarning says why, once in a fit.

    Attributes
    ----------
    history : History
        The figures of all epochs so far.
    health : Health
        What was noticed in the last `fit`; empty if all was well.

    Raises
    ------
    TypeError, ValueError
        Something is not what it should be, or a metric is unknown, or does not fit the loss.

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
    >>> trainer.predict(x[:2]).shape
    (2, 10)
    >>> trainer.save("run.npz")
    >>> trainer.load("run.npz")  # perhaps in a new process, whose next fit then goes on
    >>> trainer.fit(x, y, epochs=1, rng=0, progress=False).epochs
    4
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
        self._stepper = Stepper(self)

    def step(self, x: Any, y: Any, weights: Any = None) -> float:
        """One training step on one batch: forward, loss, backward, update.

        It returns the loss of the batch before the update, without the penalty. If that or a gradient
        is not finite, it raises FloatingPointError, and nothing is updated. `fit` calls it for every
        batch, so a subclass that overrides it changes what `fit` does.
        """
        return self._stepper.step(self, [(x, y) if weights is None else (x, y, weights)])

    @answers_other_arguments()
    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int,
        batch_size: int | None = None,
        validation_data: Any = None,
        sample_weight: Any = None,
        accumulate: int = 1,
        callbacks: Iterable[Callback] = (),
        checkpoint: FilePath | Checkpoint | None = None,
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
            NaN change nothing. Models with several inputs, or outputs, take tuples. In the place of
            both, ``x`` may be an iterable of batches ``(x, y)`` or ``(x, y, weights)``, or a function
            that returns one for each epoch; for data larger than memory, a `stream`.
        epochs : int
            How many times to go through the data; with ``checkpoint``, in all.
        batch_size : int, optional
            Samples in a step, 32 by default; the last one of an epoch takes what is left. Only for
            arrays, as ``rng``: batches have their own sizes, and an order of their own.
        validation_data : pair, optional
            ``x`` and ``y``, perhaps weights, or batches, to evaluate on after each epoch.
        sample_weight : array_like, optional
            How much each sample counts: in the loss, its gradients, and the metrics.
        accumulate : int
            How many batches make a step, as if they were one.
        callbacks : list of Callback
            What is called as the fit goes on.
        checkpoint : path or Checkpoint, optional
            The run is saved there after each epoch, and goes on from there if the file exists.
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
        if accumulate != 1 and getattr(self.step, "__func__", None) is not Trainer.step:
            raise ValueError(
                f"Trainer.fit: accumulate={accumulate} needs Trainer.step, which is overridden here: "
                "leave out accumulate, or give larger batches"
            )
        settings = Settings(
            epochs=epochs,
            batch_size=batch_size,
            accumulate=accumulate,
            callbacks=callbacks,
            checkpoint=checkpoint,
            rng=rng,
            progress=progress,
            health=health,
        )
        check_not_running(self._stepper, "Trainer.fit")
        run = run_in_file(self, settings, self._run)
        names = known_names(self.model, self._target_names, run)
        data = read_data(self, x, y, sample_weight, validation_data, settings, names)
        loop = begin(self, self._stepper, data, settings, run, self._run)
        self._run, self._target_names = None, data.names.targets
        loop.run()
        return self.history

    def save(self, path: FilePath) -> None:
        """Write the run into a file: all that it takes to go on as if it had never been stopped.

        `EarlyStopping` and `MovingAverage` put other weights into the model when a fit ends; those with
        which training goes on are in the file of ``fit(..., checkpoint=path)``.
        """
        from nnlayers.training import checkpoint as checkpoints  # takes long to import

        checkpoints.write(path, self, self._loop, self._run, self._target_names)

    def load(self, path: FilePath) -> None:
        """Read a run that `save` wrote; the next `fit` goes on where it was.

        Raises
        ------
        OSError, ValueError
            There is no such file, it is damaged, or it is the run of another model, loss or optimizer;
            nothing was changed.
        """
        from nnlayers.training import checkpoint as checkpoints

        check_not_running(self._stepper, "Trainer.load")
        run = checkpoints.load(path, self)
        self._target_names = run["columns"].targets or self._target_names
        self._loop, self._run = None, {name: run[name] for name in checkpoints.OF_A_FIT}

    @answers_other_arguments()
    def evaluate(
        self, x: Any, y: Any = None, *, sample_weight: Any = None, batch_size: int | None = None
    ) -> dict[str, float]:
        """The loss (without the penalty) and the metrics on some data, predicted batch by batch.

        ``{"loss": ..., "accuracy": ...}``: exact, of all samples together. The data are checked first;
        they are those of `fit`, so ``x`` may be batches. ``batch_size``, for arrays, is 1,024 by
        default. A metric that has no value is left out, and a UserWarning says why.
        """
        names = Names(targets=self._target_names)
        return evaluation_figures(self, x, y, sample_weight, batch_size, names)

    @answers_other_arguments()
    def predict(self, x: Any, *, batch_size: int = EVALUATION_BATCH) -> Any:
        """The model's predictions for some data, computed batch by batch.

        For many rows this takes less time and memory than ``model.predict``, whose intermediate results
        are as long as ``x``. Only for models that treat samples independently. ``x`` is an array or a
        tuple of arrays, perhaps memory maps or in a file of HDF5 or Zarr, with one row a sample; so is
        the result. A `stream` is read in the order of the data.
        """
        batch_size = whole_number(batch_size, "batch_size", "Trainer.predict")
        return predict(self.model, x, batch_size)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, {self.loss!r}, {self.optimizer!r})"
