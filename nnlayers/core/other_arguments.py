"""Other libraries' words for arguments, for the message when one is given."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

from nnlayers.core.declared import unknown_name
from nnlayers.core.origin import is_built_in

P = ParamSpec("P")
R = TypeVar("R")

OTHER_ARGUMENTS = {  # and ours, of which a function may have one
    "random_state": ["rng"], "seed": ["rng"], "random_seed": ["rng"], "generator": ["rng"],
    "n_epochs": ["epochs"], "nb_epoch": ["epochs"], "num_epochs": ["epochs"], "max_iter": ["epochs"],
    "X": ["x"], "Y": ["y"], "x_train": ["x"], "y_train": ["y"], "inputs": ["x"],
    "validation": ["validation_data"], "eval_set": ["validation_data"], "verbose": ["progress"],
    "max_epochs": ["epochs"], "restore_best_weights": ["restore_best"], "threshold": ["min_delta"],
    "filepath": ["path"], "filename": ["path"], "dirpath": ["path"], "save_dir": ["path", "folder"],
    "log_dir": ["folder", "path"], "logdir": ["folder", "path"], "period": ["every_epochs"],
    "every_n_epochs": ["every_epochs"], "save_freq": ["every_epochs"],
    "every_n_train_steps": ["every_steps"], "ema_decay": ["decay"], "momentum": ["decay"],
    "T_max": ["steps"], "total_steps": ["steps"], "num_training_steps": ["steps"],
    "num_training": ["steps"], "decay_steps": ["steps", "every"], "step_size": ["every"],
    "transition_steps": ["steps", "every"], "gamma": ["factor"], "decay_rate": ["factor"],
    "max_lr": ["lr", "largest"], "min_lr": ["least", "end"], "initial_learning_rate": ["lr"],
    "init_value": ["lr"], "base_lr": ["lr"], "peak_value": ["lr"], "warmup_steps": ["warmup"],
    "num_warmup_steps": ["warmup"], "eta_min": ["end"], "end_learning_rate": ["end"],
    "end_value": ["end"], "pct_start": ["rise"], "display_labels": ["class_names"],
    "labels": ["y", "class_names"], "test_fraction": ["test_size"], "val_size": ["test_size"],
    "units": ["out_features"], "output_dim": ["out_features", "features"],
    "input_size": ["in_features"], "hidden_size": ["units"],
    "num_embeddings": ["count"], "vocab_size": ["count"], "embedding_dim": ["features"],
    "in_features": ["in_channels"], "out_features": ["out_channels"],
    "filters": ["out_channels"], "strides": ["stride"], "dilation_rate": ["dilation"],
    "input_dim": ["in_features", "count"], "input_shape": ["in_features", "features"],
    "use_bias": ["bias"], "num_features": ["features"], "normalized_shape": ["features"],
    "num_channels": ["features"], "num_groups": ["groups"], "eps": ["epsilon"],
    "pool_size": ["size"], "kernel_size": ["size"], "scale_factor": ["factor"],
    "embed_dim": ["features"], "num_heads": ["heads"], "d_model": ["features"], "nhead": ["heads"],
    "n_head": ["heads"], "n_heads": ["heads"], "dim_feedforward": ["hidden"], "is_causal": ["causal"],
    "use_causal_mask": ["causal"], "dropout_rate": ["dropout", "rate"],
    "kernel_initializer": ["initializer"], "weight_initializer": ["initializer"],
    "init": ["initializer"], "weight_init": ["initializer"],
    "p": ["rate"], "prob": ["rate"], "dim": ["axis"],
    "negative_slope": ["slope"], "alpha": ["slope"], "size": ["factor"], "num_parameters": ["features"],
    "std": ["stddev"], "sigma": ["stddev"], "deviation": ["stddev"],
    "num_classes": ["classes"], "sep": ["delimiter"], "usecols": ["columns"],
    "target_column": ["label"], "beta": ["delta"],
    "loss_weights": ["factors"], "weights": ["factors", "sample_weight"], "loss_factors": ["factors"],
    "sample_weights": ["sample_weight"], "callback": ["callbacks"],
    "accumulate_grad_batches": ["accumulate"], "gradient_accumulation_steps": ["accumulate"],
    "ckpt_path": ["checkpoint"], "resume_from_checkpoint": ["checkpoint"], "resume": ["checkpoint"],
    "learning_rate": ["lr"], "optim": ["optimizer"], "criterion": ["loss"],
    "metric": ["metrics"], "true": ["target"], "y_true": ["target"], "y_pred": ["prediction"],
}  # fmt: skip

CALLBACKS = "fit(..., callbacks=[nn.EarlyStopping(patience=5)])"
OPTIMIZER = "the optimizer has it, as in nn.SGD(model.parameters(), lr=0.1)"
WEIGHTS = "give sample_weight=w to fit, or weights=w to the loss's forward; for classes, w[y]"
BEST = "EarlyStopping keeps the best weights: call model.save_weights(path) after fit"
AFTERWARDS = "set it afterwards, layer.trainable = False"
NOT_TRAINED = "freeze what is not to be trained, such as layer.gain.trainable = False"
ADVICE = {
    "activation": "put it behind, as a layer of its own such as nn.ReLU()",
    "bias_initializer": "biases begin at zero; write into layer.bias.value[...]",
    "kernel_regularizer": "weight_decay of the optimizer takes its place",
    "name": "layers have no names but their places in the network",
    "trainable": AFTERWARDS,
    "requires_grad": AFTERWARDS,
    "inplace": "no layer changes its input",
    "device": "all arrays are NumPy's",
    "dtype": "layers are made in float32; model.astype(np.float64) is a copy in another dtype",
    "input_shape": "the Sequential has it: nn.Sequential(..., input_shape=(8, 8, 3))",
    "axis": "it works along the last axis",
    "dim": "it works along the last axis",
    **dict.fromkeys(["affine", "center", "scale", "elementwise_affine"], NOT_TRAINED),
    "track_running_stats": "predict always uses the running statistics",
    "count_include_pad": "the padding never counts",
    "ceil_mode": "rows left over at the end are ignored, but with padding=((0, 1), (0, 1))",
    "start_dim": "all axes but that of the samples become one",
    "interpolation": "it repeats rows and columns",
    "approximate": "it is always exact",
    "target_shape": "give the sizes one by one, as in nn.Reshape(2, 3)",
    "data_format": "channels come last, as in (N, H, W, C)",
    "padding_mode": "it pads with zeros; for anything else, use np.pad before it",
    "depth_multiplier": "give out_channels, as many times in_channels",
    "from_logits": "it always takes logits, without a softmax or sigmoid before it",
    "reduction": "the loss is always the mean over the samples",
    "size_average": "the loss is always the mean over the samples",
    "label_smoothing": "give softer targets: distributions such as 0.9 * nn.one_hot(y) + 0.1 / classes",
    "ignore_index": "give a mask as the weights of forward",
    "weight": WEIGHTS,
    "class_weight": WEIGHTS,
    "sample_weight": WEIGHTS,
    "sample_weights": WEIGHTS,
    "weights": WEIGHTS,
    "pos_weight": "give weights=np.where(y == 1, 10, 1) to the forward of the loss",
    "loss_weights": "give nn.Losses([...], factors=[...]) as the loss",
    "num_layers": "put as many layers into a Sequential",
    **dict.fromkeys(["key_dim", "value_dim"], "each head has features / heads, for keys and values"),
    **dict.fromkeys(["kdim", "vdim"], "both sequences have the same features: put a Dense before it"),
    "dropout": "put it behind, as nn.Dropout(rate)",
    "norm_first": "both parts always normalize what they read",
    "batch_first": "the axes are always samples, steps, features",
    "bidirectional": "use nn.Bidirectional(ahead, back)",
    "merge_mode": "the outputs always stand side by side",
    **dict.fromkeys(["stateful", "return_state"], "every sequence begins with a state of zeros"),
    **dict.fromkeys(["padding_idx", "mask_zero"], "give a mask as the weights of the loss"),
    "validation_split": "split before, with nn.train_test_split, and give validation_data",
    "callbacks": f"give them to fit: {CALLBACKS}",
    **dict.fromkeys(["early_stopping", "patience", "n_iter_no_change"], f"use {CALLBACKS}"),
    "shuffle": "the samples are always shuffled; rng makes their order repeatable",
    "steps_per_epoch": "an epoch goes through all samples, or all batches",
    **dict.fromkeys(
        ["validation_freq", "check_val_every_n_epoch"], "validation data are evaluated in every epoch"
    ),
    "initial_epoch": "fitting again goes on where it stopped",
    "train_size": "give test_size, the share or number of the others",
    "drop_last": "the last batch is shorter; slice the data to leave it out",
    "verbose": "it prints nothing",
    "lr": OPTIMIZER,
    "learning_rate": OPTIMIZER,
    "momentum": OPTIMIZER,
    "weight_decay": OPTIMIZER,
    "metrics": "the Trainer has them: nn.Trainer(model, loss, optimizer, metrics=[...])",
    "max_epochs": "give epochs to fit",
    "batch_size": "give it to fit",
    **dict.fromkeys(["accumulate_grad_batches", "accumulate"], "give accumulate to fit"),
    **dict.fromkeys(["gradient_clip_val", "clip_norm"], "the optimizer has it, as clip_norm"),
    **dict.fromkeys(["accelerator", "devices"], "all arrays are NumPy's"),
    "precision": "model.astype(np.float64) makes a network of another precision",
    "warmup_epochs": "give warmup, a number of steps: epochs * len(nn.batches(x, y))",
    **dict.fromkeys(["save_best_only", "save_top_k", "save_weights_only", "monitor"], BEST),
    "alpha": "give end, the last learning rate: alpha * lr",
    "div_factor": "give start, which is 1 / div_factor",
    "final_div_factor": "give end, the last learning rate as a share of lr",
    "minutes": "give seconds",
    "append": "it writes the whole history, that of a run which goes on too",
    "normalize": "colours are shares of a row, numbers are counts: chart.data has them",
    "return_X_y": "it always returns arrays, x and y",
    "as_frame": "it always returns arrays, x and y",
}


class Arguments:
    """The names of the arguments of a function, to refuse others with the advice to give."""

    def __init__(self, function: Callable[..., Any], who: str) -> None:
        parameters = [*inspect.signature(function).parameters.values()]
        kinds = {p.kind for p in parameters}
        self.who = who
        self.any_position = inspect.Parameter.VAR_POSITIONAL in kinds
        self.any_name = inspect.Parameter.VAR_KEYWORD in kinds
        self.positions = sum(p.kind <= p.POSITIONAL_OR_KEYWORD for p in parameters)
        by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self.names = [p.name for p in parameters if p.kind in by_name and p.name != "self"]
        self.keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]

    def check(self, args: tuple[Any, ...], names: Mapping[str, Any], words: Mapping[str, str]) -> None:
        """Refuse an unknown name, and an argument by position that goes by name only.

        Raises
        ------
        TypeError
            It names what was probably meant.
        """
        if not self.any_name:
            for name in names:
                if name not in self.names:
                    self._refuse(name, words)
        if len(args) > self.positions and self.keywords and not self.any_position:
            value = args[self.positions]
            shown = "..." if hasattr(value, "shape") else repr(value)
            raise TypeError(
                f"{self.who}: name the arguments {', '.join(self.keywords)}, such as "
                f"{self.keywords[0]}={shown}"
            )

    def _refuse(self, name: str, words: Mapping[str, str]) -> NoReturn:
        ours = [word for word in OTHER_ARGUMENTS.get(name, ()) if word in self.names]
        advice = {name: f"use {ours[0]}"} if ours else ADVICE | dict(words)
        raise TypeError(unknown_name(name, self.who, self.names, advice, "argument"))


def answers_other_arguments(**words: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator of functions: their unknown arguments are answered with ours, or with these words."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        arguments = Arguments(function, function.__qualname__.removesuffix(".__init__"))

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            arguments.check(args, kwargs, words)
            return function(*args, **kwargs)

        return checked

    return decorate


def check_constructor(kind: type, args: tuple[Any, ...], names: Mapping[str, Any]) -> None:
    """Refuse arguments that the constructor of a class does not have, or lacks; quick if all are right.

    Of a user's class, only what has an advice is refused; Python says the rest.

    Raises
    ------
    TypeError
        It names what was probably meant, or what is missing.
    """
    init: Any = kind.__init__  # type: ignore[misc]
    if init is object.__init__:
        advice = [f": {ADVICE[name]}" for name in names if name in ADVICE]
        raise TypeError(f"{kind.__name__} takes no arguments{''.join(advice[:1])}")
    if code := getattr(init, "__code__", None):
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        many = len(args) >= code.co_argcount and not code.co_flags & inspect.CO_VARARGS
        if not many and all(name in known for name in names):
            required = known[1 : code.co_argcount - len(init.__defaults__ or ())]
            missing = [name for name in required[len(args) :] if name not in names]
            if missing and is_built_in(kind):
                raise TypeError(
                    f"{kind.__name__}: expected {kind.__name__}({', '.join(required)}), got no "
                    f"{' and no '.join(missing)}"
                )
            return
    if not is_built_in(kind):
        names = {name: names[name] for name in names if name in OTHER_ARGUMENTS.keys() | ADVICE.keys()}
    Arguments(init, kind.__name__).check((kind, *args), names, {})
