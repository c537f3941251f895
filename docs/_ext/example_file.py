"""Define ``__file__``, which sphinx-gallery does not, so that the examples find their data."""

import builtins
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def name(gallery_conf, path):
    """Set it to the path of the example, not of the copy that runs."""
    builtins.__file__ = str(EXAMPLES / Path(path).name)
