"""The directives ``.. family::`` and ``.. summary::``; ``family.py`` has what they expand to."""

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
        return self.parse_text_to_nodes("\n".join(family.lines(found)), allow_section_headings=True)


class Summary(SphinxDirective):
    """A table of all names on the page."""

    def run(self):
        """The nodes of the table, or of several."""
        page = self.env.doc2path(self.env.docname).read_text("utf-8")
        return self.parse_text_to_nodes("\n".join(family.summary(family.entries_of_page(page))))


def setup(app):
    """Register the directives with Sphinx."""
    app.add_directive("family", Family)
    app.add_directive("summary", Summary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
