"""The directive ``.. family::``; ``family.py`` has its expansion and its options."""

import family
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


class Family(SphinxDirective):
    """Entries of autodoc for the public names of a package or a module."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012 - docutils wants a dict
        "sections": directives.flag,
        **dict.fromkeys(["kind", "first", "skip", "hide"], directives.unchanged),
    }

    def run(self):
        """The nodes of all entries."""
        options = {name: family.read(name, value) for name, value in self.options.items()}
        found = family.entries(self.arguments[0], **options)
        self.env.note_dependency(family.find(self.arguments[0]).__file__)
        return self.parse_text_to_nodes("\n".join(family.lines(found)))


def setup(app):
    """Register the directive with Sphinx."""
    app.add_directive("family", Family)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
