"""Altered files of networks, and what loading them does."""

import random
import re
import tracemalloc
import warnings

import numpy as np

import nnlayers as nn
from nnlayers.core.weights import read_file, write_file
from tests.io.gradient_networks import fill

WORDS = (
    *("float64", "eval", "__import__", "Trainer", "SGD", "Parameter", "Layer", "Sequential", "Dropout"),
    *(
        "LSTM",
        "Embedding",
        "Residual",
        "Fork",
        "True",
        "None",
        "nan",
        "inf",
        "-1",
        "0",
        "10000000",
        "1e308",
    ),
    *("99999999999999999999", "shared_1", ":=", "(", ")", "[", "]", ",", "'", '"', "\\", ".", "{", "}"),
    *("rng=", "dtype=", "input_shape=", "initializer=", "lambda", "\0", "é", " "),
)


def a_network():
    """A small network with everything that a file can hold."""
    shared = nn.Dense(4, 4)
    model = nn.Sequential(
        nn.Standardize(4),
        shared,
        nn.Residual(nn.LayerNorm(4), shared, nn.PReLU(4)),
        nn.Fork(nn.Dense(4, 3, bias=False), nn.Dropout(0.25)),
        nn.Concatenate(),
        nn.BatchNorm(7),
        nn.Dense(7, 2),
    )
    model[0].column_names, model.class_names = ("a", "b", 3, "d"), ("no", "yes")
    model[1].trainable = False
    return fill(model)


def bytes_changed(content, rng):
    """A few bytes are others."""
    altered = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        altered[rng.randrange(len(altered))] = rng.randrange(256)
    return bytes(altered)


def cut_off(content, rng):
    return content[: rng.randrange(len(content))]


def spliced(content, rng):
    """A piece is taken out, put in twice, or stands elsewhere."""
    start, end = sorted(rng.randrange(len(content)) for _ in range(2))
    place = rng.randrange(len(content))
    rest = content if rng.random() < 0.5 else content[:start] + content[end:]
    return rest[:place] + content[start : min(end, start + 500)] + rest[place:]


CHANGES = [bytes_changed, cut_off, spliced]


class Altered:
    """Loads altered versions of the file of one network.

    Parameters
    ----------
    path : Path
        The file, which is written here, and in each altered version.
    """

    def __init__(self, path):
        self.path, self.has_checksums = path, path.suffix == ".npz"
        model = a_network()
        nn.save(model, path)
        self.content = path.read_bytes()
        self.arrays, self.note = read_file(path)
        self.right = {name: value.tobytes() for name, value in model.state_dict().items()}
        self.limit = np.inf
        for _ in range(2):  # the first one imports what it needs
            assert self.load(self.content) == "loaded"
        self.limit = 2 * self.peak + 200_000

    def with_altered_text(self, rng):
        """A file that is whole, but whose text has other words and numbers in it."""
        note = dict(self.note)
        key = rng.choice(["network", "network", "network", *note])
        text = repr(note[key]) if key != "network" else note[key]
        for _ in range(rng.choice((1, 1, 2, 5))):
            pieces = re.findall(r"\w+|\W", text)
            pieces[rng.randrange(len(pieces))] = rng.choice(WORDS)
            text = "".join(pieces)
        if key == "network":
            note[key] = text
        else:
            others = [text, None, -1, 10**9, [text], {text: text}, {"": {"trainable": 2}}]
            note[key] = rng.choice(others)
        arrays = {k: v for k, v in self.arrays.items() if rng.random() > 0.002}
        write_file(self.path, arrays, note, needs_note=True)
        return self.path.read_bytes()

    def load(self, content):
        """Load this content: "refused", or "loaded", a network whose values fit it.

        Raises
        ------
        AssertionError
            The error does not name the file, other values were loaded although the file has
            checksums, or more memory was taken than twice that for the right file.
        """
        self.path.write_bytes(content)
        model, message = None, ""
        tracemalloc.start()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = nn.load(self.path)
        except (ValueError, OSError) as error:
            message = str(error)
        finally:
            self.peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert self.peak < self.limit, f"{self.peak} bytes of memory for a file of {len(content)}"
        if model is None:
            assert str(self.path) in message, message
            return "refused"
        found = {name: value.tobytes() for name, value in model.state_dict().items()}
        assert not self.has_checksums or found == self.right, "loaded other values"
        assert {name: len(value) for name, value in found.items()} == {
            name: len(value) for name, value in self.right.items()
        }
        return "loaded"

    def altered(self, rng):
        """One altered content, and the name of how it was altered."""
        change = rng.choice([*CHANGES, self.with_altered_text])
        content = change(rng) if change == self.with_altered_text else change(self.content, rng)
        return change.__name__, content


def tries(altered, seed, count):
    """Load so many altered contents: of each, how it was altered, and what became of it."""
    rng = random.Random(seed)
    for _ in range(count):
        name, content = altered.altered(rng)
        try:
            yield name, altered.load(content), content
        except Exception as error:
            yield name, f"{type(error).__name__}: {error}", content
