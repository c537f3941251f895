"""Signatures as a reader would write them, with the annotations of the source.

Python itself answers with the full types: ``ndarray[tuple[Any, ...], dtype[Any]]`` for ``Array``.
"""

import ast
import copy
import inspect
import re
import textwrap

from sphinx import addnodes
from sphinx.util.inspect import stringify_signature

import nnlayers

# The names of types in the sources, in the words of the docstrings.
WORDS = {
    "Array": "ndarray",
    "Arrays": "Sequence",
    "Columns": "tuple | None",
    "FilePath": "str | Path",
    "NDArray": "ndarray",
    "Names": "tuple",
    "Numbers": "int | tuple",
    "Padding": "str | int | tuple",
    "RandomSource": "int | Generator | None",
    "Rate": "float | Callable",
}
SAYS_NOTHING = {"Any", "object", "Self"}


class Reader(ast.NodeTransformer):
    """Shorten an annotation: no modules, no ``[Any]``, no arguments of functions; links to classes."""

    def visit_Attribute(self, node):
        return self.visit(ast.Name(node.attr))

    def visit_Constant(self, node):
        quoted = isinstance(node.value, str)
        return self.visit(ast.parse(node.value, mode="eval").body) if quoted else node

    def visit_Name(self, node):
        public = inspect.isclass(getattr(nnlayers, node.id, None))
        return ast.Name(f"~nnlayers.{node.id}" if public else WORDS.get(node.id, node.id))

    def visit_Subscript(self, node):
        kind = ast.unparse(node.value).rpartition(".")[2]
        if kind == "Literal":
            return node
        inner = {ast.unparse(part) for part in getattr(node.slice, "elts", [node.slice])}
        if kind == "Callable" or inner <= {"Any", "..."}:
            return self.visit(node.value)
        return self.generic_visit(node)


def words(annotation):
    """An annotation in the reader's words, or None if it says nothing."""
    text = ast.unparse(Reader().visit(annotation)) if annotation else ""
    return None if text in SAYS_NOTHING or not text else text


def tree_of(thing):
    """The syntax tree of a function or a class, or None without a source."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(thing)))).body[0]
    except (OSError, TypeError):
        return None


def fields(kind):
    """The annotations in the bodies of a class and its bases: some constructors are made of them."""
    trees = [tree_of(base) for base in reversed(kind.__mro__) if base.__module__.startswith("nnlayers")]
    return {
        node.target.id: node.annotation
        for tree in trees
        for node in getattr(tree, "body", ())
        if isinstance(node, ast.AnnAssign)
    }


def arguments(tree):
    """The arguments of a function."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.arg)]


def constructor(kind, source):
    """The signature of a class, with defaults as in its source."""
    if not isinstance(source, ast.FunctionDef):
        return stringify_signature(inspect.signature(kind), show_annotation=False)
    shown = copy.deepcopy(source.args)
    del shown.args[0]
    known = inspect.unwrap(kind.__init__).__globals__
    shown.defaults = [
        ast.Constant(known[node.id]) if isinstance(node, ast.Name) and node.id.isupper() else node
        for node in shown.defaults
    ]
    return f"({ast.unparse(shown)})"


def readable(app, what, name, thing, options, signature, returns):
    """The signature of autodoc, with types; "()" is that of a ``__new__`` before the constructor."""
    known, result = fields(thing) if inspect.isclass(thing) else {}, None
    source = tree_of(thing.__init__ if inspect.isclass(thing) else thing)
    if what == "class" and signature == "()":
        signature = constructor(thing, source)
    if not signature:
        return None
    if isinstance(source, ast.FunctionDef):
        known |= {node.arg: node.annotation for node in arguments(source.args)}
        result = words(source.returns) if what != "class" else None
    signature = re.sub(r"<\w+>", "...", signature)  # the default of a dataclass's field
    shown = ast.parse(f"def shown{signature}: ...").body[0].args
    for node in arguments(shown):
        said = words(known.get(node.arg))
        node.annotation = ast.Name(said) if said else None
    return f"({ast.unparse(shown)})", result or ""


def without_objects(app, doctree):
    """Leave out values of attributes that only Python can read, such as ``<Number object>``."""
    for value in list(doctree.findall(addnodes.desc_annotation)):
        if value.astext().lstrip().startswith("= <"):
            value.parent.remove(value)


def first_signature(app, domain, kind, content):
    """Keep the first signature of a function that has one for each type of its argument."""
    if domain == "py" and kind == "function":
        for signature in list(content.parent.findall(addnodes.desc_signature))[1:]:
            content.parent.remove(signature)


def setup(app):
    """Register the handlers with Sphinx."""
    app.connect("autodoc-process-signature", readable)
    app.connect("object-description-transform", first_signature)
    app.connect("doctree-read", without_objects)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
