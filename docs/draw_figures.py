"""Run the Python blocks of a page in order, in this folder, so that its images are drawn again.

    python docs/draw_figures.py training.md
    python docs/draw_figures.py ../README.md    # into the folder images

What the blocks print is printed, and can be compared with the page's ```text blocks. A drawing whose
code is of no use to readers is a file of its own, which is run in the same way:

    python docs/draw_figures.py draw_inside.py
"""

import os
import re
import sys
from pathlib import Path

import matplotlib

DOCS = Path(__file__).parent.resolve()
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main(page):
    """Run the blocks of one page of this folder or of the README, or one drawing, in one namespace."""
    matplotlib.use("Agg")
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = [(0, text)] if page.endswith(".py") else [(m.start(1), m[1]) for m in BLOCK.finditer(text)]
    os.chdir(DOCS / "images" if Path(page).name == "README.md" else DOCS)
    names = {"__name__": Path(page).stem}
    for start, code in blocks:
        line = text[:start].count("\n")
        exec(compile("\n" * line + code, page, "exec"), names)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
