"""Networks of PyTorch, compared with the same of nnlayers."""

import numpy as np
import torch
from exchange import difference
from safetensors.torch import save_file, save_model
from torch import nn

import nnlayers
from tests.io.exchanged_for_tests import MAPPINGS, NETWORKS, inputs

ROUNDING = 1e-12  # of the largest output, in float64


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.body(x)


class Outputs(nn.Module):
    """Recurrent layers without their last state."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class Channels(nn.Module):
    """Steps first, as the arrays here; channels first, as a convolution takes them."""

    def forward(self, x):
        return x.transpose(1, 2)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.head = nn.Linear(4, 9)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0])


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.deep, self.pooled = nn.Conv2d(2, 3, 2), nn.Conv2d(2, 2, 3), nn.Linear(2, 2)
        self.norm, self.slope, self.head = nn.LayerNorm(37), nn.PReLU(37), nn.Linear(37, 2)

    def forward(self, x):
        parts = [self.wide(x).relu().flatten(1), self.deep(x).flatten(1), self.pooled(x.mean((2, 3)))]
        return self.head(self.slope(self.norm(torch.cat(parts, 1))))


def encoder(norm_first):
    activation = "gelu" if norm_first else "relu"
    layer = nn.TransformerEncoderLayer(
        8, 2, 12, norm_first=norm_first, activation=activation, batch_first=True
    )
    blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return nn.Sequential(nn.Linear(5, 8), blocks, nn.LayerNorm(8))


THERE = {
    "mlp": lambda: nn.Sequential(
        nn.Linear(5, 5),
        nn.ReLU(),
        nn.BatchNorm1d(5),
        nn.Linear(5, 5),
        nn.LayerNorm(5),
        nn.PReLU(5),
        nn.Linear(5, 3),
    ),
    "residual": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        Residual(
            nn.Conv2d(4, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.Tanh(),
            nn.Conv2d(4, 4, 3, padding=1),
        ),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.BatchNorm1d(24),
        nn.ReLU(),
        nn.Linear(24, 3),
    ),
    "generator": lambda: nn.Sequential(
        nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2),
        nn.PReLU(6),
        nn.Conv2d(6, 12, 3, groups=6, stride=2),
        nn.GroupNorm(3, 12),
        nn.ConvTranspose2d(12, 2, 2, stride=2, bias=False),
    ),
    "branches": Branches,
    "decoder": lambda: nn.Sequential(
        nn.Linear(4, 12),
        nn.BatchNorm1d(12),
        nn.ReLU(),
        nn.Unflatten(1, (3, 2, 2)),
        nn.ConvTranspose2d(3, 2, 2),
        nn.Flatten(),
        nn.Linear(18, 12, bias=False),
        nn.Unflatten(1, (3, 2, 2)),
    ),
    "norms": lambda: nn.Sequential(
        nn.Conv2d(2, 3, 2),
        nn.LayerNorm([3, 3, 2]),
        nn.Flatten(),
        nn.RMSNorm(18, eps=1e-5),
        nn.Linear(18, 2, bias=False),
    ),
    "sequence": lambda: nn.Sequential(
        Channels(), nn.Conv1d(3, 4, 2), nn.GELU(), nn.Flatten(), nn.Linear(16, 3)
    ),
    "lstm": lambda: Outputs(nn.LSTM(4, 3, 2, bidirectional=True, batch_first=True)),
    "gru": lambda: Outputs(nn.GRU(4, 3, 2, batch_first=True)),
    "rnn": lambda: Outputs(nn.RNN(4, 4, batch_first=True)),
    "tied": Tied,
    "embedding": lambda: nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3)),
    "encoder": lambda: encoder(True),
    "post_norm_encoder": lambda: encoder(False),
}


def network(name):
    """One with random weights, the same at every call."""
    rng = np.random.default_rng(0)
    module = THERE[name]().double().eval()
    for key, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            values = (
                rng.uniform(0.5, 1.5, tensor.shape) if "var" in key else rng.normal(size=tensor.shape)
            )
            tensor.copy_(torch.from_numpy(np.asarray(values * (1 if "var" in key else 0.4))))
    return module


def outputs(module, x):
    """For inputs with the channels last, and with the channels last."""
    x = torch.from_numpy(x)
    y = module(x.permute(0, 3, 1, 2) if x.ndim == 4 else x).detach()
    return (y.permute(0, 2, 3, 1) if y.ndim == 4 else y).numpy()


def compare(folder):
    for name, (make, shape) in NETWORKS.items():
        there, here = network(name), make().astype(np.float64)
        x, values = inputs(here, shape), there.state_dict()
        expected = outputs(there, x)
        torch.save(values, folder / "values.pt")
        torch.save(values, folder / "old.pth", _use_new_zipfile_serialization=False)
        save_model(there, str(folder / "values.safetensors"))
        sources = {
            "state_dict": values,
            "module": there,
            "arrays": {key: tensor.numpy() for key, tensor in values.items()},
            ".pt": folder / "values.pt",
            ".pth of torch before 1.6": folder / "old.pth",
            ".safetensors": folder / "values.safetensors",
        }
        for way, source in sources.items():
            model = make().astype(np.float64)
            mapping = MAPPINGS.get(name) if way == ".safetensors" else None
            nnlayers.io.load_torch(model, source, mapping)
            yield name, way, difference(model.predict(x), expected)
        back = nnlayers.io.to_torch(model, like=there)
        fresh = THERE[name]().double().eval()
        fresh.load_state_dict({key: torch.from_numpy(array) for key, array in back.items()})
        yield name, "to_torch", difference(outputs(fresh, x), expected)


def write_references(folder):
    folder = folder / "torch"
    folder.mkdir(parents=True, exist_ok=True)
    known = {}
    for name, (make, shape) in NETWORKS.items():
        there, x = network(name), inputs(make(), shape)
        save_file({k: v.clone() for k, v in there.state_dict().items()}, folder / f"{name}.safetensors")
        known[f"{name}.x"], known[f"{name}.y"] = x, outputs(there, x)
    torch.save(network("mlp").state_dict(), folder / "mlp.pt")
    halves = {key: value.bfloat16() for key, value in network("mlp").state_dict().items()}
    save_file(halves, folder / "bfloat16.safetensors")
    np.savez(folder / "outputs.npz", **known)
