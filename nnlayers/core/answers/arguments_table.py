"""What to say about the arguments of other libraries: our words for them, or what to do instead."""

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
    "layer": ["ahead"], "forward_layer": ["ahead"], "backward_layer": ["back"],
    "embed_dim": ["features"], "num_heads": ["heads"], "d_model": ["features"], "nhead": ["heads"],
    "n_head": ["heads"], "n_heads": ["heads"], "dim_feedforward": ["hidden"], "is_causal": ["causal"],
    "use_causal_mask": ["causal"], "dropout_rate": ["dropout", "rate"],
    "kernel_initializer": ["initializer"], "weight_initializer": ["initializer"],
    "init": ["initializer"], "weight_init": ["initializer"],
    "p": ["rate"], "prob": ["rate"], "dim": ["axis"],
    "negative_slope": ["slope"], "alpha": ["slope"], "num_parameters": ["features"],
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
NOT_TRAINED = "freeze the parameter instead, as layer.gain.trainable = False"
PARAMETERS = {  # in Keras, and here
    "kernel": "weight", "recurrent": "recurrent_weight", "bias": "bias", "embeddings": "weight",
    "gamma": "gain", "beta": "offset", "alpha": "slope", "moving_mean": "mean",
    "moving_variance": "variance", "depthwise": "weight", "pointwise": "weight",
}  # fmt: skip

OF_TRAINING = {  # whatever it is given to
    **dict.fromkeys(["device", "accelerator", "devices"], "all arrays are NumPy's"),
    "verbose": "it prints nothing",
    **dict.fromkeys(["lr", "learning_rate", "momentum", "weight_decay"], OPTIMIZER),
    **dict.fromkeys(["gradient_clip_val", "clip_norm"], "the optimizer has it, as clip_norm"),
    **dict.fromkeys(["class_weight", "sample_weight", "sample_weights", "weights"], WEIGHTS),
    "loss_weights": "give nn.Losses([...], factors=[...]) as the loss",
    "metrics": "the Trainer has them: nn.Trainer(model, loss, optimizer, metrics=[...])",
    "callbacks": f"give them to fit: {CALLBACKS}",
    **dict.fromkeys(["early_stopping", "patience", "n_iter_no_change"], f"use {CALLBACKS}"),
    "validation_split": "split before, with nn.train_test_split, and give validation_data",
    **dict.fromkeys(
        ["validation_freq", "check_val_every_n_epoch"], "validation data are evaluated in every epoch"
    ),
    "shuffle": "the samples are always shuffled; rng makes their order repeatable",
    "steps_per_epoch": "an epoch goes through all samples, or all batches",
    "initial_epoch": "fit continues where the last one stopped",
    "max_epochs": "give epochs to fit",
    "batch_size": "give it to fit",
    **dict.fromkeys(["accumulate_grad_batches", "accumulate"], "give accumulate to fit"),
    "precision": "model.astype(np.float64) makes a network of another precision",
    **dict.fromkeys(["save_best_only", "save_top_k", "save_weights_only", "monitor"], BEST),
}

