"""Whether every altered ONNX file is refused in a sentence, or gives a network.

    python benchmarks/altered_onnx.py [--files 100000] [--seed 0]

Files of all layers, and those of other exporters that the tests have, are altered at random: bytes
are changed, parts are cut out, doubled, or put in from another file, fields of the graph are changed.
`nn.io.from_onnx` must end with a ValueError that names the path, an OSError, or a network; in 10 s, and
with at most 512 MB more than the program has at the beginning.
"""

import argparse
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import onnx

import nnlayers as nn
from tests.io.onnx.networks import networks

FILES = Path(__file__).parent.parent / "tests" / "io" / "onnx" / "files"
SECONDS, MEMORY = 10, 512 << 20
WILD = [0, 1, -1, 2, 3, 127, 1 << 16, 1 << 31, (1 << 31) - 1, -(1 << 31), 1 << 40, -(1 << 63)]


def originals(folder):
    """The contents of the files that are altered."""
    for name, model, options in networks():
        path = folder / "original.onnx"
        nn.io.to_onnx(model, path, **options)
        yield name, path.read_bytes()
    for path in sorted(FILES.glob("*.onnx")):
        yield path.name, path.read_bytes()


def altered(content, others, draw):
    """The content with one to four random changes, and the kind of the first one."""
    kinds = [flipped, cut, doubled, spliced, truncated, changed_field]
    weights = [4, 1, 1, 1, 1, 8]
    chosen = draw.choices(kinds, weights, k=draw.choice([1, 1, 1, 2, 4]))
    for change in chosen:
        content = change(content, others, draw)
    return content, chosen[0].__name__


def flipped(content, others, draw):
    found = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 8, 32])):
        if found:
            found[draw.randrange(len(found))] = draw.choice([0, 1, 127, 128, 255, draw.randrange(256)])
    return bytes(found)


def _part(content, draw):
    start = draw.randrange(len(content) + 1)
    return start, min(len(content), start + draw.choice([1, 4, 32, 256]))


def cut(content, others, draw):
    start, end = _part(content, draw)
    return content[:start] + content[end:]


def doubled(content, others, draw):
    start, end = _part(content, draw)
    return content[:end] + content[start:end] * draw.choice([1, 8]) + content[end:]


def spliced(content, others, draw):
    start, end = _part(content, draw)
    other = draw.choice(others)
    begin, stop = _part(other, draw)
    return content[:start] + other[begin:stop] + content[end:]


def truncated(content, others, draw):
    return content[: draw.randrange(len(content) + 1)]


def changed_field(content, others, draw):
    """One number, name, node or tensor of the graph is another one; bytes that are no file are kept."""
    try:
        model = onnx.load_model_from_string(content)
        graph = model.graph
        node = draw.choice(graph.node)
        kind = draw.randrange(8)
        if kind == 0 and node.attribute:
            item = draw.choice(node.attribute)
            item.i, item.f = (
                draw.choice(WILD),
                draw.choice([0.0, -1.0, 1e30, float("nan"), float("inf")]),
            )
            if item.ints:
                item.ints[draw.randrange(len(item.ints))] = draw.choice(WILD)
        elif kind == 1:
            node.op_type = draw.choice(graph.node).op_type
        elif kind == 2 and node.input:
            names = [name for other in graph.node for name in other.output]
            names += [tensor.name for tensor in graph.initializer] + [item.name for item in graph.input]
            node.input[draw.randrange(len(node.input))] = draw.choice(names)
        elif kind == 3 and graph.initializer:
            tensor = draw.choice(graph.initializer)
            if tensor.dims:
                tensor.dims[draw.randrange(len(tensor.dims))] = draw.choice(WILD)
        elif kind == 4 and graph.initializer:
            tensor = draw.choice(graph.initializer)
            tensor.data_type = draw.choice([0, 1, 6, 7, 9, 10, 11, 16, 22])
        elif kind == 5 and graph.initializer:
            one, other = draw.choice(graph.initializer), draw.choice(graph.initializer)
            name = one.name
            one.CopyFrom(other)
            one.name = name
        elif kind == 6:
            graph.node.remove(node)
        elif graph.input:
            shape = draw.choice(graph.input).type.tensor_type.shape
            if shape.dim:
                shape.dim[draw.randrange(len(shape.dim))].dim_value = draw.choice(WILD)
        return model.SerializeToString()
    except Exception:
        return content


def outcome(path):
    """A word for what happened, or the error that should not have been."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        nn.io.from_onnx(path)
        return "network", None
    except (ValueError, OSError) as error:
        named = isinstance(error, OSError) or str(path) in str(error)
        return ("refused", None) if named else ("wrong", error)
    except BaseException as error:
        return "wrong", error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def out_of_time(number, frame):
    raise RuntimeError(f"not ready in {SECONDS} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of numbers that overflow in a trial
    counts, slowest, wrong = Counter(), (0.0, 0), 0
    signal.signal(signal.SIGALRM, out_of_time)
    with tempfile.TemporaryDirectory() as folder:
        contents = [content for _, content in originals(Path(folder))]
        path = Path(folder) / "altered.onnx"
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        for number in range(given.files):
            draw = random.Random(given.seed * 1_000_003 + number)
            content, kind = altered(draw.choice(contents), contents, draw)
            path.write_bytes(content)
            start = time.process_time()
            verdict, error = outcome(path)
            slowest = max(slowest, (time.process_time() - start, number))
            counts[kind, verdict] += 1
            if verdict == "wrong":
                wrong += 1
                print(f"file {number}, {kind}: {type(error).__name__}: {error}", flush=True)
    for (kind, verdict), count in sorted(counts.items()):
        print(f"{kind.replace('_', ' ')}: {count:,} {verdict}")
    print(f"{wrong} wrong of {given.files:,} files from {len(contents)} originals")
    print("the slowest took {:.2f} s of the processor: file {}".format(*slowest))
    return wrong


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
