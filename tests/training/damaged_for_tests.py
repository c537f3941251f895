"""Damaged checkpoints: every truncation, every altered byte, and what loading them does."""

import tracemalloc

from tests.training.runs_for_tests import Run, bits

KIND = {
    "optimizer": "momentum",
    "dropout": 0.3,
    "schedule": False,
    "statistics": True,
    "rng": "generator",
    "accumulate": 1,
    "callbacks": False,
    "metrics": None,
    "validation": False,
    "weights": False,
    "data": "arrays",
}
CHANGES = (0x01, 0x80, 0xFF)
"""What is changed in a byte, by an exclusive or."""


def changed(content, position, change):
    """The content with one byte changed."""
    altered = bytearray(content)
    altered[position] ^= change
    return bytes(altered)


class Damages:
    """Loads damaged versions of one checkpoint, and says what became of it.

    Parameters
    ----------
    path : Path
        The file, which is written here.
    """

    def __init__(self, path):
        self.path = path
        run = Run(KIND, seed=0).fit(2)
        run.trainer.save(path)
        self.content = path.read_bytes()
        self.trainer = Run(KIND, seed=1).trainer
        self.before = self._state()
        self.peak = 0
        assert self.load(self.content) == "loaded"
        self.right = self._state()
        self.limit = 2 * self.peak + (1 << 14)  # what is read of the header of an array

    def load(self, content):
        """Load this content into a fresh trainer: "refused", or "loaded" with the right values.

        Raises
        ------
        AssertionError
            It was refused, and something was changed; or other values were loaded; or more memory was
            taken than for the file as it was.
        """
        self.path.write_bytes(content)
        self.trainer = Run(KIND, seed=1).trainer
        verdict, message = "loaded", ""
        tracemalloc.start()
        try:
            self.trainer.load(self.path)
        except (ValueError, OSError) as error:
            verdict, message = "refused", str(error)
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert verdict == "loaded" or str(self.path) in message, message
        if hasattr(self, "right"):
            assert self._state() == (self.right if verdict == "loaded" else self.before), verdict
            assert peak < self.limit, f"{peak} bytes of memory for a file of {len(content)}"
        self.peak = peak
        return verdict

    def _state(self):
        run = Run(KIND, seed=1)
        run.trainer = self.trainer
        return run.everything() | bits(self.trainer._run, "run")
