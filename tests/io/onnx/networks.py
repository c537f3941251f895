"""Networks with every layer of the library, each with what `to_onnx` needs to know of its input."""

import numpy as np

import nnlayers as nn
from nnlayers.layers.channel_norms import FixedBatchNorm


def randomized(layer, seed=0):
    """The layer with random parameters and statistics."""
    rng = np.random.default_rng(seed)
    for _, state in layer.named_states():
        values = rng.uniform(0.5, 1.5, state.value.shape)
        state.value = values.astype(state.value.dtype)
    return layer


def attention(**options):
    layer = nn.MultiHeadAttention(6, 2, rng=0, **options)
    for number, parameter in enumerate(layer.parameters()):
        parameter.value[...] = np.random.default_rng(number).normal(size=parameter.value.shape) / 2
    return layer


def with_inputs(*shapes, masks=()):
    """An example: normal numbers, and then masks, one of which hides all steps of a sample."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(3, *shape)).astype(np.float32) for shape in shapes]
    for shape, dtype in masks:
        mask = rng.integers(0, 2, (3, *shape))
        mask[0] = 0
        arrays.append(mask.astype(dtype))
    return tuple(arrays)


def networks():
    """Names, networks, and the options of `to_onnx`."""
    embedding, dense = nn.Embedding(7, 6, rng=0), randomized(nn.Dense(4, 4))
    conv, lstm = nn.Conv2D(3, 3, 3, padding="same", rng=0), nn.LSTM(4, 4, rng=0)
    sequential, free, image = nn.Sequential, (None, 4), (9, 10, 4)
    simple = nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.SiLU, nn.GELU, nn.ELU, nn.LeakyReLU
    yield from ((kind.__name__, sequential(dense, kind()), {}) for kind in simple)
    yield "Softmax", sequential(dense, nn.Softmax()), {"input_shape": free}
    yield "PReLU", sequential(dense, randomized(nn.PReLU(4)), randomized(nn.PReLU())), {}
    yield "Identity", sequential(nn.Identity(), dense), {"input_shape": 4}
    noise = nn.Dropout(0.5), nn.GaussianNoise(0.1)
    yield "Dropout, GaussianNoise", sequential(dense, *noise), {}
    yield "SpatialDropout", sequential(dense, nn.SpatialDropout(0.5)), {"input_shape": free}
    yield "Dense", randomized(nn.Dense(4, 3)), {}
    yield "Dense of sequences", randomized(nn.Dense(4, 3)), {"input_shape": free}
    yield "Dense without bias", sequential(nn.Dense(4, 3, bias=False, rng=0), nn.ReLU()), {}
    yield "the same layer twice", sequential(dense, nn.ReLU(), dense), {}
    yield "Standardize", sequential(randomized(nn.Standardize(4)), nn.Dense(4, 2, rng=0)), {}
    yield "BatchNorm", randomized(nn.BatchNorm(4)), {"input_shape": (4,)}
    yield "BatchNorm of sequences", randomized(nn.BatchNorm(4)), {"input_shape": free}
    yield "BatchNorm of images", randomized(nn.BatchNorm(4)), {"input_shape": image}
    fixed = sequential(dense, randomized(nn.BatchNorm(4))).for_inference()
    assert isinstance(fixed[1], FixedBatchNorm)
    yield "BatchNorm for inference", fixed, {}
    yield "LayerNorm", randomized(nn.LayerNorm(4)), {"input_shape": free}
    yield "LayerNorm of two axes", randomized(nn.LayerNorm((10, 4))), {"input_shape": image}
    yield "RMSNorm", randomized(nn.RMSNorm(4)), {"input_shape": free}
    yield "RMSNorm of two axes", randomized(nn.RMSNorm((10, 4))), {"input_shape": image}
    yield "GroupNorm", randomized(nn.GroupNorm(2, 4)), {"input_shape": image}
    yield "GroupNorm of rows", randomized(nn.GroupNorm(2, 4)), {"input_shape": (4,)}
    yield "GroupNorm of sequences", randomized(nn.GroupNorm(4, 4)), {"input_shape": free}

    options = [
        {"stride": 2, "padding": "same"},
        {"padding": "same", "dilation": (1, 2)},
        {"padding": ((1, 0), 2), "groups": 2, "stride": (1, 2)},
        {"padding": 1, "groups": 4, "bias": False},
        {"stride": 4, "padding": "same"},
    ]
    for option in options:
        words = ", ".join(option)
        yield f"Conv2D, {words}", nn.Conv2D(4, 8, 3, rng=0, **option), {"input_shape": image}
        layer = randomized(nn.ConvTranspose2D(4, 8, 3, rng=0, **option))
        yield f"ConvTranspose2D, {words}", layer, {"input_shape": image}
    layer = nn.ConvTranspose2D(4, 8, 3, stride=2, padding=1, output_padding=(1, 0), rng=0)
    yield "ConvTranspose2D, output_padding", layer, {"input_shape": image}
    layers = nn.Conv2D(3, 4, (3, 5), padding="same", stride=(1, 2)), nn.ReLU(), nn.Conv2D(4, 2, 1)
    yield "Conv2D of any size", sequential(*layers), {"input_shape": (None, None, 3)}
    layers = nn.Conv1D(4, 4, 3, padding=((2, 0),)), nn.Conv1D(4, 4, 3, stride=2, dilation=2)
    yield "Conv1D", sequential(*layers), {"input_shape": free}
    yield "the same Conv2D twice", sequential(conv, nn.Tanh(), conv), {"input_shape": (5, 5, 3)}
    pools = [
        {"size": 2},
        {"size": 3, "stride": 2, "padding": "same"},
        {"size": (2, 3), "stride": (2, 1), "padding": ((1, 0), (0, 2))},
        {"size": 2, "padding": "same", "stride": 1},
    ]
    for number, option in enumerate(pools):
        yield f"MaxPool2D {number}", nn.MaxPool2D(**option), {"input_shape": image}
        yield f"AveragePool2D {number}", nn.AveragePool2D(**option), {"input_shape": image}
    layers = nn.Conv2D(4, 4, 3, rng=0), nn.GlobalAveragePool(), nn.Dense(4, 2, rng=0)
    yield "GlobalAveragePool", sequential(*layers), {"input_shape": (None, None, 4)}
    yield "GlobalAveragePool of steps", nn.GlobalAveragePool(), {"input_shape": free}
    yield "Upsample2D", nn.Upsample2D((2, 3)), {"input_shape": image}
    layers = nn.Conv2D(1, 4, 3, padding="same"), nn.BatchNorm(4), nn.ReLU(), nn.MaxPool2D(2)
    layers += nn.Conv2D(4, 4, 3), nn.Flatten(), nn.Dense(16, 10)
    yield "Flatten", sequential(*layers), {"input_shape": (8, 8, 1)}
    layers = nn.Dense(4, 6), nn.Reshape(2, -1), nn.Dense(3, 1), nn.Reshape(2), nn.Dense(2, 1)
    yield "Reshape", sequential(*layers, nn.Reshape()), {}

    tied = randomized(nn.TiedDense(embedding))
    layers = embedding, nn.LSTM(6, 6, rng=1), tied
    yield "Embedding, TiedDense", sequential(*layers), {"input_shape": (None,)}
    layers = nn.Embedding(7, 5, rng=0), nn.PositionalEncoding()
    yield "PositionalEncoding", sequential(*layers), {"input_shape": (None,)}
    for kind in (nn.SimpleRNN, nn.LSTM, nn.GRU):
        layers = randomized(kind(4, 3)), kind(3, 5, return_sequences=False), nn.Dense(5, 2)
        yield kind.__name__, sequential(*layers), {"input_shape": free}
    yield "the same LSTM twice", sequential(lstm, lstm), {"input_shape": free}
    both = nn.Bidirectional(nn.LSTM(4, 4, rng=0), randomized(nn.GRU(4, 2)))
    ends = nn.GRU(6, 2, return_sequences=False), nn.LSTM(6, 2, return_sequences=False)
    yield "Bidirectional", sequential(both, nn.Bidirectional(*ends)), {"input_shape": free}
    yield "MultiHeadAttention", attention(), {"input_shape": (None, 6)}
    yield "attention, causal", attention(causal=True, bias=False), {"input_shape": (None, 6)}
    yield "attention, memory", attention(), {"input_shape": (("T", 6), ("S", 6))}
    shapes, example = ((None, 6), (None,)), with_inputs((5, 6), masks=[((5,), bool)])
    yield "attention, mask", attention(), {"input_shape": shapes, "example": example}
    example = with_inputs((5, 6), masks=[((5,), np.float32)])
    yield (
        "attention, mask of floats",
        attention(causal=True),
        {"input_shape": shapes, "example": example},
    )
    example = with_inputs((5, 6), masks=[((5, 5), np.float32)])
    yield "attention, mask of each step", attention(), {"example": example}
    shapes = ("T", 6), ("S", 6), ("T", "S")
    example = with_inputs((5, 6), (7, 6), masks=[((5, 7), int)])
    layer = attention(causal=True)
    yield "attention, all", layer, {"input_shape": shapes, "example": example}
    layers = nn.Embedding(9, 8, rng=0), nn.PositionalEncoding()
    layers += nn.transformer_block(8, 2, causal=True, rng=0), nn.LayerNorm(8), nn.Dense(8, 9, rng=1)
    yield "a transformer", sequential(*layers), {"input_shape": (None,)}

    yield "Residual", nn.Residual(nn.Dense(3, 8, rng=0), nn.ReLU(), nn.Dense(8, 3, rng=1)), {}
    fork = nn.Fork(nn.Dense(3, 4, rng=0), nn.Identity(), nn.Dense(3, 2, rng=1))
    yield "Fork, Concatenate", sequential(fork, nn.Concatenate()), {}
    fork = nn.Fork(*[nn.Dense(3, 4, rng=seed) for seed in range(3)])
    yield "Fork, Add", sequential(fork, nn.Add()), {}
    fork = nn.Fork(nn.Dense(3, 4), nn.Identity(), sequential(nn.Dense(3, 2), nn.Softmax()))
    yield "several outputs", fork, {}
    beside = nn.Parallel(sequential(nn.Embedding(5, 3), nn.Flatten()), nn.Identity())
    layers = beside, nn.Concatenate(), nn.Dense(8, 2)
    yield "Parallel", sequential(*layers), {"input_shape": ((2,), (2,))}
    steps = np.broadcast_to(np.arange(8), (3, 8))
    options = {"input_shape": ((None,), (None,)), "example": (steps % 6, steps)}
    beside = nn.Parallel(nn.Embedding(6, 4), nn.Embedding(40, 4))
    yield "learned positions", sequential(beside, nn.Add()), options
    layers = nn.io.Permute(2, 1), nn.Dense(5, 4), nn.io.Reverse(), nn.io.Select(0)
    yield "Permute, Reverse, Select", sequential(*layers), {"input_shape": (5, 4)}
    layers = nn.Dense(3, 8), nn.ReLU(), nn.Dense(8, 3), nn.Add()
    yield (
        "Wired",
        nn.io.Wired(*layers, wires=((0,), (1,), (2,), (0, 3)), outputs=(4, 2)),
        {"input_shape": 3},
    )


def some_inputs(model, options, rows, seed=0, length=6):
    """Other rows than those that `to_onnx` tries; a free size is another one, too."""
    if "example" in options:
        return options["example"]
    rng = np.random.default_rng(seed)
    shape = options.get("input_shape", model.input_shape)
    shape = shape if isinstance(shape, tuple) else (shape,)

    def array(sizes, integers):
        sizes = [rows, *(size if isinstance(size, int) else length for size in sizes)]
        numbers = rng.integers(0, 5, sizes) if integers else rng.normal(size=sizes)
        return numbers.astype(np.int64 if integers else model.dtype or np.float32)

    if not any(isinstance(item, tuple) for item in shape):
        return array(shape, model.takes_integers)
    kinds = model.takes_integers
    return tuple(map(array, shape, kinds if isinstance(kinds, tuple) else [kinds] * len(shape)))
