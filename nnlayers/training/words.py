"""Other libraries' words for the attributes of a trainer."""

from typing import TYPE_CHECKING

from nnlayers.core.answers.attributes import OtherSetting, other_words
from nnlayers.core.origin import is_built_in
from nnlayers.core.similar import closest
from nnlayers.training.checks import check_part
from nnlayers.training.reported import check_fit, named_metrics


@other_words(
    train="use fit(x, y, epochs=10)",
    fit_predict="use fit, then predict",
    score='use evaluate(x, y)["accuracy"]',
    predict_proba="use nn.softmax(trainer.predict(x))",
    train_on_batch="use step(x, y)",
    parameters="the model has them: model.parameters()",
    summary="the model has it: model.summary()",
    compile="the constructor takes loss, optimizer and metrics",
    validate="use evaluate(x, y)",
    test="use evaluate(x, y)",
    fit_generator="use fit(batches, epochs=10)",
    current_epoch="use place.epoch",
    epoch="use place.epoch",
    global_step="use optimizer.steps",
    callback_metrics="use history, or the argument figures of after_epoch",
    logged_metrics="use history, or the argument figures of after_epoch",
    logger="give fit a callback, such as nn.CsvLog(path)",
    save_checkpoint="use save(path)",
    load_checkpoint="use load(path)",
    save_weights="the model has it: model.save_weights(path)",
    load_weights="the model has it: model.load_weights(path)",
    state_dict="use save(path); the model and the optimizer have a state_dict",
    lr_find="use nn.find_learning_rate(trainer, x, y)",
    find_learning_rate="use nn.find_learning_rate(trainer, x, y)",
)
@other_words(
    OtherSetting,
    lr="set trainer.optimizer.lr",
    learning_rate="set trainer.optimizer.lr",
    epochs="it is an argument of fit; trainer.history.epochs are those so far",
    batch_size="it is an argument of fit",
    rng="it is an argument of fit",
    progress="it is an argument of fit",
    verbose="progress is an argument of fit",
    callbacks="it is an argument of fit",
    validation_data="it is an argument of fit",
    metric="set trainer.metrics, a list",
    loss_fn="set trainer.loss",
    loss_function="set trainer.loss",
    criterion="set trainer.loss",
    optimiser="set trainer.optimizer",
    optim="set trainer.optimizer",
    network="set trainer.model",
    stop_training="call trainer.stop()",
    should_stop="call trainer.stop()",
)
class TrainersOfOthers:
    """Base of `Trainer`: reading, or setting, another library's word names ours.

    What takes the place of one of its parts is checked as by the constructor.
    """

    if not TYPE_CHECKING:  # to a type checker, this would make every name right

        def __setattr__(self, name, value):
            kind = type(self)
            if name in ("model", "loss", "optimizer"):
                check_part(name, value)
            elif name == "metrics":
                value = named_metrics(value)
                check_fit(value, self.loss)
            elif name not in vars(self) and not name.startswith("_") and not hasattr(kind, name):
                similar = is_built_in(kind) and closest(name, dir(self), cutoff=0.85)
                if similar:
                    raise AttributeError(
                        f"{kind.__name__} has no attribute {name!r}: did you mean {similar}?"
                    )
            super().__setattr__(name, value)