OF_LAYERS = {
    "activation": "put it after the layer, as nn.ReLU()",
    **{f"{name}_initializer": f"write into layer.{PARAMETERS[name]}.value[...]" for name in PARAMETERS},
    **{f"{name}_regularizer": "use weight_decay of the optimizer" for name in PARAMETERS},
    **{
        f"{name}_regularizer": f"set layer.{PARAMETERS[name]}.decay = 1, beside weight_decay"
        for name in ["bias", "gamma", "beta", "alpha"]
    },
    **{
        f"{name}_constraint": "change the weights in the after_step of a callback"
        for name in PARAMETERS
    },
    "activity_regularizer": "no penalty of outputs is built in: use a Loss of your own",
    **dict.fromkeys(["weight", "weights", "_weight"], "write into layer.weight.value[...]"),
    "name": "layers are named by their place in the network",
    **dict.fromkeys(["trainable", "requires_grad", "_freeze"], AFTERWARDS),
    "inplace": "no layer changes its input",
    "dtype": "layers are made in float32; model.astype(np.float64) is a copy in another dtype",
    **dict.fromkeys(
        ["input_shape", "batch_input_shape"],
        "give it to the network, nn.Sequential(..., input_shape=(8, 8, 3))",
    ),
    **dict.fromkeys(["axis", "dim"], "it works along the last axis"),
    "data_format": "channels come last, as in (N, H, W, C)",
    **dict.fromkeys(["input_length", "max_len"], "sequences may have any length"),
    "batch_first": "the axes are always (samples, steps, features)",
    "dropout": "put it after the layer, as nn.Dropout(rate)",
    # normalization
    **dict.fromkeys(["affine", "center", "scale", "elementwise_affine"], NOT_TRAINED),
    "rms_scaling": "use nn.RMSNorm",
    # images and shapes
    "count_include_pad": "the padding never counts",
    "ceil_mode": "rows left over at the end are ignored; padding=((0, 1), (0, 1)) keeps them",
    "padding_mode": "it pads with zeros; for anything else, use np.pad before it",
    "depth_multiplier": "give out_channels=depth_multiplier * in_channels",
    "output_size": "the output has no positions",
    "keepdims": "put nn.Reshape(1, 1, C) after it",
    **dict.fromkeys(["start_dim", "end_dim"], "all axes but that of the samples become one"),
    **dict.fromkeys(
        ["target_shape", "unflattened_size"], "give the sizes one by one, as in nn.Reshape(2, 3)"
    ),
    **dict.fromkeys(["interpolation", "mode", "align_corners"], "it repeats rows and columns"),
    # masks, noise, functions of elements
    **dict.fromkeys(["padding_idx", "mask_zero"], "give a mask as the weights of the loss"),
    "noise_shape": "nn.SpatialDropout drops whole channels",
    "keep_prob": "give rate, which is 1 - keep_prob",
    "approximate": "it is always exact",
    "shared_axes": "features=1 is one slope for all; otherwise each feature has its own",
    "max_value": "use nn.Elementwise, with value and slope of your own",
    "negative_slope": "use nn.LeakyReLU(slope)",
}

OF_NORMS_OF_SAMPLES = {
    "bias": NOT_TRAINED,
    **dict.fromkeys(["momentum", "track_running_stats"], "it has no running statistics"),
}

OF_ATTENTION = {
    **dict.fromkeys(["key_dim", "value_dim"], "each head has features / heads, for keys and values"),
    **dict.fromkeys(["kdim", "vdim"], "both sequences have the same features: put a Dense before it"),
    "output_shape": "the output has the features of the input",
    "norm_first": "both parts always normalize their input first",
}

OF_SCHEDULES = {
    "optimizer": "the optimizer takes the schedule, as nn.SGD(parameters, lr=schedule)",
    "last_epoch": "the optimizer counts its steps, in a resumed run too",
    "warmup_epochs": "give warmup, a number of steps: epochs * len(nn.batches(x, y))",
    **dict.fromkeys(["epochs", "steps_per_epoch"], "give steps: epochs * len(nn.batches(x, y))"),
    "warmup_target": "lr is what the warm-up ends with",
    "alpha": "give end, the last learning rate: alpha * lr",
    "div_factor": "give start, which is 1 / div_factor",
    "final_div_factor": "give end, the last learning rate as a share of lr",
    "staircase": "use nn.schedules.staircase",
}

OF_DATASETS = dict.fromkeys(["return_X_y", "as_frame"], "it always returns arrays, x and y")

