"""Whether random networks of PyTorch compute the same here, whatever is between Flatten and Dense.

    python benchmarks/exchange_random.py [--networks 1000] [--seed 0]

Convolutions, norms, branches, shortcuts, Flatten and Reshape follow one another at random, here and in
PyTorch alike. Each network either gives outputs that are equal to rounding, and the same arrays back,
or is refused, since features come in another order there.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import nn as there

sys.path.insert(0, str(Path(__file__).parent.parent))

import nnlayers as here

ROUNDING = 1e-10


class Shortcut(there.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Joined(there.ModuleList):
    def forward(self, x):
        return torch.cat([branch(x) for branch in self], 1)


class Mean(there.Module):
    def forward(self, x):
        return x.mean((2, 3))


def of_images(h, w, c, more):
    """Layers for images, by name: those here, and one of PyTorch."""
    return {
        "convolution": ([here.Conv2D(c, more, 1)], there.Conv2d(c, more, 1)),
        "depthwise": (
            [here.Conv2D(c, 2 * c, 3, padding=1, groups=c)],
            there.Conv2d(c, 2 * c, 3, padding=1, groups=c),
        ),
        "transposed": ([here.ConvTranspose2D(c, more, 2)], there.ConvTranspose2d(c, more, 2)),
        "batch norm": ([here.BatchNorm(c)], there.BatchNorm2d(c)),
        "group norm": ([here.GroupNorm(1, c)], there.GroupNorm(1, c)),
        "layer norm": ([here.LayerNorm((h, w, c))], there.LayerNorm([c, h, w])),
        "slopes": ([here.PReLU(c)], there.PReLU(c)),
        "shortcut": (
            [here.Residual(here.Conv2D(c, c, 1), here.Tanh())],
            Shortcut(there.Conv2d(c, c, 1), there.Tanh()),
        ),
        "flatten": ([here.Flatten()], there.Flatten()),
        "flatten again": ([here.Flatten()], there.Flatten()),
        "mean": ([here.GlobalAveragePool()], Mean()),
    }


def of_vectors(d, more):
    """The same for vectors."""
    found = {
        "dense": ([here.Dense(d, more)], there.Linear(d, more)),
        "batch norm": ([here.BatchNorm(d)], there.BatchNorm1d(d)),
        "layer norm": ([here.LayerNorm(d)], there.LayerNorm(d)),
        "rms norm": ([here.RMSNorm(d)], there.RMSNorm(d, eps=1e-5)),
        "slopes": ([here.PReLU(d)], there.PReLU(d)),
        "activation": ([here.Tanh(), here.Dropout(0.1)], there.Tanh()),
        "shortcut": ([here.Residual(here.Dense(d, d))], Shortcut(there.Linear(d, d))),
        "own shortcut": (
            [here.Residual(here.LayerNorm(d), here.Tanh())],
            Shortcut(there.LayerNorm(d), there.Tanh()),
        ),
    }
    if d % 4 == 0:
        found["images"] = ([here.Reshape(2, 2, d // 4)], there.Unflatten(1, (d // 4, 2, 2)))
    return found


def network(rng, shape, count, depth=2):
    """Layers of both, and the shape of a sample of their output."""
    layers, modules = [], []
    for _ in range(count):
        more = int(rng.choice([4, 6, 8, 12]))
        known = of_images(*shape, more // 2) if len(shape) == 3 else of_vectors(*shape, more)
        name = rng.choice([*known, *["branches"] * (depth > 0)])
        if name == "branches":
            pairs = [network(rng, shape, int(rng.integers(1, 4)), depth - 1) for _ in range(2)]
            if len({after[:-1] for _, _, after in pairs}) > 1:
                continue  # they cannot be joined
            added = [here.Fork(*[here.Sequential(*some) for some, _, _ in pairs]), here.Concatenate()]
            module = Joined([there.Sequential(*some) for _, some, _ in pairs])
        else:
            added, module = known[name]
        layers += added
        modules.append(module)
        for layer in added:
            shape = layer.output_shape(*shape)
        if np.prod(shape) > 300:
            break
    return layers or [here.Identity()], modules or [there.Identity()], shape


def verdict(rng):
    """What becomes of one network."""
    shape = tuple(rng.integers(1, 4, 3).tolist()) if rng.random() < 0.8 else (12,)
    layers, modules, _ = network(rng, shape, int(rng.integers(2, 9)))
    model = here.Sequential(*layers, input_shape=shape).astype(np.float64)
    module = there.Sequential(*modules).double().eval()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            values = (
                rng.uniform(0.5, 1.5, tensor.shape) if "var" in name else rng.normal(size=tensor.shape)
            )
            tensor.copy_(torch.from_numpy(np.asarray(values)))
    try:
        here.io.load_torch(model, module)
    except ValueError as error:
        return f"refused: {str(error).split(': ', 2)[-1][:60]}..."
    x = rng.standard_normal((3, *shape))
    y = module(torch.from_numpy(np.moveaxis(x, -1, 1))).detach().numpy()
    found, expected = model.predict(x), np.moveaxis(y, 1, -1)
    back = here.io.to_torch(model, like=module)
    kept = all(np.array_equal(back[name], module.state_dict()[name].numpy()) for name in back)
    close = np.abs(found - expected).max() <= ROUNDING * max(1, np.abs(expected).max())
    return "equal" if close and kept else f"wrong: {model!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counts = Counter(
        verdict(np.random.default_rng([given.seed, number])) for number in range(given.networks)
    )
    for name, count in counts.most_common():
        print(f"{count:6,} {name}")
    return sum(count for name, count in counts.items() if name.startswith("wrong"))


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
