"""Notebooks, made from the pages of the tutorial and from examples.

``make notebooks`` writes them to ``docs/_build/notebooks``. So does Sphinx, which has this module as an
extension, and offers them on their pages. Their cells are the blocks of a page, or the parts of an
example, and have no outputs until they run.
"""

import ast
import itertools
import json
import re
from pathlib import Path

DOCS = Path(__file__).parent.parent
FOLDER = DOCS / "_build" / "notebooks"
EXAMPLES = ("custom_layer", "digits", "gradient_check", "spirals")
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
FIGURE_SAVED = re.compile(r"^fig\.savefig\(.*$", re.MULTILINE)
CHART_SAVED = re.compile(r"^(\w+)\.(?:figure_\.savefig|save)\(.*$", re.MULTILINE)


def pages():
    """The pages that have a notebook."""
    return sorted(DOCS.glob("tutorial*.md"))


def notebooks():
    """Each notebook by its name, as a dict that nbformat reads."""
    found = {page.stem: from_page(page.read_text("utf-8")) for page in pages()}
    for name in EXAMPLES:
        found[name] = from_example((DOCS.parent / "examples" / f"{name}.py").read_text("utf-8"))
    return found


def from_page(text):
    """A notebook of a page in Markdown: its text, and its Python blocks.

    What the blocks print, and the pictures that they draw, come when it runs. Links to other pages
    become plain text: a notebook is not beside them.
    """
    cells, end = [], 0
    for block in FENCED.finditer(text):
        language, code = block.groups()
        if language == "python":
            shown = CHART_SAVED.sub(r"\1", FIGURE_SAVED.sub("plt.show()", code))
            cells += [markdown(text[end : block.start()]), python(shown)]
        elif language == "text" and cells and not text[end : block.start()].strip():
            pass  # what the block before it prints
        else:
            continue
        end = block.end()
    return notebook([*cells, markdown(text[end:])])


def from_example(text):
    """A notebook of an example: its docstring, its parts, and the call of ``main``."""
    body = ast.parse(text).body
    lines = text.splitlines(keepends=True)
    cells, start = [markdown(ast.get_docstring(ast.parse(text)))], body[0].end_lineno
    for before, node in itertools.pairwise(body[:-1]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            ends = start, before.end_lineno, node.end_lineno
            cells += [python("".join(lines[i:j])) for i, j in itertools.pairwise(ends)]
            start = node.end_lineno
    return notebook([*cells, python("main();")])


def markdown(text):
    """A cell of text."""
    text = LINK.sub(r"\1", PICTURE.sub("", text))
    return {"cell_type": "markdown", "metadata": {}, "source": text.strip()}


def python(code):
    """A cell of code that has not run."""
    return {
        "cell_type": "code",
        "metadata": {},
        "source": code.strip(),
        "execution_count": None,
        "outputs": [],
    }


def notebook(cells):
    """The cells that are not empty, as a notebook."""
    cells = [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells) if cell["source"]]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


def write():
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, made in notebooks().items():
        (FOLDER / f"{name}.ipynb").write_text(json.dumps(made, indent=1) + "\n", "utf-8")


def offer(app, page, source):
    """Offer the notebook of a page, below its text."""
    if page in [page.stem for page in pages()]:
        file = (FOLDER / f"{page}.ipynb").relative_to(DOCS).as_posix()
        source[0] += f"\n{{download}}`Download this page as a notebook </{file}>`\n"


def setup(app):
    """Write the notebooks, and offer those of pages; the gallery offers those of examples."""
    write()
    app.connect("source-read", offer)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    write()
