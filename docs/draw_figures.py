"""Run the Python blocks of a page in order, in this folder, so that its images are drawn again.

    python docs/draw_figures.py training.md
    python docs/draw_figures.py ../README.md    # into the folder images

What the blocks print is printed, and can be compared with the page's ```text blocks.
"""

import os
import re
import sys
from pathlib import Path

import matplotlib

DOCS = Path(__file__).parent.resolve()
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main(page):
    """Run the blocks of one page of this folder, or of the README, in one namespace."""
    matplotlib.use("Agg")
    text = (DOCS / page).read_text(encoding="utf-8")
    os.chdir(DOCS / "images" if Path(page).name == "README.md" else DOCS)
    names = {"__name__": Path(page).stem}
    for block in BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 1
        exec(compile("\n" * line + block[1], page, "exec"), names)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
