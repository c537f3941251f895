"""Whether tensors of torch and JAX come in without a copy, and give the results of NumPy arrays.

    python benchmarks/array_protocols.py [--rows 100000]

For each entry: the memory that a tensor takes beyond what a NumPy array takes there, as a share of
the tensor. 0% is no copy. Then what kinds of tensors are told, and the time of `predict` for one row.
It needs torch and jax, and exits with 1 if a result differs, or a copy is made.
"""

import argparse
import os
import sys
import timeit
import tracemalloc
import warnings
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(Path(__file__).parent.parent))

import jax
import jax.numpy as jnp
import numpy as np
import torch

import nnlayers as nn
from nnlayers.core.checks import as_array

COLUMNS, CLASSES = 16, 4


def network():
    return nn.Sequential(nn.Dense(COLUMNS, 8, rng=0), nn.ReLU(), nn.Dense(8, CLASSES, rng=1))


def trainer():
    model = network()
    return nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))


def fit(x, y, w):
    fitted = trainer()
    fitted.fit(x, y, sample_weight=w, epochs=1, batch_size=1000, progress=False, rng=0)
    return fitted.model[0].weight.value


def backward(x, y, w):
    layer = nn.ReLU()
    layer.forward(x)
    return layer.backward(x)


def load(x, y, w):
    layer = nn.Dense(len(x), COLUMNS, rng=0)
    layer.load_state_dict({"weight": x, "bias": np.zeros(COLUMNS)})
    return layer.weight.value


ENTRIES = {
    "Dense.predict": lambda x, y, w: nn.Dense(COLUMNS, CLASSES, rng=0).predict(x),
    "Sequential.predict": lambda x, y, w: network().predict(x),
    "forward, backward": backward,
    "a tuple": lambda x, y, w: nn.Add().predict((x, x)),
    "Trainer.fit": fit,
    "Trainer.evaluate": lambda x, y, w: trainer().evaluate(x, y, sample_weight=w)["loss"],
    "Trainer.predict": lambda x, y, w: trainer().predict(x),
    "batches": lambda x, y, w: next(iter(nn.batches(x, y, batch_size=100, rng=0)))[0],
    "train_test_split": lambda x, y, w: nn.train_test_split(x, y, rng=0)[0],
    "losses": lambda x, y, w: nn.MeanSquaredError().evaluate(x, x, w),
    "metrics": lambda x, y, w: nn.accuracy(x, y),
    "one_hot": lambda x, y, w: nn.one_hot(y),
    "softmax": lambda x, y, w: nn.softmax(x),
    "Standardize.fit": lambda x, y, w: nn.Standardize(COLUMNS).fit(x).mean.value,
    "State": lambda x, y, w: nn.State(x).value,
    "load_state_dict": load,
}


