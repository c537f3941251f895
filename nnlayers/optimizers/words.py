"""Words of other libraries for what optimizers have, with the advice to give."""

OTHER_WORDS = {
    "learning_rate": "set lr",
    "rate": "set lr, a number or a function of the number of steps",
    "param_groups": "a Parameter has the factors lr_factor and decay",
    "zero_grad": "step() clears the gradients; model.clear_gradients() drops them",
    "clipnorm": "clip_norm bounds all gradients together",
    "global_clipnorm": "set clip_norm",
    "clipvalue": "set clip_value",
    "max_norm": "set clip_norm",
    "decay": "set weight_decay, or a function of the number of steps as lr",
    "l2": "set weight_decay",
    "minimize": "run forward and backward, then step()",
    "apply_gradients": "backward has added the gradients to the parameters: use step()",
    **dict.fromkeys(["use_ema", "ema_momentum"], "give fit a callback, nn.MovingAverage()"),
    "gradient_accumulation_steps": "give accumulate to fit",
    "maximize": "change the sign of the loss and its gradient",
    "name": "optimizers have no names",
    "dampening": "that variant is not built in",
}

WORDS_OF_ADAPTIVE = OTHER_WORDS | {
    "eps": "set epsilon",
    "betas": "set beta_1 and beta_2",
    "b1": "set beta_1",
    "b2": "set beta_2",
    "alpha": "set rho",
    "momentum": "set beta_1",
    "nesterov": "that variant is not built in",
    "lr_decay": "give a function of the number of steps as lr",
    "initial_accumulator_value": "the sum of the squares begins at 0",
    "amsgrad": "that variant is not built in",
    "centered": "that variant is not built in",
}
