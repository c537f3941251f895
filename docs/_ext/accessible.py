"""Tables and signatures that screen readers understand: no empty header cell, no list without terms."""

from docutils import nodes
from sphinx import addnodes
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


def visit_parameters(writer, node):
    """Begin the arguments of a signature."""
    node["start"] = len(writer.body)
    HTML5Translator.visit_desc_parameterlist(writer, node)


def depart_parameters(writer, node):
    """End them; Sphinx makes those that have lines of their own a list of definitions without terms."""
    HTML5Translator.depart_desc_parameterlist(writer, node)
    written = "".join(writer.body[node["start"] :])
    for tag, span in {
        "<dl>": '<span class="sig-lines">',
        "<dd>": '<span class="sig-line">',
        "</dl>": "</span>",
        "</dd>": "</span>",
    }.items():
        written = written.replace(tag, span)
    writer.body[node["start"] :] = [written]


def setup(app):
    """Register them with Sphinx."""
    app.add_transform(TablesWithoutTitles)
    app.add_node(nodes.entry, override=True, html=(visit_entry, HTML5Translator.depart_entry))
    app.add_node(addnodes.desc_parameterlist, override=True, html=(visit_parameters, depart_parameters))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