def measured(entry, *given):
    """The result, and the most memory that NumPy held meanwhile."""
    entry(*given)  # what is made once
    tracemalloc.start()
    result = entry(*given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, peak


def alike(tensor, array):
    """The NumPy array, read-only if the tensor is: NumPy itself copies some of these, as in argmax."""
    array = array.view()
    array.flags.writeable = as_array(tensor).flags.writeable
    return array


def kinds():
    x = torch.rand(3, COLUMNS)
    z = x.to(torch.complex64).conj()
    yield from {
        "that requires a gradient": x.clone().requires_grad_(),
        "list of such": list(x.clone().requires_grad_()),
        "parameter in bfloat16": torch.nn.Parameter(x.bfloat16()),
        "bfloat16": x.bfloat16(),
        "float8": x.to(torch.float8_e4m3fn),
        "float16": x.half(),
        "sparse": x.to_sparse(),
        "sparse, of columns": x.to_sparse_csc(),
        "mkldnn": x.to_mkldnn() if torch.backends.mkldnn.is_available() else x,
        "quantized": torch.quantize_per_tensor(x, 0.1, 0, torch.quint8),
        "meta": x.to("meta"),
        "complex": z.resolve_conj(),
        "conjugated": z,
        "negated": z.imag,
        "nested": torch.nested.nested_tensor([x[:1], x[1:]]),
        "jagged": torch.nested.nested_tensor([x[:1], x[1:]], layout=torch.jagged),
        "transposed": torch.rand(COLUMNS, 3).T,
        "expanded": x[:1].expand(3, -1),
        "bool": x > 0.5,
        "uint16": (100 * x).to(torch.uint16),
        "DataLoader's": next(iter(torch.utils.data.DataLoader(x, batch_size=3))),
    }.items()
    j = jnp.asarray(x.numpy())
    yield from {
        "jax": j,
        "jax, bfloat16": j.astype(jnp.bfloat16),
        "jax, float8": j.astype(jnp.float8_e4m3fn),
        "jax, int4": j.astype(jnp.int4),
        "jax, complex": j + 1j,
        "jax, random key": jax.random.key(0),
    }.items()


def told(function):
    try:
        return f"{function().dtype}, taken"
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    warnings.simplefilter("ignore")  # torch warns of its own kinds of tensors
    rng = np.random.default_rng(0)
    given = (
        rng.standard_normal((rows, COLUMNS), np.float32),
        rng.integers(0, CLASSES, rows).astype(np.int32),
        rng.uniform(1, 2, rows).astype(np.float32),
    )
    makers = {
        "torch": torch.from_numpy,
        "torch.from_dlpack": torch.from_dlpack,
        "jax": jnp.asarray,
    }
    tensors = {name: tuple(map(make, given)) for name, make in makers.items()}
    wrong = 0
    print(f"{'extra memory':20}" + "".join(f"{name:>20}" for name in tensors))
    for name, entry in ENTRIES.items():
        cells = []
        for arrays in tensors.values():
            expected, least = measured(entry, *map(alike, arrays, given))
            result, most = measured(entry, *arrays)
            share = (most - least) / given[0].nbytes
            same = np.array_equal(result, expected) and isinstance(result, (np.ndarray, float))
            wrong += not same or share > 0.05
            cells.append(f"{share:.0%}" if same else "differs")
        print(f"{name:20}" + "".join(f"{cell:>20}" for cell in cells))
    shared = {name: as_array(arrays[0]) for name, arrays in tensors.items()}
    pointers = {
        "torch": tensors["torch"][0].data_ptr(),
        "torch.from_dlpack": tensors["torch.from_dlpack"][0].data_ptr(),
        "jax": tensors["jax"][0].unsafe_buffer_pointer(),
    }
    for name, array in shared.items():
        same = array.ctypes.data == pointers[name]
        wrong += not same
        print(
            f"{name}: {'shares its memory' if same else 'is copied'}, writable={array.flags.writeable}"
        )

    print("\nwhat tensors of other kinds are told")
    model = network()
    for name, tensor in kinds():
        print(f"  {name:26}{told(lambda tensor=tensor: model.predict(tensor))}")
    print(f"  {'within jax.jit':26}{told(lambda: jax.jit(model.predict)(jnp.ones((1, COLUMNS))))}")

    y = model.predict(given[0])
    back = torch.from_dlpack(y), jax.dlpack.from_dlpack(y), torch.from_numpy(y)
    same = (
        all(np.array_equal(np.asarray(each), y) for each in back)
        and back[0].data_ptr() == y.ctypes.data
    )
    wrong += not same
    print(f"\noutputs by from_dlpack: {'the same memory' if same else 'copied, or different'}")

    print("\npredict of one row")
    for name, row in {"numpy": given[0][:1], **{name: x[0][:1] for name, x in tensors.items()}}.items():
        best = min(timeit.repeat(lambda row=row: model.predict(row), number=1000, repeat=7))
        print(f"  {name:20}{best * 1000:6.2f} us")
    print(f"\n{wrong} wrong")
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
