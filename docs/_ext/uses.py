"""Which examples use a public name: a line below its entry in the reference leads to them."""

import ast
from functools import cache
from pathlib import Path

from family import find

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
MOST = 4  # examples of a name; more would be noise


@cache
def uses():
    """For each object of nnlayers, by its identity, the examples that use it, in alphabetical order."""
    found = {}
    for example in sorted(EXAMPLES.glob("*.py")):
        for name in dict.fromkeys(names(ast.parse(example.read_text("utf-8")))):
            found.setdefault(id(thing(name)), []).append(example.stem)
    return found


def names(tree):
    """The full names of what a script takes from nnlayers."""
    spelled = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            spelled |= {
                (a.asname or a.name): a.name for a in node.names if a.name.startswith("nnlayers")
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnlayers"):
            imported = {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            spelled |= imported
            yield from imported.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            if head in spelled:
                yield f"{spelled[head]}.{rest}"


def thing(name):
    """The object of a full name; None if only its beginning is one."""
    module, _, last = name.rpartition(".")
    try:
        return getattr(find(module), last)
    except (ModuleNotFoundError, AttributeError):
        return None


def add_examples(app, what, name, documented, options, lines):
    """End a docstring with links to the examples."""
    if what in {"method", "attribute", "property"}:
        return
    gallery = [page for page in app.env.found_docs if page.startswith("gallery/")]
    pages = {page.rpartition("/")[2]: page for page in gallery}
    links = [f":doc:`/{pages[stem]}`" for stem in uses().get(id(documented), ()) if stem in pages]
    if links:
        more = f", and {len(links) - MOST} more" if len(links) > MOST else ""
        text = f"   In the gallery: {', '.join(links[:MOST])}{more}."
        lines += ["", ".. container:: uses", "", text, ""]


def setup(app):
    """Register the handler with autodoc, after numpydoc's."""
    app.connect("autodoc-process-docstring", add_examples, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
