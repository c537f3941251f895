"""Nearly right: steps, lower precision, or a constant that differs a little."""

from collections.abc import Iterator

import numpy as np

from nnlayers.testing.diagnosis.causes.cause import Cause
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.plan import mixed_signs


def slightly_off(e: Evidence) -> Iterator[Cause]:
    """All elements are off by a small share."""
    size = np.abs(e.right) + 1e-3 * float(np.abs(e.right).max())
    off = np.abs(e.wrong - e.right) / size
    largest = float(off.max())
    if not 0 < largest < 5e-3 or e.wrong.size < 3:
        return
    if largest < 3e-6:
        yield Cause(
            "float32", f"Its relative error is at most {largest:.1g}: is something computed in float32?"
        )
    else:
        yield Cause(
            "slightly",
            f"Its relative error is at most {largest:.1g}. Does a constant, such as an epsilon, "
            "differ from forward's, or is it another approximation, or a lower precision?",
        )


def changes_in_steps(e: Evidence) -> bool:
    """True if the output stays the same for tiny changes of the block, where larger ones change it."""
    scale = float(np.abs(e.z).max(initial=0)) or 1.0
    pattern = mixed_signs(np.random.default_rng(0), e.z.shape)
    here, near, far = (e.output(e.z + step * scale * pattern) for step in (0.0, 1e-9, 1.0))
    moves = far != here
    return bool(moves.any()) and float((near != here)[moves].mean()) < 0.05
