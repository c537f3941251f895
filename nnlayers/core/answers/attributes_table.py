"""What to read instead of the attributes that layers have in other libraries, by the class of ours."""

SEVERAL = "a Sequential holds several layers"

OTHER_ATTRIBUTES = {
    "Dense": {
        **dict.fromkeys(["kernel", "coef_"], "use weight"),
        "intercept_": "use bias",
        "units": "use out_features",
        "use_bias": "bias is None if there is none",
        "activation": "it is a layer of its own, after this one",
    },
    "Convolution": {
        "kernel": "use weight",
        "filters": "use out_channels",
        "strides": "use stride",
        "dilation_rate": "use dilation",
        "use_bias": "bias is None if there is none",
        "activation": "it is a layer of its own, after this one",
    },
    "Embedding": {
        "embeddings": "use weight",
        **dict.fromkeys(["num_embeddings", "input_dim", "vocab_size"], "use count"),
        **dict.fromkeys(["embedding_dim", "output_dim"], "use features"),
    },
    "Recurrent": {
        **dict.fromkeys(["hidden_size", "output_size"], "use units"),
        "input_size": "use in_features",
        "kernel": "use weight",
        "recurrent_kernel": "use recurrent_weight",
        "weight_ih_l0": "use weight, which is its transpose",
        "weight_hh_l0": "use recurrent_weight, which is its transpose",
        "bias_ih_l0": "use bias; without a recurrent_bias it is the sum of both",
        "bias_hh_l0": "use recurrent_bias; if that is None, bias is the sum of both",
        **dict.fromkeys(["num_layers", "all_weights"], SEVERAL),
        "bidirectional": "use nn.Bidirectional(ahead, back)",
        "activation": "the cell's functions are fixed",
    },
    "Bidirectional": {"forward_layer": "use ahead", "backward_layer": "use back"},
    "Standardize": {
        "mean_": "use mean",
        **dict.fromkeys(["scale_", "scale"], "use std"),
        **dict.fromkeys(["var_", "var", "variance"], "use std, which is its root"),
        "n_features_in_": "use features",
        "feature_names_in_": "use column_names",
        "adapt": "use fit(x)",
    },
    "BatchNorm": {"num_features": "use features", "eps": "use epsilon"},
    "LayerNorm": {"normalized_shape": "use features", "eps": "use epsilon"},
    "RMSNorm": {"normalized_shape": "use features", "eps": "use epsilon"},
    "GroupNorm": {
        "num_groups": "use groups", "num_channels": "use features", "eps": "use epsilon",
    },
    "Pool2D": {
        **dict.fromkeys(["pool_size", "kernel_size"], "use size"),
        "strides": "use stride",
    },
    "Upsample2D": dict.fromkeys(["scale_factor", "size"], "use factor"),
    "Dropout": {"p": "use rate"},
    "SpatialDropout": {"p": "use rate"},
    "GaussianNoise": dict.fromkeys(["std", "sigma"], "use stddev"),
    "LeakyReLU": dict.fromkeys(["negative_slope", "alpha"], "use slope"),
    "PReLU": {"num_parameters": "use features", **dict.fromkeys(["weight", "alpha"], "use slope")},
}  # fmt: skip