ADVICE = {  # by the name of a function, or of a class, whose subclasses inherit it
    "Layer": OF_LAYERS,
    "Recurrent": {
        **dict.fromkeys(
            ["activation", "recurrent_activation", "nonlinearity"], "the cell's functions are fixed"
        ),
        "recurrent_dropout": "there is no dropout between steps",
        "num_layers": "put several layers into a Sequential",
        "bidirectional": "use nn.Bidirectional(ahead, back)",
        "go_backwards": "reverse the steps, x[:, ::-1]",
        "time_major": "the axes are always (samples, steps, features)",
        "stateful": "every sequence begins with a state of zeros",
        "return_state": "only the output is returned; return_sequences=False is that of the last step",
        "unit_forget_bias": "the forget gate of an LSTM always begins with a bias of 1",
        "reset_after": "the reset gate is always applied after the product",
        "proj_size": "put a Dense after the layer",
        "use_bias": "there is always a bias",
        "bias": "there is always a bias",
    },
    "Bidirectional": {
        "merge_mode": "the outputs are always concatenated",
        "weights": "write into the value of each parameter",
    },
    "MultiHeadAttention": OF_ATTENTION,
    "transformer_block": {
        **OF_LAYERS, **OF_ATTENTION, "activation": "it is always GELU", "bias": "it always has biases",
    },
    "Sequential": {"layers": "give them one by one, as in nn.Sequential(*layers)"},
    "Reshape": {"dim": "the sizes are those of a whole sample"},
    "PReLU": {"init": "write into layer.slope.value[...]"},
    "Upsample2D": {"size": "give factor, how often each row and column is repeated"},
    "BatchNorm": {
        "bias": NOT_TRAINED, "track_running_stats": "predict always uses the running statistics",
    },
    **dict.fromkeys(["LayerNorm", "RMSNorm", "GroupNorm"], OF_NORMS_OF_SAMPLES),
    "Softplus": dict.fromkeys(["beta", "threshold"], "it is log(1 + exp(x)), at any x"),
    "ReLU": {"threshold": "use nn.Elementwise, with value and slope of your own"},
    "Standardize": {
        "mean": "call fit(x), or write into layer.mean.value[...]",
        "variance": "call fit(x), or write its root into layer.std.value[...]",
        "invert": "use y * layer.std.value + layer.mean.value",
        **dict.fromkeys(["with_mean", "with_std"], "it always does both"),
        "copy": "it never changes its input",
    },
    "Loss": {
        "from_logits": "it always takes logits, without a softmax or sigmoid before it",
        **dict.fromkeys(
            ["reduction", "size_average", "reduce"], "the loss is always the mean over the samples"
        ),
        "label_smoothing": (
            "give softer targets: distributions such as 0.9 * nn.one_hot(y) + 0.1 / classes"
        ),
        **dict.fromkeys(["ignore_index", "ignore_class"], "give a mask as the weights of forward"),
        "weight": WEIGHTS,
        "pos_weight": "give weights=np.where(y == 1, 10, 1) to the forward of the loss",
        "axis": "the classes are the last axis",
        "name": "losses have no names",
        "dtype": "it is that of the prediction",
    },
    **dict.fromkeys(["_WarmUp", "_Decay", "one_cycle"], OF_SCHEDULES),
    "Callback": {
        "optimizer": "fit gives it the trainer, which has the optimizer",
        "minutes": "give seconds",
        "append": "it always writes the whole history",
    },
    "NetworkEstimator": {
        "loss": "it follows from what is predicted; for another one, use a Trainer",
        "metrics": "use sklearn.metrics, or the scoring of a search",
        "solver": "give a class, as in optimizer=nn.SGD", "alpha": "use weight_decay",
        **dict.fromkeys(["lr", "learning_rate_init"], "use learning_rate"),
        **dict.fromkeys(
            ["momentum", "nesterovs_momentum", "beta_1", "beta_2", "epsilon", "power_t"],
            "the optimizer has it, as in optimizer=functools.partial(nn.SGD, momentum=0.9)",
        ),
        "activation": "it is always ReLU; for others, give model", "n_iter_no_change": "use patience",
        "tol": "use callbacks=[nn.EarlyStopping('loss', patience=10, min_delta=1e-4)]",
        **dict.fromkeys(
            ["validation_data", "validation_split"], "use validation_fraction and early_stopping=True"
        ),
    },
    "train_test_split": {"train_size": "give test_size, the share or number of the others"},
    "batches": {"drop_last": "the last batch is shorter; slice the data to leave it out"},
    "confusion_matrix": {
        "normalize": "colours are shares of a row and numbers are counts; chart.data has both"
    },
    **dict.fromkeys(["load_digits", "load_fashion_mnist"], OF_DATASETS),
}  # fmt: skip
