"""Other libraries' words for the attributes of a trainer."""

from nnlayers.core.other_words import LOOP, OtherSetting, other_words


@other_words(
    train="use fit(x, y, epochs=10)",
    fit_predict="use fit, then predict",
    score='use evaluate(x, y)["accuracy"]',
    predict_proba="use nn.softmax(trainer.predict(x))",
    train_on_batch="use step(x, y)",
    save="model.save_weights(path) keeps the weights",
    load="model.load_weights(path) loads the weights",
    parameters="the model has them: model.parameters()",
    summary="the model has it: model.summary()",
    compile="the constructor takes loss, optimizer and metrics",
)
@other_words(
    kind=OtherSetting,
    lr="set trainer.optimizer.lr",
    learning_rate="set trainer.optimizer.lr",
    epochs="it is an argument of fit; trainer.history.epochs are those so far",
    batch_size="it is an argument of fit",
    rng="it is an argument of fit",
    progress="it is an argument of fit",
    verbose="progress is an argument of fit",
    callbacks=f"write {LOOP}",
)
class TrainersOfOthers:
    """Base of `Trainer`: reading, or setting, another library's word names ours."""
