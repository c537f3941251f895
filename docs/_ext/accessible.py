"""Tables that screen readers understand: no header cell is empty."""

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator


class TablesWithoutTitles(SphinxTransform):
    """A table of Markdown whose columns have no titles is one of named rows."""

    default_priority = 500

    def apply(self):
        """Drop the empty head, and make the first column that of the names."""
        for head in list(self.document.findall(nodes.thead)):
            if not head.astext().strip():
                next(head.parent.findall(nodes.colspec))["stub"] = 1
                head.parent.remove(head)


def visit_entry(writer, node):
    """Write a cell; the empty one above named rows is not a header."""
    HTML5Translator.visit_entry(writer, node)
    if isinstance(node.parent.parent, nodes.thead) and not node.astext().strip():
        writer.body[-1] = writer.body[-1].replace("<th", "<td", 1)
        writer.context[-1] = "</td>\n"


def setup(app):
    """Register both with Sphinx."""
    app.add_transform(TablesWithoutTitles)
    app.add_node(nodes.entry, override=True, html=(visit_entry, HTML5Translator.depart_entry))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
