"""Run the Python blocks of a page in order, so that its pictures in docs/images are drawn again.

    python docs/draw_figures.py schedules.md
    python docs/draw_figures.py ../README.md

What the blocks print is printed, and can be compared with the page's ```text blocks. A drawing whose
code is of no use to readers is a file of its own, which is run in the same way:

    python docs/draw_figures.py draw_inside.py
"""

import contextlib
import re
import shutil
import sys
import tempfile
from pathlib import Path

import matplotlib

DOCS = Path(__file__).parent.resolve()
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def main(page):
    """Run the blocks of one page of this folder or of the README, or one drawing, in one namespace."""
    matplotlib.use("Agg")
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = [(0, text)] if page.endswith(".py") else [(m.start(1), m[1]) for m in BLOCK.finditer(text)]
    names = {"__name__": Path(page).stem}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for start, code in blocks:
            line = text[:start].count("\n")
            exec(compile("\n" * line + code, page, "exec"), names)
        for picture in Path(folder).glob("*.png"):
            if page.endswith(".py") or f"images/{picture.name}" in text:
                shutil.copy(picture, DOCS / "images")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
