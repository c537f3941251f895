"""Callbacks that tests give to a fit."""

import nnlayers as nn


class Records(nn.Callback):
    """Writes down which hook was called, and where the fit was."""

    def __init__(self, name="", log=None):
        self.name, self.log = name, [] if log is None else log

    def write(self, hook, trainer):
        self.log.append((self.name, hook, trainer.place.epoch, trainer.place.batch))

    def start(self, trainer):
        self.write("start", trainer)

    def after_backward(self, trainer):
        self.write("after_backward", trainer)

    def after_step(self, trainer):
        self.write("after_step", trainer)

    def after_epoch(self, trainer, figures):
        self.write("after_epoch", trainer)

    def finish(self, trainer):
        self.write("finish", trainer)

    @property
    def hooks(self):
        return [hook for _, hook, *_ in self.log]


class DoesIn(nn.Callback):
    """Does something in one hook, for the first time that it is called in an epoch or later."""

    def __init__(self, hook, action, epoch=0):
        self.epoch, self.action = epoch, action
        setattr(self, hook, self.act)
        self.is_done = False

    def act(self, trainer, figures=None):
        if trainer.place.epoch >= self.epoch and not self.is_done:
            self.is_done = True
            self.action(trainer)


class Figures(nn.Callback):
    """Gives a figure the values of a list, one an epoch; None leaves it out."""

    def __init__(self, values, name):
        self.values, self.name, self.weights = values, name, []

    def after_epoch(self, trainer, figures):
        figures.pop(self.name, None)
        value = self.values[trainer.place.epoch - 1]
        if value is not None:
            figures[self.name] = value
        self.weights.append(trainer.evaluated_model.state_dict())
