"""Sphinx-gallery defines no ``__file__``, by which the examples find their data: this does."""

import builtins
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def name(gallery_conf, path):
    """Before an example runs: its own place, not that of the copy which is run."""
    builtins.__file__ = str(EXAMPLES / Path(path).name)
